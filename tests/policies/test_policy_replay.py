"""What another policy would have made of recorded calls: what flips, for whom, and what nobody can tell."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.cli.policycommands.comparewords import markdown, summary, tables_of
from bot.domain import Call, CallState, Case, Membership, PersonKind, Principal
from bot.facts import Facts
from bot.gate import Question, Role, decide, parse
from bot.gate.evident import evident
from bot.gate.recorded import recorded_facts as facts
from bot.obligations import Permit
from bot.policies.answer import Again, Untold, asked
from bot.policies.replay import Held, Replay
from bot.store.recorded import BATCH, recorded
from bot.store.work import Store
from tests.gate.policy import ANA, NOW, TOOLS, ask, held, policy
from tools.contract import Person

OPEN = "- {id: own, because: b, tools: [unlock_account], effect: permit, roles: [employee], when: resource.owner == principal.id}"
ASKS = (
    "- {id: asks, because: c, tools: [unlock_account], effect: require, approval: {by: [oncall]}, when: resource.facts.risk == 'x'}"
)
OLD = policy(OPEN)


def call(number: int = 1, question: Question | None = None, *, under: Any = OLD, **changes: Any) -> Call:
    """A row of the ledger as the door writes it."""
    question = question or ask(resource={"kind": "account", "id": "ana", "owner": "ana", "facts": {"risk": "x"}})
    decision = decide(under, question)
    made = Call(
        id=f"K-{number}",
        case="C-1",
        call=f"c{number}",
        tool=question.tool,
        arguments=dict(question.args),
        state=CallState.VERIFIED,
        principal=question.principal.id,
        created=NOW,
        resource=question.resource,
        beneficiary=question.beneficiary,
        decision="permit" if isinstance(decision, Permit) else "deny",
        policies=decision.policies,
        policy_version=decision.version,
        facts=facts(question, None, decision),
    )
    return dataclasses.replace(made, **changes)


def replayed(new: Any, *calls: Call, then: Any = None) -> Replay:
    found = Replay(new, then, NOW - timedelta(days=30), NOW)
    found.take(calls)
    return found


@pytest.mark.parametrize("then", [OLD, None], ids=["the policy of that time is in force", "it is known no more"])
@pytest.mark.parametrize(
    ("new", "change", "words", "by"),
    [
        pytest.param(policy(OPEN), None, "", (), id="nothing"),
        pytest.param(policy(OPEN.replace("id: own", "id: called-otherwise")), None, "", (), id="another name is no change"),
        pytest.param(policy(f"{OPEN}\n{ASKS}"), "more", "asks now: an approval by oncall", ("asks",), id="more is asked for"),
        pytest.param(
            policy(f"{OPEN}\n- {{id: shut, because: d, tools: [unlock_account], effect: forbid}}"),
            "denied",
            "denied now",
            ("shut",),
            id="forbidden",
        ),
        pytest.param(policy(OPEN.replace("==", "!=")), "denied", "denied now", ("own",), id="permitted by nobody any more"),
    ],
)
def test_what_another_policy_changes(then: Any, new: Any, change: str | None, words: str, by: tuple[str, ...]) -> None:
    """Told by kind, in words, and with the policy that makes the difference; facts are those of the time."""
    found = replayed(new, call(), then=then)
    assert (found.calls, found.same) == (1, 1 if change is None else 0)
    assert dict(found.changes) == ({} if change is None else {change: 1})
    if change is not None:
        row = found.as_json()["flips"][0]
        assert row["by"] == list(by)
        if then is not None or change == "denied":
            assert row["words"].startswith(words)
        else:
            assert row["words"] == "asks now: approval", "only the kind is known"


def test_what_was_asked_for_and_is_no_more() -> None:
    """An approval fewer is told as well, and a denial that opens."""
    before = policy(f"{OPEN}\n{ASKS}")
    assert dict(replayed(OLD, call(under=before), then=before).changes) == {"less": 1}
    stranger = ask(resource={"kind": "account", "id": "ben", "owner": "ben", "facts": {}}, beneficiary="ben")
    opened = policy(OPEN.replace(", when: resource.owner == principal.id", ""))
    found = replayed(opened, call(question=stranger), then=OLD)
    assert (dict(found.changes), found.as_json()["flips"][0]["by"]) == ({"permitted": 1}, ["own"])


def test_it_is_counted_by_person_tool_and_policy() -> None:
    """Whoever has the most comes first."""
    ben = dataclasses.replace(ANA, id="ben")
    calls = [call(n) for n in (1, 2)]
    calls.append(call(3, ask(principal=ben, resource={"kind": "account", "id": "ben", "owner": "ben", "facts": {"risk": "x"}})))
    found = replayed(policy(f"{OPEN}\n{ASKS}"), *calls, then=OLD).as_json()
    assert found["by_person"] == [{"person": "ana", "more": 2}, {"person": "ben", "more": 1}]
    assert found["by_tool"] == [{"tool": "unlock_account", "more": 3}]
    assert found["by_policy"] == [{"policy": "asks", "more": 3}]


def with_role(role: str, body: str = "") -> Any:
    """Own accounts, for those who hold a role that the old policy did not have."""
    return parse(
        f"version: 1\nroles:\n  employee: {{members: workspace}}\n  new: {role}\npolicies:\n"
        f"{body or OPEN.replace('[employee]', '[new]')}",
        TOOLS,
    )


@pytest.mark.parametrize(
    ("role", "principal", "same"),
    [
        pytest.param("{department: Sales}", {"department": "Sales"}, 1, id="of the department"),
        pytest.param("{department: Sales}", {"department": "Legal"}, 0, id="of another"),
        pytest.param("{title: Buyer}", {"title": "Buyer"}, 1, id="by title"),
        pytest.param("{people: [ana]}", {}, 1, id="by name"),
        pytest.param("{people: [ben]}", {}, 0, id="somebody else by name"),
        pytest.param("{owner_of: resource}", {}, 1, id="the owner"),
        pytest.param("{manager_of: requester}", {}, 0, id="nobody is their own manager"),
        pytest.param("{any: [{department: Sales}, {people: [ana]}]}", {}, 1, id="made of others"),
        pytest.param("{members: workspace}", {"kind": PersonKind.GUEST}, 1, id="a guest holds nothing, as before"),
    ],
)
def test_a_role_that_was_not_looked_up_follows_from_what_was(role: str, principal: dict[str, Any], same: int) -> None:
    question = ask(principal=dataclasses.replace(ANA, **principal), roles=held({"employee": Membership.YES}))
    if principal.get("kind") is PersonKind.GUEST:
        question = dataclasses.replace(question, roles=held({"employee": Membership.NO}))
    found = replayed(with_role(role), call(question=question), then=OLD)
    assert (found.untold_calls, found.same) == (0, same)


def test_what_hangs_on_a_role_that_nobody_looked_up_is_counted_apart() -> None:
    """Never guessed, with the role named; told all the same where the role makes no difference."""
    found = replayed(with_role("{group: lawyers}"), call())
    assert (found.same, found.flipped, found.untold_calls, dict(found.untold)) == (0, 0, 1, {"group:lawyers": 1})
    assert "group:lawyers (1)" in " ".join(summary(found))

    either = with_role("{group: lawyers}", f"{OPEN}\n{OPEN.replace('id: own', 'id: too').replace('[employee]', '[new]')}")
    assert replayed(either, call()).same == 1, "permitted whoever is a lawyer"
    ben = ask(principal=dataclasses.replace(ANA, id="ben"))
    assert replayed(either, call(question=ben)).same == 1, "the condition settles it"


def test_unknown_at_the_time_stays_unknown() -> None:
    """A directory that was away denied then, and denies again."""
    unknown = ask(roles=held({"employee": Membership.UNKNOWN}))
    assert replayed(policy(OPEN + "\n"), call(question=unknown), then=OLD).same == 1


def test_conditions_on_what_is_never_recorded_cannot_be_told() -> None:
    """Name and mail address are kept of nobody."""
    new = policy(OPEN.replace("resource.owner == principal.id", "principal.email.endsWith('@example.com')"))
    assert dict(replayed(new, call()).untold) == {"principal.email": 1}


def test_more_roles_than_can_be_tried_are_not_told() -> None:
    """Seven that nobody looked up are 128 combinations."""
    roles = ", ".join(f"{{group: g{n}}}" for n in range(7))
    body = f"{OPEN}\n- {{id: x, because: b, tools: [unlock_account], effect: permit, roles: {{any: [{roles}]}}}}"
    again = Again(policy(body))
    assert isinstance(again(ask()), Untold)


def test_rows_without_facts_are_counted_apart() -> None:
    """An argument that did not hold never came to the policy; of an old row nothing was kept."""
    found = replayed(OLD, call(facts={}), call(facts={}, policy_version=""), call())
    assert (found.calls, found.unkept, found.unasked, found.same) == (3, 1, 1, 1)


def test_as_markdown_no_word_of_a_person_begins_anything() -> None:
    """Arguments are people's words: no cell, link, tag or mention comes of them."""
    nasty = call(arguments={"user": "a|b <img src=x> [c](http://d) @everyone `x`\n# y"})
    text = markdown(replayed(policy(f"{OPEN}\n{ASKS}"), nasty))
    line = next(one for one in text.splitlines() if one.startswith("| K-1"))
    assert line.count(" | ") == 5
    for word in ("<img", "[c]", "@everyone", " `x`"):
        assert word not in line
    assert "1 of the 1 that can be told get another answer" in text


