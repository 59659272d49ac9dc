"""Scenario files: what is wrong with one is said so that it can be mended, and editors know the format."""

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.evaluation.scenario import FOLDER, Problem, load, load_all
from tests.evaluation.schema import FILE, made, write
from tests.programs import ROOT

RIGHT = """\
title: Locked out
category: one step
covered: true
people:
  ana: {wants: Back in.}
story:
  - {who: ana, says: "I'm locked out"}
passes: [5d]
then:
  outcome: [verified]
  holds:
    - {table: accounts, where: {person: ana}, is: {status: ACTIVE}}
"""


def wrong(folder: Path, old: str, new: str) -> str:
    """What is said of the right file with one thing changed."""
    assert RIGHT.count(old) == 1
    file = folder / "locked.yaml"
    file.write_text(RIGHT.replace(old, new))
    with pytest.raises(Problem) as caught:
        load(file)
    return str(caught.value)


def test_a_right_file_is_a_scenario_with_its_files_name(tmp_path: Path) -> None:
    """Times stay as they are written, `is` is a key like another."""
    file = tmp_path / "locked.yaml"
    file.write_text("# yaml-language-server: $schema=schema.json\n" + RIGHT.replace("ACTIVE}", "2026-11-27}"))
    found = load(file)

    assert (found.name, found.title, found.story[0].who) == ("locked", "Locked out", "ana")
    assert found.then.holds[0].is_ == {"status": "2026-11-27"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("passes:", "pases:", r"^locked\.yaml:8: there is no pases \(did you mean passes\?\)$", id="a typo"),
        pytest.param("{wants:", "{patence:", r"^locked\.yaml:5: there is no people\.ana\.patence \(did you mean patience\?\)$", id="deeper"),
        pytest.param(", says:", ", zzz: 1, says:", r"^locked\.yaml:7: there is no story\.0\.zzz; there are who, says, .*at_once$", id="like nothing"),
        pytest.param(" is: ", " iss: ", r"^locked\.yaml:12: there is no then\.holds\.0\.iss \(did you mean is\?\)$", id="by its alias"),
        pytest.param("category: one step\n", "", r"^locked\.yaml:1: category is missing$", id="missing"),
        pytest.param("  outcome: [verified]\n", "", r"^locked\.yaml:9: then\.outcome is missing$", id="missing inside"),
        pytest.param("category: one step", "category: one stop", r"^locked\.yaml:2: category: .*'one step'.*'poisoned text'", id="no such category"),
        pytest.param("[5d]", "[5 days]", r"^locked\.yaml:8: passes\.0: '5 days' is no span of time; write one such as 15m, 4h or 2d$", id="a span"),
        pytest.param("covered: true", "covered: perhaps", r"^locked\.yaml:3: covered: .*boolean", id="a kind"),
        pytest.param(', says: "I', ', time: 2d, says: "I', r"^locked\.yaml:7: story\.0: an act is one of: says, presses, ", id="two things in one act"),
        pytest.param("{who: ana, ", "{", r"^locked\.yaml:7: story\.0: who does this\?$", id="nobody"),
        pytest.param("{wants: Back in.}", "{wants: [}", r"^locked\.yaml:5: is no YAML: ", id="no YAML"),
        pytest.param("covered: true", "covered: true\ncovered: false", r"^locked\.yaml:4: is no YAML: .*duplicate", id="a key twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    """In a line, with what was meant perhaps."""
    found = wrong(tmp_path, old, new)
    assert re.search(said, found), found
    assert "\n" not in found


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Of one file, and of all of them; a file that is no mapping, or no text, is one more."""
    (tmp_path / "a.yaml").write_text(RIGHT.replace("covered", "coverd").replace("[5d]", "[soon]"))
    (tmp_path / "b.yaml").write_text("- a list\n")
    (tmp_path / "c.yaml").write_bytes(b"title: \xff\n")
    (tmp_path / "d.yaml").write_text(RIGHT)
    with pytest.raises(Problem) as caught:
        load_all(tmp_path)
    lines = str(caught.value).splitlines()

    assert {line.split(":")[0] for line in lines} == {"a.yaml", "b.yaml", "c.yaml"}
    assert sum(line.startswith("a.yaml") for line in lines) == 3, "the typo, the missing key, the span"
    assert "b.yaml:1: a scenario is a mapping" in str(caught.value)


def test_only_those_with_a_word_in_name_or_category(tmp_path: Path) -> None:
    (tmp_path / "locked-account.yaml").write_text(RIGHT)
    (tmp_path / "runbook-lies.yaml").write_text(RIGHT.replace("one step", "poisoned text"))
    assert [one.name for one in load_all(tmp_path, ["locked"])] == ["locked-account"]
    assert [one.name for one in load_all(tmp_path, ["poisoned"])] == ["runbook-lies"]
    assert len(load_all(tmp_path)) == 2
    assert load_all(tmp_path, ["nothing"]) == []


def test_every_scenario_of_the_repository_is_read() -> None:
    """And each name is one file's."""
    names = [one.name for one in load_all()]
    assert names
    assert len(set(names)) == len(names)


def test_the_schema_is_the_formats(tmp_path: Path) -> None:
    """`python -m tests.evaluation.schema` would change nothing."""
    write(tmp_path / "schema.json")
    assert FILE.read_text() == made() == (tmp_path / "schema.json").read_text(), "run `python -m tests.evaluation.schema`"


def test_the_schema_knows_keys_as_they_are_written() -> None:
    """What an editor completes is what the reader takes: `is`, not the name that Python needs; the name is the file's."""
    schema = json.loads(FILE.read_text())
    assert "is" in schema["$defs"]["Holds"]["properties"]
    assert "name" not in schema["properties"]
    assert set(schema["required"]) == {"title", "category", "covered", "story", "then"}
    assert schema["additionalProperties"] is False
    for file in FOLDER.rglob("*.yaml"):
        assert set(YAML(typ="safe").load(file.read_text())) <= set(schema["properties"]), file.name


def test_the_scenario_of_the_docs_is_one(tmp_path: Path) -> None:
    """What docs/benchmark.md shows is read without a problem."""
    [shown] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "benchmark.md").read_text(), re.DOTALL)
    (tmp_path / "shown.yaml").write_text(shown)
    found = load(tmp_path / "shown.yaml")
    assert list(found.then.effects) == ["reset_mfa ben"]
