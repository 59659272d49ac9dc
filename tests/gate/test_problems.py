"""Where a fault stands in a policy file, and how values and near names are told."""

import pytest

from bot.errors import PolicyError
from bot.gate.load import parse
from bot.gate.problems import LONGEST, near, told
from tests.gate.policy import TOOLS

POLICY = "{{id: p, tools: [unlock_account], effect: permit, roles: [employee], because: B., when: {when}}}"
FILE = "{{version: 1, roles: {{employee: {{members: workspace}}}}, policies: [" + POLICY + "]}}"
FAULT = "nobody"


def where(text: str) -> tuple[int, str]:
    """The line of the one thing that is wrong with a file, and what is said of it."""
    with pytest.raises(PolicyError) as error:
        parse(text, TOOLS)
    [problem] = error.value.problems
    return problem.line, problem.message


@pytest.mark.parametrize("escape", [r"\n", r"\t", r"\r", r"\ ", r"\n\t\ ", "\\\n   ", "\n  "])
@pytest.mark.parametrize("close", ["", " "])
def test_a_fault_behind_spaces_that_are_escaped_is_found(escape: str, close: str) -> None:
    """In double quotes, where a space or a line break can be written in several ways."""
    text = FILE.format(when=f'"true ||{close}{escape}{FAULT} == args.user"')
    before = text[: text.index(FAULT)]
    line, message = where(text)
    assert line == before.count("\n") + 1
    assert f"when, column {len(before) - before.rfind(chr(10))}: unknown name" in message


def test_what_looks_like_an_escape_is_none_in_single_quotes() -> None:
    text = FILE.format(when='\'args.user == "\\n" || ' + FAULT + " == args.user'")
    assert f"when, column {text.index(FAULT) + 1}: unknown name" in where(text)[1]


@pytest.mark.parametrize("lead", ["", "\n", "\n\n"])
def test_a_fault_in_the_first_or_second_line_of_a_file(lead: str) -> None:
    text = lead + FILE.format(when=f"'{FAULT} == args.user'")
    line, message = where(text)
    assert line == len(lead) + 1
    assert f"when, column {text.index(FAULT) - len(lead) + 1}: unknown name" in message


def test_the_nearest_name_is_offered_when_half_of_it_is_right() -> None:
    assert near("abcd", ["abxy", "zzzz"]) == " (did you mean 'abxy'?)"
    assert near("abcd", ["abxy", "abcx"]) == " (did you mean 'abcx'?)"
    assert near("abcd", ["axyz"]) == ""


def test_of_a_value_no_more_is_told_than_sixty_characters() -> None:
    assert told("x" * LONGEST) == repr("x" * LONGEST)
    assert told("x" * LONGEST + "y") == repr("x" * LONGEST + "…")