def test_the_tables_say_how_many_are_left_out() -> None:
    found = replayed(policy(f"{OPEN}\n{ASKS}"), *(call(n) for n in range(30)))
    title, _, rows = tables_of(found)[-1]
    assert (title, len(rows)) == ("Calls (the first 20 of 30)", 20)


async def test_recorded_calls_come_in_batches_the_oldest_first(database: str) -> None:
    """From a real database, whole and in order, and none from before."""
    async with Store(database) as store:
        async with store.work() as work:
            await work.save_case(Case("C-1", "T:D", "T", "D", "1.1", "ana", "UANA", NOW, NOW))
            for number in range(5):
                at = NOW + timedelta(minutes=number)
                await work.save_call(dataclasses.replace(call(number), created=at))
        found = [one async for batch in recorded(store, NOW + timedelta(minutes=2)) for one in batch]
    assert [one.id for one in found] == ["K-2", "K-3", "K-4"]
    assert replayed(OLD, *found, then=OLD).same == 3
    assert BATCH > 1


def test_two_policies_over_recorded_calls() -> None:
    """Whatever was answered then: one example of each kind of change."""
    both = Held(OLD, policy(f"{OPEN}\n{ASKS}"))
    both.take([call(1), call(2), call(3, facts={})])
    assert (both.calls, both.differ, [flip.call.id for flip in both.first.values()]) == (2, 2, ["K-1"])


