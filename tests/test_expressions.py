"""Expressions: what they look at, and what they answer to values of any kind."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.errors import ExpressionError
from bot.expressions import Kind, environment
from bot.gate.shapes import NAMES

PRINCIPAL = {f"principal.{name}" for name in ("id", "name", "email", "department", "title", "manager", "kind", "zone")}
NAMED = environment((*NAMES, ("args.user", Kind.STRING), ("args.users", Kind.LIST)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("resource.owner == principal.id", {"resource.owner", "principal.id"}, id="two"),
        pytest.param("principal\n . id == beneficiary", {"principal.id", "beneficiary"}, id="blanks about the dot"),
        pytest.param("principal // who\n.id == ''", PRINCIPAL, id="a comment about the dot: every name of that root"),
        pytest.param(".principal.id == args.user", {"principal.id", "args.user"}, id="a dot in front"),
        pytest.param("'x' in resource.facts && resource.facts.x == 1", {"resource.facts"}, id="a fact"),
        pytest.param("now.getHours(principal.zone) < 6", {"now", "principal.zone"}, id="a call"),
        pytest.param("args.users.all(one, one == args.user)", {"args.users", "args.user"}, id="a word of its own"),
        pytest.param("case.runbooks[0] == ''", {"case.runbooks"}, id="an item"),
    ],
)
def test_which_names_an_expression_looks_at(text: str, names: set[str]) -> None:
    """None is missed, however it is written, since a value that is not given denies."""
    assert NAMED.compile(text, Kind.BOOL).names == names


VALUES = {
    "resource.facts": {"risk": "high", "seats": 3},
    "principal.zone": "Europe/Berlin",
    "now": datetime(2026, 11, 27, 23, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("resource.facts.risk == 'high'", True, id="true"),
        pytest.param("resource.facts.seats > 3", False, id="false"),
        pytest.param("now.getHours(principal.zone) == 0", True, id="midnight in Berlin"),
        pytest.param("resource.facts.owner == 'ana'", "there is no 'owner'", id="a fact that is not there"),
        pytest.param("resource.facts.risk", "yielded a string, but a bool is needed", id="what is no bool"),
        pytest.param("principal.id == ''", "'principal.id' is not known", id="a value that was not given"),
    ],
)
def test_values_that_were_given_once_answer_as_if_they_were_given_each_time(text: str, answer: bool | str) -> None:
    expression = NAMED.compile(text, Kind.BOOL)
    for values in (VALUES, expression.given(VALUES)):
        if isinstance(answer, bool):
            assert expression.evaluate(values) is answer
        else:
            with pytest.raises(ExpressionError, match=answer):
                expression.evaluate(values)


@pytest.mark.parametrize("value", [object(), {1: object()}, {"x": {1, 2}}])
def test_a_value_that_is_nothing_to_cel_is_an_error(value: Any) -> None:
    """Whatever a system put among its facts: it raises what its callers know."""
    expression = NAMED.compile("resource.facts.x == 1", Kind.BOOL)
    with pytest.raises(ExpressionError):
        expression.evaluate(expression.given({"resource.facts": value}))


@pytest.mark.parametrize(("word", "written"), [("and", "&&"), ("or", "||")])
def test_words_of_other_languages_are_told_as_they_are_written(word: str, written: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(f"{word!r} is written {written!r} here")):
        environment((("a", Kind.BOOL), ("b", Kind.BOOL))).compile(f"a {word} b", Kind.BOOL)
