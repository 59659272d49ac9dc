"""`policy test`: the examples of the policies that ship hold, and what is wrong with an example is said in words."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from bot.cli.policycommands import tables
from bot.cli.policycommands.trial import Answer, beside, tried
from bot.errors import PolicyError
from tests.gate.policy import TOOLS

ROOT = Path(__file__).parents[3]
SHIPPED = asyncio.run(tried(ROOT / "policies.yaml", (), TOOLS))
HEAD = """
version: 1
roles:
  employee: {members: workspace}
  duty: {oncall: payments}
  second: {oncall: payments, tier: 2}
  security: {usergroup: security}
  lead: {manager_of: owner}
policies:
"""
PEOPLE = """
people:
  lars: {department: Shop, title: Engineer, manager: nina}
  nina: {department: Shop}
  vera: {kind: stranger}
on_call: {payments: [[lars], [nina]]}
usergroups: {security: [nina]}
"""


def trial(folder: Path, policies: str, tests: str = PEOPLE) -> dict[str, Any]:
    (folder / "shop.yaml").write_text(HEAD + policies)
    (folder / "shop.test.yaml").write_text(tests)
    return asyncio.run(tried(folder / "shop.yaml", (), TOOLS)).as_json()


def one(effect: str = "permit", more: str = "", tool: str = "unlock_account") -> str:
    return f"  - {{id: p, because: B., tools: [{tool}], effect: {effect}, {more}}}\n"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(one, id=f"{one.asked.policy or 'test file'}: {one.asked.example.as_} {one.asked.tool}")
        for one in SHIPPED.answers
    ],
)
def test_the_examples_that_ship_hold(answer: Answer) -> None:
    """Each is decided by the whole file, as in production."""
    assert answer.wrong == ""


def test_a_copy_without_its_test_files_is_told_how_to_name_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its examples speak of people whom only the original's test file states."""
    copy = tmp_path / "copy.yaml"
    copy.write_text((ROOT / "policies.yaml").read_text())
    alone = asyncio.run(tried(copy, (), TOOLS)).as_json()
    tables.trial(alone)
    assert alone["tests"] == []
    assert "name those of the original with --tests FILE" in capsys.readouterr().out
    beside_it = ROOT / "policies.test.yaml"
    told = asyncio.run(tried(copy, [beside_it], TOOLS)).as_json()
    tables.trial(told)
    assert told["tests"] == [str(beside_it)]
    assert "--tests" not in capsys.readouterr().out


def test_an_example_may_say_what_the_case_has_followed(tmp_path: Path) -> None:
    """A condition on the runbooks of a case can be shown to hold and not to hold."""
    examples = "examples: [{as: lars, args: {user: lars}, runbooks: [shop-closed], expect: permit}, {as: lars, args: {user: lars}, expect: deny}]"
    body = one(more=f"roles: [employee], when: '\"shop-closed\" in case.runbooks', {examples}")
    assert trial(tmp_path, body)["failures"] == []


def test_an_example_may_say_what_did_not_come_from_whoever_asks(tmp_path: Path) -> None:
    """The same call is permitted, and owes an approval where somebody else named its target; without the key it is denied."""
    examples = "examples: [{as: lars, args: {user: lars}, expect: permit}, {as: lars, args: {user: lars}, untrusted: [user], expect: EXPECT}]"
    body = one(more=f"roles: [employee], {examples}")
    held = trial(tmp_path, body.replace("EXPECT", "deny"))
    asked = HEAD.replace("policies:", "untrusted: {approval: {by: [duty]}}\npolicies:")
    (tmp_path / "shop.yaml").write_text(asked + body.replace("EXPECT", "approval"))

    assert held["failures"] == []
    assert asyncio.run(tried(tmp_path / "shop.yaml", (), TOOLS)).as_json()["failures"] == []


def test_every_policy_that_ships_and_every_tool_is_shown_by_an_example() -> None:
    assert ([one.id for one in SHIPPED.unmatched()], SHIPPED.unasked()) == ([], [])
    assert len(SHIPPED.answers) > 150


