"""Slack: the tokens and who we are, what they may do, the way in, the channel for cards, the user groups of the policy."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor import door
from bot.doctor.finding import Finding, fail, ok, skipped, warn
from bot.doctor.policy import policies
from bot.obligations import Notify
from bot.settings import Settings
from bot.slack import faults, scopes
from bot.slack.connect import client_of
from bot.slack.destinations import Destinations

CALL_SECONDS = 10.0
SKEW_WARN, SKEW_FAIL = 30.0, 300.0
TLS_SECONDS = 5.0

REINSTALL = "install the app anew (Install App at api.slack.com/apps) and put its bot token into SLACK_BOT_TOKEN"
MANIFEST = "docs/slack-manifest.yaml"


@dataclass(frozen=True, slots=True)
class _Slack:
    settings: Settings
    client: AsyncWebClient
    url: str


async def looks(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.real_slack:
        yield skipped("slack", "no tokens are set, so the bot brings a small Slack of its own (the playground)", _CONNECT)
    else:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS)) as session:
            slack = _Slack(settings, client_of(settings.slack_bot_token, settings.slack_api_url, session), settings.slack_api_url)
            async for finding in _connected(slack):
                yield finding
    if settings.bot_transport == "http":
        yield await door.look(settings)


_CONNECT = "for a real Slack follow docs/connect/slack.md"


async def _connected(slack: _Slack) -> AsyncIterator[Finding]:
    try:
        answer = await slack.client.auth_test()
    except Exception as error:  # noqa: BLE001 - each has its words
        yield trouble("slack: bot token", error, slack.url, f"{REINSTALL}; it begins with xoxb-")
        return
    us = f"@{answer.get('user')} in {answer.get('team')}"
    if answer.get("is_enterprise_install"):
        yield fail(
            "slack: bot token", f"this is an org-wide installation ({us})", "install the app to one workspace of the organisation"
        )
    else:
        yield ok("slack: bot token", f"we are {us}")
    yield _scopes(answer.headers)
    yield _clock(answer.headers)
    if slack.settings.bot_transport == "socket":
        yield await _socket(slack)
    yield await _channel(slack)
    async for finding in _told(slack):
        yield finding
    async for finding in _groups(slack):
        yield finding


def _scopes(headers: Mapping[str, Any]) -> Finding:
    """What the token was granted stands in a header of every answer. https://docs.slack.dev/authentication/tokens"""
    said = next((str(value) for name, value in headers.items() if str(name).lower() == "x-oauth-scopes"), None)
    if said is None:
        return warn("slack: scopes", "Slack did not say what the token may do", f"compare the app's scopes with {MANIFEST}")
    granted, needed = {one.strip() for one in said.split(",")} - {""}, scopes.needed()
    if missing := sorted(needed - granted):
        told = "; ".join(f"{scope} ({scopes.REASONS[scope]})" for scope in missing)
        mend = f"add them under OAuth & Permissions, or paste {MANIFEST} under App Manifest; then {REINSTALL}"
        return fail("slack: scopes", f"missing: {told}", mend)
    if more := sorted(granted - needed):
        return warn("slack: scopes", f"more than is used: {', '.join(more)}", "take them off the app: a token should open no more")
    return ok("slack: scopes", f"all {len(needed)} that are needed, and no more")


def _clock(headers: Mapping[str, Any]) -> Finding:
    said = next((str(value) for name, value in headers.items() if str(name).lower() == "date"), "")
    try:
        theirs = parsedate_to_datetime(said)
    except ValueError:
        return skipped("slack: clock", "Slack did not say what time it is")
    skew = abs((datetime.now(UTC) - theirs).total_seconds())
    if skew >= SKEW_WARN:
        judged = fail if skew >= SKEW_FAIL else warn
        return judged("slack: clock", f"this machine's clock is {skew:.0f} seconds off Slack's", "keep time with NTP (timedatectl)")
    return ok("slack: clock", f"within {max(skew, 1):.0f} seconds of Slack's")


