"""What Slack says of an account: only a full member of this workspace, or of this organisation, is one."""

from typing import Any

import pytest

from bot.domain import PersonKind
from bot.slack.events import Identity
from bot.slack.workspace import profile_of

ALONE = Identity("U-BOT", "B-BOT", "T1")
GRID = Identity("U-BOT", "B-BOT", "T1", "E1")
FULL = {"id": "U1", "team_id": "T1", "is_restricted": False, "is_ultra_restricted": False}


@pytest.mark.parametrize(
    ("me", "said", "kind"),
    [
        pytest.param(ALONE, {}, PersonKind.MEMBER, id="of this workspace"),
        pytest.param(ALONE, {"team_id": "T2"}, PersonKind.STRANGER, id="of another workspace"),
        pytest.param(
            ALONE,
            {"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}},
            PersonKind.STRANGER,
            id="we are in no organisation",
        ),
        pytest.param(
            GRID, {"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, PersonKind.MEMBER, id="of our organisation"
        ),
        pytest.param(GRID, {"team_id": "E1"}, PersonKind.MEMBER, id="of the organisation itself"),
        pytest.param(
            GRID, {"team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}}, PersonKind.STRANGER, id="of another organisation"
        ),
        pytest.param(GRID, {"team_id": "T2"}, PersonKind.STRANGER, id="of another workspace and no organisation"),
        pytest.param(ALONE, {"is_stranger": True}, PersonKind.STRANGER, id="whom Slack calls a stranger"),
        pytest.param(ALONE, {"is_restricted": True}, PersonKind.GUEST, id="a guest"),
        pytest.param(ALONE, {"deleted": True}, PersonKind.UNKNOWN, id="deactivated"),
        pytest.param(ALONE, {"is_bot": True}, PersonKind.BOT, id="a bot"),
        pytest.param(ALONE, {"team_id": ""}, PersonKind.UNKNOWN, id="of no workspace that is said"),
    ],
)
def test_who_is_a_full_member(me: Identity, said: dict[str, Any], kind: PersonKind) -> None:
    assert profile_of({**FULL, **said}, me).kind is kind
