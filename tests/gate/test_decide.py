"""Deciding: the four lines, whatever else is in the file."""

import itertools
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Membership, PersonKind, Principal
from bot.gate import Question, decide, digest, explain
from bot.gate.decide import ASIDE, UNTRUSTED
from bot.obligations import Deny, Freeze, Limit, Owed, Permit
from tests.gate.policy import ask, held, policy

APPROVAL = "approval: {by: [oncall]}"
HEAD = "because: B., tools: [unlock_account]"
PARTS = {
    "permit": f"- {{id: permit, {HEAD}, effect: permit, roles: [employee]}}",
    "require": f"- {{id: require, {HEAD}, effect: require, {APPROVAL}}}",
    "forbid": "- {id: forbid, because: Never., tools: [unlock_account], effect: forbid, when: resource.owner == 'ana'}",
    "unknown": f"- {{id: unknown, {HEAD}, effect: permit, roles: [oncall]}}",
}
UNKNOWN = {
    "role": PARTS["unknown"],
    "channel": f"- {{id: unknown, {HEAD}, effect: permit, roles: [employee], channels: [direct]}}",
    "condition": f"- {{id: unknown, {HEAD}, effect: permit, roles: [employee], when: resource.facts.risk == 'low'}}",
}
AGREES = Owed("untrusted", "Not named.", ("oncall",))
WATCHED = "mode: observe, since: 2026-11-01, id: watched"
"""What a row of the table says, as policies: whose role, channel or fact nobody knows, and those that are only observed."""
COLUMNS, *ROWS = [
    [cell.strip() for cell in line.strip("|\n ").split("|")]
    for line in (Path(__file__).parents[2] / "docs" / "policy.md").read_text().splitlines()
    if re.match(r"\| (yes|no|permit) \|", line)
]


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_the_truth_table_of_the_docs(row: list[str]) -> None:
    """Each row of docs/policy.md, in every order of the file."""
    said = dict(zip(COLUMNS, row, strict=True))
    chosen = [PARTS[name] for name in ("permit", "require", "forbid") if said[name] == "yes"]
    chosen += [UNKNOWN[said["unknown"]]] if said["unknown"] != "no" else []
    if (watched := said["only observed"]) != "no":
        chosen.append(re.sub("id: [a-z]+", WATCHED, PARTS[watched]))
    freezes = [Freeze("F-1", "Stop.", "noor", tool="unlock_account")] if said["freeze"] == "yes" else []
    nobody_knows = "role" in said["unknown"] or watched == "unknown"
    roles = {"employee": Membership.YES, "oncall": Membership.UNKNOWN if nobody_knows else Membership.NO}
    for parts in itertools.permutations(chosen):
        body = "\n".join(parts) or "- {id: other, because: B., tools: [find_person], effect: permit, roles: [employee]}"
        read = replace(policy(body), untrusted=None if "nobody agrees" in said["untrusted"] else AGREES)
        untrusted = ["user"] if "target" in said["untrusted"] else []
        asked = ask(roles=held(roles), freezes=freezes, untrusted=untrusted, aside="beside" in said["untrusted"])
        decision = decide(read, asked)
        found = "deny" if isinstance(decision, Deny) else "permit, owing" if decision.owes else "permit"
        assert found == said["answer"]
        assert isinstance(decision, Deny) and decision.frozen if freezes else True


def test_there_are_rows() -> None:
    assert COLUMNS == ["permit", "require", "forbid", "freeze", "unknown", "only observed", "untrusted", "answer"]
    assert len(ROWS) >= 27
    assert {cell for row in ROWS for cell in row} >= {"role", "channel", "condition", "permit, owing"}


