"""Policy files and questions, written by chance: for `naive.py` and the gate to answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from pydantic import Field

from bot.domain import Membership, PersonKind, Principal
from bot.gate import PolicySet, Question
from bot.obligations import Decision, Freeze, Limit, Notify, Obligation, Owed, Permit, Reason, Review
from tests.gate import naive
from tests.gate.policy import TOOLS as ALL
from tools.contract import Arguments, Caller, Check, Effect, Resource, Result, Tool


class PayArguments(Arguments):
    user: str
    amount: int = Field(ge=0)


class Pay(Tool[PayArguments]):
    """A tool with a number; the catalogue has none."""

    name = "pay"
    description = "Pay somebody."
    effect = Effect.CHANGE
    system = "money"
    arguments = PayArguments

    async def resource(self, args: PayArguments) -> Resource:
        raise NotImplementedError

    async def run(self, args: PayArguments, caller: Caller) -> Result:
        raise NotImplementedError

    async def check(self, args: PayArguments, result: Result, caller: Caller) -> Check:
        raise NotImplementedError


NAMED = ("unlock_account", "reset_mfa", "grant_access", "find_account")
TOOLS: dict[str, Tool[Any]] = {**{name: ALL[name] for name in NAMED}, "pay": Pay()}
SHAPES = {
    name: {"effect": str(tool.effect), "reversible": tool.reversible, "system": tool.system, "server": ""}
    for name, tool in TOOLS.items()
}

LEAVES: dict[str, dict[str, Any]] = {
    "employee": {"members": "workspace"},
    "duty": {"oncall": "identity"},
    "second": {"oncall": "identity", "tier": 2},
    "boss": {"manager_of": "beneficiary"},
    "few": {"people": ["ben", "ana"]},
    "admins": {"usergroup": "admins"},
}
FACTS = {naive.leaf(role) for role in LEAVES.values()}
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SPANS = ("45s", "90m", "4h", "36h", "2d", "1w")
ATOMS = (
    "principal.id == beneficiary",
    "resource.owner == principal.id",
    "resource.owner != principal.id",
    "resource.facts.risk == 'high'",
    "'risk' in resource.facts",
    "resource.facts.open",
    "case.channel == 'shared'",
    "case.kind == 'incident'",
    "'app-access' in case.runbooks",
    "tool.reversible",
    "tool.effect == 'change'",
    "principal.department == 'IT'",
    "now >= timestamp('2026-11-27T12:00:00+00:00')",
    "true",
    "false",
)
ARGUMENT_ATOMS = ("args.user == principal.id", "args.user == 'ben'", "args.user != beneficiary")


def some(items: Any, least: int = 1, most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(sorted(items)), min_size=least, max_size=most, unique=True)


def roles_of(names: Any) -> st.SearchStrategy[Any]:
    """Names, or what is made of them and of leaves written out, some levels deep."""
    return st.recursive(
        st.sampled_from(sorted(names)) | st.sampled_from([LEAVES[name] for name in sorted(LEAVES)]),
        lambda part: st.one_of(
            st.fixed_dictionaries({"any": st.lists(part, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"all": st.lists(part, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": part}),
        ),
        max_leaves=4,
    )


MADE = roles_of(LEAVES).filter(lambda role: isinstance(role, dict))


def conditions(atoms: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(atoms),
        lambda part: st.one_of(
            st.tuples(part, part).map(" && ".join),
            st.tuples(part, part).map(lambda two: f"({two[0]} || {two[1]})"),
            part.map(lambda one: f"!({one})"),
        ),
        max_leaves=4,
    )


@st.composite
def obligations(draw: Any, names: Any, *, needed: bool) -> dict[str, Any]:
    """What a policy may ask for besides maxima."""
    asks: dict[str, Any] = {}
    span = st.sampled_from(SPANS)
    kinds = draw(some(("approval", "reason", "confirm", "notify", "review", "limit"), 1 if needed else 0))
    if "approval" in kinds:
        asks["approval"] = draw(
            st.fixed_dictionaries(
                {"by": some(names)},
                optional={
                    "count": st.integers(1, 5),
                    "within": span,
                    "remind": span,
                    "then": st.sampled_from(sorted(names)),
                    "shorten": st.just("allowed"),
                },
            )
        )
    for kind in ("reason", "confirm"):
        if kind in kinds:
            asks[kind] = True
    if "notify" in kinds:
        asks["notify"] = draw(
            st.fixed_dictionaries({"roles": some(names)}, optional={"channel": st.just("security")})
            | st.just({"channel": "security"})
        )
    if "review" in kinds:
        asks["review"] = draw(st.fixed_dictionaries({"by": some(names)}, optional={"within": span}))
    if "limit" in kinds:
        beyond = {"beyond": st.sampled_from(["deny", "approval"] if "approval" in asks else ["deny"])}
        per = {"per": st.sampled_from(["principal", "beneficiary", "resource", "tool"])}
        one = st.fixed_dictionaries({"times": st.integers(1, 9), "within": span}, optional=per | beyond)
        asks["limit"] = draw(one | st.lists(one, min_size=1, max_size=2))
    return asks


@st.composite
def policies(draw: Any, names: Any, identity: str) -> dict[str, Any]:
    effect = draw(st.sampled_from(["permit", "permit", "forbid", "require"]))
    by_name = some(NAMED)
    properties = st.sampled_from([{"effect": "change"}, {"system": "identity", "reversible": True}, {"reversible": False}])
    tools = draw(
        st.one_of(
            by_name, by_name, st.just(["grant_access"]), st.just(["pay"]), properties, *[st.just(["*"])] * (effect == "forbid")
        )
    )
    written: dict[str, Any] = {"id": identity, "because": "B.", "tools": tools, "effect": effect}
    if effect == "permit":
        written["unattended"] = True
    if effect == "permit" or draw(st.booleans()):
        written["roles"] = draw(some(names) | MADE)
    if draw(st.integers(0, 3)) == 0:
        written["channels"] = draw(some(naive.CHANNELS))
    if draw(st.booleans()):
        written["when"] = draw(conditions(ATOMS if "*" in tools or isinstance(tools, dict) else ATOMS + ARGUMENT_ATOMS))
    if effect != "forbid":
        if tools in (["grant_access"], ["pay"]) and draw(st.booleans()):
            written["max"] = (
                {"until": draw(st.sampled_from(SPANS))} if tools == ["grant_access"] else {"amount": draw(st.integers(0, 9))}
            )
        written |= draw(obligations(names, needed=effect == "require" and "max" not in written))
    if draw(st.integers(0, 4)) == 0:
        written |= {"mode": "observe", "since": "2026-11-01"}
    return written


@st.composite
def freezes(draw: Any, names: Any, identity: str) -> dict[str, Any]:
    begin = NOW + timedelta(hours=draw(st.integers(-3, 1)))
    written = {
        "id": identity,
        "tools": draw(some(NAMED) | st.just(["*"]) | st.just({"effect": "change"})),
        "from": begin.isoformat(),
        "until": (begin + timedelta(hours=draw(st.integers(1, 3)))).isoformat(),
    }
    if draw(st.booleans()):
        written["except"] = draw(some(names))
    return written


@st.composite
def files(draw: Any) -> dict[str, Any]:
    """A whole policy file as a value; `json.dumps` makes YAML of it."""
    made = {f"made{n}": role for n, role in enumerate(draw(st.lists(MADE, max_size=2)))}
    made |= {
        f"again{n}": role
        for n, role in enumerate(draw(st.lists(roles_of([*LEAVES, *made]).filter(lambda r: isinstance(r, dict)), max_size=1)))
    }
    roles = dict(draw(st.permutations([*LEAVES.items(), *made.items()])))
    written: dict[str, Any] = {
        "version": 1,
        "roles": roles,
        "policies": [draw(policies(list(roles), f"p{n}")) for n in range(draw(st.integers(1, 4)))],
    }
    if draw(st.integers(0, 3)):
        written["policies"].append(
            {
                "id": "base",
                "because": "B.",
                "tools": list(TOOLS),
                "effect": "permit",
                "roles": ["employee", "duty"],
                "unattended": True,
            }
        )
    if draw(st.integers(0, 3)) == 0:
        written["freezes"] = [draw(freezes(list(roles), f"z{n}")) for n in range(draw(st.integers(1, 2)))]
    if draw(st.booleans()):
        per = st.sampled_from(["case", "principal", "system"])
        written["ceilings"] = [
            {"id": f"c{n}", "times": draw(st.integers(1, 9)), "within": draw(st.sampled_from(SPANS)), "per": draw(per)}
            for n in range(draw(st.integers(1, 2)))
        ]
    if draw(st.booleans()):
        written["untrusted"] = {"because": "B.", "approval": {"by": ["duty"], "within": draw(st.sampled_from(SPANS))}}
    return written


PEOPLE = st.sampled_from(["ana", "ben", "mia", ""])
TRITS = st.sampled_from([True, True, False, False, None])
UNTIL = st.one_of(
    st.integers(-2, 200).map(lambda hours: (NOW + timedelta(hours=hours)).isoformat()),
    st.integers(-2, 200).map(lambda hours: (NOW + timedelta(hours=hours)).replace(tzinfo=None).isoformat()),
    st.integers(-1, 9).map(lambda days: (NOW + timedelta(days=days)).date().isoformat()),
    st.sampled_from(["soon", ""]),
)


@dataclass(frozen=True)
class Chance:
    """One question as both take it. `held`: by (kind, what it names, tier); what is not in it was never looked up."""

    tool: str
    args: Mapping[str, Any]
    principal: Principal
    beneficiary: str
    resource: Mapping[str, Any]
    held: Mapping[tuple[str, str, int], bool | None]
    case: Mapping[str, Any]
    freezes: tuple[tuple[str, str], ...] = ()
    now: datetime = field(default=NOW)
    untrusted: tuple[str, ...] = ()
    aside: bool = False

    def to_naive(self) -> naive.Asked:
        who, resource = self.principal, self.resource
        names = {
            "principal.id": who.id,
            "principal.department": who.department,
            "beneficiary": self.beneficiary,
            "resource.owner": resource["owner"],
            "resource.facts": resource["facts"],
            "case.channel": self.case.get("channel", ""),
            "case.kind": self.case["kind"],
            "case.runbooks": self.case["runbooks"],
            **{f"tool.{key}": value for key, value in SHAPES.get(self.tool, {}).items()},
        }
        return naive.Asked(
            self.tool,
            SHAPES.get(self.tool, {}),
            self.args,
            names,
            self.held,
            self.case.get("channel", ""),
            self.now,
            who.zone,
            self.freezes,
            str(who.kind),
            bool(self.untrusted),
            self.aside,
        )

    def to_gate(self, policies: PolicySet) -> Question:
        said = {True: Membership.YES, False: Membership.NO, None: Membership.UNKNOWN}
        roles = {}
        for key, role in policies.leaves(self.tool).items():
            value = sorted(role.value) if isinstance(role.value, tuple) else role.value
            if (held := (role.kind, str(value), role.tier)) in self.held:
                roles[key] = said[self.held[held]]
        stops = [Freeze(f"F-{n}", "B.", "eva", tool, system) for n, (tool, system) in enumerate(self.freezes)]
        question = Question(
            self.tool, self.args, self.principal, self.beneficiary, self.resource, roles, self.now, self.case, stops
        )
        return replace(question, untrusted=self.untrusted, aside=self.aside)


@st.composite
def questions(draw: Any) -> Chance:
    tool = draw(st.sampled_from([*TOOLS, *TOOLS, *TOOLS, "launch_rocket"]))
    args = {"user": draw(PEOPLE)}
    if tool == "grant_access":
        args |= {"app": "figma", "until": draw(UNTIL)}
    if tool == "pay":
        args["amount"] = draw(st.integers(0, 12))
    facts = draw(st.fixed_dictionaries({}, optional={"risk": st.sampled_from(["high", "low"]), "open": st.booleans()}))
    zone = draw(st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", "Mars/Olympus"]))
    kind = draw(st.sampled_from([*[PersonKind.MEMBER] * 6, PersonKind.SYSTEM, PersonKind.GUEST, PersonKind.UNKNOWN]))
    who = Principal(draw(PEOPLE), "U1", kind=kind, department=draw(st.sampled_from(["IT", ""])), zone=zone)
    looked_up = draw(some(FACTS, 0, len(FACTS)) | st.just(sorted(FACTS)))
    sure = draw(st.integers(0, 3)) > 0
    case: dict[str, Any] = {
        "kind": draw(st.sampled_from(["incident", "question"])),
        "runbooks": draw(some(["app-access", "vpn"], 0)),
    }
    if channel := draw(st.sampled_from([*naive.CHANNELS * 3, "", "somewhere"])):
        case["channel"] = channel
    stops = st.sampled_from([("unlock_account", ""), ("find_account", ""), ("", "identity"), ("", "money"), ("", "")])
    return Chance(
        tool=tool,
        args=args,
        principal=who,
        beneficiary=draw(PEOPLE),
        resource={"kind": "account", "id": "1", "label": "One", "owner": draw(PEOPLE), "facts": facts},
        held={one: draw(st.booleans() if sure else TRITS) for one in (sorted(FACTS) if sure else looked_up)},
        case=case,
        freezes=tuple(draw(st.lists(stops, max_size=1))) if draw(st.integers(0, 4)) == 0 else (),
        now=NOW + timedelta(hours=draw(st.integers(-2, 2))),
        untrusted=draw(st.sampled_from([(), (), ("user",)])),
        aside=draw(st.integers(0, 3)) == 0,
    )


def text(written: Mapping[str, Any]) -> str:
    """JSON is YAML."""
    return json.dumps(written, indent=1)


def said(decision: Decision) -> naive.Said:
    """What the gate answers, as the naive evaluator says it."""
    if isinstance(decision, Permit):
        return naive.Said(True, frozenset(map(_plain, decision.owes)))
    return naive.Said(False, frozen=decision.frozen)


def _plain(one: Obligation) -> tuple[Any, ...]:
    match one:
        case Owed():
            remind = one.remind.total_seconds() if one.remind else None
            return ("approval", one.policy, one.by, one.count, one.within.total_seconds(), remind, one.then, one.shorten)
        case Limit():
            beyond = _plain(one.beyond) if one.beyond else None
            return ("limit", one.policy, one.times, one.within.total_seconds(), one.per, one.every, beyond)
        case Notify():
            return ("notify", one.policy, one.roles, one.channel)
        case Review():
            return ("review", one.policy, one.by, one.within.total_seconds())
        case Reason():
            return ("reason", one.policy)
        case _:
            return ("confirm", one.policy)
