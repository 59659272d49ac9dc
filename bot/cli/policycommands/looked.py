"""The commands that ask the systems, from a path to their answer."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.cli.policycommands import live as systems_now
from bot.cli.policycommands.explained import Asked, explained
from bot.cli.policycommands.lint import lint
from bot.cli.policycommands.staffed import NOT_LOOKED_AT, staffed
from bot.errors import SettingsError
from bot.gate.load import load
from bot.settings import load as settings_of


async def linted(path: Path, *, live: bool) -> dict[str, Any]:
    """{version, warnings: [{file, line, id, message, kind}], not_looked_at: [words]}. Raises PolicyError.

    The systems are asked when that is wanted (then also SettingsError, StoreAway), or costs nothing since their database runs.
    """
    from bot.toolbox import tools

    policies = load(path, tools())
    found, not_looked_at = lint(policies, datetime.now(UTC)), [NOT_LOOKED_AT]
    if live or _at_hand():
        async with systems_now.systems(settings_of()) as systems:
            found += await staffed(policies, systems)
            not_looked_at = []
    return {"version": policies.version, "warnings": [one.as_json() for one in found], "not_looked_at": not_looked_at}


def _at_hand() -> bool:
    try:
        return systems_now.at_hand(settings_of())
    except SettingsError:  # a check-out of policies alone has none
        return False


async def explained_now(path: Path, asked: Asked) -> dict[str, Any]:
    """As `explained`, with the systems as they are now. Raises PolicyError."""
    async with systems_now.systems(settings_of()) as systems:
        return await explained(load(path, systems.tools), asked, systems)
