"""Bring a database to the shape that this code expects: our tables (alembic), then the engine's."""

import asyncio
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.exc import ProgrammingError

from bot.errors import StoreAway

HEAD = "0024"
"""The newest revision in ``migrations/versions``; held by a test."""

LOCK = 7_238_115
"""Advisory lock: two processes that start at once migrate one after the other."""


async def migrate(url: str) -> None:
    """Up to the newest revision; quick when there is nothing to do.

    `url` is ``postgresql://…``. Raises StoreAway when it cannot be reached, is newer than this code, or its role may not do that.
    """
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as connection:
            if await _ready(connection):
                return
            await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
            try:
                await asyncio.to_thread(_upgrade, url)
                if not await _exists(connection, "procrastinate_jobs"):
                    await _engine_schema(url)
            finally:
                await connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
    except psycopg.OperationalError as error:
        raise StoreAway(f"the database cannot be reached: {str(error).splitlines()[0]}") from error
    except (ProgrammingError, psycopg.errors.InsufficientPrivilege) as error:
        cause = getattr(error, "orig", error)
        if not isinstance(cause, psycopg.errors.InsufficientPrivilege):
            raise
        raise StoreAway(
            f"this role may not bring the database to revision {HEAD}; run `python -m bot migrate` with DATABASE_OWNER_URL set"
        ) from error


async def _ready(connection: psycopg.AsyncConnection[Any]) -> bool:
    if not await _exists(connection, "alembic_version") or not await _exists(connection, "procrastinate_jobs"):
        return False
    found = await revision(connection)
    if found > HEAD:
        raise StoreAway(
            f"the database is at revision {found}, which is newer than this Deskhand (it knows {HEAD}); update Deskhand"
        )
    return found == HEAD


async def revision(connection: psycopg.AsyncConnection[Any]) -> str:
    """The revision that this database is at; empty where it has none of our tables."""
    if not await _exists(connection, "alembic_version"):
        return ""
    row = await (await connection.execute("SELECT version_num FROM alembic_version")).fetchone()
    return str(row[0]) if row else ""


async def _exists(connection: psycopg.AsyncConnection[Any], table: str) -> bool:
    row = await (await connection.execute("SELECT to_regclass(%s)", (f"public.{table}",))).fetchone()
    return row is not None and row[0] is not None


def _upgrade(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    command.upgrade(config, "head")


async def _engine_schema(url: str) -> None:
    from procrastinate import App, PsycopgConnector

    async with App(connector=PsycopgConnector(conninfo=url)).open_async() as engine:
        await engine.schema_manager.apply_schema_async()
