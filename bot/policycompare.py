"""The commands that compare policies: `policy replay` and `policy diff`."""

import contextlib
from datetime import timedelta
from pathlib import Path

from bot import commands
from bot.doctor.policy import tools
from bot.errors import PolicyError
from bot.gate import PolicySet, load
from bot.policyreplay import Replay
from bot.settings import Settings
from bot.settings import load as settings_of


async def replay(new: Path, since: timedelta) -> Replay:
    """Every call of that time decided again under the policy in this file or folder. Raises PolicyError, StoreAway."""
    from bot.company import opened_company
    from bot.store.recorded import recorded
    from bot.store.work import Store

    shapes = tools()
    policies = load(new, shapes)
    then = _in_force(settings_of())
    async with commands.database() as url, opened_company(url) as (company, _), Store(url) as store:
        until = company.clock.now()
        found = Replay(policies, then, until - since, until)
        async with contextlib.aclosing(recorded(store, found.since)) as batches:
            async for batch in batches:
                found.take(batch)
    return found


def _in_force(settings: Settings) -> PolicySet | None:
    """The policy of POLICY_FILE; None while it is broken, for then nobody can say what it was when it was not."""
    try:
        return load(settings.policy_file, tools())
    except PolicyError:
        return None
