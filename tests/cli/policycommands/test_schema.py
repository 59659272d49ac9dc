"""The JSON Schema takes every policy that ships or is shown, and refuses what is built wrongly; its keys are the reader's."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.cli.policycommands import schema as made
from bot.cli.policycommands.schema import policy_schema
from bot.cli.policycommands.stated import plain
from bot.errors import PolicyError
from bot.gate import load, parse
from bot.gate.load import MAIN_KEYS
from bot.gate.model import ROLE_KINDS
from bot.gate.parse import POLICY_KEYS
from bot.gate.shapes import shape
from tests.cli.policycommands.jsonschema import errors
from tests.gate.policy import HEAD, TOOLS

ROOT = Path(__file__).parents[3]
SCHEMA = policy_schema({tool.name: shape(tool) for tool in TOOLS.values()})
FILES = [
    ROOT / "policies.yaml",
    *(file for file in sorted((ROOT / "docs" / "policies").rglob("*.yaml")) if ".test." not in file.name),
]
SHOWN = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "policy.md").read_text(), re.DOTALL)
GOOD = "- {id: p, because: B., tools: [unlock_account], effect: permit, roles: [employee]}"
WHOLE = """
version: 1
include: [{file: teams/shop.yaml, tools: {system: tickets}, roles: [member]}]
roles:
  member: {members: workspace}
  admins: {usergroup: it-admins}
  staff: {group: staff}
  duty: {oncall: identity, tier: 2}
  lead: {manager_of: beneficiary}
  owner: {owner_of: resource}
  shop: {department: Shop}
  chief: {title: Chief}
  named: {people: [ana, ben]}
  bot: {system: true}
  one: {any: [admins, {all: [staff, {not: shop}]}]}
admins: [staff, duty]
ceilings: [{id: all, times: 20, within: 1h, per: case}]
untrusted: {because: B., approval: {by: [duty], within: 4h}}
freezes: [{id: year-end, because: B., tools: ["*"], from: '2026-12-24T18:00+01:00', until: '2027-01-02T06:00+01:00', except: [admins, {oncall: identity}]}]
policies:
  - id: everything
    because: B.
    tools: {effect: change, system: access, reversible: true}
    effect: permit
    roles: {any: [member, {not: shop}]}
    channels: [direct, private]
    when: principal.id != ''
    approval: {by: [duty], count: 2, within: 4h, remind: 15m, then: admins, shorten: allowed, step_up: target}
    reason: true
    confirm: true
    notify: {roles: [admins], channel: security}
    review: {by: [admins], within: 3d}
    limit: [{times: 3, within: 1d, per: beneficiary, beyond: approval}, {times: 9, within: 7d}]
    unattended: true
    mode: observe
    since: 2026-11-01
    examples: [{as: ana, tool: grant_access, args: {user: ana}, channel: public, at: '2026-11-27T18:00+01:00', runbooks: [app-access], untrusted: [app], owes: [approval], expect: approval}]
  - {id: most, tools: [grant_access], effect: require, max: {until: 30d}}
