"""The machine: room on the disk, whether the data folder can be written to, and what stands between here and the network."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.doctor.finding import Finding, fail, ok, warn
from bot.settings import Settings

MEGABYTE = 1024 * 1024
LITTLE, FULL = 1024 * MEGABYTE, 100 * MEGABYTE
LOOPBACK = ("127.0.0.1", "::1", "localhost")


async def looks(settings: Settings) -> AsyncIterator[Finding]:
    yield _disk(settings.bot_data_dir)
    yield _proxy(settings)
    for finding in _tls(settings):
        yield finding


def _tls(settings: Settings) -> Iterator[Finding]:
    if settings.bot_transport == "http" and settings.bot_host not in LOOPBACK:
        told = f"BOT_PORT is open on {settings.bot_host}, without TLS"
        yield warn("tls", told, "let only a proxy that ends TLS reach it (docs/connect/slack.md), or set BOT_HOST to 127.0.0.1")
    named = os.environ.get("SSL_CERT_FILE")
    if named and not Path(named).is_file():
        yield fail(
            "tls",
            f"SSL_CERT_FILE names {named}, which is not there",
            "name the file with the certificates that you trust, or unset it",
        )


def _disk(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return fail("disk", f"{there} cannot be written to", "give this account the folder, or set BOT_DATA_DIR to another")
    free = shutil.disk_usage(there).free
    told = f"{free / MEGABYTE / 1024:.1f} GB free for {folder}"
    if free < LITTLE:
        return (fail if free < FULL else warn)("disk", told, "make room: a full disk stops the database")
    return ok("disk", told)


def _proxy(settings: Settings) -> Finding:
    """Two traps: a model on this machine that is asked for by way of a proxy, and a Slack that is not."""
    proxies = {scheme: value for scheme, value in getproxies().items() if scheme in ("http", "https", "all")}
    if not proxies:
        return ok("proxy", "none is set")
    through = ", ".join(sorted({_bare(value) for value in proxies.values()}))
    model = urlsplit(settings.openai_base_url).hostname or ""
    if model in LOOPBACK and not proxy_bypass(model):
        return warn("proxy", f"the model on this machine is asked for through {through}", f"add {model} to NO_PROXY")
    slack = urlsplit(settings.slack_api_url).hostname or ""
    way = "directly, by NO_PROXY" if slack in LOOPBACK or proxy_bypass(slack) else f"through {through}"
    return ok("proxy", f"Slack is reached {way}")


def _bare(address: str) -> str:
    """Without a name and a password."""
    found = urlsplit(address if "://" in address else f"//{address}")
    return f"{found.hostname}:{found.port}" if found.port else str(found.hostname)
