"""What is asked of Slack apart from posting: who somebody is, who is in a user group, and to show that we are on it.

Implements `bot.ports.Workspace`. A missing field, an error or a silence is UNKNOWN, and unknown grants nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Membership, PersonKind
from bot.ports import Profile
from bot.slack import faults
from bot.slack.events import Identity, is_direct

log = structlog.get_logger(__name__)

CACHED_SECONDS = 300.0
PLACE_SECONDS = 60.0
"""How long a channel counts as what it was: one that becomes shared must be noticed soon."""
LOOK_SECONDS = 8.0
STATUS_SECONDS = 2.0
MOST_PROFILES = 10_000
_NEVER = (
    "unknown_method",
    "missing_scope",
    "not_allowed_token_type",
    "method_deprecated",
    "deprecated_endpoint",
    "access_denied",
)
"""Answers after which a way to show a status is not tried again."""

NOBODY = ("user_not_found", "users_not_found", "user_not_visible")
"""What Slack says of an account that is not there, or not for us."""


class SlackWorkspace:
    """Looks things up with `client`, which may retry: these calls only read."""

    def __init__(
        self,
        client: AsyncWebClient,
        me: Identity,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        warned: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._warned = warned
        self._me = me
        self._now = monotonic
        self._profiles: dict[str, tuple[float, Profile]] = {}
        self._absent: dict[str, float] = {}
        self._places: dict[str, tuple[float, str]] = {}
        self._groups: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._ways = [self._by_session, self._by_assistant]
        self._shown: set[tuple[str, str]] = set()
        self._wanted: dict[tuple[str, str], str] = {}
        self._showing: dict[tuple[str, str], asyncio.Task[None]] = {}

    # ── who ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def profile(self, slack_id: str, team: str) -> Profile:
        kept = self._profiles.get(slack_id)
        if kept is not None and kept[0] > self._now():
            return kept[1]
        try:
            answer = await asyncio.wait_for(self._client.users_info(user=slack_id), LOOK_SECONDS)
            user = answer.get("user") or {}
            found = profile_of(user, self._me)
        except Exception as error:  # noqa: BLE001 - the port never raises
            code = faults.code(error)
            log.warning("an account could not be looked up", user=slack_id, error=code or type(error).__name__)
            if code in NOBODY:
                self._absent[slack_id] = self._now() + CACHED_SECONDS
            return Profile(slack_id, PersonKind.UNKNOWN)
        if found.slack_id != slack_id:
            return Profile(slack_id, PersonKind.UNKNOWN)
        if len(self._profiles) >= MOST_PROFILES:
            self._profiles.clear()
        self._profiles[slack_id] = (self._now() + CACHED_SECONDS, found)
        if user.get("deleted"):
            self._absent[slack_id] = self._now() + CACHED_SECONDS
        return found

    async def has(self, slack_id: str) -> Membership:
        if not self._gone(slack_id) and (await self.profile(slack_id, "")).kind is not PersonKind.UNKNOWN:
            return Membership.YES
        return Membership.NO if self._gone(slack_id) else Membership.UNKNOWN

    def _gone(self, slack_id: str) -> bool:
        return self._absent.get(slack_id, 0.0) > self._now()

    async def in_usergroup(self, slack_id: str, group: str, *, fresh: bool = False) -> Membership:
        if fresh:
            self._groups.pop(group, None)
        members = await self.usergroup(group)
        if members is None:
            return Membership.UNKNOWN
        return Membership.YES if slack_id in members else Membership.NO

    async def usergroup(self, group: str) -> Sequence[str] | None:
        kept = self._groups.get(group)
        if kept is not None and kept[0] > self._now():
            return kept[1]
        try:
            members = await asyncio.wait_for(self._members(group.removeprefix("@")), LOOK_SECONDS)
        except Exception as error:  # noqa: BLE001 - the port never raises
            log.warning("a user group could not be looked up", group=group, error=faults.code(error) or type(error).__name__)
            return None
        if members is not None:
            self._groups[group] = (self._now() + CACHED_SECONDS, members)
        return members

    async def place(self, channel: str) -> str:
        if is_direct(channel, ""):
            return "direct"
        kept = self._places.get(channel)
        if kept is not None and kept[0] > self._now():
            return kept[1]
        try:
            answer = await asyncio.wait_for(self._client.conversations_info(channel=channel), LOOK_SECONDS)
            found = place_of(answer.get("channel") or {})
        except Exception as error:  # noqa: BLE001 - the port never raises
            log.warning("a channel could not be looked up", channel=channel, error=faults.code(error) or type(error).__name__)
            found = ""
        self._places[channel] = (self._now() + PLACE_SECONDS, found)
        return found

    def forget_places(self) -> None:
        """Ask anew what kind of channel each is."""
        self._places.clear()

    async def _members(self, handle: str) -> tuple[str, ...] | None:
        groups = (await self._client.usergroups_list()).get("usergroups") or []
        found = next((one for one in groups if one.get("handle") == handle and not one.get("date_delete")), None)
        if found is None:
            log.warning("there is no such user group", group=handle)
            return None
        answer = await self._client.usergroups_users_list(usergroup=found["id"])
        users = answer.get("users")
        return tuple(str(user) for user in users) if isinstance(users, list) else None

    # ── that we are on it ────────────────────────────────────────────────────────────────────────────────────────

    async def working(self, channel: str, thread: str, text: str) -> None:
        """Returns at once; the newest wish for a thread is shown as soon as the one before it was."""
        if not (channel and thread):
            return
        place = (channel, thread)
        if not text and place not in self._shown and place not in self._wanted:
            return  # nothing stands there that would have to go
        self._wanted[place] = text
        if place not in self._showing:
            self._showing[place] = asyncio.get_running_loop().create_task(self._show(place))

    async def stopped(self, channel: str, thread: str) -> None:
        """Somebody stopped the session: Slack leaves its status to us."""
        self._shown.add((channel, thread))
        await self.working(channel, thread, "")

    async def settled(self) -> None:
        """Wait until everything that was to be shown was tried."""
        while self._showing:
            await asyncio.wait(set(self._showing.values()))

    async def _show(self, place: tuple[str, str]) -> None:
        try:
            while place in self._wanted:
                text = self._wanted.pop(place)
                if text:
                    self._shown.add(place)
                else:
                    self._shown.discard(place)
                await self._try_ways(place, text)
        finally:
            del self._showing[place]

    async def _try_ways(self, place: tuple[str, str], text: str) -> None:
        for way in list(self._ways):
            try:
                await asyncio.wait_for(way(place, text), STATUS_SECONDS)
            except Exception as error:  # noqa: BLE001 - best effort; the work itself goes on
                code = faults.code(error)
                if code in _NEVER and way in self._ways:
                    self._ways.remove(way)
                    log.info("this Slack shows no status this way", way=way.__name__.removeprefix("_by_"), error=code)
                elif not code:
                    return  # Slack is slow or away: another call would fare no better
            else:
                return

    async def _by_session(self, place: tuple[str, str], text: str) -> None:
        """https://docs.slack.dev/reference/methods/agents.sessions.setStatus"""
        status = "processing" if text else "active"
        answer = await self._client.agents_sessions_setStatus(channel_id=place[0], thread_ts=place[1], status=status)
        for warning in (answer.get("response_metadata") or {}).get("warnings") or ():
            log.warning("Slack warns; `.venv/bin/python -m bot doctor` says how to mend it", warning=warning)
            if self._warned is not None:
                await self._warned(str(warning))

    async def _by_assistant(self, place: tuple[str, str], text: str) -> None:
        """https://docs.slack.dev/reference/methods/assistant.threads.setStatus; an empty status clears it."""
        await self._client.assistant_threads_setStatus(channel_id=place[0], thread_ts=place[1], status=text)