"""


def read(text: str) -> Any:
    return plain(YAML(typ="rt").load(text))


def wrong(text: str) -> list[str]:
    return list(errors(read(text), SCHEMA, SCHEMA))


@pytest.mark.parametrize("file", [pytest.param(file, id=str(file.relative_to(ROOT))) for file in FILES])
def test_the_policies_that_ship_fit(file: Path) -> None:
    assert wrong(file.read_text()) == []


@pytest.mark.parametrize("block", [pytest.param(block, id=block.splitlines()[0]) for block in SHOWN])
def test_what_the_page_shows_fits(block: str) -> None:
    """Each is a part of a file; what it leaves out is taken from another."""
    assert list(errors(read(HEAD + GOOD) | read(block), SCHEMA, SCHEMA)) == []


def test_every_key_of_the_language_fits_and_is_read(tmp_path: Path) -> None:
    """One file with all of them: the reader takes it as well, so the schema promises nothing that is refused."""
    assert wrong(WHOLE) == []
    (tmp_path / "teams").mkdir()
    (tmp_path / "policies.yaml").write_text(WHOLE)
    team = "policies: [{id: shop, because: B., tools: [find_ticket], effect: permit, roles: [member]}]"
    (tmp_path / "teams" / "shop.yaml").write_text(team)
    assert wrong(team) == []
    assert [one.id for one in load(tmp_path, TOOLS).policies] == ["everything", "most", "year-end", "shop"]

    whole = read(WHOLE)
    assert set(whole) == set(MAIN_KEYS)
    assert {key for one in whole["policies"] for key in one} == set(POLICY_KEYS)
    assert {key for role in whole["roles"].values() for key in role} | {"all", "not"} == {*ROLE_KINDS, "tier"}


WRONG = [
    pytest.param("- a\n- b", id="a list"),
    pytest.param("version: 1\nroles: {}\npolicies: []", id="no roles"),
    pytest.param(HEAD.replace("version: 1", "version: 2") + GOOD, id="version"),
    pytest.param(HEAD + GOOD + "\nrules: []", id="a key of the file"),
    pytest.param("policies: []", id="no policies"),
    pytest.param(f"policies: [{GOOD[2:]}]\nfreezes: []", id="a team's freezes"),
    *(
        pytest.param(HEAD.replace("{oncall: identity}", role) + GOOD, id=f"role {role}")
        for role in ("{onkall: identity}", "{people: []}", "{members: all}", "{oncall: identity, group: a}", "{group: a, tier: 2}", "{oncall: a, tier: 0}", "{any: []}", "{not: [employee]}", "{manager_of: ana}", "identity")
    ),
    *(
        pytest.param(HEAD + GOOD.replace(old, new), id=f"{old} → {new}")
        for old, new in (
            ("id: p, ", ""),
            ("effect", "efect"),
            ("permit", "allow"),
            ("[unlock_account]", "[unlok_account]"),
            ("[unlock_account]", "[]"),
            ("[unlock_account]", "{effect: chnge}"),
            ("[unlock_account]", "{colour: red}"),
            (", roles: [employee]", ""),
            ("[employee]", "[]"),
            ("permit", "require"),
        )
    ),
    *(
        pytest.param(HEAD + GOOD.replace("}", f", {more}}}"), id=more)
        for more in (
            "when: ''",
            "channels: [drect]",
            "channels: []",
            "approval: oncall",
            "approval: {within: 4h}",
            "approval: {by: oncall}",
            "approval: {by: [oncall], within: soon}",
            "approval: {by: [oncall], count: 0}",
            "approval: {by: [oncall], count: 6}",
            "approval: {by: [oncall], shorten: yes}",
            "approval: {by: [oncall], step_up: click}",
            "limit: {times: 3}",
            "limit: {times: 0, within: 1d}",
            "limit: {times: 3, within: 1d, per: person}",
            "limit: {times: 3, within: 1d, beyond: ask}",
            "limit: []",
            "reason: please",
            "confirm: false",
            "notify: {}",
            "notify: {role: [oncall]}",
            "review: {within: 3d}",
            "max: {}",
            "max: {until: soon}",
            "unattended: false",
            "mode: observe",
            "mode: watch, since: 2026-11-27",
            "since: 2026-11-27",
            "mode: observe, since: lately",
            "examples: {as: ana}",
            "examples: [{as: ana}]",
            "examples: [{as: ana, expect: allow}]",
            "examples: [{as: ana, expect: deny, channel: drect}]",
            "examples: [{as: ana, expect: deny, at: noon}]",
            "examples: [{as: ana, expect: deny, owes: [click]}]",
            "examples: [{as: ana, expect: deny, untrusted: user}]",
            "examples: [{as: ana, expect: deny, runbooks: account-locked}]",
            "examples: [{as: ana, expect: deny, argss: {}}]",
        )
    ),
    pytest.param(HEAD + GOOD.replace("permit", "forbid").replace("}", ", approval: {by: [oncall]}}"), id="a forbid with an approval"),
    *(
        pytest.param(HEAD + GOOD + "\n" + more, id=more)
        for more in (
            "ceilings: [{id: a, times: 3, within: 1h}]",
            "ceilings: [{id: a, times: 3, within: 1h, per: tool}]",
            "untrusted: {because: Somebody should look.}",
            "untrusted: {approval: {by: [oncall]}, confirm: true}",
            "freezes: [{id: a, tools: [unlock_account], from: 2026-12-24, until: '2027-01-02T06:00+01:00'}]",
            "freezes: [{id: a, tools: [unlock_account], from: '2026-12-24T18:00+01:00'}]",
            "include: [{file: a.yaml}]",
            "include: [{file: a.yaml, tools: [], roles: [employee]}]",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_built_wrongly_is_refused_by_the_schema_and_by_the_reader(text: str) -> None:
    """So the two agree; a sample that only one of them refuses fails here."""
    assert wrong(text) != []
    with pytest.raises(PolicyError):
        parse(text, TOOLS)


def test_a_key_of_the_reader_that_the_schema_has_no_words_for_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "POLICY_KEYS", (*POLICY_KEYS, "colour"))
    with pytest.raises(KeyError, match="colour"):
        policy_schema({})


def test_nothing_is_described_that_the_reader_does_not_know() -> None:
    """The other way round: every word of the schema is a key of the reader's."""
    for keys, words in ((MAIN_KEYS, made._main()), (POLICY_KEYS, made._policy_keys())):
        assert set(keys) == set(words)
    for definition, words in (("approval", made._approval()), ("limit", made._limit()), ("ceiling", made._ceiling()), ("freeze", made._freeze()), ("example", made._example()), ("notify", made._notify()), ("review", made._review()), ("include", made._include()), ("untrusted", made._untrusted())):  # fmt: skip
        assert set(SCHEMA["$defs"][definition]["properties"]) == set(words)
    assert all("description" in one or "$ref" in one or "anyOf" in one or "type" in one for one in made._policy_keys().values())