@pytest.mark.parametrize(
    ("more", "as_", "expect"),
    [
        pytest.param("roles: [duty]", "lars", "permit", id="on call"),
        pytest.param("roles: [duty]", "nina", "deny", id="not in the first tier"),
        pytest.param("roles: [second]", "nina", "permit", id="the second tier"),
        pytest.param("roles: [security]", "nina", "permit", id="a user group"),
        pytest.param("roles: [security]", "lars", "deny", id="not in the user group"),
        pytest.param("roles: [employee]", "vera", "deny", id="of another company"),
        pytest.param("roles: [lead]", "nina", "permit", id="the owner's manager"),
        pytest.param("roles: [employee], confirm: true", "lars", "confirm", id="a click"),
        pytest.param(
            "roles: [employee], confirm: true, approval: {by: [duty]}", "nina", "confirm", id="a click beside an approval"
        ),
        pytest.param(
            "roles: [employee], confirm: true, approval: {by: [duty]}", "nina", "approval", id="an approval beside a click"
        ),
        pytest.param("roles: [employee], when: now.getFullYear() == 2031", "lars", "deny", id="the stated time"),
        pytest.param("roles: [employee], channels: [public]", "lars", "deny", id="the example's channel"),
    ],
)
def test_the_stated_company_decides(tmp_path: Path, more: str, as_: str, expect: str) -> None:
    """Who is what comes from the test file: no system is asked, and no other answer would do."""
    example = f"{{as: {as_}, args: {{user: lars}}, expect: {expect}}}"
    assert trial(tmp_path, one(more=f"{more}, examples: [{example}]"))["failures"] == []

    other = "permit" if expect == "deny" else "deny"
    [failure] = trial(tmp_path, one(more=f"{more}, examples: [{example.replace(expect, other)}]"))["failures"]
    assert (failure["expected"], failure["id"], failure["line"]) == (other, "p", 10)
    assert failure["why"]


def test_an_example_may_say_when_and_where(tmp_path: Path) -> None:
    examples = "[{as: lars, args: {user: lars}, channel: public, at: '2031-03-01T12:00Z', expect: permit}]"
    more = f"roles: [employee], channels: [public], when: now.getFullYear() == 2031, examples: {examples}"
    assert trial(tmp_path, one(more=more))["failures"] == []
    assert trial(tmp_path, one(more=more.replace("2031-03", "2032-03")))["failures"] != []


def test_what_is_owed_is_compared_and_ceilings_do_not_count(tmp_path: Path) -> None:
    """A ceiling is a limit that every change owes; an example that counted it would have to change with every ceiling."""
    ceiling = "ceilings: [{id: all, times: 9, within: 1h, per: case}]\n"
    example = "examples: [{as: lars, args: {user: lars}, expect: permit, owes: [OWED]}]"
    policies = one(more=f"roles: [employee], reason: true, {example}") + ceiling
    assert trial(tmp_path, policies.replace("OWED", "reason"))["failures"] == []

    policies = policies.replace("reason: true", "reason: true, limit: {times: 1, within: 1d}")
    assert trial(tmp_path, policies.replace("OWED", "limit, reason"))["failures"] == []
    [failure] = trial(tmp_path, policies.replace("OWED", "reason"))["failures"]
    assert failure["message"] == "expected to owe reason, owes limit, reason"


def test_an_error_in_a_condition_denies_as_in_production_where_nothing_is_missing(tmp_path: Path) -> None:
    """Also after an example for which something was missing that did not matter."""
    tests = PEOPLE + "resources: [{tool: reset_mfa, kind: account, id: a, owner: lars, facts: {}}]\n"
    harmless = one(more="roles: [employee], examples: [{as: lars, args: {user: nobody.here}, expect: permit}]")
    risky = one(
        tool="reset_mfa",
        more="roles: [employee], unattended: true, when: resource.facts.risk == 'low', examples: [{as: lars, args: {user: lars}, expect: deny}]",
    )
    assert trial(tmp_path, harmless + risky.replace("id: p", "id: q"), tests)["failures"] == []