@pytest.mark.parametrize(
    "owed",
    [
        APPROVAL,
        "confirm: true",
        "reason: true",
        "notify: {channel: security}",
        "review: {by: [oncall]}",
        "limit: {times: 3, within: 1d}",
    ],
)
def test_a_look_that_owes_anything_is_denied(owed: str) -> None:
    """A look waits for nobody and nothing follows it; beside it the same look that owes nothing, and a change that owes the same."""
    opened = "\n- {id: open, because: B., tools: [find_account, unlock_account], effect: permit, roles: [employee]}"
    asks = f"- {{id: asks, because: B., tools: [find_account, unlock_account], effect: require, {owed}}}" + opened

    refused = decide(policy(asks), ask("find_account"))

    assert isinstance(refused, Deny)
    assert (refused.policies, refused.version) == (("asks", "open"), policy(asks).version)
    assert "policy asks asks for more" in refused.reason
    assert isinstance(decide(policy(opened), ask("find_account")), Permit)
    assert isinstance(decide(policy(asks), ask()), Permit)


def test_a_condition_that_cannot_be_evaluated_denies_with_its_id() -> None:
    """A fact that is not there: neither true nor false, and so no."""
    body = (
        PARTS["permit"]
        + "\n- {id: risky, because: B., tools: [unlock_account], effect: require, when: resource.facts.risk == 'x', "
        + APPROVAL
        + "}"
    )
    decision = decide(policy(body), ask())

    assert isinstance(decision, Deny)
    assert decision.policies == ("risky",)


def test_an_error_or_true_is_not_true_by_itself() -> None:
    """CEL absorbs an error beside `|| true`; that is its own rule, and the answer is a bool all the same."""
    body = "- {id: p, because: B., tools: [unlock_account], effect: permit, roles: [employee], when: resource.facts.x == 1 || true}"
    assert isinstance(decide(policy(body), ask()), Permit)


def test_a_role_that_was_not_looked_up_denies() -> None:
    """Missing is unknown, not no."""
    assert isinstance(decide(policy(PARTS["permit"]), ask(roles={})), Deny)


@pytest.mark.parametrize(
    ("kind", "id_", "permitted"),
    [
        *((kind, "gus", kind in (PersonKind.MEMBER, PersonKind.SYSTEM)) for kind in PersonKind),
        (PersonKind.MEMBER, "", False),
    ],
)
def test_what_somebody_is_not_opens_nothing_to_who_is_no_full_member(kind: PersonKind, id_: str, permitted: bool) -> None:
    """Guests, other companies, bots, and whoever Slack says nothing of hold no role, so a `not` would be theirs. It forbids them."""
    body = "- {id: p, because: B., tools: [unlock_account], effect: permit, roles: {not: oncall}}"
    forbid = "\n- {id: f, because: B., tools: [unlock_account], effect: forbid, roles: {not: oncall}}"
    asked = ask(principal=Principal(id_, "U1", kind=kind), roles=held({"oncall": Membership.NO}))

    decision = decide(policy(body), asked)

    assert isinstance(decision, Permit) is permitted
    assert decide(policy(body + forbid), asked).policies == ("f",)
    said = "permit p: no full member asks, and nothing is permitted to anybody else; not(oncall): yes"
    assert (str(explain(policy(body), asked)[0]) == said) is not permitted


def test_an_unknown_tool_is_denied_and_one_without_policies_as_well() -> None:
    """Default deny."""
    assert isinstance(decide(policy(PARTS["permit"]), ask(tool="delete_everything")), Deny)
    assert isinstance(decide(policy(PARTS["permit"]), ask(tool="reset_mfa")), Deny)


def test_a_forbid_on_every_tool_stops_what_is_permitted() -> None:
    """A star in a forbid names them all."""
    body = PARTS["permit"] + '\n- {id: freeze, because: Frozen., tools: ["*"], effect: forbid}'
    decision = decide(policy(body), ask())

    assert decision == Deny("Frozen.", ("freeze",), decision.version)


@given(st.lists(st.sampled_from(sorted(PARTS)), unique=True), st.sampled_from(["permit", "require", "forbid"]))
def test_adding_a_policy_never_removes_what_another_asks_for(names: list[str], more: str) -> None:
    """More policies: a denial by a forbid stays, and obligations only grow."""
    before = decide(policy("\n".join([PARTS["permit"], *(PARTS[n] for n in names if n != "permit")])), ask())
    after = decide(policy("\n".join([PARTS["permit"], *(PARTS[n] for n in {*names, more} - {"permit"})])), ask())
    if isinstance(before, Deny):
        assert isinstance(after, Deny)
    elif isinstance(after, Permit):
        assert {one.policy for one in before.approvals} <= {one.policy for one in after.approvals}