def place_of(channel: Mapping[str, Any]) -> str:
    """A `conversations.info` channel as one of direct, private, public and shared; empty when it does not say. Pure.

    Shared is what reaches another organisation (`is_ext_shared`), whatever else it is.
    https://docs.slack.dev/reference/objects/conversation-object
    """
    if channel.get("is_im"):
        return "direct"
    if "is_ext_shared" not in channel or "is_private" not in channel:
        return ""
    if channel["is_ext_shared"]:
        return "shared"
    return "private" if channel["is_private"] else "public"


def profile_of(user: Mapping[str, Any], me: Identity) -> Profile:
    """A `users.info` user as a profile. Pure."""
    shown = user.get("profile") or {}
    grid = user.get("enterprise_user") or {}
    team = str(user.get("team_id") or shown.get("team") or "")
    enterprise = str(grid.get("enterprise_id") or user.get("enterprise_id") or "")
    name = shown.get("display_name") or shown.get("real_name") or user.get("real_name") or user.get("name") or ""
    return Profile(
        slack_id=str(user.get("id") or ""),
        kind=_kind(user, me, team, enterprise),
        team=team,
        enterprise=enterprise,
        name=str(name),
        zone=str(user.get("tz") or "UTC"),
    )


def _kind(user: Mapping[str, Any], me: Identity, team: str, enterprise: str) -> PersonKind:
    if user.get("deleted"):
        return PersonKind.UNKNOWN
    if user.get("is_bot") or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
        return PersonKind.BOT
    same = team == me.team or bool(me.enterprise and me.enterprise in (enterprise, team))
    if user.get("is_stranger") or (team and not same):
        return PersonKind.STRANGER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return PersonKind.GUEST
    if not team or ("is_restricted" not in user and "is_ultra_restricted" not in user):
        return PersonKind.UNKNOWN
    return PersonKind.MEMBER
