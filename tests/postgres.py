"""A PostgreSQL of our own for a run, and databases copied from templates: migrated, or with the embedded company in it as well.

The server ends with the process that started it, however that ends. Its address and the folder of what is kept go to other processes of
the run by the environment.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg

from bot.company.directory import opened_company
from bot.store.roles import let_work
from bot.store.schema import migrate
from tests import recycle

SERVER = "DESKHAND_TEST_SERVER"
BOT = "DESKHAND_TEST_SERVER_FOR_THE_BOT"
"""The same server under the role that the bot works under."""
KEPT = "DESKHAND_TEST_KEPT"
"""A folder for what is made once for the whole run (`tests.kept`)."""
TEMPLATE = "deskhand_template"
WITH_COMPANY = "deskhand_company"

FEWEST = 200
"""Connections that the server takes at least."""

HOLDER = """
import signal, sys
from pathlib import Path
from bot.store import postgres
postgres.SETTINGS["max_connections"] = sys.argv[2]
for number in (signal.SIGTERM, signal.SIGINT):  # it ends when its stdin does, in peace
    signal.signal(number, signal.SIG_IGN)
with postgres.own(Path(sys.argv[1]), durable=False) as server:
    print(server.url, server.bot_url, flush=True)
    sys.stdin.read()
"""


class NotStarted(RuntimeError):
    """The PostgreSQL for the run did not start."""


@contextlib.contextmanager
def held(connections: int = FEWEST) -> Iterator[tuple[Path, str, str]]:
    """A server that ends with the block, and with this process however that ends: its folder, its URL, and the URL under the role
    that the bot works under. Raises NotStarted.
    """
    folder = Path(tempfile.mkdtemp(prefix="deskhand-tests-"))
    folder.chmod(0o755)
    holder = subprocess.Popen(  # ends with us, however we end: its stdin closes
        [sys.executable, "-c", HOLDER, str(folder), str(connections)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        url, _, bot_url = holder.stdout.readline().strip().partition(" ")
        if not url:
            raise NotStarted("the PostgreSQL for the tests did not start")
        yield folder, url, bot_url
    finally:
        holder.stdin.close()
        holder.wait(30)
        holder.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def started(connections: int = 0) -> Iterator[str]:
    """The server with both templates, for at least so many connections; its URL. Raises NotStarted."""
    with held(max(FEWEST, connections)) as (folder, url, bot_url):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        asyncio.run(migrate(named(url, TEMPLATE)))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {WITH_COMPANY} TEMPLATE {TEMPLATE}")
        asyncio.run(_fill(named(url, WITH_COMPANY)))
        asyncio.run(let_work(named(url, TEMPLATE), bot_url))
        asyncio.run(let_work(named(url, WITH_COMPANY), bot_url))
        os.environ |= {SERVER: url, BOT: bot_url, KEPT: str(folder / "kept")}
        try:
            yield url
        finally:
            for name in (SERVER, BOT, KEPT):
                os.environ.pop(name, None)


async def _fill(url: str) -> None:
    async with opened_company(url):
        """The embedded company is made and seeded."""


def for_the_bot(url: str) -> str:
    """The same database under the role that the bot works under."""
    return named(os.environ[BOT], url.partition("?")[0].rpartition("/")[2])


def named(url: str, database: str) -> str:
    """The same server, another database."""
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{query}" if query else "")


@contextlib.contextmanager
def copied(template: str) -> Iterator[str]:
    """The URL of a database like the template, which nobody else has in this block."""
    server, free = os.environ[SERVER], _free.setdefault((os.environ[SERVER], template), [])
    link = free.pop() if free else _created(server, template)
    name = link.info.dbname
    yield named(server, name)
    if recycle.made_anew(link, named(server, template)):
        free.append(link)
    else:
        link.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def let_go() -> None:
    """Of the databases that are kept for whoever wants one next."""
    for free in _free.values():
        for link in free:
            link.close()
    _free.clear()


_free: dict[tuple[str, str], list[psycopg.Connection]] = {}
"""(Server, template) → links to databases that are as the template, for whoever wants one next."""


def _created(server: str, template: str) -> psycopg.Connection:
    name = f"t_{uuid4().hex[:16]}"
    with psycopg.connect(server, autocommit=True) as connection:
        for attempt in range(50):  # a template that somebody copies right now is busy
            try:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
                break
            except psycopg.errors.ObjectInUse:
                time.sleep(0.1 * (attempt + 1))
    return psycopg.connect(named(server, name), autocommit=True)
