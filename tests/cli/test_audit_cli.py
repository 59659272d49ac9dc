"""The audit from the command line, as `docs/audit.md` and `docs/cli.md` describe it."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.audit import exported
from bot.audit.record import Record, moment
from bot.cli.auditcommands import Heads
from bot.consent import ApprovalState
from bot.domain import CallState
from bot.errors import CommandError
from bot.store import postgres
from tests.cli.policycommands.jsonschema import errors
from tests.kept import put_into
from tests.programs import ROOT, Program, program

SCHEMA = json.loads((ROOT / "docs" / "audit.schema.json").read_text())
DOCS = (ROOT / "docs" / "audit.md").read_text()


@pytest.fixture
def bot(open_folder: Path) -> Iterator[Program]:
    put_into(open_folder)
    with program(open_folder, AUDIT_HEAD_FILE=str(open_folder.parent / f"{open_folder.name}.heads")) as made:
        yield made


def test_verify_export_and_a_cut_off_end(bot: Program) -> None:
    """What commands do is sealed by the running bot, exported with its reader, verified; a cut-off end shows by the file of heads."""
    import psycopg

    bot.asked("policy", "freeze", "--tool", "reset_mfa", "--reason", "Zwetschgenmus")
    before = bot.asked("audit", "verify")
    assert (before["ok"], before["waiting"], before["head"]["seal"]) == (True, 1, 0)
    heads = Path(bot.environment["AUDIT_HEAD_FILE"])
    bot.start()
    bot.until(heads.exists, "the first seal")
    during = bot.asked("audit", "verify")
    assert (during["ok"], during["rows"], during["waiting"], during["heads_known"]) == (True, 2, 0, 1)
    assert bot.end() == 0

    done = bot.command("audit", "export")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["what"] for line in lines] == ["freeze", "policy", "seal", "read"]
    assert (lines[3]["data"]["of"], lines[3]["seal"]) == ("export", None)
    assert lines[3]["data"]["by"] == lines[0]["data"]["by"]
    assert "Zwetschgenmus" not in done.stdout
    for line in lines:
        assert list(errors(line, SCHEMA, SCHEMA)) == []

    with postgres.own(bot.folder) as server, psycopg.connect(server.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM audit_seal")
        connection.execute("DELETE FROM audit WHERE position < 3")
    cut = bot.command("audit", "verify", "--json")
    assert cut.returncode == 1
    assert [one["kind"] for one in json.loads(cut.stdout)["problems"]] == ["truncated"]
    assert "truncated: the chain ends at seal 0, but seal 1 is known elsewhere" in bot.command("audit", "verify").stdout


@pytest.mark.parametrize("given", ["nowhere.jsonl", "118:5e1f", "x"])
def test_a_head_that_is_none_is_a_sentence(given: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="neither a head"):
        Heads([str(tmp_path / given)])


def test_heads_are_read_from_a_file_that_a_crash_cut_off_and_from_words(tmp_path: Path) -> None:
    file = tmp_path / "heads"
    one, other = (json.dumps({"seal": seal, "digest": "a" * 64, "at": at}) for seal, at in ((1, "x"), (2, moment(NOW))))
    file.write_text(f'{one}\n{other}\n{{"seal": 3, "dig')
    known = Heads([str(file), f"7:{'b' * 64}"])
    assert known.digests == {1: "a" * 64, 2: "a" * 64, 7: "b" * 64}
    assert known.times == {2: NOW}


def test_a_time_that_is_none_is_refused() -> None:
    ended = CliRunner().invoke(app, ["audit", "export", "--since", "yesterday"])
    assert (ended.exit_code, "--since must be a time" in ended.stderr) == (2, True)


NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ROWS: list[tuple[str, dict[str, Any], tuple[int, str, int, str]]] = [
    (
        "call",
        {
            "tool": "reset_mfa",
            "state": "verified",
            "principal": "ana",
            "effect": "change",
            "resource": "account:ben",
            "system": "identity",
        },
        (3, "reset_mfa", 1, "ana"),
    ),
    ("call", {"tool": "find_person", "state": "done", "principal": "ana", "effect": "read"}, (2, "find_person", 1, "ana")),
    ("call", {"tool": "reset_mfa", "state": "denied", "principal": "ana", "effect": "change"}, (3, "reset_mfa", 2, "ana")),
    ("call", {"tool": "reset_mfa", "state": "waiting", "principal": "ana", "effect": "change"}, (3, "reset_mfa", 99, "ana")),
    (
        "approval",
        {"approval": "A-1", "call": "K-1", "state": "approved", "votes": [{"by": "omar", "approve": True}]},
        (3, "approval.approved", 1, "omar"),
    ),
    (
        "approval",
        {"approval": "A-1", "call": "K-1", "state": "waiting", "votes": [], "refused": "ana"},
        (3, "approval.waiting", 2, "ana"),
    ),
    (
        "approval",
        {"approval": "A-1", "call": "K-1", "state": "waiting", "votes": [], "refused": "omar", "factor": "last"},
        (3, "approval.waiting", 2, "omar"),
    ),
    (
        "approval",
        {
            "approval": "A-1",
            "call": "K-1",
            "state": "approved",
            "votes": [{"by": "omar", "approve": True, "step_up": ["factor"]}],
        },
        (3, "approval.approved", 1, "omar"),
    ),
    ("approval", {"approval": "A-1", "call": "K-1", "state": "expired", "votes": []}, (3, "approval.expired", 2, "deskhand")),
    ("freeze", {"freeze": "F-1", "by": "tariq"}, (1, "freeze", 1, "tariq")),
    ("freeze", {"freeze": "F-1", "tool": "reset_mfa", "system": "", "lifted_by": "tariq"}, (4, "unfreeze", 1, "tariq")),
    ("read", {"by": "root", "via": "terminal", "of": "trail"}, (2, "audit.trail", 1, "root")),
    ("read", {"by": "gus", "via": "slack", "of": "why", "refused": "gus"}, (2, "audit.why", 2, "gus")),
    ("forget", {"by": "root", "person": "ana"}, (4, "forget", 1, "root")),
    ("slack", {"warning": "x"}, (99, "slack", 1, "deskhand")),
    (
        "policy",
        {"version": "ab12", "before": "", "files": [{"file": "policies.yaml", "digest": "a" * 64}], "replica": "host-1"},
        (3, "policy", 1, "deskhand"),
    ),
    *(
        ("approval", {"approval": "A-1", "call": "K-1", "state": state, "votes": [], **more}, (3, f"approval.{state}", status, who))
        for state, more, status, who in (
            ("waiting", {"asked": 1, "by": "omar"}, 99, "omar"),
            ("waiting", {"answered": 1, "by": "ana"}, 99, "ana"),
            ("waiting", {"later": "omar"}, 99, "omar"),
            ("taken_over", {"taken": "omar"}, 99, "omar"),
            ("used", {"done": "omar"}, 1, "omar"),
            ("waiting", {"given_back": "omar"}, 99, "omar"),
            ("waiting", {"instead_of": "A-1"}, 99, "deskhand"),
        )
    ),
]


@pytest.mark.parametrize(("what", "data", "expected"), ROWS)
def test_as_ocsf_each_row_says_who_did_what_and_whether_it_came_about(
    what: str, data: dict[str, Any], expected: tuple[int, str, int, str]
) -> None:
    """An API Activity with all that the class requires; nothing of the row is lost."""
    record = Record(7, NOW, what, "C-1", data)
    event = exported.ocsf(record, 3)
    assert (event["activity_id"], event["api"]["operation"], event["status_id"], event["actor"]["user"]["uid"]) == expected
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert {"category_uid", "time", "severity_id", "metadata", "actor", "api", "src_endpoint"} <= set(event)
    assert event["unmapped"] == exported.row(record, 3)
    assert list(errors(event["unmapped"], SCHEMA, SCHEMA)) == []


def attributes(event: Any, at: str = "") -> set[str]:
    """The paths of an event, as the page writes them; of lists and of what is a row of ours no more than the name."""
    if not isinstance(event, dict) or at == "unmapped":
        return {at}
    return {path for name, one in event.items() for path in attributes(one, f"{at}.{name}".lstrip("."))}


def test_the_page_names_every_attribute_of_an_event_and_no_other() -> None:
    begin = DOCS.index("| attribute |")
    named = re.findall(r"^\| (`[^|]+) \|", DOCS[begin:], re.MULTILINE)
    paths = {path for cell in named for path in re.findall(r"`([^`]+)`", cell)}
    event = exported.ocsf(Record(7, NOW, "call", "C-1", {"resource": "account:ben"}), 3)
    assert attributes(event) - {
        f"metadata.{one}" for one in ("version", "uid", "product.name", "product.vendor_name", "product.version")
    } == (paths - {"metadata"})


def test_the_things_of_an_event_are_the_resource_the_case_and_the_policy() -> None:
    call = exported.ocsf(Record(7, NOW, "call", "C-1", {"resource": "account:ben"}), 3)
    assert call["resources"] == [{"type": "account", "uid": "ben"}, {"type": "case", "uid": "C-1"}]
    policy = exported.ocsf(Record(7, NOW, "policy", "", {"version": "ab12", "replica": "host-1"}), 3)
    assert policy["resources"] == [{"type": "policy", "uid": "ab12"}]
    assert policy["src_endpoint"] == {"name": "host-1"}


def test_the_schema_and_the_page_know_all_that_is_written() -> None:
    """Every state, and every key that some code gives a row of an approval."""
    states = {"call": CallState, "approval": ApprovalState, "confirmation": ApprovalState}
    for what, known in states.items():
        assert set(data_of(what)["state"]["enum"]) == set(map(str, known))
    calls = [
        node
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "audit_answer"
    ]
    keys = {one.arg for call in calls for one in call.keywords if one.arg} | {"asked", "answered"}
    assert len(keys) > 8
    for what in ("approval", "confirmation"):
        assert keys <= set(data_of(what))
    assert [name for what in KINDS for name in data_of(what) if f"`{name}`" not in DOCS] == []


KINDS = [name for name in SCHEMA["$defs"] if name not in ("digest", "seal")]


def data_of(what: str) -> dict[str, Any]:
    """The properties of a row's data."""
    found: dict[str, Any] = SCHEMA["$defs"][what]["properties"]["data"]["properties"]
    return found


def test_the_page_names_every_kind_of_row_and_the_keys_of_each() -> None:
    kinds = set(re.findall(r"^\| `(\w+)` \|", DOCS, re.MULTILINE))
    assert {what for what, _, _ in ROWS} | {"seal", *KINDS} <= kinds
    assert all(f"`{key}`" in DOCS for _, data, _ in ROWS for key in data)


def test_a_later_head_takes_no_earlier_one_back(tmp_path: Path) -> None:
    """Whoever adds a line to the file with heads is told; what was known first is what the chain is held against."""
    file = tmp_path / "heads"
    rows = [{"seal": 1, "digest": "a" * 64, "at": "2026-11-24T12:00:00+00:00"}, {"seal": 2, "digest": "c" * 64}]
    file.write_text("".join(json.dumps(row) + "\n" for row in (*rows, {"seal": 1, "digest": "b" * 64})))
    known = Heads([f"2:{'c' * 64}", str(file)])
    assert (known.digests, known.differ) == ({1: "a" * 64, 2: "c" * 64}, {1})
