"""A policy file is read whole: what it says becomes values, and all that is wrong is told at once."""

import asyncio
import hashlib
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import PolicyError
from bot.gate import Policies, decide, load, parse
from bot.gate.load import files
from bot.obligations import Confirm, Deny, Notify, Owed, Permit, Reason
from tests.gate.policy import HEAD, TOOLS, ask

GOOD = "- {id: p, because: B., tools: [unlock_account], effect: permit, roles: [employee]}"
ROOT = Path(__file__).parents[2]


def test_the_policy_that_ships_is_good() -> None:
    assert len(load(ROOT / "policies.yaml", TOOLS).policies) >= 15


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(PolicyError) as error:
        parse(HEAD + GOOD.replace("permit", "allow").replace("unlock_account", "x"), TOOLS)

    assert len(str(error.value).splitlines()) == 2
    said = "`effect` must be permit, forbid or require, not 'allow'"
    first = {"file": "policies.yaml", "line": 8, "id": "p", "message": f'policy "p": {said}'}
    assert error.value.problems[0].as_json() == first


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


def test_a_file_of_a_team_names_what_it_was_given(tmp_path: Path) -> None:
    """By property as well as by name; `*` is every tool that it was given."""
    (tmp_path / "policies.yaml").write_text(
        HEAD.replace("policies:", "include:\n  - {file: team.yaml, tools: {system: identity, effect: read}, roles: [employee]}\n")
    )
    team = "policies:\n  - {id: look, because: B., tools: {system: identity}, effect: permit, roles: {any: [employee]}}\n"
    (tmp_path / "team.yaml").write_text(team + '  - {id: close, because: B., tools: ["*"], effect: forbid}\n')
    assert [one.tools for one in load(tmp_path, TOOLS).policies] == [("find_account",), ("find_account",)]


def test_a_team_cannot_be_given_a_file_elsewhere(tmp_path: Path) -> None:
    """Not by a name that no path can have, and not through a link."""
    (tmp_path / "outside.yaml").write_text("policies: []")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    for name in ('"\\0"', "link.yaml", str(tmp_path / "outside.yaml")):
        include = f"include:\n  - {{file: {name}, tools: [unlock_account], roles: [employee]}}\n"
        (folder / "policies.yaml").write_text(HEAD.replace("policies:", include))
        with pytest.raises(PolicyError, match="the file must lie in the folder of this one"):
            load(folder, TOOLS)


def test_what_is_read_of_a_policy_that_says_everything() -> None:
    """Also where YAML takes a time for a time, a bool has an anchor, or the tools of a server are away."""
    read = parse(
        HEAD.replace(
            "policies:",
            "freezes:\n  - {id: end, tools: [find_person], from: 2026-12-24T18:00:00+01:00, until: 2026-12-27T08:00+01:00, except: [oncall]}\npolicies:",
        )
        + """
  - id: p
    because: B.
    tools: [unlock_account]
    effect: permit
    roles: [employee]
    reason: &yes true
    confirm: *yes
    notify: {channel: "#security"}
    mode: observe
    since: 2026-11-27T12:00:00Z
    channels: [direct, private]
    when: args.user == principal.id
    unattended: true
  - {id: q, because: B., tools: {server: away}, effect: permit, roles: [employee], since: "2026-11-27", mode: observe, max: {until: 30d}}
""",
        TOOLS,
    )
    first, second, window = read.policies
    assert [(one.name, one.line, one.tier) for one in (*read.roles.values(), window.roles[0])] == [
        ("employee", 4, 1),
        ("oncall", 5, 1),
        ("deskhand", 6, 1),
        ("not(any(oncall))", 8, 1),
    ]
    assert first.owes == (Reason("p", "B."), Confirm("p", "B."), Notify("p", "B.", (), "security"))
    assert [(one.selected, one.unattended, one.line) for one in (first, second)] == [("", True, 11), ("server: away", False, 24)]
    assert (first.observe, first.since, second.since) == (True, date(2026, 11, 27), date(2026, 11, 27))
    assert (first.channels, first.condition, list(first.when)) == (
        ("direct", "private"),
        "args.user == principal.id",
        ["unlock_account"],
    )
    assert (second.tools, second.channels, second.condition, second.when) == ((), (), "", {})
    assert window.condition == "now >= timestamp('2026-12-24T17:00:00+00:00') && now < timestamp('2026-12-27T07:00:00+00:00')"
    assert window.because == "Nothing is changed here until 27 December 2026, 08:00 UTC+01:00."
    assert (window.effect, window.roles[0].key) == ("forbid", "not(any(oncall:identity))")
    assert (window.id, window.tools, window.selected) == ("end", ("find_person",), "")
    assert (window.line, window.file) == (8, "policies.yaml")


FREEZE = "  - {id: end, tools: {system: identity, reversible: true}, from: 0001-01-01T00:00:00Z, until: 2026-12-27T08:00+01:00}\n"


