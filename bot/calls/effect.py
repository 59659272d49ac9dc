"""One effect on the world: run it, and look whether it is there. What a tool raises ends here."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError

from bot.words import wording
from tools.contract import Arguments, Caller, Check, OutOfReach, Result, SystemAway, Tool, ToolError

log = structlog.get_logger(__name__)

RUN_SECONDS = 30.0
CHECK_SECONDS = 15.0
LOOKS = 3
"""How often a change is read back before it counts as not there; systems may need a moment."""


async def run(tool: Tool[Any], args: Arguments, caller: Caller) -> tuple[Result | None, str, bool]:
    """(result, why there is none, whether the system said that nothing was changed)."""
    try:
        return await asyncio.wait_for(tool.run(args, caller), RUN_SECONDS), "", False
    except (TimeoutError, ToolError) as error:
        if isinstance(error, ToolError) and not isinstance(error, SystemAway):
            return None, str(error), True
        return None, str(error) or wording.system_away(tool.system), False
    except Exception:
        log.exception("a tool broke", tool=tool.name, case=caller.case)
        return None, wording.system_away(tool.system), False


async def too_far(tool: Tool[Any], arguments: Mapping[str, Any]) -> OutOfReach | None:
    """The argument that lies too far, where that is all that is wrong; whatever else is wrong is said when it is their turn."""
    try:
        await tool.canonical(tool.arguments.model_validate(dict(arguments)))
    except OutOfReach as error:
        return error
    except (ValidationError, ToolError):
        return None
    return None


def fitting(tool: Tool[Any] | None, arguments: Mapping[str, Any]) -> Arguments | None:
    """The arguments of a call that was made before; None where its tool is gone, or takes others by now."""
    try:
        return tool.arguments.model_validate(dict(arguments)) if tool is not None else None
    except ValidationError:
        return None


async def look(tool: Tool[Any], args: Arguments, result: Result | None, key: str) -> tuple[Check | None, Result | None]:
    """Read back in a new session; no check when it cannot be read. Also the run's result: a lost one is recalled by its key."""
    check: Check | None = None
    for attempt in range(LOOKS):
        try:
            result = result or await asyncio.wait_for(tool.recall(args, key), CHECK_SECONDS)
            check = await asyncio.wait_for(tool.check(args, result), CHECK_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever a tool raises, the change counts as not read back
            log.warning("a change could not be read back", tool=tool.name, error=type(error).__name__)
            check = None
        if check is not None and check.held:
            return check, result
        if attempt + 1 < LOOKS:
            await asyncio.sleep(0.2 * (attempt + 1))
    return check, result
