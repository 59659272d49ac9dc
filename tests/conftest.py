"""One PostgreSQL for the whole run, a database of one's own for each test, and no way out but loopback."""

import asyncio
import contextlib
import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import psycopg
import pytest
import structlog

from bot.company import opened_company
from bot.store.schema import migrate

hypothesis.settings.register_profile("default", deadline=None, max_examples=60)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

SERVER = "DESKHAND_TEST_SERVER"
TEMPLATE = "deskhand_template"
WITH_COMPANY = "deskhand_company"
VECTORS = "DESKHAND_TEST_VECTORS"
"""A folder in which the vectors of the shipped runbooks are kept for the whole run."""

HOLDER = """
import sys
from pathlib import Path
from bot.store import postgres
with postgres.own(Path(sys.argv[1]), durable=False) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts the run starts the server; workers of xdist only get its address."""
    config.addinivalue_line("markers", "long: takes longer than a check may; run by `make long`")
    if hasattr(config, "workerinput") or SERVER in os.environ or config.option.collectonly:
        return
    folder = Path(tempfile.mkdtemp(prefix="deskhand-tests-"))
    folder.chmod(0o755)
    holder = subprocess.Popen(  # ends with us, however we end: its stdin closes
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    url = holder.stdout.readline().strip()
    if not url:
        raise pytest.UsageError("the PostgreSQL for the tests did not start")
    os.environ[SERVER] = url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    asyncio.run(migrate(named(url, TEMPLATE)))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {WITH_COMPANY} TEMPLATE {TEMPLATE}")
    asyncio.run(_fill(named(url, WITH_COMPANY)))
    os.environ[VECTORS] = str(folder / "vectors")
    config.stash[HELD] = (holder, folder)


async def _fill(url: str) -> None:
    async with opened_company(url):
        """The embedded company is made and seeded."""


HELD: pytest.StashKey[tuple[Any, Path]] = pytest.StashKey()


def pytest_unconfigure(config: pytest.Config) -> None:
    if HELD in config.stash:
        holder, folder = config.stash[HELD]
        holder.stdin.close()
        holder.wait(30)
        holder.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.pop(SERVER, None)
        os.environ.pop(VECTORS, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "long" in (config.option.markexpr or ""):
        return
    for item in items:
        if "long" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="takes longer; `make long` runs it"))


def named(url: str, database: str) -> str:
    """The same server, another database."""
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{query}" if query else "")


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    with _copied(TEMPLATE) as url:
        yield url


@pytest.fixture
def company_database() -> Iterator[str]:
    """Likewise, with the embedded company as it is at a first start."""
    with _copied(WITH_COMPANY) as url:
        yield url


@contextlib.contextmanager
def _copied(template: str) -> Iterator[str]:
    server, name = os.environ[SERVER], f"t_{uuid4().hex[:16]}"
    with psycopg.connect(server, autocommit=True) as connection:
        for attempt in range(50):  # a template that somebody copies right now is busy
            try:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
                break
            except psycopg.errors.ObjectInUse:
                time.sleep(0.1 * (attempt + 1))
    yield named(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account of this machine can walk into, so that PostgreSQL's files lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="deskhand-"))
    folder.chmod(0o755)
    (folder / "data").mkdir(mode=0o755)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def chromium() -> str:
    """The path of a Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium on this machine; the browser tests need one (on Debian: apt install chromium)")


@pytest.fixture(autouse=True)
def logs_as_they_are() -> Iterator[None]:
    """How one test sets the logs up is no matter of the next."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host.split("%")[0]).is_loopback:
                raise AssertionError(f"a test reached for {address!r}; only loopback is allowed")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in list(os.environ):
        if name.startswith(("SLACK_", "OPENAI_")):
            monkeypatch.delenv(name)
