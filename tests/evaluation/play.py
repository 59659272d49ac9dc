"""Plays a scenario once: an office of its own, the story act by act, and what came of it.

After each act everybody waits until the bot has nothing left to do, and whoever was asked something answers. When the story is told,
approvers decide, time passes, and people say whether it helped, until nothing happens any more. Every loop is bounded.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.company.directory import engine_on
from bot.playground.workspace import BOT_USER, Workspace
from tests.evaluation import stage
from tests.evaluation.holds import came_to, failed
from tests.evaluation.people import People
from tests.evaluation.result import Effect, Played, Said
from tests.evaluation.runners import ModelAt, mind
from tests.evaluation.safety import unsafe
from tests.evaluation.scenario import Act, Scenario, seconds
from tests.evaluation.subjects import Deskhand, Subject, any_bot
from tests.office import Office, opened_office, words
from tools.systems.embedded import scene
from tools.systems.embedded.look import company_json

REST = 60.0
"""Seconds without a call to Slack after which a bot that is not at rest counts as stuck."""
ENDLESS = 10 * REST
"""Seconds after an act in which it must come to rest, whatever it does meanwhile."""
MOST = 40
"""Things that people may do of themselves in one play."""
HOSTILE = "hostile"


async def play(
    scenario: Scenario,
    runner: str,
    attempt: int,
    database: str,
    folder: Path,
    at: ModelAt | None = None,
    command: Sequence[str] = (),
    door: contextlib.AbstractAsyncContextManager[Any] | None = None,
) -> Played:
    """What came of it. A play that cannot be finished says why in `error`; it never raises for what a bot does.

    With a `command` the bot is that process instead of Deskhand in this one; it is judged by what it did and said alone.
    Its office is opened behind the `door`, so that not all that are played at a time open at the same time.
    """
    began = time.monotonic()
    async with engine_on(database) as engine:
        await stage.set_stage(engine, scenario.given)
        before = await company_json(engine)
    settings = await stage.runbooks(scenario.given, folder)
    async with contextlib.AsyncExitStack() as stack:
        thinking = await stack.enter_async_context(mind(runner, scenario, attempt, at))
        settings = {**settings, **thinking.settings}
        async with door or contextlib.nullcontext():
            office = await stack.enter_async_context(opened_office(database, folder, start=not command, **settings))
        subject: Subject = (
            await stack.enter_async_context(any_bot(command, office, settings, thinking)) if command else Deskhand(office)
        )
        one = _Play(office, scenario, subject)
        error = ""
        try:
            await one.story()
        except (AssertionError, TimeoutError, stage.StageError, scene.SceneError) as problem:
            error = str(problem) or type(problem).__name__
        return await one.judged(before, runner, attempt, error, began)


class _Play:
    def __init__(self, office: Office, scenario: Scenario, subject: Subject) -> None:
        self.office = office
        self.scenario = scenario
        self.subject = subject
        self.people = People(office, scenario)
        self.calls_before = len(office.server.workspace.calls)
        self.offsets: list[tuple[float, timedelta]] = []
        self.unmet: list[str] = []
        self._mark()

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────

    async def story(self) -> None:
        for act in self.scenario.story:
            await self._act(act)
            if not act.at_once:
                await self._rest()
                for _ in range(MOST):
                    if not self.people.answer():
                        break
                    await self._rest()
        left = [seconds(one) for one in self.scenario.passes]
        for _ in range(MOST):
            if (found := self.people.waiting()) is not None:
                handle, approver = found
                if approver.after is not None:
                    await self._pass(seconds(approver.after))
                await self.people.decide(handle, approver)
            elif self.people.answer() or await self.people.confirm():
                pass
            elif left:
                await self._pass(left.pop(0))
            else:
                return
            await self._rest()
        raise AssertionError(f"people had to do more than {MOST} things")

    async def _act(self, act: Act) -> None:
        if act.time is not None:
            await self._pass(seconds(act.time))
        elif act.company or act.faults:
            await stage.change(self.office.engine, act.company)
            for tool, mode in act.faults.items():
                await scene.set_fault(self.office.engine, tool, mode)
            changed = [*(f"{one.table}: {one.to or one.add or one.remove}" for one in act.company), *map(str, act.faults.items())]
            self._happens(f"(meanwhile: {'; '.join(changed)})")
        else:
            try:
                await self.people.does(act)
            except AssertionError as problem:  # what they would have pressed is not there: the story goes on without it
                self.unmet.append(str(problem))
                self._happens(f"({problem})")

    async def _pass(self, time_: timedelta) -> None:
        await self.office.company.clock.turn(time_)
        self._mark()
        self._happens(f"({time_} pass)")
        await self._rest()

    async def _rest(self) -> None:
        """Until the bot has nothing left to do: two looks in a row. A busy machine makes it slow, and not stuck."""
        begun = alive = time.monotonic()
        calm = calls = 0
        while calm < 2:
            calm = calm + 1 if await self.subject.idle() else 0
            now, calls_now = time.monotonic(), len(self.office.server.workspace.calls)
            if calls_now != calls:
                alive, calls = now, calls_now
            if now - alive > REST or now - begun > ENDLESS:
                raise TimeoutError("the bot never came to rest")
            await asyncio.sleep(0.03)

    # ── what came of it ──────────────────────────────────────────────────────────────────────────────────────────

    async def judged(self, before: Mapping[str, Any], runner: str, attempt: int, error: str, began: float) -> Played:
        office, scenario = self.office, self.scenario
        after = await office.books()
        trails = await self.subject.trails()
        effects = [
            Effect(**{name: one[name] for name in ("tool", "target", "actor", "case", "key", "at", "before", "after")})
            for one in after["journal"][len(before["journal"]) :]
        ]
        outcomes = [str(one["outcome"] or one["state"]) for one in reversed(trails)] or [self.subject.without]
        model_calls, tokens_in, tokens_out = self.subject.spent(trails)
        counts = {
            "questions": self.people.questions,
            "approvals": self.subject.asked(trails),
            "slack_calls": len(office.server.workspace.calls) - self.calls_before,
            "model_calls": model_calls,
        }
        limits = scenario.then.limits
        calls = self.subject.calls(trails)
        return Played(
            scenario=scenario.name,
            title=scenario.title,
            category=str(scenario.category),
            covered=scenario.covered,
            provenance=scenario.provenance,
            runner=runner,
            attempt=attempt,
            outcome=", ".join(dict.fromkeys(outcomes)),
            expected=tuple(scenario.then.outcome),
            cases=tuple(came_to(scenario.then, outcomes)),
            failed=(*self.unmet, *failed(scenario, after, effects, outcomes, self.people.heard, counts)),
            unsafe=tuple(
                unsafe(
                    scenario,
                    effects,
                    self.people.presses,
                    writers(office.server.workspace, self.subject.places(trails)),
                    calls,
                    before,
                    after,
                    self.subject.policies,
                    runner != HOSTILE,
                    freezes=await office.freezes(),
                    places=self._places(),
                )
            ),
            **counts,
            needless_questions=max(0, counts["questions"] - limits.questions),
            needless_approvals=max(0, counts["approvals"] - limits.approvals),
            tool_calls=len(calls),
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            seconds=round(time.monotonic() - began, 3),
            error=error,
            effects=tuple(effects),
            presses=tuple(self.people.presses),
            transcript=self._transcript(),
            trails=trails,
        )

    def _places(self) -> dict[str, str]:
        """What kind of channel each is that others than our own can read, or that not everybody can."""
        channels = [one for one in self.office.server.workspace.channels.values() if not one.direct_with]
        return {one.name: "shared" if one.shared else "private" for one in channels if one.shared or one.private}

    def _transcript(self) -> tuple[Said, ...]:
        lines = list(self.people.done)
        workspace = self.office.server.workspace
        for channel in workspace.channels.values():
            direct = workspace.members[channel.direct_with].handle if channel.direct_with else ""
            for message in channel.messages:
                by = "deskhand" if message["user"] == BOT_USER else workspace.members[message["user"]].handle
                real = float(message["ts"])
                to = direct or (workspace.members[message["ephemeral_to"]].handle if "ephemeral_to" in message else "")
                lines.append(
                    (real, Said(self._company_time(real), f"#{channel.name}" if channel.name else "direct", by, words(message), to))
                )
        return tuple(said for _, said in sorted(lines, key=lambda line: line[0]))

    def _happens(self, text: str) -> None:
        self.people.done.append((time.time(), Said(self.office.company.clock.now().isoformat(), "company", "company", text)))

    def _mark(self) -> None:
        """The clock was turned."""
        self.offsets.append((time.time(), self.office.company.clock.now() - datetime.now(UTC)))

    def _company_time(self, real: float) -> str:
        offset = next((offset for since, offset in reversed(self.offsets) if since <= real), self.offsets[0][1])
        return (datetime.fromtimestamp(real, UTC) + offset).isoformat()


def writers(workspace: Workspace, places: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Who really wrote what opened each case, as Slack knows it; empty for a message that there is not. `places`: `Subject.places`."""
    found = {}
    for case, (channel, ts) in places.items():
        place = workspace.channels.get(channel)
        written = {one["ts"]: one["user"] for one in place.messages} if place else {}
        member = workspace.members.get(place.direct_with if place and not ts else written.get(ts, ""))
        found[case] = member.handle if member else ""
    return found
