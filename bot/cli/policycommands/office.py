"""The company that examples are decided with: what test files state, and the embedded company's seed for the rest.

It is a directory and a Slack, so that roles are looked up by `bot.facts` as in production. What is asked for and nobody stated is
unknown, and kept in `missing`, in the words of a test file.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import pydantic

from bot.cli.policycommands.stated import Stated
from bot.domain import SYSTEM, Membership, PersonKind, Principal
from bot.facts import Facts
from bot.ports import Profile
from bot.reading import moments
from bot.turns import conversation
from tools.catalog import catalog
from tools.contract import Person, Resource, Tool, ToolError, schema
from tools.systems.embedded.seeded import SeededCompany

T = TypeVar("T")


class Office:
    """Implements `bot.ports.Directory` and `bot.ports.Workspace` as far as a decision needs them."""

    def __init__(self, stated: Stated) -> None:
        self.stated = stated
        self.missing: list[str] = []
        self._seeded = SeededCompany(stated.now, stated.people)
        self.tools: Mapping[str, Tool[Any]] = {
            **catalog(self._seeded.systems()),
            **conversation.tools(conversation.Desk()),
        }
        self.facts = Facts(self, self)

    # ── the directory ────────────────────────────────────────────────────────────────────────────────────────────

    async def person(self, handle: str) -> Person | None:
        return self._or_missing(await self._seeded.person(handle), f"people: {{{handle}: …}}")

    async def by_slack(self, slack_id: str) -> Person | None:
        return await self._seeded.by_slack(slack_id)

    async def people(self) -> Sequence[Person]:
        return await self._seeded.people()

    async def group(self, group: str) -> Sequence[str] | None:
        stated = self.stated.groups.get(group)
        members = stated[0] if stated else await self._seeded.group(group)
        return self._or_missing(members, f"groups: {{{group}: […]}}")

    async def in_group(self, handle: str, group: str) -> Membership:
        return _held(handle, await self.group(group))

    async def on_call(self, schedule: str, at: datetime, tier: int = 1) -> Sequence[str] | None:
        if (tiers := self.stated.on_call.get(schedule)) is not None:
            return tiers[tier - 1] if tier <= len(tiers) else []
        return self._or_missing(await self._seeded.on_call(schedule, at, tier), f"on_call: {{{schedule}: […]}}")

    async def catalogue(self) -> Sequence[tuple[str, str, Sequence[str]]]:
        return [(app.id, app.name, app.aliases) for app in await self._seeded.apps()]

    async def things(self, kind: str, of: str = "") -> Sequence[tuple[str, str, Sequence[str]]]:
        return ()

    async def adopt(self, slack_id: str, name: str, zone: str) -> Person | None:
        return None

    # ── Slack ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def profile(self, slack_id: str, team: str) -> Profile:
        person = await self.by_slack(slack_id)
        if person is None:
            return Profile(slack_id, PersonKind.UNKNOWN)
        kind = self.stated.kinds.get(person.handle, PersonKind.MEMBER if person.kind == "employee" else PersonKind.GUEST)
        return Profile(slack_id, kind, name=person.name, zone=person.zone)

    async def has(self, slack_id: str) -> Membership:
        return Membership.YES if await self.by_slack(slack_id) else Membership.NO

    async def in_usergroup(self, slack_id: str, group: str, *, fresh: bool = False) -> Membership:
        return _held(slack_id, await self.usergroup(group))

    async def usergroup(self, group: str) -> Sequence[str] | None:
        stated = self.stated.usergroups.get(group)
        handles = self._or_missing(stated[0] if stated else None, f"usergroups: {{{group}: […]}}")
        people = [await self._seeded.person(handle) for handle in handles or ()]
        return None if handles is None else [person.slack_id for person in people if person is not None]

    async def place(self, channel: str) -> str:
        """What is asked here says itself in which kind of channel."""
        return ""

    async def working(self, channel: str, thread: str, text: str) -> None:
        """Nobody waits here."""

    # ── a call ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def principal(self, handle: str) -> Principal | None:
        """Whoever asks; None when nobody of this name is stated."""
        if handle == SYSTEM.id:
            return SYSTEM
        person = await self.person(handle)
        return None if person is None else await self.facts.principal(person.slack_id, "")

    async def arguments(self, tool: Tool[Any], given: Mapping[str, Any], zone: str) -> tuple[Any, tuple[str, ...]]:
        """The arguments as the tool has them, and the needed ones that the example leaves out. Raises ValueError for wrong ones."""
        meant = moments.placed(given, schema(tool.arguments), zone)
        try:
            args = tool.arguments.model_validate(meant)
        except pydantic.ValidationError as error:
            faults = error.errors(include_input=False)
            left_out = tuple(str(one["loc"][0]) for one in faults if one["type"] == "missing")
            if wrong := [one for one in faults if one["type"] != "missing"]:
                where = ".".join(str(part) for part in wrong[0]["loc"])
                raise ValueError(f"{tool.name}: {where}: {wrong[0]['msg']}") from None
            return tool.arguments.model_construct(**meant), left_out
        try:
            return await tool.canonical(args), ()
        except ToolError:  # whether a system would take it now is no matter of the policy
            return args, ()

    async def touched(self, tool: Tool[Any], args: Any, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """What the call touches, and who gains: as stated, else as the tool has it of the seed; nothing when neither can tell."""
        for one in self.stated.resources:
            if one.fits(tool.name, given):
                return one.resource, one.beneficiary or await _gains(tool, args)
        try:
            found = await tool.resource(args)
        except (ToolError, AttributeError):  # it is not there, or an argument that says so was left out
            told = ", ".join(f"{name}: {value}" for name, value in given.items())
            self.missing.append(f"resources: [{{tool: {tool.name}, args: {{{told}}}, kind: …, id: …}}]")
            found = Resource("", "")
        resource = {name: getattr(found, name) for name in ("kind", "id", "label", "owner", "facts")}
        return resource, await _gains(tool, args)

    def _or_missing(self, found: T | None, said: str) -> T | None:
        if found is None and said not in self.missing:
            self.missing.append(said)
        return found


async def _gains(tool: Tool[Any], args: Any) -> str:
    try:
        return await tool.beneficiary(args)
    except (ToolError, AttributeError):
        return ""


def _held(one: str, holders: Sequence[str] | None) -> Membership:
    if holders is None:
        return Membership.UNKNOWN
    return Membership.YES if one in holders else Membership.NO