OWED = Owed("p", "B.", ("oncall",), 1, timedelta(hours=4))


OTHERS: list[dict[str, Any]] = [
    {"policy": "q"},
    {"by": ("it-admin",)},
    {"count": 2},
    {"then": "it-admin"},
    {"within": timedelta(hours=5)},
]


def test_the_digest_of_a_call_stays_what_it_was() -> None:
    """Approvals that wait carry it over an upgrade; a label or the order of roles is no part of it."""
    owed = [Owed("p", "B.", ("oncall", "it-admin"), 2, timedelta(hours=4), then="mia")]
    for by, label in ((("oncall", "it-admin"), "Ána"), (("it-admin", "oncall"), "")):
        resource = {"kind": "account", "id": "ana", "label": label, "owner": "ana"}
        args = {"user": "ána", "until": date(2026, 11, 27), "times": 3}
        found = digest("grant_access", args, resource, "ana", "C-1", [replace(owed[0], by=by)], "v1")
        assert found == "6bcd880e54ae26cc24ff84102c0ca37939e5eaa3b12e557e53f32140d89f59f0"


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none())), st.text())
def test_the_digest_depends_on_every_part_and_on_no_order(args: dict[str, object], value: str) -> None:
    """Any change of tool, argument, resource, requester, case, obligation or policy is another digest."""
    plain = ("t", args, {"kind": "a", "id": "1", "owner": "o"}, "ana", "C-1", (OWED,), "v1")
    first = digest(*plain)
    assert digest("t", dict(reversed(args.items())), *plain[2:]) == first
    changed = [
        ("u", *plain[1:]),
        ("t", {**args, "new": value}, *plain[2:]),
        ("t", args, {"kind": "b", "id": "1", "owner": "o"}, *plain[3:]),
        ("t", args, {"kind": "a", "id": "2", "owner": "o"}, *plain[3:]),
        ("t", args, {"kind": "a", "id": "1", "owner": "p"}, *plain[3:]),
        (*plain[:3], "ben", *plain[4:]),
        (*plain[:4], "C-2", *plain[5:]),
        (*plain[:5], (), "v1"),
        *((*plain[:5], (replace(OWED, **other),), "v1") for other in OTHERS),
        (*plain[:6], "v2"),
    ]
    assert all(digest(*one) != first for one in changed if one != plain)


@pytest.mark.parametrize(
    ("tool", "names", "stops"),
    [
        pytest.param("unlock_account", {"tool": "unlock_account"}, True, id="by its name"),
        pytest.param("unlock_account", {"tool": "reset_mfa"}, False, id="by another's name"),
        pytest.param("unlock_account", {"system": "identity"}, True, id="by its system"),
        pytest.param("unlock_account", {"system": "access"}, False, id="by another system"),
        pytest.param("unlock_account", {}, True, id="every change"),
        pytest.param("find_account", {}, False, id="a read is no change"),
        pytest.param("find_account", {"system": "identity"}, False, id="nor is one of the system"),
        pytest.param("find_account", {"tool": "find_account"}, True, id="a read by its name"),
    ],
)
def test_a_freeze_denies_what_it_names(tool: str, names: dict[str, str], stops: bool) -> None:
    """Whatever permits it, also as the second of two; the reason is the freeze's."""
    read = policy("- {id: permit, because: B., tools: [unlock_account, find_account], effect: permit, roles: [employee]}")
    other = Freeze("F-1", "Other.", "eva", tool="lock_device")
    decision = decide(read, ask(tool, freezes=(other, Freeze("F-2", "Stop.", "eva", **names))))
    assert (decision == Deny("Stop.", ("F-2",), read.version, frozen=True)) == stops
    assert isinstance(decision, Permit) != stops


