"""Whose the embedded server is, and that it ends with its owner; every way to die leaves a folder that starts again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.errors import CommandError
from bot.store import postgres
from tests.programs import ROOT, postgres_on

OWNER = """
import signal, sys, threading
from pathlib import Path
from bot.store import postgres
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with postgres.own(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    threading.Event().wait(60)
"""


@pytest.fixture
def folder(open_folder: Path) -> Path:
    return open_folder


@pytest.fixture
def owner(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    yield process
    if process.poll() is None:
        process.kill()
    process.wait(10)
    process.stdout.close()


def answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_a_folder_is_made_started_and_stopped_and_keeps_what_was_written(folder: Path) -> None:
    with postgres.own(folder) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        assert len(postgres_on(server.where)) >= 1
    assert postgres_on(server.where) == []
    with postgres.own(folder) as again, psycopg.connect(again.url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_passwords_are_asked_for(folder: Path) -> None:
    """No trust: who can reach the socket still needs the password, which only its owner can read."""
    with postgres.own(folder, durable=False) as server:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url.replace("://deskhand:", "://deskhand:x")).close()
        assert (server.where / "password").stat().st_mode & 0o077 == 0
        assert (server.where / "run").stat().st_mode & 0o077 == 0


def test_a_second_owner_is_refused_and_others_only_connect(folder: Path, owner: "subprocess.Popen[str]") -> None:
    with pytest.raises(CommandError, match=f"process {owner.pid}"), postgres.own(folder):
        pass
    with postgres.borrow(folder) as server:
        assert answers(server.url)
    assert len(postgres_on(server.where)) >= 1, "borrowing must not stop the owner's server"


def test_sigterm_ends_the_server_as_well(folder: Path, owner: "subprocess.Popen[str]") -> None:
    owner.send_signal(signal.SIGTERM)
    assert owner.wait(20) == 0
    assert postgres_on(folder) == []


def test_a_killed_owner_leaves_a_folder_that_starts_again(folder: Path, owner: "subprocess.Popen[str]") -> None:
    """Its server lives on, orphaned; the next owner ends it and starts its own."""
    owner.kill()
    owner.wait(10)
    orphans = postgres_on(folder)
    assert orphans
    with postgres.own(folder) as server:
        assert answers(server.url)
        assert not set(orphans) & set(postgres_on(folder))
    assert postgres_on(folder) == []


def test_a_killed_server_leaves_a_folder_that_starts_again(folder: Path, owner: "subprocess.Popen[str]") -> None:
    for pid in postgres_on(folder):
        os.kill(pid, signal.SIGKILL)
    owner.kill()
    owner.wait(10)
    with postgres.own(folder) as server:
        assert answers(server.url)


def test_an_innocent_process_that_got_the_number_lives(folder: Path) -> None:
    """A pid file alone is not believed."""
    with postgres.own(folder) as server:
        pass
    innocent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (server.where / "data" / "postmaster.pid").write_text(f"{innocent.pid}\n{server.where}/data\n")
        with postgres.own(folder) as again:
            assert answers(again.url)
            assert innocent.poll() is None
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait(10)


def test_a_path_too_long_for_a_socket_is_served_on_loopback(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    with postgres.own(deep, durable=False) as server:
        assert "@127.0.0.1:" in server.url
        assert answers(server.url)


def test_two_folders_never_share_a_database(folder: Path) -> None:
    with postgres.own(folder / "a", durable=False) as one, postgres.own(folder / "b", durable=False) as other:
        with psycopg.connect(one.url) as connection:
            connection.execute("CREATE TABLE only_here (n int)")
        with psycopg.connect(other.url) as connection:
            assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")
def test_as_root_under_a_closed_folder_it_lies_elsewhere_and_says_so(tmp_path: Path) -> None:
    """A clone under a 0700 home: nothing outside is opened up, and the place is named."""
    tmp_path.chmod(0o700)
    with postgres.own(tmp_path / "data", durable=False) as server:
        assert str(server.where).startswith("/var/lib/deskhand/")
        assert str(server.where) in server.note
        assert answers(server.url)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(server.where)


def test_commands_wait_while_the_owner_is_still_starting(folder: Path) -> None:
    """Two at once on a new folder: one makes it, the other connects."""
    code = "import sys; from pathlib import Path; from bot.store import postgres\nwith postgres.borrow(Path(sys.argv[1])) as s: print('ok', flush=True)"
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [one.communicate(timeout=60)[0] for one in both]
    assert said == ["ok\n", "ok\n"]
    time.sleep(0.1)
    assert postgres_on(folder) == []
