"""What a person's denial stands for: the call that they denied, in whatever words it comes again, and no other."""

from datetime import UTC, datetime
from typing import Annotated, Any

import pytest

from bot.calls.ledger import same_request
from bot.domain import Call, CallState
from tools.access import GrantAccess
from tools.contract import DETAIL, Arguments
from tools.equipment import OrderEquipment

NOW = datetime(2026, 11, 27, tzinfo=UTC)


class Message(Arguments):
    recipient: str
    body: str
    why: Annotated[str, DETAIL] = ""


class Send:
    arguments = Message


def call(resource: str = "ben", **arguments: Any) -> Call:
    return Call("K-1", "C-1", "c", "send", arguments, CallState.DENIED, "ana", NOW, resource={"kind": "person", "id": resource})


DENIED = call(recipient="ben", body="hi", why="he asked")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(call(recipient="ben", body="hi", why="he asked"), True, id="the same"),
        pytest.param(call(recipient="ben", body="hi", why="it is really urgent"), True, id="another reason is no way around"),
        pytest.param(call(recipient="ben", body="hi"), True, id="nor is none"),
        pytest.param(call(recipient="ben", body="the report"), False, id="something else for the same person"),
        pytest.param(call("mia", recipient="ben", body="hi"), False, id="something else that is touched"),
    ],
)
def test_a_denial_stands_for_the_same_request(other: Call, same: bool) -> None:
    assert same_request(DENIED, other, Send()) is same  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tool", "detail", "target"),
    [(GrantAccess, "until", "app"), (OrderEquipment, "reason", "item")],
)
def test_how_long_and_why_are_details_and_what_is_none(tool: Any, detail: str, target: str) -> None:
    """A model that shortens the time or finds another reason asks for the same."""
    one = call(**{detail: "a", target: "x", "user": "ana"})

    assert same_request(one, call(**{detail: "b", target: "x", "user": "ana"}), tool)
    assert not same_request(one, call(**{detail: "a", target: "y", "user": "ana"}), tool)
