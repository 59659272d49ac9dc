"""What is wrong with a policy file, told with its place and what was meant perhaps. One wrong file for each message."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.domain import Membership, PersonKind, Principal
from bot.errors import PolicyError
from bot.gate import Policies, Question, decide, load, parse
from bot.obligations import Confirm, Deny, Permit
from tests.gate.policy import HEAD, NOW, TOOLS, ask

GOOD = "- {id: p, because: B., tools: [unlock_account], effect: permit, roles: [employee]}"
ROOT = Path(__file__).parents[2]


def test_the_policy_that_ships_is_good() -> None:
    assert len(load(ROOT / "policies.yaml", TOOLS).policies) >= 15


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("- a\n- b", "is empty, or no mapping", id="a list"),
        pytest.param("version: 1\nversion: 1\n", "policies.yaml:2: is not readable YAML", id="equal keys"),
        pytest.param("a: [", "is not readable YAML", id="broken YAML"),
        pytest.param(HEAD.replace("version: 1", "version: 2") + GOOD, "policies.yaml:2: version must be 1", id="version"),
        pytest.param("version: 1\nroles: {}\npolicies: []", "at least one role", id="no roles"),
        pytest.param(HEAD + GOOD.replace("effect", "efect"), "unknown key 'efect' (did you mean 'effect'?)", id="a key"),
        pytest.param(HEAD + GOOD.replace("permit", "allow"), "must be permit, forbid or require, not 'allow'", id="an effect"),
        pytest.param(HEAD + GOOD.replace("unlock_account", "unlok_account"), "(did you mean 'unlock_account'?)", id="a tool"),
        pytest.param(HEAD + GOOD.replace("[employee]", "[employees]"), "nobody has the role 'employees'", id="a role"),
        pytest.param(HEAD + GOOD.replace(", roles: [employee]", ""), "must say for which `roles`", id="a permit for nobody"),
        pytest.param(HEAD + GOOD + "\n" + GOOD, "has the id of the policy in line 8", id="equal ids"),
        pytest.param(
            HEAD + GOOD.replace("}", ", when: principal.idd == 'a'}"),
            "policies.yaml:8: policy \"p\": when, column 99: unknown name 'principal.idd' (did you mean 'principal.id'?)",
            id="a name in a condition",
        ),
        pytest.param(HEAD + GOOD.replace("}", ", when: args.user = 'a'}"), "(did you mean '=='?)", id="one equals sign"),
        pytest.param(
            HEAD + GOOD.replace("}", ", when: args.usr == 'a'}"), "(did you mean 'args.user'?)", id="an argument in a condition"
        ),
        pytest.param(
            HEAD + GOOD.replace("}", ", when: principal.id == 3}"), "does not go with (string, int)", id="a type in a condition"
        ),
        pytest.param(HEAD + GOOD.replace("}", ", when: principal.id}"), "a bool is needed", id="a condition that is no question"),
        pytest.param(
            HEAD + GOOD.replace("}", ", approval: {by: [nobody]}}"), "approval by 'nobody', a role nobody has", id="an approver"
        ),
        pytest.param(HEAD + GOOD.replace("}", ", approval: {by: [oncall], within: soon}}"), "not 'soon'", id="a time"),
        pytest.param(HEAD + GOOD.replace("}", ", approval: {by: [oncall], count: 0}}"), "from 1 to 5, not 0", id="a count"),
        pytest.param(HEAD + GOOD.replace("}", ", limit: {times: 3, within: 1d, per: person}}"), "limit per 'person'", id="a limit"),
        pytest.param(HEAD + GOOD.replace("permit", "require"), "a require must ask for something", id="a require of nothing"),
        pytest.param(
            HEAD + GOOD.replace("permit", "forbid").replace("}", ", approval: {by: [oncall]}}"),
            "a forbid denies",
            id="a forbid with an approval",
        ),
        pytest.param(HEAD + GOOD.replace("[unlock_account]", '["*"]'), "`*` (every tool) is for a forbid only", id="a star"),
        pytest.param(
            HEAD + GOOD.replace("unlock_account", "reset_mfa"), "cannot be undone, without an approval", id="irreversible"
        ),
        pytest.param(
            HEAD + GOOD.replace("}", ", examples: [{as: ana, args: {usr: ana}, expect: permit}]}"),
            "has no argument 'usr'",
            id="an example's argument",
        ),
        pytest.param(HEAD + GOOD.replace("}", ", mode: observe}"), "observe needs `since:`", id="an observe of no day"),
        pytest.param(
            HEAD.replace("{oncall: identity}", "{onkall: identity}") + GOOD, "(did you mean 'oncall'?)", id="a kind of role"
        ),
        pytest.param(HEAD.replace("{oncall: identity}", "{people: []}") + GOOD, "with somebody in it", id="a role of nobody"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse(text, TOOLS)

    assert said in str(error.value)
    assert str(error.value).startswith("policies.yaml")


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(PolicyError) as error:
        parse(HEAD + GOOD.replace("permit", "allow").replace("unlock_account", "x"), TOOLS)

    assert len(str(error.value).splitlines()) == 2


async def test_a_broken_reload_keeps_the_old_one_and_a_good_one_takes_its_place(tmp_path: Path) -> None:
    """Broken: the old policy decides, and the problem is kept. Mended: the new one decides."""
    file = tmp_path / "policies.yaml"
    file.write_text(HEAD + GOOD)
    policies = Policies(file, TOOLS)
    watching = asyncio.create_task(policies.watch())
    first = policies.current.version

    file.write_text(HEAD + GOOD.replace("permit", "allow"))
    for _ in range(60):
        await asyncio.sleep(0.05)
        if policies.problem:
            break
    assert (policies.current.version, "allow" in policies.problem) == (first, True)

    file.write_text(HEAD + GOOD.replace("permit", "forbid"))
    for _ in range(60):
        await asyncio.sleep(0.05)
        if policies.current.version != first:
            break
    watching.cancel()
    assert isinstance(decide(policies.current, ask()), Deny)
    assert policies.problem == ""


POLICIES = load(ROOT / "policies.yaml", TOOLS)
PEOPLE = {
    "ana": PersonKind.MEMBER,
    "ben": PersonKind.MEMBER,
    "omar": PersonKind.MEMBER,
    "mia": PersonKind.MEMBER,
    "pavel": PersonKind.MEMBER,
    "dora": PersonKind.MEMBER,
    "gus": PersonKind.GUEST,
}
MANAGES = {"mia": ("ana", "ben")}
DEPARTMENTS = {"omar": "IT", "pavel": "Engineering", "dora": "Engineering"}
GAINS = {"grant_access", "unlock_account", "reset_mfa", "reset_password", "unsuspend_account", "renew_certificate"}
GAINS |= {"assign_licence", "join_mailing_list", "order_equipment"}
"""Tools whose `user` gains by them."""


def touched(tool: str, args: dict[str, Any]) -> dict[str, Any]:
    """The resource of an example, as the tool would derive it from the embedded company."""
    user = str(args.get("user", ""))
    if "app" in args:
        return {
            "kind": "app",
            "id": args["app"],
            "owner": "pavel",
            "facts": {"risk": "high" if args["app"] == "payments-admin" else "low"},
        }
    if "list" in args:
        return {"kind": "list", "id": args["list"], "owner": "eva", "facts": {"open": args["list"] != "leadership"}}
    if "item" in args:
        return {"kind": "item", "id": args["item"], "owner": "", "facts": {"price": 119}}
    if "ticket" in args:
        return {"kind": "ticket", "id": args["ticket"], "owner": args["ticket"].removeprefix("IT-"), "facts": {}}
    if deployment := args.get("deployment"):
        owner = "omar" if deployment.endswith("/sso-gateway") else "pavel"
        return {"kind": "deployment", "id": deployment, "owner": owner, "facts": {"namespace": deployment.partition("/")[0]}}
    if repo := args.get("repo"):
        return {
            "kind": "repository",
            "id": repo,
            "owner": "pavel",
            "facts": {"team": "IT" if repo == "sso-gateway" else "Engineering"},
        }
    return {"kind": "account", "id": user, "owner": user, "facts": {}}


@pytest.mark.parametrize(
    ("tool", "example"),
    [
        pytest.param(tool, example, id=f"{one.id}: {example.as_} {tool}")
        for one in POLICIES.policies
        for example in one.examples
        for tool in one.tools
    ],
)
def test_the_examples_in_the_policy_hold(tool: str, example: object) -> None:
    """Each is decided by the whole file, as in production."""
    who, args, expect = example.as_, dict(example.args), example.expect  # type: ignore[attr-defined]
    resource = touched(tool, args)
    beneficiary = args.get("user", "") if tool in GAINS else ""
    member = PEOPLE[who] is PersonKind.MEMBER
    roles = {
        "employee": Membership.YES if member else Membership.NO,
        "it-admin": Membership.NO,
        "identity-oncall": Membership.YES if who == "omar" else Membership.NO,
        "network-oncall": Membership.NO,
        "platform-oncall": Membership.YES if who == "pavel" else Membership.NO,
        "line-manager": Membership.YES if beneficiary in MANAGES.get(who, ()) else Membership.NO,
        "resource-owner": Membership.YES if resource["owner"] == who else Membership.NO,
        "deskhand": Membership.NO,
    }
    roles["manager-of-them"] = Membership.YES if resource["owner"] in MANAGES.get(who, ()) else Membership.NO
    principal = Principal(who, f"U{who}", kind=PEOPLE[who], department=DEPARTMENTS.get(who, "Marketing"))
    known = {POLICIES.roles[role].key: one for role, one in roles.items()}
    question = Question(tool, args, principal, beneficiary, resource, known, NOW, {"kind": "incident", "channel": "direct"})
    decision = decide(POLICIES, question)

    assert said(decision) == expect


def said(decision: Permit | Deny) -> str:
    if isinstance(decision, Deny):
        return "deny"
    return "approval" if decision.approvals else "confirm" if decision.of(Confirm) else "permit"
