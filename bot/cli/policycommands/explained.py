"""`policy explain`: what the policy would say to one call now, and why, asked of the real systems. Nothing is done or recorded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import pydantic

from bot.cli.policycommands.live import Systems
from bot.cli.policycommands.trial import WORDS
from bot.domain import CaseKind, Membership, Principal
from bot.errors import CommandError
from bot.gate.decide import Question, decide, observed
from bot.gate.explain import Reason, explain
from bot.gate.model import PolicySet, membership
from bot.gate.problems import near
from bot.obligations import Decision, Deny, Limit, Obligation, Owed
from bot.reading import moments
from tools.contract import Ambiguous, NotFound, Person, Tool, ToolError, schema
from tools.naming import one_person

UNITS = (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked on the command line: a tool, its arguments as NAME=VALUE, who would ask, and where and when."""

    tool: str
    arguments: Sequence[str]
    as_: str
    channel: str = "direct"
    at: str = ""
    runbooks: Sequence[str] = ()
    untrusted: Sequence[str] = ()


async def explained(policies: PolicySet, asked: Asked, systems: Systems) -> dict[str, Any]:
    """{decision: permit|deny, reason, frozen, owes, policies, would_ask, observed, version, question}.

    Raises LookupError (nobody, no tool, no argument or no thing of that name), CommandError.
    """
    tool = systems.tools.get(asked.tool)
    if tool is None:
        raise LookupError(f"there is no tool {asked.tool!r}{near(asked.tool, systems.tools)}")
    now = _moment(asked.at) if asked.at else systems.clock.now()
    principal = await asker(asked.as_, systems)
    args = await _arguments(tool, asked.arguments, principal.zone)
    try:
        args = await tool.canonical(args)
        resource, beneficiary = await tool.resource(args), await tool.beneficiary(args)
    except ToolError as error:
        raise _not_asked(error) from None
    question = Question(
        tool=tool.name,
        args=args.model_dump(mode="json"),
        principal=principal,
        beneficiary=beneficiary,
        resource=asdict(resource),
        roles=await systems.facts.roles(policies, tool.name, principal, beneficiary, resource.owner, now),
        now=now,
        case={"kind": str(CaseKind.SERVICE_REQUEST), "channel": asked.channel, "runbooks": list(asked.runbooks)},
        freezes=systems.freezes,
        untrusted=[_known(tool, one) for one in asked.untrusted],
    )
    decision = decide(policies, question)
    return {
        "decision": "deny" if isinstance(decision, Deny) else "permit",
        "reason": decision.reason if isinstance(decision, Deny) else "",
        "frozen": decision.policies[0] if isinstance(decision, Deny) and decision.frozen else "",
        "owes": [] if isinstance(decision, Deny) else [owed_json(one) for one in decision.owes],
        "policies": [_policy(one, question) for one in explain(policies, question)],
        "would_ask": await _would_ask(policies, decision, question, systems),
        "observed": _other(decision, observed(policies, question)),
        "version": policies.version,
        "question": {
            "tool": tool.name,
            "args": dict(question.args),
            "as": principal.id,
            "beneficiary": beneficiary,
            "resource": dict(question.resource),
            "channel": asked.channel,
            "at": now.isoformat(timespec="seconds"),
            "untrusted": list(question.untrusted),
        },
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError(f"--at must be a time such as 2026-11-27T18:00+01:00, not {text!r}")
    return moment


async def asker(words: str, systems: Systems) -> Principal:
    """Whoever these words name, as Slack and the directory know them. Raises LookupError, CommandError."""
    try:
        person = await one_person(systems.company, words)
    except ToolError as error:
        raise _not_asked(error) from None
    return await systems.facts.principal(person.slack_id, "")


async def _arguments(tool: Tool[Any], said: Sequence[str], zone: str) -> Any:
    given: dict[str, Any] = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals:
            raise CommandError(f"expected NAME=VALUE, such as user=ben, but got {one!r}; {tool.name} takes {_takes(tool)}")
        given[_known(tool, name)] = _value(value)
    try:
        return tool.arguments.model_validate(moments.placed(given, schema(tool.arguments), zone))
    except pydantic.ValidationError as error:
        faults = error.errors(include_input=False)
        missing = [str(one["loc"][0]) for one in faults if one["type"] == "missing"]
        if missing:
            raise CommandError(f"{tool.name} needs {' and '.join(missing)}; it takes {_takes(tool)}") from None
        raise CommandError(f"{tool.name}: {faults[0]['loc'][0]}: {faults[0]['msg']}") from None


def _known(tool: Tool[Any], name: str) -> str:
    """The name of an argument that there is."""
    known = tool.arguments.model_fields
    if name not in known:
        raise LookupError(f"{tool.name} has no argument {name!r}{near(name, known)}; it takes {_takes(tool)}")
    return name


def _value(text: str) -> Any:
    """A word as it stands; a list or mapping as JSON."""
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    return text


def _takes(tool: Tool[Any]) -> str:
    fields = tool.arguments.model_fields.items()
    return ", ".join(f"{name}=…" if field.is_required() else f"[{name}=…]" for name, field in fields) or "no arguments"


def _not_asked(error: ToolError) -> Exception:
    """A call that never comes before the policy: the thing is not there, not plain, or its system refuses it at once."""
    if isinstance(error, Ambiguous) and error.candidates:
        return CommandError(f"{error}: {', '.join(f'{id_} ({label})' for id_, label in error.candidates)}")
    if isinstance(error, NotFound):
        return LookupError(str(error))
    return CommandError(f"{error}; such a call fails before the policy is asked")


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def owed_json(owed: Obligation) -> dict[str, Any]:
    """{kind, policy, …its fields}; spans as in a policy file, what is empty left out."""
    told = {name: _said(value) for name, value in asdict(owed).items() if name != "means" and value not in ("", None, (), False)}
    if isinstance(owed, Limit) and owed.beyond is not None:
        told["beyond"] = owed_json(owed.beyond)
    return {"kind": WORDS[type(owed)], **told}


def _said(value: Any) -> Any:
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return next(f"{seconds // size}{unit}" for unit, size in UNITS if seconds % size == 0)
    return list(value) if isinstance(value, tuple) else value


def _policy(reason: Reason, question: Question) -> dict[str, Any]:
    policy = reason.policy
    return {
        "id": policy.id,
        "effect": policy.effect,
        "file": policy.file,
        "line": policy.line,
        "because": policy.because,
        "matched": str(reason.matched),
        "nearly": reason.matched is Membership.NO and len(_against(reason, question)) == 1,
        "observe": policy.observe,
        "against": _against(reason, question),
        "parts": list(reason.parts),
        "values": dict(reason.values),
    }


def _against(reason: Reason, question: Question) -> list[str]:
    """Which parts of the policy kept it from matching: channels, roles, when."""
    policy, found = reason.policy, []
    if policy.channels and question.case.get("channel") not in policy.channels:
        found.append("channels")
    if policy.roles and all(membership(role, question.roles) is Membership.NO for role in policy.roles):
        found.append("roles")
    if policy.condition and f"{policy.condition}: false" in reason.parts:
        found.append("when")
    return found


def _other(decision: Decision, other: Decision | None) -> dict[str, Any] | None:
    """What it would be if the policies that are only observed counted; None where that is the same."""
    if other is None or other == decision:
        return None
    if isinstance(other, Deny):
        return {"decision": "deny", "reason": other.reason, "owes": []}
    return {"decision": "permit", "reason": "", "owes": [owed_json(one) for one in other.owes]}


async def _would_ask(policies: PolicySet, decision: Decision, question: Question, systems: Systems) -> list[dict[str, Any]]:
    """For each approval that is owed: who would be asked right now, and who after that. Beyond a limit only where `beyond`."""
    if isinstance(decision, Deny):
        return []
    asked = [(one, False) for one in decision.of(Owed)]
    asked += [(one.beyond, True) for one in decision.of(Limit) if one.beyond is not None]
    told = []
    for owed, beyond in asked:
        now, unknown = await _people(policies, owed.by, question, systems)
        later, unknown_then = await _people(policies, [owed.then], question, systems) if owed.then else ([], [])
        told.append(
            {
                "policy": owed.policy,
                "count": owed.count,
                "by": list(owed.by),
                "people": now,
                "then": owed.then,
                "then_people": later,
                "unknown": unknown + unknown_then,
                "beyond_limit": beyond,
            }
        )
    return told


async def _people(
    policies: PolicySet, roles: Sequence[str], question: Question, systems: Systems
) -> tuple[list[Mapping[str, str]], list[str]]:
    """Who holds one of the roles and would be reached, but never the requester nor who gains; and the roles nobody can tell."""
    barred = {question.principal.id, question.beneficiary}
    found: dict[str, Person] = {}
    unknown = []
    for role in roles:
        holders = await systems.facts.holders(
            role,
            policies,
            principal=question.principal,
            beneficiary=question.beneficiary,
            owner=str(question.resource.get("owner", "")),
            now=question.now,
        )
        if holders is None:
            unknown.append(role)
        for handle in holders or ():
            person = await systems.directory.person(handle)
            if handle not in barred and person is not None and await systems.facts.reaches(person):
                found[handle] = person
    return [{"handle": handle, "name": person.name} for handle, person in sorted(found.items())], unknown
