"""What the pages for contributors show is run: against the real contract, catalogue, policy reader, parser and company."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.gate import parse as parse_policy
from bot.runbooks.binding import bind
from knowledge.parse import parse
from tests.gate.policy import HEAD
from tests.runbooks.test_runbook_examples import the_example_holds
from tools.catalog import TOOLS, by_name, catalog
from tools.contract import Caller, SystemAway
from tools.systems.embedded import Company, CompanyClock, ensure

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("add-a-tool.md", "add-a-runbook.md", "add-a-system.md")
IMPORTS = """
import dataclasses
from collections.abc import Mapping
from tools.base import SystemsTool, UserArguments
from tools.contract import Caller, Check, Effect, Resource, Result, SystemAway
from tools.systems.protocols import Systems
from tools.systems.supplies import Service
"""


def shown(page: str, language: str) -> str:
    [code] = re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    return str(code)


def run(page: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "shown"}
    exec(IMPORTS + shown(page, "python"), names)
    return names


@pytest.fixture
async def company(database: str) -> Any:
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(database.replace("postgresql://", "postgresql+psycopg://", 1))
    await ensure(engine)
    yield Company(engine, CompanyClock(engine))
    await engine.dispose()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_in_a_minute(page: str) -> None:
    """Thirty lines, and no file that is not there."""
    text = (DOCS / page).read_text()

    assert len(text.splitlines()) <= 30
    for path in re.findall(r"`((?:tools|tests|knowledge|docs)/[\w/.-]+)`", text):
        assert (DOCS.parent / path).exists(), path


async def test_the_tool_that_is_shown_works(company: Company) -> None:
    """It takes its place in the catalogue, does its deed once, sees it, and is permitted by nothing but a policy."""
    kind = run("add-a-tool.md")["GreetPerson"]
    systems = company.systems()
    tools = by_name([*catalog(systems).values(), kind(systems)])
    tool = tools["greet_person"]
    args = await tool.canonical(tool.arguments(user="Ben Brandt"))
    caller = Caller("ana", "C-1", "key-1", company.clock.now())
    before = await tool.check(args, None)

    result = await tool.run(args, caller)

    assert (before.held, (await tool.check(args, result)).held) == (False, True)
    assert result == await tool.run(args, caller)
    assert (await tool.resource(args)).owner == "ben"
    policy = "- {id: p, because: B., tools: [greet_person], effect: permit, roles: [employee]}"
    assert parse_policy(HEAD + policy, tools).of("greet_person")


def test_the_runbook_that_is_shown_fits_the_tools(tmp_path: Path) -> None:
    """It is read without a problem, and bound to tools that there are."""
    file = tmp_path / "who-is-on-call.md"
    file.write_text(shown("add-a-runbook.md", "markdown"))

    class Shape:
        def __init__(self, tool: Any) -> None:
            self.name, self.change = tool.name, tool.effect == "change"
            self.parameters = tool.arguments.model_json_schema()

    bound, problems = bind([parse(file)], {tool.name: Shape(tool) for tool in TOOLS})

    assert problems == []
    assert set(bound) == {"who-is-on-call"}


async def test_the_runbook_that_is_shown_works(database: str, tmp_path: Path) -> None:
    """Asked for in its own words, the whole bot ends as it says."""
    (tmp_path / "books").mkdir()
    file = tmp_path / "books" / "who-is-on-call.md"
    file.write_text(shown("add-a-runbook.md", "markdown"))
    book = parse(file)

    await the_example_holds(book, book.examples[0], book.examples[0].says[0], database, tmp_path, RUNBOOK_DIR=str(file.parent))


async def test_the_system_that_is_shown_takes_its_place(company: Company) -> None:
    """The tools speak to it; a system that does not answer is away."""
    with_statuspage = run("add-a-system.md")["with_statuspage"]
    caller = Caller("ana", "C-1", "key-1", company.clock.now())

    async def told(page: dict[str, str]) -> str:
        tool = catalog(with_statuspage(company.systems(), page))["service_status"]
        return (await tool.run(await tool.canonical(tool.arguments()), caller)).summary

    assert await told({"vpn": "down", "mail": "up"}) == "Vpn: down. Everything else is working."
    with pytest.raises(SystemAway):
        await told({})
