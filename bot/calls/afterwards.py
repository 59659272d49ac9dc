"""What follows a change that was made, or may have been: people are told of it, somebody looks at it afterwards, it ends one day.

It is written in the transaction that writes the change down, so that neither is lost nor comes twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.domain import Call, Due, Post, PostKind, Principal
from bot.facts import Facts
from bot.gate import Policies
from bot.obligations import Notify, Review
from bot.ports import Clock, Directory
from bot.words import afterwording, wording
from tools.contract import Ending, Person, Result

log = structlog.get_logger(__name__)

REVIEW = "review:"
"""How the calls are named that open reviews; these are reviewed by nobody, whatever a policy asks of tickets."""


@dataclass(frozen=True, slots=True)
class Following:
    """What goes into the transaction of the change. Its dues are of the call's conversation."""

    posts: tuple[Post, ...] = ()
    dues: tuple[Due, ...] = ()


class Afterwards:
    """Puts together what a call's policies owe after it."""

    def __init__(self, *, facts: Facts, directory: Directory, policies: Policies, clock: Clock, channel: str) -> None:
        self._facts = facts
        self._directory = directory
        self._policies = policies
        self._clock = clock
        self._channel = channel

    async def gave(self, call: Call, result: Result, ending: Ending | None) -> Following:
        """What a verified change brings with it: words for one person alone, and the time when what was given ends."""
        private = await self._private(call, result)
        if ending is None:
            return Following(private)
        data = {"case": call.case, "call": call.id, "tool": ending.tool, "arguments": dict(ending.arguments)}
        return Following(private, (Due(f"end:{call.id}", ending.at, "grant_end", "", data),))

    async def _private(self, call: Call, result: Result) -> tuple[Post, ...]:
        """What only one person may read, as a post to their direct messages."""
        if result.private is None:
            return ()
        person = await self._directory.person(result.private_to or call.beneficiary)
        if person is None or not person.slack_id:
            return ()
        content = {"text": wording.private(call.sentence), "secret": result.private}
        return (Post(f"private:{call.id}", PostKind.PRIVATE, content, person=person.slack_id, case=call.case),)

    async def of(self, call: Call) -> Following:
        """Looks people up, so no unit of work may be open. Whoever cannot be told is named in the channel for cards."""
        asked = [one for one in call.after if isinstance(one, Notify)]
        posts = await self._told(call, asked) if asked else []
        dues = [
            Due(
                f"{REVIEW}{call.id}:{one.policy}",
                self._clock.now(),
                "review",
                "",
                {"case": call.case, "call": call.id, "policy": one.policy, "tries": 0},
            )
            for one in call.after
            if isinstance(one, Review) and not call.call.startswith(REVIEW)
        ]
        return Following(tuple(posts), tuple(dues))

    async def _told(self, call: Call, asked: Sequence[Notify]) -> list[Post]:
        requester, beneficiary = await self._name(call.principal), await self._name(call.beneficiary)
        people: dict[str, list[Notify]] = {}
        channels: dict[str, list[Notify]] = {}
        unreached: dict[str, list[Notify]] = {}
        for one in asked:
            if one.channel:
                channels.setdefault(one.channel, []).append(one)
            for role in one.roles:
                reached = await self._reached(role, call)
                for slack_id in reached:
                    if one not in people.setdefault(slack_id, []):
                        people[slack_id].append(one)
                if not reached:
                    unreached.setdefault(role, []).append(one)
        made = [
            Post(
                f"notify:{call.id}:{slack_id}",
                PostKind.NOTE,
                self._says(call, requester, beneficiary, some),
                person=slack_id,
                case=call.case,
            )
            for slack_id, some in sorted(people.items())
        ]
        made += [
            Post(
                f"notify:{call.id}:#{name}",
                PostKind.NOTE,
                self._says(call, requester, beneficiary, some),
                channel=name,
                case=call.case,
            )
            for name, some in channels.items()
        ]
        if unreached:
            log.warning("nobody could be told of a change", case=call.case, call=call.id, roles=sorted(unreached))
            some = list(dict.fromkeys(one for found in unreached.values() for one in found))
            text = str(self._says(call, requester, beneficiary, some)["text"])
            content = {"text": afterwording.nobody_told(sorted(unreached), text)}
            made.append(Post(f"notify:{call.id}:unreached", PostKind.NOTE, content, channel=self._channel, case=call.case))
        return made

    def _says(self, call: Call, requester: str, beneficiary: str, asked: Sequence[Notify]) -> dict[str, str]:
        return {"text": afterwording.notified(call, requester, beneficiary, asked)}

    async def _name(self, handle: str) -> str:
        person = await self._person(handle) if handle else None
        return person.name if person is not None else handle

    async def _person(self, handle: str) -> Person | None:
        """None also while the directory is away: the change was made, and is written down in any case."""
        try:
            return await self._directory.person(handle)
        except Exception as error:  # noqa: BLE001 - whatever it raises
            log.warning("the directory did not answer", error=type(error).__name__)
            return None

    async def _reached(self, role: str, call: Call) -> list[str]:
        """Slack ids of whoever holds the role now and can be written to; empty also while that cannot be told."""
        holders = await self._facts.holders(
            role,
            self._policies.current,
            principal=Principal(call.principal),
            beneficiary=call.beneficiary,
            owner=str(call.resource.get("owner", "")),
            now=self._clock.now(),
        )
        people = [await self._person(handle) for handle in holders or ()]
        return [person.slack_id for person in people if person is not None and await self._facts.reaches(person)]