@pytest.fixture(params=["America/Los_Angeles", "Asia/Tokyo"])
def server_elsewhere(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("server_elsewhere")
def test_a_freeze_without_exceptions_denies_everybody_wherever_the_server_is() -> None:
    """From its first moment until its last, all tools that it is about, which it tells as they were chosen."""
    read = parse(HEAD.replace("policies:", f"freezes:\n{FREEZE}policies:") + GOOD, TOOLS)
    freeze = read.policies[1]
    assert (set(freeze.tools), freeze.roles) == (
        {one.name for one in TOOLS.values() if one.system == "identity" and one.reversible},
        (),
    )
    assert freeze.selected == "system: identity, reversible: true"
    assert freeze.condition == "now >= timestamp('0001-01-01T00:00:00+00:00') && now < timestamp('2026-12-27T07:00:00+00:00')"
    end = datetime(2026, 12, 27, 7, tzinfo=UTC)
    assert decide(read, ask(now=end - timedelta(seconds=1))) == Deny(freeze.because, ("end",), read.version)
    assert isinstance(decide(read, ask(now=end)), Permit)


def test_every_tool_is_told_as_it_was_chosen() -> None:
    closed = parse(HEAD + '- {id: p, because: B., tools: ["*"], effect: forbid}', TOOLS).policies[0]
    assert (closed.tools, closed.selected) == (tuple(TOOLS), "*")


def test_which_files_a_policy_is_read_from(tmp_path: Path) -> None:
    """The main one and all that it includes, there or not; of a main file that is broken or gone only that."""
    main = tmp_path / "policies.yaml"
    include = "include:\n  - {file: a.yaml}\n  - {file: teams/b.yaml}\n  - c.yaml\n  - {file: [d]}\n"
    for text, found in (
        (include, ["policies.yaml", "a.yaml", "teams/b.yaml"]),
        ("include: a.yaml", ["policies.yaml"]),
        ("- include", ["policies.yaml"]),
        ("include: [", ["policies.yaml"]),
        ("version: 1", ["policies.yaml"]),
    ):
        main.write_text(text)
        assert files(main) == files(tmp_path) == [tmp_path / name for name in found]
    main.unlink()
    assert files(tmp_path) == [main]


def test_the_version_is_of_the_text_of_all_files(tmp_path: Path) -> None:
    """Of each team's file its name as well."""
    text = HEAD + GOOD
    alone = parse(text, TOOLS, "some.yaml")
    assert (alone.version, alone.path) == (hashlib.sha256(text.encode()).hexdigest()[:12], "some.yaml")
    text = HEAD.replace("policies:", "include: [{file: team.yaml, tools: [unlock_account], roles: [employee]}]")
    team = f"policies:\n{GOOD}\n"
    (tmp_path / "policies.yaml").write_text(text)
    (tmp_path / "team.yaml").write_text(team)
    whole = f"{text}\0team.yaml\0{team}"
    read = load(tmp_path, TOOLS)
    assert read.version == hashlib.sha256(whole.encode()).hexdigest()[:12]
    digests = {name: hashlib.sha256(one.encode()).hexdigest() for name, one in (("policies.yaml", text), ("team.yaml", team))}
    assert read.files == digests
    with pytest.raises(PolicyError, match=r'include "team.yaml": the file must lie in the folder of this one'):
        parse(text, TOOLS)


def test_a_file_may_be_as_large_as_the_bound_and_begin_with_a_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark is what some editors write before UTF-8; the version is the one without it."""
    file = tmp_path / "policies.yaml"
    file.write_text("\ufeff" + HEAD + GOOD, encoding="utf-8")
    monkeypatch.setattr(sys.modules["bot.gate.load"], "LARGEST", file.stat().st_size)
    read = load(file, TOOLS)
    assert (len(read.policies), read.version) == (1, parse(HEAD + GOOD, TOOLS).version)
    monkeypatch.setattr(sys.modules["bot.gate.load"], "LARGEST", file.stat().st_size - 1)
    with pytest.raises(PolicyError, match="is larger than"):
        load(file, TOOLS)


def test_what_cannot_be_undone_may_be_permitted_where_a_person_is_always_asked() -> None:
    asks = "- {id: asks, because: B., tools: [reset_mfa], effect: require, approval: {by: [oncall]}}\n"
    assert len(parse(HEAD + GOOD.replace("unlock_account", "reset_mfa") + "\n" + asks, TOOLS).policies) == 2


def test_a_change_with_untrusted_arguments_owes_what_the_file_says_and_is_denied_where_it_says_nothing() -> None:
    question = ask(untrusted=("user",))
    assert isinstance(decide(parse(HEAD + GOOD, TOOLS), question), Deny)
    said = parse(HEAD.replace("policies:", "untrusted: {approval: {by: [oncall]}}\npolicies:") + GOOD, TOOLS)
    permit = decide(said, question)
    assert isinstance(permit, Permit)
    [owed] = [one for one in permit.owes if isinstance(one, Owed)]
    assert (owed.policy, owed.by, owed.because) == ("untrusted", ("oncall",), "Something in this did not come from the requester.")