ROLES = [
    Role("r", "system", True),
    Role("r", "members", "workspace"),
    Role("r", "people", ["ana"]),
    Role("r", "department", "Sales"),
    Role("r", "title", "Buyer"),
    Role("r", "owner_of", "resource"),
    *(Role("r", "manager_of", whose) for whose in ("requester", "beneficiary", "owner")),
]


class Directory:
    """Everybody's manager is Mia, and hers is Ana; Ana buys things in Sales."""

    async def person(self, handle: str) -> Person:
        mine = {"department": "Sales", "title": "Buyer"} if handle == "ana" else {}
        return Person(handle, handle, "", "", manager="ana" if handle == "mia" else "mia", **mine)

    async def people(self) -> list[Person]:
        return [await self.person("ana"), await self.person("mia")]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.key)
@pytest.mark.parametrize("beneficiary", ["ana", "mia", ""])
@pytest.mark.parametrize("owner", ["ana", "mia", ""])
async def test_what_is_evident_is_what_the_directory_would_say(role: Role, beneficiary: str, owner: str) -> None:
    """Whoever is among the holders holds it; what hangs on the manager of others is not evident, and a guest holds nothing."""
    who = Principal("ana", "UANA", kind=PersonKind.MEMBER, department="Sales", title="Buyer", manager="mia")
    directory: Any = Directory()
    holders = await Facts(directory, directory)._of_leaf(role, principal=who, beneficiary=beneficiary, owner=owner, now=NOW)
    told = evident(role, who, principal=who, beneficiary=beneficiary, owner=owner)
    whose = {"beneficiary": beneficiary, "owner": owner}.get(str(role.value), "")
    assert told is (None if role.kind == "manager_of" and whose == "mia" else Membership.YES if "ana" in holders else Membership.NO)
    guest = dataclasses.replace(who, kind=PersonKind.GUEST)
    assert evident(role, guest, principal=guest, beneficiary=beneficiary, owner=owner) is Membership.NO


def test_an_obligation_is_told_by_what_its_roles_mean() -> None:
    """The same name for others is another approval; another name for the same is none."""
    text = "version: 1\nroles: {employee: {members: workspace}, %s: {%s}}\npolicies:\n" + OPEN.replace(
        "}", ", approval: {by: [%s]}}"
    )
    one, same, other = (
        parse(text % (name, means, name), TOOLS) for name, means in (("a", "oncall: x"), ("b", "oncall: x"), ("a", "oncall: y"))
    )
    keys = [asked(one.policies[0].owes[0], one.roles).key for one in (one, same, other)]
    assert keys[0] == keys[1] != keys[2]
