"""The text of a policy file: how deep, how large, and what becomes of a bool with an anchor."""

from unittest.mock import MagicMock

import pytest
from ruamel.yaml.error import MarkedYAMLError

from bot.gate.problems import Problems
from bot.gate.text import DEEP, read_yaml


def said(text: str) -> list[tuple[int, str]]:
    found = Problems("policies.yaml", text)
    whole = read_yaml(text, found)
    assert (whole is None) == bool(found.found)
    return [(one.line, one.message) for one in found.found]


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def test_lists_and_mappings_within_one_another_are_forty_at_most() -> None:
    """Where they are deeper is told with the line, as long as it can be read."""
    assert said(f"a:\n  {nested(39)}") == []
    assert said(f"a:\n  {nested(40)}") == [(2, DEEP)]
    assert said(f"a:\n  {nested(200)}") == [(2, DEEP)]
    assert said(f"a:\n  {nested(201)}") == [(0, DEEP)]


def test_brackets_that_close_nothing_hide_none_that_open() -> None:
    assert said("# ]]]]]]\na: " + "{a: " * 201 + "}" * 201) == [(0, DEEP)]
    assert said("# " + "[]{}" * 201 + "\na: b") == []
    assert said("a: " + "[[], " * 201 + "]" * 201) == [(0, DEEP)]
    assert said(f"# ]\na:\n  {nested(200)}") == [(3, DEEP)]
    assert said("# " + "]" * 201 + "\na: b") == []
    assert said("# " + "[" * 201 + "\na: b") == [(0, DEEP)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("a: [1, 2]", 4, id="a mapping, a list and what is in it"),
        pytest.param("a: &a [1, 2]\nb: *a", 7, id="an alias counts as what it stands for"),
    ],
)
def test_values_are_counted_with_what_aliases_stand_for(text: str, values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gate.text.MOST", values)
    assert said(text) == []
    monkeypatch.setattr("bot.gate.text.MOST", values - 1)
    assert said(text) == [(0, f"holds more than {values - 1} values, once its aliases are written out")]


def test_a_bool_with_an_anchor_is_one() -> None:
    text = "a: &yes true\nb: [*yes, &no false]\nc: on"
    assert repr(read_yaml(text, Problems("policies.yaml", text))) == repr({"a": True, "b": [True, False], "c": "on"})


@pytest.mark.parametrize(("error", "told"), [(MarkedYAMLError(), "it breaks off"), (KeyError(), "KeyError")])
def test_a_reader_that_says_neither_what_nor_where_makes_the_file_unreadable(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gate.text.YAML", lambda typ: MagicMock(load=MagicMock(side_effect=error)))
    assert said("version: 1") == [(0, f"is not readable YAML: {told}")]
