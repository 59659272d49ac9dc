"""The question behind a difference, in words: what is not ordinary about it, and nothing else. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain import Membership, PersonKind
from bot.gate import PolicySet
from bot.policies.diff import Difference
from bot.policies.values import FACT, ME, OTHER

KINDS = {
    PersonKind.GUEST: "a guest",
    PersonKind.STRANGER: "somebody of another company",
    PersonKind.BOT: "a bot",
    PersonKind.UNKNOWN: "somebody whom Slack says nothing about",
    PersonKind.SYSTEM: "Deskhand itself",
}


def words(found: Difference, *sets: PolicySet) -> str:
    """``A full member who holds it-admin asks for list_access about something of somebody else's: OLD permitted; NEW denied.``"""
    return f"{situation(found, *sets)}. Old: {found.old.words}. New: {found.new.words}."


def situation(found: Difference, *sets: PolicySet) -> str:
    varied = found.varied
    who = [KINDS.get(varied.get("principal.kind", PersonKind.MEMBER), "a full member")]
    if "principal.id" in varied:
        who.append(f"called {varied['principal.id']}")
    who += [
        f"of the {name} {_said(varied[f'principal.{name}'])}" for name in ("department", "title") if f"principal.{name}" in varied
    ]
    who += [
        f"whose {name} is {_said(varied[f'principal.{name}'])}"
        for name in ("name", "email", "manager", "zone")
        if f"principal.{name}" in varied
    ]
    for key, held in varied.items():
        if key.startswith("role:"):
            role = _role(key.removeprefix("role:"), sets)
            who.append(f"who holds {role}" if held is Membership.YES else f"of whom nobody can tell whether they hold {role}")
    asks = [f"asks for {found.tool}", *_about(varied), *_where(varied)]
    sentence = f"{' '.join(who)} {', '.join(asks)}"
    return sentence[0].upper() + sentence[1:]


def _about(varied: Mapping[str, Any]) -> list[str]:
    parts = []
    given = [f"{name.removeprefix('args.')} = {_said(value)}" for name, value in varied.items() if name.startswith("args.")]
    if given:
        parts.append(f"with {', '.join(given)}")
    if "beneficiary" in varied:
        parts.append(f"for {_whom(varied['beneficiary'])}")
    of = {name: value for name, value in varied.items() if name in ("resource.kind", "resource.id", "resource.label")}
    of |= {name.removeprefix(FACT): value for name, value in varied.items() if name.startswith(FACT)}
    if of:
        parts.append(f"about something whose {' and '.join(f'{_bare(name)} is {_said(value)}' for name, value in of.items())}")
    if "resource.owner" in varied:
        parts.append(f"owned by {_whom(varied['resource.owner'])}")
    if varied.get("untrusted"):
        parts.append("of something that they did not name themselves")
    return parts


def _where(varied: Mapping[str, Any]) -> list[str]:
    parts = []
    if "channel" in varied:
        channel = varied["channel"]
        parts.append(f"in a {channel} channel" if channel else "where nobody can tell what kind of channel it is")
    if "case.kind" in varied:
        parts.append(f"in a case of the kind {_said(varied['case.kind'])}")
    if "case.runbooks" in varied:
        parts.append(f"in a case that has followed {_said(varied['case.runbooks'])}")
    if "now" in varied:
        parts.append(f"at {_said(varied['now'])}")
    return parts


def _role(key: str, sets: tuple[PolicySet, ...]) -> str:
    """What the files call it, and what it is."""
    names = dict.fromkeys(name for one in sets for name, role in one.roles.items() if role.key == key)
    return f"{' or '.join(names)} ({key})" if names else key


def _whom(value: Any) -> str:
    return {ME: "the requester", OTHER: "somebody else", "": "nobody"}.get(value, _said(value))


def _bare(name: str) -> str:
    return name.removeprefix("resource.")


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(_said, value)) or "nothing"
    return f"“{value}”" if isinstance(value, str) else str(value)


def as_json(varied: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in varied.items()}
