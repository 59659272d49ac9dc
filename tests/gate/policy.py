"""Small tools and policies for the gate's tests."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import MagicMock

from bot.domain import Membership, PersonKind, Principal
from bot.gate import PolicySet, Question, parse
from bot.turns import conversation
from tools.catalog import catalog

TOOLS = {**catalog(MagicMock()), **conversation.tools(conversation.Desk())}  # the gate looks at their shapes only
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANA = Principal("ana", "UANA", kind=PersonKind.MEMBER, name="Ana", manager="mia")

HEAD = """
version: 1
roles:
  employee: {members: workspace}
  oncall: {oncall: identity}
  deskhand: {system: true}
policies:
"""


def policy(body: str) -> PolicySet:
    return parse(HEAD + body, TOOLS)


KEYS = {"employee": "members:workspace", "oncall": "oncall:identity", "deskhand": "system:True"}


def held(roles: dict[str, Membership]) -> dict[str, Membership]:
    """What is held of HEAD's roles, as a question wants it."""
    return {KEYS[name]: one for name, one in roles.items()}


def ask(tool: str = "unlock_account", **changes: Any) -> Question:
    """Ana asks about her own account and is an employee who is not on call."""
    asked: dict[str, Any] = {
        "tool": tool,
        "args": {"user": "ana"},
        "principal": ANA,
        "beneficiary": "ana",
        "resource": {"kind": "account", "id": "ana", "label": "Ana", "owner": "ana", "facts": {}},
        "roles": held({"employee": Membership.YES, "oncall": Membership.NO, "deskhand": Membership.NO}),
        "now": NOW,
    }
    return Question(**(asked | changes))