@pytest.mark.parametrize(
    ("policy", "tests", "said"),
    [
        pytest.param(one(more="roles: [employee], examples: [{as: lasr, args: {user: lars}, expect: deny}]"), PEOPLE, "'lasr' is nobody (did you mean 'lars'?); state them: people: {lasr: …}", id="a person"),
        pytest.param(one(more="roles: [security], examples: [{as: lars, args: {user: lars}, expect: deny}]"), PEOPLE.replace("usergroups", "groups"), "not stated: usergroups: {security: […]}", id="a user group"),
        pytest.param(one(more="roles: [duty], examples: [{as: lars, args: {user: lars}, expect: deny}]"), PEOPLE.replace("payments", "billing"), "not stated: on_call: {payments: […]}", id="a schedule"),
        pytest.param(one(more="roles: [employee], when: resource.owner == 'x', examples: [{as: lars, args: {user: nobody.here}, expect: deny}]"), PEOPLE, "what unlock_account touches here is not stated: resources: [{tool: unlock_account, args: {user: nobody.here}, kind: …, id: …}]", id="a resource"),
        pytest.param(one(more="roles: [employee], when: args.until != '', examples: [{as: lars, args: {app: figma}, expect: deny}]", tool="grant_access"), PEOPLE, "grant_access needs the argument 'user'; grant_access needs the argument 'until'", id="an argument"),
        pytest.param(one(more="roles: [employee], examples: [{as: lars, args: {user: lars, app: figma, until: soon}, expect: deny}]", tool="grant_access"), PEOPLE, "the arguments do not fit: grant_access: until", id="a wrong argument"),
        pytest.param(one(more="roles: [lead], examples: [{as: lars, args: {user: lars}, expect: deny}]"), PEOPLE + "resources: [{kind: account, id: a, owner: zoe}]\n", "not stated: people: {zoe: …}", id="whose manager"),
    ],
)  # fmt: skip
def test_a_fact_that_is_not_stated_fails_the_example_by_its_name(tmp_path: Path, policy: str, tests: str, said: str) -> None:
    """Although the call is denied for want of it, as the example expects: that would prove nothing."""
    [failure] = trial(tmp_path, policy, tests)["failures"]
    assert said in failure["message"]


def test_what_no_policy_asks_for_need_not_be_stated(tmp_path: Path) -> None:
    policy = one(more="roles: [employee], examples: [{as: lars, args: {user: nobody.here}, expect: permit}]")
    assert trial(tmp_path, policy)["failures"] == []


def test_a_stated_resource_comes_before_the_seed_and_says_who_gains(tmp_path: Path) -> None:
    """Of its tool and arguments alone; whoever gains is whom the file says."""
    tests = (
        PEOPLE + "resources: [{tool: unlock_account, args: {user: ana}, kind: account, id: a, owner: nina, beneficiary: lars}]\n"
    )
    policy = one(
        more="roles: [employee], when: resource.owner == 'nina' && beneficiary == 'lars', examples: [{as: lars, args: {user: WHO}, expect: permit}]"
    )
    assert trial(tmp_path, policy.replace("WHO", "ana"), tests)["failures"] == []
    assert trial(tmp_path, policy.replace("WHO", "ben"), tests)["failures"] != []


