"""The tools there are, as whoever only reads about them needs them: names, arguments, effects. None can be called."""

from collections.abc import Mapping
from typing import Any, cast

from bot.ports import ToolSchema
from bot.turns import conversation
from tools.catalog import catalog
from tools.contract import Effect, Tool
from tools.systems.protocols import Systems

NOWHERE = cast(Systems, None)


def tools() -> Mapping[str, Tool[Any]]:
    """By their names. There is no system behind them, so no database is needed."""
    return {**catalog(NOWHERE), **conversation.tools(conversation.Desk())}


def schemas() -> dict[str, ToolSchema]:
    """The same as they are shown to a model, and bound to runbooks."""
    return {
        tool.name: ToolSchema(tool.name, tool.description, tool.arguments.model_json_schema(), tool.effect is Effect.CHANGE)
        for tool in tools().values()
    }
