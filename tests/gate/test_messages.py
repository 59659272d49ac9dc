"""What is wrong with a policy file is told with its place, in words that were approved: `wrong/` keeps a file for each message.

`APPROVE=1 pytest tests/gate/test_messages.py` writes what is said now into `wrong/messages.json`; read the difference, then commit it.
"""

import ast
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import PolicyError
from bot.gate import load
from bot.gate.parse import Reader
from bot.gate.problems import Problems
from bot.gate.roles import Roles
from bot.gate.shapes import shape
from bot.gate.text import read_yaml
from tests.gate.policy import TOOLS as ALL
from tests.gate.written import Pay
from tools.contract import Arguments, Tool

WRONG = Path(__file__).parent / "wrong"
APPROVED = WRONG / "messages.json"
CASES = sorted(path for path in WRONG.iterdir() if path != APPROVED)


class SendArguments(Arguments):
    to: list[str]


class Send(Pay):
    """A tool with a list."""

    name = "send"
    arguments = SendArguments  # type: ignore[assignment]


TOOLS: dict[str, Tool[Any]] = {**ALL, "pay": Pay(), "send": Send()}


def told(path: Path) -> list[str]:
    """What is said of a file or folder, without the folder that it lies in; then the id that it is about, where there is one."""
    with pytest.raises(PolicyError) as error:
        load(path, TOOLS)
    problems = error.value.problems
    assert str(error.value).splitlines() == [str(one) for one in problems]
    assert all(isinstance(one.line, int) and isinstance(one.id, str) for one in problems)
    return [str(one).replace(f"{path.parent}/", "") + (f" [{one.id}]" if one.id else "") for one in problems]


def test_what_is_said_of_each_wrong_file_was_approved() -> None:
    """All of it at once, each with its line; of one that is wrong in one thing only that."""
    said = {path.stem: told(path) for path in CASES}
    if os.environ.get("APPROVE"):
        APPROVED.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")
    assert said == json.loads(APPROVED.read_text())


def others(folder: Path) -> list[str]:
    """What is said of what cannot be kept as a file: one too large, one of no possible name, and the examples of test files."""
    (folder / "large.yaml").write_bytes(b"#" * 5_000_001)
    problems = Problems("test.yaml", "- {as: ana, expect: permit}\n- {as: ana, expect: permit, tool: unlok_account}\n")
    reader = Reader(problems, SHAPES, SHAPES, Roles(problems, {}))
    reader.examples("ana", "the test file", "")
    reader.examples(read_yaml(problems.source, problems), "the test file", "")
    unreadable = [folder / "large.yaml", folder / "\0", folder / ("x" * 300), Path("/dev/null")]
    return [line for path in unreadable for line in told(path)] + [f"{one} [{one.id}]" for one in problems.found]


SHAPES = {name: shape(tool) for name, tool in ALL.items()}


def test_what_cannot_be_kept_as_a_file_is_told_too(tmp_path: Path) -> None:
    assert others(tmp_path) == [
        "large.yaml: is larger than 5 MB; that is no policy",
        "\0: cannot be read: there is no file of such a name",
        f"{'x' * 300}: cannot be read: File name too long",
        "null: cannot be read: it is no file",
        "test.yaml: the test file: `examples` must be a list []",
        "test.yaml:1: the test file: example: `tool` must say which []",
        "test.yaml:2: the test file: example: there is no tool 'unlok_account' (did you mean 'unlock_account'?) []",
    ]


def test_each_message_has_a_file_that_is_wrong_in_that_way(tmp_path: Path) -> None:
    """Every piece of text in the code that reads policies stands in some approved message."""
    said = "\n".join([*(line for lines in json.loads(APPROVED.read_text()).values() for line in lines), *others(tmp_path)])
    missing = [f"{place}: {text}" for place, text, pattern in templates() if not re.search(pattern, said)]
    assert missing == []


READERS = ("problems", "roles", "owing", "parse", "load", "text")
NO_MESSAGE = ("now >= timestamp(", "Nothing is changed here", "%d %B", "it breaks off")
"""A condition, what a freeze says for itself, its date, and what stands in where the reader says nothing of its own."""


def templates() -> Iterator[tuple[str, str, str]]:
    """Where each piece of text with several words stands, itself, and a pattern for it with anything in place of its values."""
    for name in READERS:
        tree = ast.parse((Path(__file__).parents[2] / "bot" / "gate" / f"{name}.py").read_text())
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        parts |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if id(node) in parts or not isinstance(node, ast.Constant | ast.JoinedStr):
                continue
            pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [str(one.value) if isinstance(one, ast.Constant) else None for one in pieces]
            text = "".join("{}" if one is None else one for one in texts)
            if re.search(r"[a-z`] +\S|\S +[a-z`]", text) and not text.startswith(NO_MESSAGE):
                yield f"{name}.py:{node.lineno}", text, "".join(".+?" if one is None else re.escape(one) for one in texts)
