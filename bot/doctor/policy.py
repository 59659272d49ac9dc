"""What the bot works by: the permission policy, the runbooks, and the index that finds them."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.doctor.finding import Finding, fail, ok, warn
from bot.errors import PolicyError
from bot.gate.load import load as load_policy
from bot.gate.model import PolicySet
from bot.library import embedding
from bot.obligations import Owed
from bot.runbooks import progress
from bot.settings import Settings
from bot.toolbox import schemas, tools
from knowledge.parse import load as load_runbooks


async def looks(settings: Settings) -> AsyncIterator[Finding]:
    try:
        policy = policies(settings)
        yield ok("policy", f"{len(policy.policies)} policies and {len(policy.roles)} roles, version {policy.version}")
        for finding in _second_factor(settings, policy):
            yield finding
    except PolicyError as error:
        yield fail(
            "policy",
            str(error),
            f"mend {settings.policy_file}; the bot does not start with it, and keeps its old one while it runs",
        )
    for finding in await asyncio.to_thread(_books, settings):
        yield finding


def policies(settings: Settings) -> PolicySet:
    """Raises PolicyError."""
    return load_policy(settings.policy_file, tools())


def _second_factor(settings: Settings, policy: PolicySet) -> list[Finding]:
    """Whether people can get to where they confirm that it is them, if a policy wants it."""
    wanting = [one.id for one in policy.policies if any(isinstance(o, Owed) and o.step_up == "factor" for o in one.owes)]
    if not wanting or not settings.real_slack or settings.bot_public_url:
        return []
    said = f"{', '.join(wanting)}: approvers confirm with a second factor, and their browsers are sent to this machine for it"
    return [fail("second factor", said, "set BOT_PUBLIC_URL to where they reach BOT_PORT")]


def _books(settings: Settings) -> list[Finding]:
    from knowledge.index import FLOOR, Index

    parsed, unreadable = load_runbooks(settings.runbook_dir)
    bound, misfits = progress.bind(parsed, schemas())
    problems = [*(str(error) for error in unreadable), *map(str, misfits)]
    found = [fail("runbooks", f"left out: {problem}", "mend it; it is left out until then") for problem in problems]
    if not bound:
        return [*found, fail("runbooks", f"there are none in {settings.runbook_dir}", "name the folder in RUNBOOK_DIR")]
    if not problems:
        found.append(ok("runbooks", f"all {len(bound)} in {settings.runbook_dir} can be used"))
    today = datetime.now(UTC).date()
    if late := [one.runbook.id for one in bound.values() if one.runbook.review_due < today]:
        found.append(warn("runbooks", f"their review is overdue: {', '.join(late)}", "look at them, and set `reviewed`"))
    with tempfile.TemporaryDirectory() as folder:  # a copy: looking must not change what is kept
        kept = settings.bot_data_dir / "index"
        if kept.is_dir():
            shutil.copytree(kept, folder, dirs_exist_ok=True)
        made = embedding.model(settings)
        index = Index(made.embedder, cache_dir=Path(folder), floor=made.floor or FLOOR)
        index.build([one.runbook for one in bound.values()])
        lost = [one.runbook.id for one in bound.values() if not _finds(index, one.runbook.id, one.runbook.title)]
    if lost:
        return [
            *found,
            fail("index", f"not found by their own titles: {', '.join(lost)}", "give them titles that say what they are for"),
        ]
    return [*found, ok("index", "every runbook is found by its own title")]


def _finds(index: Any, runbook: str, title: str) -> bool:
    hits = asyncio.run(index.search(title, 3))
    return any(hit.runbook == runbook and hit.cosine >= index.floor for hit in hits)
