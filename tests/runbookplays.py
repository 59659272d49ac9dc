"""Plays the examples of runbooks for `python -m bot knowledge test`: each phrasing in an office and a database of its own."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.errors import CommandError
from bot.settings import load as settings_of
from knowledge.parse import load
from knowledge.runbook import Example, Runbook
from tests import postgres
from tests.runbooks.test_runbook_examples import approvals_of, steps_of, the_example_holds

Row = dict[str, Any]


def played_all(names: tuple[str, ...], *, first: bool, told: Callable[[Row], None] | None) -> list[Row]:
    """{runbook, says, as, ok, why, steps, approvals} of each phrasing, in the order of the runbooks.

    Raises LookupError (no runbook of that id), CommandError (one cannot be read, or PostgreSQL does not start), SettingsError.
    """
    folder = settings_of().runbook_dir
    books, unreadable = load(folder)
    if unreadable:
        raise CommandError("\n".join(map(str, unreadable)))
    known = {book.id: book for book in books}
    for name in names:
        if name not in known:
            raise LookupError(f"there is no runbook {name!r} in {folder}")
    chosen = [known[name] for name in names] if names else books
    found: list[Row] = []
    try:
        with postgres.started():
            for book in chosen:
                for example in book.examples:
                    for says in example.says[:1] if first else example.says:
                        found.append(asyncio.run(played(book, example, says, folder)))
                        if told is not None:
                            told(found[-1])
    except postgres.NotStarted as error:
        raise CommandError(str(error)) from None
    return found


async def played(book: Runbook, example: Example, says: str, folder: Path) -> Row:
    """One phrasing, in an office of its own."""
    row: Row = {"runbook": book.id, "says": says, "as": example.as_, "ok": True, "why": "", "steps": [], "approvals": {}}
    with tempfile.TemporaryDirectory(prefix="deskhand-") as data, postgres.copied(postgres.WITH_COMPANY) as database:
        try:
            trail = await the_example_holds(book, example, says, database, Path(data), RUNBOOK_DIR=str(folder))
        except AssertionError as error:
            return row | {"ok": False, "why": (str(error) or "it does not end as it says").splitlines()[0]}
    return row | {"steps": steps_of(book, trail), "approvals": approvals_of(trail)}