async def _socket(slack: _Slack) -> Finding:
    """A ticket is asked for and not used: a connection would be given payloads that belong to the bot."""
    mend = "Basic Information → App-Level Tokens: generate one with connections:write (it begins with xapp-), as SLACK_APP_TOKEN"
    try:
        opened = await slack.client.apps_connections_open(app_token=slack.settings.slack_app_token)
    except Exception as error:  # noqa: BLE001 - each has its words
        return trouble("slack: socket mode", error, slack.url, f"{mend}; and switch Socket Mode on")
    url = urlsplit(str(opened["url"]))
    if slack.client.proxy:
        return ok("slack: socket mode", "Slack gives addresses to dial, through the proxy")
    port = url.port or (443 if url.scheme == "wss" else 80)
    try:
        context = ssl.create_default_context() if url.scheme == "wss" else None
        connecting = asyncio.open_connection(url.hostname, port, ssl=context)
        _, writer = await asyncio.wait_for(connecting, TLS_SECONDS)
    except (OSError, TimeoutError) as error:
        why = f"the address that Slack gives, {url.hostname}:{port}, cannot be reached ({type(error).__name__})"
        return fail("slack: socket mode", why, "let this machine reach *.slack.com on port 443, also for WebSockets")
    writer.close()
    with contextlib.suppress(OSError, ssl.SSLError):
        await writer.wait_closed()
    return ok("slack: socket mode", f"Slack gives addresses to dial; {slack.settings.slack_connections} connections are kept")


async def _channel(slack: _Slack) -> Finding:
    name = slack.settings.oncall_channel
    if problem := await Destinations(slack.client).problem(name):
        mend = f"make #{name} and type `/invite @deskhand` in it, or set ONCALL_CHANNEL; cards still reach approvers directly"
        return fail("slack: channel for cards", problem, mend)
    return ok("slack: channel for cards", f"#{name} can be posted to")


async def _told(slack: _Slack) -> AsyncIterator[Finding]:
    """Each channel that the policy wants told of changes."""
    try:
        policy = policies(slack.settings)
    except Exception:  # noqa: BLE001 - what is wrong with the policy is told where the policy is looked at
        return
    owed = [(one.id, owed) for one in policy.policies for owed in one.owes if isinstance(owed, Notify) and owed.channel]
    for name in sorted({owed.channel.removeprefix("#") for _, owed in owed}):
        by = ", ".join(sorted({policy for policy, owed in owed if owed.channel.removeprefix("#") == name}))
        if problem := await Destinations(slack.client).problem(name):
            mend = f"make #{name} and type `/invite @deskhand` in it, or name another channel under `notify` of {by}"
            yield fail(f"slack: channel #{name}", problem, mend)
        else:
            yield ok(f"slack: channel #{name}", f"can be posted to, as {by} wants")


async def _groups(slack: _Slack) -> AsyncIterator[Finding]:
    try:
        roles = policies(slack.settings).roles.values()
    except Exception:  # noqa: BLE001 - what is wrong with the policy is told where the policy is looked at
        return
    wanted = {str(role.value).removeprefix("@"): role.name for role in roles if role.kind == "usergroup"}
    if not wanted:
        return
    try:
        groups = (await slack.client.usergroups_list(include_count=True)).get("usergroups") or []
    except Exception as error:  # noqa: BLE001 - each has its words
        yield trouble("slack: user groups", error, slack.url, "see the line about scopes")
        return
    known = {str(one.get("handle")): one for one in groups if not one.get("date_delete")}
    for handle, role in wanted.items():
        check = f"slack: user group @{handle}"
        if handle not in known:
            yield fail(
                check, f"the role {role} names it, and there is none", "make it under People → User groups, or mend the policy"
            )
        elif str(known[handle].get("user_count", "1")) == "0":
            yield fail(check, f"nobody is in it, so nobody holds the role {role}", "put people into it")
        else:
            yield ok(check, f"is there, for the role {role}")


def trouble(check: str, error: Exception, url: str, mend: str) -> Finding:
    """Why a call to Slack failed, and what helps against that."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLError):
        why = f"the certificate of {urlsplit(url).hostname} is not trusted here"
        return fail(check, why, "a proxy may open TLS on the way: put its certificate into a file and name that in SSL_CERT_FILE")
    code = faults.code(error)
    if isinstance(error, SlackApiError) and code:
        return fail(check, f"Slack says {code}", mend)
    return fail(check, f"{url} cannot be reached ({faults.fault(error).why})", "look at the network, a proxy, and SLACK_API_URL")
