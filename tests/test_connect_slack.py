"""docs/connect/slack.md, tried step by step: each command of the page is run, against a Slack that is not ours."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.playground import Member, Server, Workspace, serve
from bot.slack import scopes
from bot.slack.http import PATH
from tests.forked import ran
from tests.programs import ROOT, Program, free_port, program

PAGE = (ROOT / "docs" / "connect" / "slack.md").read_text()
SECRET = "a-signing-secret"
ANA = Member("U07ANA", "ana", "Ana Almeida")
VALUES = {"SLACK_BOT_TOKEN": "xoxb-playground", "SLACK_APP_TOKEN": "xapp-playground", "SLACK_SIGNING_SECRET": SECRET}


def blocks(kind: str, text: str = PAGE) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def dotenv(text: str) -> str:
    """The block of the page, with what stands for a secret filled in."""
    lines = [line.partition("=") for line in text.strip().splitlines()]
    return "".join(f"{name}={VALUES[name] if '…' in value else value}\n" for name, _, value in lines)


@pytest.fixture(params=["socket", "http"])
async def slack(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Server, str, int]]:
    """Somebody's Slack with the app installed, the transport, and the port that its requests come to."""
    workspace = Workspace([ANA], ("general", "oncall"))
    workspace.scopes = scopes.needed()
    port = free_port()
    secret = SECRET if request.param == "http" else ""
    server = await serve(workspace, signing_secret=secret, events_url=f"http://127.0.0.1:{port}{PATH}")
    yield server, request.param, port
    await server.stop()


@pytest.fixture
def place(started_folder: Path) -> Iterator[Path]:
    """An empty folder to start from."""
    folder = started_folder.parent / "place"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


async def test_the_page_leads_from_nothing_to_the_first_answered_message(
    slack: tuple[Server, str, int], started_folder: Path, place: Path
) -> None:
    """Its .env, its commands, in its order, over both transports; then somebody writes, and is answered."""
    server, transport, port = slack
    env = blocks("dotenv", section("2. Take the tokens") if transport == "socket" else section("Over HTTP"))
    assert len(env) == 1
    await asyncio.to_thread((place / ".env").write_text, dotenv(env[0]))
    given = {"SLACK_API_URL": f"{server.url}/api/", "BOT_PORT": str(port), "PYTHONPATH": str(ROOT)}
    files = {"POLICY_FILE": str(ROOT / "policies.yaml"), "RUNBOOK_DIR": str(ROOT / "knowledge" / "runbooks")}
    with program(started_folder, **given, **files) as bot:
        told: list[str] = []
        for command in [line for block in blocks("console") for line in block.strip().splitlines()]:
            if command.startswith("curl") and transport == "socket":
                continue
            words = shlex.split(command.replace("https://deskhand.example.com", f"http://127.0.0.1:{port}"))
            words = [sys.executable, *words[1:]] if words[0] == ".venv/bin/python" else words
            told.append(command)
            if command.endswith("bot run"):
                started(bot, words, place)
                await asyncio.to_thread(bot.until, lambda: "Deskhand is ready" in bot.said.read_text(), "the bot to be ready", 60)
                server.workspace.say(ANA, server.workspace.direct(ANA.slack_id), "I'm locked out of my account")
                await answered(server)
                continue
            if words[:2] == [sys.executable, "-m"]:
                done = await asyncio.to_thread(ran, words[2:], place, bot.environment)
            else:
                done = await asyncio.to_thread(
                    subprocess.run, words, cwd=place, env=bot.environment, capture_output=True, text=True, timeout=90, check=False
                )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            said(command, done.stdout, place)
        assert ".venv/bin/python -m bot cases" in told
        assert await asyncio.to_thread(bot.end) == 0


def started(bot: Program, words: list[str], place: Path) -> None:
    with bot.said.open("wb") as log:
        bot.process = subprocess.Popen(words, cwd=place, env=bot.environment, stderr=log, stdout=log)


async def answered(server: Server) -> None:
    for _ in range(1500):
        text = json.dumps(server.workspace.direct(ANA.slack_id).messages)
        if "Did this help?" in text and "Before we begin" in text:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"no answer: {text}")


def said(command: str, text: str, place: Path) -> None:
    """What a command of the page promises."""
    match command.rsplit(maxsplit=1)[-1]:
        case ".env":
            assert (place / ".env").stat().st_mode & 0o077 == 0
        case "doctor":
            assert "Nothing is missing." in text
        case "U07ANA":
            assert "schedule: identity" in text
            assert "person: u-u07ana" in text
        case "cases":
            assert "C-1" in text
            assert "resolved" in text
        case _:
            assert text.strip() == "401"


def test_the_page_and_the_program_agree() -> None:
    """Every setting that it names is one, every file is there, and the numbers are those of the code."""
    from bot.settings import Settings
    from bot.slack import lines
    from bot.slack.http import LARGEST
    from bot.slack.workspace import CACHED_SECONDS

    names = set(re.findall(r"\b((?:SLACK|BOT|ONCALL|DATABASE)_[A-Z_]+)\b", PAGE))
    assert names
    assert names <= {name.upper() for name in Settings.model_fields}
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert all((ROOT / "docs" / "connect" / link).is_file() for link in links)
    assert (Settings.model_fields["slack_connections"].default, Settings.model_fields["bot_port"].default) == (2, 8710)
    assert (lines.SILENT_INTERVALS * 5, LARGEST, CACHED_SECONDS) == (20, 1024 * 1024, 300)
    assert PATH in section("Over HTTP")


def test_no_page_leads_to_where_it_was() -> None:
    """Links to docs/slack.md are gone."""
    files: list[Any] = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "bot").rglob("*.py")]
    assert [str(path) for path in files if re.search(r"docs/slack\.md|\(slack\.md", path.read_text())] == []
    assert (ROOT / "docs" / "connect" / "slack.md").is_file()
