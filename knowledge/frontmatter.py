"""A Markdown file with YAML front matter, taken apart: the mapping, with the line of every key, and the text below it.

Equal keys are refused, times stay text as they are written, and what YAML cannot read is said in plain words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError

from knowledge.problems import Problem, RunbookError

FENCE = "---"


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`mapping` knows the lines of its keys; `text` begins at `text_line`, counted from 1."""

    mapping: Mapping[Any, Any]
    text: str
    text_line: int


def read(text: str, file: str) -> FrontMatter:
    """Raises RunbookError."""
    lines = text.replace("\r\n", "\n").split("\n")
    fences = [number for number, line in enumerate(lines) if line.rstrip() == FENCE]
    if not fences or fences[0] != 0:
        raise RunbookError(Problem(file, 1, f'has no front matter: the first line must be "{FENCE}", the next such line ends it'))
    if len(fences) == 1:
        raise RunbookError(Problem(file, 1, f'the front matter does not end: a second line "{FENCE}" is missing'))
    end = fences[1]
    mapping = _mapping("\n".join(["", *lines[1:end]]), file)
    return FrontMatter(mapping, "\n".join(lines[end + 1 :]).strip(), end + 2)


class _TimesAreText(RoundTripConstructor):
    """Leaves dates and times as they are written: converted ones have lost their zone."""


_TimesAreText.add_constructor("tag:yaml.org,2002:timestamp", lambda self, node: self.construct_scalar(node))


def _mapping(text: str, file: str) -> Mapping[Any, Any]:
    yaml = YAML(typ="rt")
    yaml.Constructor = _TimesAreText
    try:
        whole = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise RunbookError(Problem(file, line, _plain_words(error))) from None
    except Exception as error:  # noqa: BLE001 - a YAML reader raises what it likes; in any case the file is unusable
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunbookError(Problem(file, 0, f"the front matter cannot be read: {said}")) from None
    if not isinstance(whole, Mapping):
        raise RunbookError(Problem(file, 1, 'the front matter must be lines of "key: value", the first of them "id: …"'))
    return whole


def _plain_words(error: MarkedYAMLError) -> str:
    problem = str(error.problem or "this is not YAML").splitlines()[0]
    if twice := re.match(r'found duplicate key "(.*?)"', problem):
        first = error.context_mark.line + 1 if error.context_mark else 0
        where = f" in what begins at line {first}" if first else ""
        return f'key "{twice[1]}" stands twice{where}'
    if "mapping values are not allowed" in problem:
        return 'a value with ": " in it must stand in quotes'
    if r"\t" in problem:
        return "a tab; YAML is indented with blanks"
    if start := re.search(r"character '(.)' that cannot start", problem):
        return f"a value cannot begin with {start[1]}; put it in quotes"
    if "but got" in problem and error.context_mark and "flow" in str(error.context):
        bracket = "{" if "mapping" in str(error.context) else "["
        return f"the {bracket} of line {error.context_mark.line + 1} is not closed"
    if "could not find expected ':'" in problem:
        return 'a line that is no "key: value"'
    if "end of stream" in problem or "stream end" in problem:
        return "a bracket or a quote is opened and never closed"
    return f"the front matter cannot be read: {problem}"
