"""The JSON Schema takes every runbook that ships or is shown, and refuses what is built wrongly; its keys are the reader's."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.cli.knowledgecommands.new import TEMPLATE
from bot.toolbox import tools
from knowledge import frontmatter
from knowledge.parts import plain
from knowledge.schema import runbook_schema
from tests.cli.policycommands.jsonschema import errors
from tests.knowledge.conftest import RUNBOOKS

SCHEMA = runbook_schema(tools())
DOCS = RUNBOOKS.parents[1] / "docs"
SHOWN = [
    *re.findall(r"```markdown\n(.*?)```", (DOCS / "runbooks.md").read_text(), re.DOTALL),
    *re.findall(r"```markdown\n(.*?)```", (DOCS / "add-a-runbook.md").read_text(), re.DOTALL),
    TEMPLATE.format(id="a-b", title="A b", words="a b", today="2026-11-27"),
]


def wrong(text: str) -> list[str]:
    front: Any = plain(frontmatter.read(text, "x.md").mapping)
    return list(errors(front, SCHEMA, SCHEMA))


@pytest.mark.parametrize("file", sorted(RUNBOOKS.glob("*.md")), ids=lambda file: file.stem)
def test_every_runbook_fits(file: Path) -> None:
    assert wrong(file.read_text()) == []


@pytest.mark.parametrize("shown", SHOWN)
def test_what_is_shown_fits(shown: str) -> None:
    assert wrong(shown) == []


def test_the_file_that_editors_read_is_the_schema() -> None:
    """`python -m bot knowledge schema > docs/runbook.schema.json` after a change."""
    assert json.loads((DOCS / "runbook.schema.json").read_text()) == SCHEMA


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(("kind: service_request", "kind: wish"), "is none of", id="a kind that is not there"),
        pytest.param(("when:", "whn:"), "must not be there", id="a key that is not there"),
        pytest.param(("tool: grant_access", "tool: grant_acess"), "is none of", id="a tool that is not there"),
        pytest.param(("reviewed: 2026-11-02", "reviewed: november"), "does not look like", id="a day that is none"),
        pytest.param(("owner: identity\n", ""), "owner is missing", id="a key that is missing"),
        pytest.param(("kind: service_request", "kind: question"), "must not be there", id="steps of a question"),
    ],
)
def test_what_is_built_wrongly_is_refused(change: tuple[str, str], said: str) -> None:
    before, after = change
    assert before in SHOWN[0]
    assert said in "\n".join(wrong(SHOWN[0].replace(before, after)))