WORDS = policy("""
- {id: permit, because: B., tools: [unlock_account], effect: permit, roles: [employee]}
- {id: doubt, because: B., tools: [reset_mfa], effect: permit, roles: [oncall, employee, deskhand], unattended: true}
- {id: where, because: B., tools: [find_account], effect: permit, roles: [employee], channels: [direct]}
- {id: error, because: B., tools: [list_access], effect: permit, roles: [employee], when: resource.facts.x == args.user}
- {id: asks, because: B., tools: [get_device], effect: require, reason: true}
- {id: closes, because: "", tools: [find_order], effect: forbid, roles: [employee]}
- {id: closed, because: Closed., tools: [find_order], effect: forbid}
ceilings:
- {id: many, times: 3, within: 1d, per: case}
""")
UNSURE = "I couldn't make sure that this is allowed"
DOUBT = held({"employee": Membership.UNKNOWN, "oncall": Membership.NO})


@pytest.mark.parametrize(
    ("asked", "reason", "policies"),
    [
        pytest.param(ask("launch_rocket"), "There is no tool called 'launch_rocket'.", (), id="no tool"),
        pytest.param(ask("find_ticket"), "The policy doesn't permit this.", (), id="no policy"),
        pytest.param(ask("get_device"), "The policy doesn't permit this.", ("asks",), id="no permit"),
        pytest.param(ask("find_order"), "The policy doesn't permit this.", ("closes", "closed"), id="a forbid without words"),
        pytest.param(
            ask("find_order", roles=held({"employee": Membership.NO})), "Closed.", ("closed",), id="a forbid in its own words"
        ),
        pytest.param(
            ask("reset_mfa", roles=DOUBT),
            f"{UNSURE} (policy doubt: nobody can tell who is employee or deskhand).",
            ("doubt",),
            id="unknown roles",
        ),
        pytest.param(
            ask("find_account"),
            f"{UNSURE} (policy where: nobody can tell what kind of channel this is).",
            ("where",),
            id="an unknown channel",
        ),
        pytest.param(
            ask("list_access"),
            f"{UNSURE} (policy error: resource.facts.x == args.user: there is no 'x').",
            ("error",),
            id="an error in a condition",
        ),
        pytest.param(
            ask("list_access", args={}),
            f"{UNSURE} (policy error: resource.facts.x == args.user: there is no 'x').",
            ("error",),
            id="an argument that is not there",
        ),
    ],
)
def test_each_denial_says_why_and_by_which_policies(asked: Question, reason: str, policies: tuple[str, ...]) -> None:
    """With the version that was in force; a freeze is told apart from all of these."""
    assert decide(WORDS, asked) == Deny(reason, policies, WORDS.version, frozen=False)


PERMITS = "because: B., tools: [unlock_account], effect: permit"


@pytest.mark.parametrize(
    ("body", "others"),
    [
        pytest.param(
            f"- {{id: p, {PERMITS}, roles: [oncall, employee, deskhand], when: args.user == 'ben'}}", (), id="another call"
        ),
        pytest.param(f"- {{id: p, {PERMITS}, roles: [oncall, deskhand]}}", ("oncall",), id="people who hold another role"),
        pytest.param(f"- {{id: p, {PERMITS}, roles: [oncall], when: args.user == 'ana'}}", ("oncall",), id="for just this"),
        pytest.param(f"- {{id: p, {PERMITS}, roles: [oncall], when: principal.id == 'omar'}}", ("oncall",), id="by who asks"),
        pytest.param(f"- {{id: p, {PERMITS}, roles: [oncall], when: resource.facts.risk == 'low'}}", (), id="an unknown fact"),
        pytest.param(f"- {{id: p, {PERMITS}, roles: [oncall], channels: [public]}}", (), id="elsewhere"),
        pytest.param(f"- {{id: p, {PERMITS}, roles: [oncall], channels: [direct, public]}}", ("oncall",), id="here"),
        pytest.param(f"- {{id: p, {PERMITS}, roles: [oncall], mode: observe, since: 2026-11-01}}", (), id="only observed"),
        pytest.param(
            f"- {{id: p, {PERMITS}, roles: [oncall]}}\n- {{id: q, {PERMITS}, roles: [oncall]}}", ("oncall",), id="named once"
        ),
        pytest.param(
            f"- {{id: p, {PERMITS}, roles: [oncall]}}\n"
            "- {id: f, because: Never., tools: [unlock_account], effect: forbid, roles: [employee]}",
            (),
            id="forbidden",
        ),
        pytest.param("- {id: q, because: B., tools: [unlock_account], effect: require, reason: true}", (), id="to nobody"),
    ],
)
def test_a_denial_names_those_to_whom_just_this_is_permitted(body: str, others: tuple[str, ...]) -> None:
    """Where nothing but who asks is the cause; Deskhand itself is nobody whom one could ask."""
    decision = decide(policy(body), ask(case={"channel": "direct"}))
    assert isinstance(decision, Deny)
    assert decision.others == others


