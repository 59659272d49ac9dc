"""The tools there are, as whoever only reads about them needs them: names, arguments, effects. None can be called."""

from collections.abc import Mapping
from typing import Any, cast

from bot.ports import ToolSchema
from bot.turns import conversation
from tools.catalog import catalog
from tools.contract import Effect, Tool, schema
from tools.systems.protocols import Systems

NOWHERE = cast(Systems, None)


def tools() -> Mapping[str, Tool[Any]]:
    """By their names. There is no system behind them, so no database is needed."""
    return {**catalog(NOWHERE), **conversation.tools(conversation.Desk())}


def shown(tools: Mapping[str, Tool[Any]]) -> list[ToolSchema]:
    """These as a model is shown them, and as runbooks are bound to them."""
    return [
        ToolSchema(tool.name, tool.description, schema(tool.arguments), tool.effect is Effect.CHANGE) for tool in tools.values()
    ]


def schemas() -> dict[str, ToolSchema]:
    """All of them so, by their names."""
    return {one.name: one for one in shown(tools())}