def test_what_no_example_shows_is_told(tmp_path: Path) -> None:
    """A permit that only a denied example names is not shown, nor is a forbid that never denied."""
    policies = one(more="roles: [duty], examples: [{as: nina, args: {user: nina}, expect: deny}]") + one(
        "forbid", "when: args.user == 'zoe'"
    ).replace("id: p", "id: f")
    found = trial(tmp_path, policies)
    assert [one["id"] for one in found["unmatched"]] == ["p", "f"]
    assert ("unlock_account" in found["unasked"], "reset_mfa" in found["unasked"]) == (False, True)

    denied = "examples:\n  - {tool: unlock_account, as: lars, args: {user: zoe}, expect: deny}\n"
    assert [one["id"] for one in trial(tmp_path, policies, PEOPLE + denied)["unmatched"]] == ["p"]

    shown = "examples:\n  - {tool: unlock_account, as: lars, args: {user: lars}, expect: permit}\n  - {tool: unlock_account, as: lars, args: {user: zoe}, expect: deny}\n"
    assert trial(tmp_path, policies, PEOPLE + shown)["unmatched"] == []


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        pytest.param("", "is empty, or no mapping", id="empty"),
        pytest.param("poeple: {}", "unknown key 'poeple' (did you mean 'people'?)", id="a key"),
        pytest.param("people: {lars: {kind: gast}}", "kind must be one of member, guest, stranger, bot, not 'gast' (did you mean 'guest'?)", id="a kind"),
        pytest.param("people: {lars: {manger: nina}}", "did you mean 'manager'?", id="a person's key"),
        pytest.param("people: [lars]", "`people` must be a mapping", id="people"),
        pytest.param("on_call: {payments: lars}", "on_call payments must be a list of handles", id="on call"),
        pytest.param("groups: {sec: [{a: b}]}", "groups sec must be a list of handles", id="a group"),
        pytest.param("now: noon", "now must be a time such as", id="now"),
        pytest.param("resources: [{tool: unlok_account, kind: a, id: b}]", "there is no tool 'unlok_account' (did you mean 'unlock_account'?)", id="a resource's tool"),
        pytest.param("resources: [{tool: unlock_account, args: {usr: a}, kind: a, id: b}]", "has no argument 'usr' (did you mean 'user'?)", id="a resource's argument"),
        pytest.param("resources: [{tool: unlock_account}]", "a resource says what a call touches", id="a resource of nothing"),
        pytest.param("examples: [{as: lars, expect: permit}]", "`tool` must say which", id="an example of no tool"),
        pytest.param("examples: [{tool: unlok_account, as: lars, expect: permit}]", "there is no tool 'unlok_account' (did you mean 'unlock_account'?)", id="an example's tool"),
        pytest.param("people: {a: {}\n", "is not readable YAML", id="no YAML"),
    ],
)  # fmt: skip
def test_a_wrong_test_file_is_told_with_its_place(tmp_path: Path, tests: str, said: str) -> None:
    with pytest.raises(PolicyError) as error:
        trial(tmp_path, one(more="roles: [employee]"), tests)
    assert said in str(error.value)
    assert str(error.value).startswith(f"{tmp_path}/shop.test.yaml:")


def test_two_test_files_may_not_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(HEAD + one(more="roles: [employee]"))
    (tmp_path / "a.test.yaml").write_text(PEOPLE)
    (tmp_path / "b.test.yaml").write_text(PEOPLE)
    files = [tmp_path / "a.test.yaml", tmp_path / "b.test.yaml"]
    asyncio.run(tried(tmp_path / "shop.yaml", files, TOOLS))

    (tmp_path / "b.test.yaml").write_text(PEOPLE.replace("Engineer", "Designer").replace("[[lars], [nina]]", "[nina]"))
    with pytest.raises(PolicyError) as error:
        asyncio.run(tried(tmp_path / "shop.yaml", files, TOOLS))
    assert [one.message for one in error.value.problems] == [
        'person "lars" is stated differently in another test file',
        "on_call payments is stated differently in another test file",
    ]


def test_the_test_file_that_the_page_shows_holds(tmp_path: Path) -> None:
    [shown] = re.findall(r"```yaml\n(now:.*?)```", (ROOT / "docs" / "cli.md").read_text(), re.DOTALL)
    policy = one(tool="comment_ticket", more="roles: [duty], when: resource.owner == principal.id && beneficiary == 'lars'")
    assert trial(tmp_path, policy, shown)["failures"] == []
    assert trial(tmp_path, policy.replace("duty", "second"), shown)["failures"] != []


def test_the_test_files_beside_a_policy_are_found(tmp_path: Path) -> None:
    """A file's own and those of what it includes; all of a folder."""
    (tmp_path / "teams").mkdir()
    for name in ("policies.test.yaml", "teams/shop.test.yaml", "other.test.yaml"):
        (tmp_path / name).write_text("examples: []")
    (tmp_path / "policies.yaml").write_text("include: [{file: teams/shop.yaml, tools: [], roles: []}]")
    own = [tmp_path / "policies.test.yaml", tmp_path / "teams/shop.test.yaml"]
    assert beside(tmp_path / "policies.yaml") == own
    assert set(beside(tmp_path)) == {*own, tmp_path / "other.test.yaml"}
