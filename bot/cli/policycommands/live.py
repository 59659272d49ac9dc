"""The systems as they are now, for the commands that ask them: directory, duty, and Slack where its token is set. Only reads."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.cli import commands
from bot.company.directory import CompanyDirectory, opened_company
from bot.domain import Membership, PersonKind
from bot.errors import CommandError
from bot.facts import Facts
from bot.obligations import Freeze
from bot.ports import Clock, Directory, Profile, Workspace
from bot.settings import Settings
from bot.slack import faults
from bot.slack.connect import client_of
from bot.slack.events import Identity
from bot.slack.workspace import SlackWorkspace
from bot.store import postgres
from bot.store.work import Store
from bot.turns import conversation
from tools.catalog import catalog
from tools.contract import Tool
from tools.systems.embedded import Company

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Systems:
    """What a decision is made with in production."""

    tools: Mapping[str, Tool[Any]]
    directory: Directory
    facts: Facts
    clock: Clock
    company: Company
    freezes: Sequence[Freeze] = ()


class Playground:
    """Implements `bot.ports.Workspace`: the playground's Slack, with the company's people and no user group."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def profile(self, slack_id: str, team: str) -> Profile:
        person = await self._directory.by_slack(slack_id)
        if person is None or not person.active:
            return Profile(slack_id, PersonKind.UNKNOWN)
        kind = PersonKind.GUEST if person.kind == "guest" else PersonKind.MEMBER
        return Profile(slack_id, kind, name=person.name, zone=person.zone)

    async def has(self, slack_id: str) -> Membership:
        found = await self.profile(slack_id, "")
        return Membership.NO if found.kind is PersonKind.UNKNOWN else Membership.YES

    async def in_usergroup(self, slack_id: str, group: str, *, fresh: bool = False) -> Membership:
        return Membership.UNKNOWN

    async def usergroup(self, group: str) -> Sequence[str] | None:
        return None

    async def place(self, channel: str) -> str:
        return ""

    async def working(self, channel: str, thread: str, text: str) -> None:
        """Nobody waits here."""


@contextlib.asynccontextmanager
async def systems(settings: Settings) -> AsyncIterator[Systems]:
    """Raises StoreAway, CommandError (Slack refuses the token, or is away)."""
    async with commands.database() as url, opened_company(url) as (company, _), Store(url) as store, _slack(settings) as slack:
        async with store.work() as work:
            freezes = await work.freezes()
        directory = CompanyDirectory(company)
        tools = {**catalog(company.systems()), **conversation.tools(conversation.Desk())}
        yield Systems(tools, directory, Facts(directory, slack or Playground(directory)), company.clock, company, freezes)


def at_hand(settings: Settings) -> bool:
    """Whether a database is there to be asked without starting one."""
    return bool(settings.database_url) or (postgres.made(settings.bot_data_dir) and postgres.running(settings.bot_data_dir))


@contextlib.asynccontextmanager
async def _slack(settings: Settings) -> AsyncIterator[Workspace | None]:
    if not settings.real_slack:
        yield None
        return
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        client = client_of(settings.slack_bot_token, settings.slack_api_url, session)
        try:
            answer = await client.auth_test()
        except Exception as error:  # noqa: BLE001 - the SDK raises what it likes
            said = faults.code(error) or type(error).__name__
            raise CommandError(f"Slack does not take SLACK_BOT_TOKEN, or cannot be reached ({said}); `doctor` says more") from None
        me = Identity(
            user=str(answer.get("user_id") or ""),
            bot=str(answer.get("bot_id") or ""),
            team=str(answer.get("team_id") or ""),
            enterprise=str(answer.get("enterprise_id") or ""),
        )
        yield SlackWorkspace(client, me)
