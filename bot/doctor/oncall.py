"""Who would approve and be paged now, by name, and whether each of them has an account in this Slack.

A new installation has an invented cast on call: nobody real can answer a card until real people are put on call.
"""

from collections.abc import AsyncIterator, Sequence

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.company.directory import engine_on
from bot.doctor.finding import Finding, ok, warn
from bot.doctor.policy import policies
from bot.errors import PolicyError
from bot.gate.model import Role
from bot.obligations import Owed
from bot.settings import Settings
from bot.slack import faults
from bot.slack.connect import client_of
from bot.slack.workspace import NOBODY
from tools.contract import Person
from tools.systems.embedded import Company, CompanyClock

SECONDS = 10.0
PAGE = "docs/connect/slack.md, step 7"


async def look(settings: Settings, url: str) -> AsyncIterator[Finding]:
    """One line for each schedule, and for each group that may approve. Nothing is looked up in the playground: all are there."""
    async with engine_on(url) as engine, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        clock = CompanyClock(engine)
        await clock.refresh()
        company, now = Company(engine, clock), clock.now()
        client = client_of(settings.slack_bot_token, settings.slack_api_url, session) if settings.real_slack else None
        schedules = await company.schedules()
        if settings.oncall_schedule not in schedules:
            says = f"there is no schedule {settings.oncall_schedule}, so nobody is told of what no runbook is near to"
            yield warn("on call: the rest", says, f"name one of {', '.join(schedules)} in ONCALL_SCHEDULE")
        for schedule in schedules:
            mend = f"`.venv/bin/python -m bot company on-call {schedule} U…`, with a member ID of this Slack ({PAGE})"
            yield await _told(f"on call: {schedule}", await _people(company, await company.on_call(schedule, now)), client, mend)
        for role in _groups(settings):
            mend = f"name a user group, or people of this Slack, for the role {role.name} in {settings.policy_file} ({PAGE})"
            yield await _told(f"approvers: {role.name}", await _people(company, await company.group(str(role.value))), client, mend)


def _groups(settings: Settings) -> list[Role]:
    """The roles that may approve and are a group of the directory; a policy that cannot be read is told elsewhere."""
    try:
        found = policies(settings)
    except PolicyError:
        return []
    owed = [one for policy in found.policies for one in policy.owes if isinstance(one, Owed)]
    names = {name for one in owed for name in (*one.by, one.then) if name}
    leaves = {leaf.key: leaf for name in names for leaf in found.roles[name].leaves()}
    return [leaf for leaf in leaves.values() if leaf.kind == "group"]


async def _people(company: Company, handles: Sequence[str] | None) -> list[Person]:
    found = [await company.person(handle) for handle in handles or ()]
    return [person for person in found if person is not None]


async def _told(check: str, people: Sequence[Person], client: AsyncWebClient | None, mend: str) -> Finding:
    if not people:
        return warn(check, "nobody, so no card and no page reaches anybody", mend)
    names = ", ".join(person.name for person in people)
    missing = [person.name for person in people if client is not None and await _absent(client, person.slack_id)]
    if len(missing) == len(people):
        return warn(check, f"{names}: no account in this Slack, so no card and no page reaches anybody", mend)
    if missing:
        return warn(check, f"{names}; no account in this Slack: {', '.join(missing)}", mend)
    return ok(check, names)


async def _absent(client: AsyncWebClient, slack_id: str) -> bool:
    """Whether Slack says that there is no such account; what else fails is told where Slack is looked at."""
    try:
        return bool((await client.users_info(user=slack_id))["user"].get("deleted"))
    except SlackApiError as error:
        return faults.code(error) in NOBODY
    except (aiohttp.ClientError, TimeoutError):
        return False
