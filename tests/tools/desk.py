"""The company under test, in the words of the tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from tools.catalog import catalog
from tools.contract import Arguments, Caller, Check, Result
from tools.systems.embedded import Company, CompanyClock
from tools.systems.embedded.look import company_json, journal_json


class Desk:
    """Calls tools as the bot does: validated, canonical, with a caller."""

    def __init__(self, engine: AsyncEngine, other: AsyncEngine, clock: CompanyClock) -> None:
        self.engine = engine
        self.clock = clock
        self.company = Company(engine, clock)
        self.tools = catalog(self.company.systems())
        self._other = other
        self._again = catalog(Company(other, CompanyClock(other)).systems())

    async def args(self, tool: str, **arguments: Any) -> Arguments:
        known = self.tools[tool]
        args: Arguments = await known.canonical(known.arguments.model_validate(arguments))
        return args

    async def run(self, tool: str, key: str = "key-1", **arguments: Any) -> Result:
        return await self.tools[tool].run(await self.args(tool, **arguments), self.caller(key))

    async def check(self, tool: str, result: Result | None, key: str = "key-1", **arguments: Any) -> Check:
        """Read back on another connection; what the run under this key gave is recalled where it is not at hand."""
        known = self._again[tool]
        args = await known.canonical(known.arguments.model_validate(arguments))
        return await known.check(args, result or await known.recall(args, key))

    async def undo(self, tool: str, result: Result, key: str = "undo-1", **arguments: Any) -> Result:
        return await self.tools[tool].undo(await self.args(tool, **arguments), result, self.caller(key))

    async def look(self, *without: str) -> dict[str, Any]:
        """The whole company as another process sees it."""
        return {name: rows for name, rows in (await company_json(self._other)).items() if name not in without}

    async def journal(self) -> list[dict[str, Any]]:
        return await journal_json(self._other)

    def caller(self, key: str) -> Caller:
        return Caller(principal="ana", case="C-1", key=key, now=self.clock.now())


def days(number: float) -> str:
    """So many days from now, as an argument."""
    return (datetime.now(UTC) + timedelta(days=number)).replace(microsecond=0).isoformat()
