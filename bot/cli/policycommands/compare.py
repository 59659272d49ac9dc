"""The commands that compare policies: `policy replay` and `policy diff`."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.cli import commands
from bot.company.directory import opened_company
from bot.errors import PolicyError
from bot.gate import PolicySet, load
from bot.policies.diff import Compared, compare
from bot.policies.replay import Held, Replay
from bot.settings import Settings
from bot.settings import load as settings_of
from bot.store import postgres
from bot.store.recorded import recorded
from bot.store.work import Store
from bot.toolbox import tools


async def replay(new: Path, since: timedelta) -> Replay:
    """Every call of that time decided again under the policy in this file or folder. Raises PolicyError, StoreAway."""
    policies, then = load(new, tools()), _in_force(settings_of())
    async with _books() as (store, now):
        found = Replay(policies, then, now - since, now)
        async with contextlib.aclosing(recorded(store, found.since)) as batches:
            async for batch in batches:
                found.take(batch)
    return found


@contextlib.asynccontextmanager
async def _books() -> AsyncIterator[tuple[Store, datetime]]:
    """Where calls are recorded, and the time by the bot's own clock."""
    async with commands.database() as url, opened_company(url) as (company, _), Store(url) as store:
        yield store, company.clock.now()


def _in_force(settings: Settings) -> PolicySet | None:
    """The policy of POLICY_FILE; None while it is broken, for then nobody can say what it was when it was not."""
    try:
        return load(settings.policy_file, tools())
    except PolicyError:
        return None


@dataclass(frozen=True, slots=True)
class Diff:
    """Two policies over generated and recorded calls. `unlooked` is why no recorded call was looked at, or empty."""

    old: PolicySet
    new: PolicySet
    generated: Compared
    recorded: Held
    unlooked: str

    @property
    def differ(self) -> bool:
        return bool(self.generated.differences or self.recorded.differ)


async def diff(old: Path, new: Path, since: timedelta, per_tool: int, seed: int) -> Diff:
    """Both policies asked the same. Raises PolicyError, StoreAway."""
    shapes = tools()
    before, after = load(old, shapes), load(new, shapes)
    held = Held(before, after)
    settings = settings_of()
    unlooked = ""
    if settings.database_url or postgres.made(settings.bot_data_dir):
        async with _books() as (store, now), contextlib.aclosing(recorded(store, now - since)) as batches:
            async for batch in batches:
                held.take(batch)
    else:
        unlooked = f"no DATABASE_URL is set, and there is no database in {settings.bot_data_dir}"
    return Diff(before, after, compare(before, after, per_tool=per_tool, seed=seed), held, unlooked)
