"""How risky a call is, in words for whoever has to agree. It grants and refuses nothing: that is the policy's. Pure.

High where one of the grave grounds holds, else Medium where one of the others does, else Low (docs/policy.md has the table).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.consent import Approval
from bot.domain import Call
from tools.contract import Tool

PRODUCTION = frozenset({"production", "prod", "live"})
"""Words in the name of what is touched, or in what its system says of it, by which it is what customers use."""


class Level(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Risk:
    """A level, and the grounds for it in words, the gravest first; none for a low one."""

    level: Level
    grounds: tuple[str, ...] = ()


def risk(approval: Approval, call: Call, tool: Tool[Any] | None, requester: str) -> Risk:
    """`requester`: the name of whoever asked. What is not known to be reversible counts as what is not."""
    grave = tuple(_grave(call, tool, requester))
    other = tuple(_other(approval, call, tool, requester))
    level = Level.HIGH if grave else Level.MEDIUM if other else Level.LOW
    return Risk(level, (*grave, *other))


def _grave(call: Call, tool: Tool[Any] | None, requester: str) -> Iterator[str]:
    if tool is None or not tool.reversible:
        yield "it cannot be undone"
    if foreign := list(dict.fromkeys(one.path for one in call.origins if not one.kind.trusted)):
        yield f"{requester} did not say the {' and the '.join(foreign)}"
    if _called(call) == Level.HIGH:
        yield "the catalogue calls it high-risk"


def _other(approval: Approval, call: Call, tool: Tool[Any] | None, requester: str) -> Iterator[str]:
    if PRODUCTION & _words(call):
        yield "it reaches production"
    if _called(call) == Level.MEDIUM:
        yield "the catalogue calls it medium-risk"
    if call.beneficiary and call.beneficiary != call.principal:
        yield f"it is not for {requester}"
    if tool is not None and tool.deed and tool.reversible:
        yield "it sets off something that others act on"
    if (agree := sum(owed.count for owed in approval.owed)) > 1:
        yield f"{agree} people have to agree"


def _called(call: Call) -> str:
    return str((call.resource.get("facts") or {}).get("risk", ""))


def _words(call: Call) -> set[str]:
    facts = call.resource.get("facts") or {}
    said = [str(call.resource.get("id", "")), str(call.resource.get("label", "")), *map(str, facts.values())]
    return {word for text in said for word in re.findall(r"[a-z]+", text.casefold())}
