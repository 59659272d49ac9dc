"""`knowledge sync`: the articles as their sources have them now, at once."""

from typing import Any

import typer

from bot.cli.terminal import Json, show
from bot.errors import CommandError


def command(as_json: Json = False) -> None:
    """Read the sources that KNOWLEDGE_SOURCES names, and say what is new, changed and gone. The running bot follows at once."""
    from bot import logs
    from bot.cli import commands

    logs.set_up("CRITICAL")
    found = show(
        _synced(),
        as_json,
        lambda rows: commands.table("Articles", rows, ("source", "articles", "added", "changed", "removed", "problems")),
    )
    if any(row["problems"] for row in found):
        raise typer.Exit(1)


async def _synced() -> list[dict[str, Any]]:
    """Raises CommandError."""
    from bot.cli import commands
    from bot.library.syncing import Syncing
    from bot.settings import load
    from bot.store.articles import StoredArticles
    from bot.store.work import Store
    from knowledge.sources import SourceError

    settings = load()
    if settings.knowledge_sources is None:
        raise CommandError("KNOWLEDGE_SOURCES names no file of sources; docs/articles.md says what it looks like")
    async with commands.database() as url, Store(url) as store:
        syncing = Syncing(StoredArticles(store), settings.knowledge_sources, settings.bot_data_dir / "sources")
        try:
            return await syncing.once()
        except SourceError as error:
            raise CommandError(str(error)) from None
