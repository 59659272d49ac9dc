"""One PostgreSQL for the whole run, a database of one's own for each test, and no way out but loopback."""

import contextlib
import gc
import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog

from tests import postgres
from tests.kept import first_start
from tests.once import compile_statements_once, read_policies_once

hypothesis.settings.register_profile("default", deadline=None, max_examples=60)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts the run starts the server; workers of xdist only get its address."""
    config.addinivalue_line("markers", "long: takes longer than a check may; run by `make long`")
    read_policies_once()
    compile_statements_once()
    gc.set_threshold(20_000, 20, 50)  # offices come and go: collecting as often as by default is a sixth of the whole time
    if hasattr(config, "workerinput") or postgres.SERVER in os.environ or config.option.collectonly:
        return
    server = postgres.started()
    try:
        server.__enter__()
    except postgres.NotStarted as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[HELD] = server


HELD: pytest.StashKey[contextlib.AbstractContextManager[str]] = pytest.StashKey()


def pytest_unconfigure(config: pytest.Config) -> None:
    postgres.let_go()
    if HELD in config.stash:
        config.stash[HELD].__exit__(None, None, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "long" in (config.option.markexpr or ""):
        return
    for item in items:
        if "long" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="takes longer; `make long` runs it"))


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    with postgres.copied(postgres.TEMPLATE) as url:
        yield url


@pytest.fixture
def company_database() -> Iterator[str]:
    """Likewise, with the embedded company as it is at a first start."""
    with postgres.copied(postgres.WITH_COMPANY) as url:
        yield url


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account of this machine can walk into, so that PostgreSQL's files lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="deskhand-"))
    folder.chmod(0o755)
    (folder / "data").mkdir(mode=0o755)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def started_folder(open_folder: Path) -> Path:
    """As `open_folder`, as a first start leaves it; the server's programs stay where they are."""
    made = first_start()
    subprocess.run(["cp", "-a", f"{made}/.", str(open_folder)], check=True)
    if made.with_name("bin").exists():
        (open_folder / "postgres" / "bin").symlink_to(made.with_name("bin"))
    return open_folder


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