def test_a_guest_is_told_of_nobody() -> None:
    """Whatever roles the policy has: nobody can tell what a guest lacks."""
    guest = replace(ask().principal, kind=PersonKind.GUEST)
    decision = decide(policy(f"- {{id: p, {PERMITS}, roles: [oncall]}}"), ask(principal=guest))
    assert isinstance(decision, Deny)
    assert decision.others == ()


def test_a_permit_names_its_policies_and_ceilings_are_owed_by_changes_alone() -> None:
    many = Limit("many", 3, timedelta(days=1), "case", every=True)
    assert decide(WORDS, ask()) == Permit(("permit",), WORDS.version, (many,))
    assert decide(WORDS, ask("find_account", case={"channel": "direct"})) == Permit(("where",), WORDS.version, ())


def test_what_did_not_come_from_the_requester_owes_more_and_opens_nothing() -> None:
    """A person's yes, unless a policy asks for one, and the click, on changes alone; without the key it is denied by name."""
    read = replace(WORDS, untrusted=AGREES)
    many = Limit("many", 3, timedelta(days=1), "case", every=True)
    beside = ask(untrusted=["user", "note"], aside=True)

    assert decide(read, beside) == Permit(("permit",), read.version, (many, AGREES, ASIDE))
    assert decide(WORDS, beside) == Deny(UNTRUSTED.format("user and note"), ("permit",), WORDS.version)
    asks = replace(policy(PARTS["permit"] + "\n" + PARTS["require"]), untrusted=AGREES)
    assert [one.policy for one in decide(asks, ask(untrusted=["user"])).approvals] == ["require"]
    assert decide(read, ask("get_device", untrusted=["user"])) == decide(read, ask("get_device"))
    look = ask("find_account", case={"channel": "direct"}, untrusted=["user"], aside=True)
    assert decide(WORDS, look) == Permit(("where",), WORDS.version, ())


def test_an_argument_that_no_condition_looks_at_may_be_anything() -> None:
    """What CEL has no type for denies where a condition looks at it, and nowhere else."""
    odd = {"user": "ana", "more": object()}
    for when in ("args.user == 'ana'", "resource.owner == 'ana'"):
        read = policy(f"- {{id: p, because: B., tools: [unlock_account], effect: permit, roles: [employee], when: {when}}}")
        assert isinstance(decide(read, ask(args=odd)), Permit)
    read = policy("- {id: p, because: B., tools: [unlock_account], effect: permit, roles: [employee], when: args.user == 'ana'}")
    assert isinstance(decide(read, ask(args={"user": object()})), Deny)


def test_a_condition_of_another_tool_is_told() -> None:
    """No reading gives such a policy."""
    read = policy("- {id: p, because: B., tools: [unlock_account], effect: permit, roles: [employee], when: args.user == 'ana'}")
    odd = replace(read, policies=(replace(read.policies[0], when={}),))
    assert decide(odd, ask()) == Deny(f"{UNSURE} (policy p: its condition does not fit this tool).", ("p",), read.version)
