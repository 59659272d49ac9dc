"""One tool call, from arguments to verified result. The one door: whatever asks, the call comes through here.

    validate ─▶ resource, beneficiary ─▶ facts ─▶ gate.decide
                  │ Deny ─────────────────────────▶ ledger row `denied`
                  │ Permit, click or reason owed ─▶ ledger row `waiting`, confirmation, message to the requester
                  │ Permit, approval owed ────────▶ ledger row `waiting`, approval, cards
                  └ Permit ─▶ news? ─▶ claim ─▶ run ─▶ check ─▶ record, and whom to tell, and who looks at it

INVARIANT: a change runs only between a successful `claim` and its `record`, and never twice under two keys.
INVARIANT: nothing is raised through the door for what a tool does; a tool that raises would cancel its siblings.
"""

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

import structlog

from bot.approvals import confirmation, naming, quorum
from bot.approvals.approvers import Request
from bot.approvals.asking import Asking
from bot.approvals.confirmation import Confirmations
from bot.approvals.outcome import Approvals
from bot.calls import effect, ledger
from bot.calls.afterwards import Afterwards, Following
from bot.calls.passage import Pass
from bot.consent import UNANSWERED, Approval, ApprovalState
from bot.domain import SYSTEM, Call, CallState, ToolCall
from bot.execution.claims import Asks, Claims, Stopped, Taken
from bot.execution.decisions import Decisions, Ready, decided_again, digested
from bot.facts import Facts
from bot.gate import Policies
from bot.obligations import Deny, Owed, Permit
from bot.ports import Clock, WorkFactory
from bot.runbooks.binding import Bound
from bot.words import askwording, clickwording, wording
from tools.contract import Arguments, Caller, Check, Effect, OutOfReach, Result, Tool, ToolError

log = structlog.get_logger(__name__)

NOTHING = Following()


class Executor:
    """Performs tool calls under the policy, and writes every one of them into the ledger."""

    def __init__(
        self,
        *,
        tools: Mapping[str, Tool[Any]],
        policies: Policies,
        facts: Facts,
        approvals: Approvals,
        asking: Asking,
        confirmations: Confirmations,
        afterwards: Afterwards,
        work: WorkFactory,
        clock: Clock,
        runbooks: Mapping[str, Bound],
    ) -> None:
        self._tools = tools
        self._claims = Claims(work, clock)
        self.decisions = Decisions(
            tools=tools, policies=policies, facts=facts, claims=self._claims, work=work, clock=clock, runbooks=runbooks
        )
        self._approvals = approvals
        self._asking = asking
        self._confirmations = confirmations
        self._afterwards = afterwards
        self._work = work
        self._clock = clock
        self._running: dict[str, asyncio.Task[Call]] = {}
        self._alone: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by call, while it is performed

    # ── asked by a model or a planner ────────────────────────────────────────────────────────────────────────────

    async def execute(self, ask: ToolCall, turn: Pass) -> Call:
        """The call's row in the ledger after all that can be done with it now. Never raises for what a tool does."""
        try:
            async with self._work() as work:
                known = await work.call_by_tool_call(turn.case.id, ask.id)
            if known is not None and known.state is not CallState.STARTED:
                return known
            if known is not None:
                return await self._recover(known)
            return await self._first(ask, turn)
        finally:
            if (ended := turn.ended.get(ask.id)) is not None:
                ended.set()
            if turn.changed is not None:
                await turn.changed()

    async def _first(self, ask: ToolCall, turn: Pass) -> Call:
        new = Call(
            id="",
            case=turn.case.id,
            call=ask.id,
            tool=ask.tool,
            arguments=dict(ask.arguments),
            state=CallState.STARTED,
            principal=turn.principal.id,
            created=self._clock.now(),
            plan=ask.plan,
            step=ask.step,
            effect=str(self._tools[ask.tool].effect) if ask.tool in self._tools else "read",
        )
        ready = await self.decisions.of(new, turn.principal, turn.case)
        if isinstance(ready, Call):
            return await self._write(ready)
        call = ready.call
        if isinstance(ready.decision, Deny):
            return await self._write(ledger.ended(call, ready.end, self._clock.now(), ready.decision.reason))
        if ready.tool.effect is Effect.READ:
            return await self._read(call, ready)
        for before in turn.order.get(ask.id, ()):
            await before.wait()
        if (same := await self._same(call, turn)) is not None:
            return same
        if await self._steered(turn):
            turn.superseded = True
            return await self._write(ledger.ended(call, CallState.SUPERSEDED, self._clock.now(), wording.SUPERSEDED))
        if confirmation.asks(ready.decision):
            return await self._ask_requester(call, ready.decision, turn)
        return await self._claim_and_perform(call, ready, ready.decision, turn)

    async def too_far(self, tool: str, arguments: Mapping[str, Any]) -> OutOfReach | None:
        """The argument that lies too far for this tool; nothing is done, written or decided."""
        return await effect.too_far(self._tools[tool], arguments) if tool in self._tools else None

    async def _same(self, call: Call, turn: Pass) -> Call | None:
        """How it is that this call does not run: an identical one waits already or was done since the requester's last word, or
        a person's denial stands. The same plan takes what came of the other; for another plan there is nothing to be had.
        """
        async with self._work() as work:
            calls, approvals = await work.calls(turn.case.id), await work.approvals(turn.case.id)
        for other in calls:
            same_tool = other.tool == call.tool and other.call != call.call
            if (
                same_tool
                and other.arguments == call.arguments
                and (why := ledger.goes_before(other, call, calls, turn.case.data.get("spoke")))
            ):
                mine = (other.plan, other.step) == (call.plan, call.step)
                state = CallState.SUPERSEDED if mine else CallState.DENIED
                return await self._write(ledger.ended(call, state, self._clock.now(), why))
            denied = same_tool and ledger.denied_by_person(other, approvals)
            if denied and ledger.same_request(other, call, self._tools[call.tool]):
                spoke = turn.case.data.get("spoke")
                if spoke and other.finished and other.finished >= datetime.fromisoformat(spoke):
                    return await self._write(ledger.ended(call, CallState.DENIED, self._clock.now(), other.reason))
        return None

    async def _steered(self, turn: Pass) -> bool:
        """Whether the requester has written again since this turn began."""
        async with self._work() as work:
            return await work.has_news(turn.case.conversation, turn.case.slack_id, turn.seen)

    async def _read(self, call: Call, ready: Ready) -> Call:
        try:
            result = await asyncio.wait_for(ready.tool.run(ready.args, self._caller(call)), effect.RUN_SECONDS)
        except ToolError as error:
            return await self._write(ledger.ended(call, CallState.FAILED, self._clock.now(), str(error)))
        except Exception:
            log.exception("a read failed", case=call.case, call=call.call, tool=call.tool)
            return await self._write(
                ledger.ended(call, CallState.FAILED, self._clock.now(), wording.system_away(ready.tool.system))
            )
        done = ledger.ended(call, CallState.DONE, self._clock.now(), "")
        return await self._write(dataclasses.replace(done, summary=result.summary, result=dict(result.data)))

    async def _ask_requester(self, call: Call, permit: Permit, turn: Pass) -> Call:
        """Before anybody else is asked. Deskhand itself has nobody to click."""
        if not turn.principal.slack_id:
            return await self._write(ledger.ended(call, CallState.DENIED, self._clock.now(), clickwording.NOBODY_TO_CLICK))
        async with self._work() as work:
            if await work.call_by_tool_call(call.case, call.call) is not None:
                raise RuntimeError(f"two turns at once on case {call.case}")
            call = await ledger.numbered(work, call)
            call = await self._confirmations.ask(work, call, turn.case, turn.principal, permit)
            await ledger.audit(work, call)
        return call

    async def _ask_people(self, call: Call, owed: tuple[Owed, ...], turn: Pass, given: Sequence[Approval]) -> Call | None:
        """The call waiting for people; None where those who said yes before are enough."""
        async with self._work() as work:
            call = await ledger.numbered(work, digested(call, owed))
            call = dataclasses.replace(call, state=CallState.WAITING, key=call.digest)
        request = Request(call, turn.case, turn.principal, owed)
        anew = await self._asking.anew(request, given)
        if not anew.unmet:
            return None
        if anew.nobody:
            return await self._write(ledger.ended(call, CallState.FAILED, self._clock.now(), askwording.NOBODY_TO_ASK))
        async with self._work() as work:
            known = await work.call_by_tool_call(call.case, call.call)
            if known is not None and (known.id, known.state) != (call.id, CallState.WAITING):
                raise RuntimeError(f"two turns at once on case {call.case}")
            if known is not None and not await self._asking.stands(work, call, given):
                return await work.call(call.id)
            call = dataclasses.replace(call, approval=anew.approval.id)
            await work.save_call(call)
            await self._asking.begin_anew(work, anew, request, given)
            await ledger.audit(work, call)
        return call

    # ── a call that was answered ─────────────────────────────────────────────────────────────────────────────────

    async def perform_approved(self, approval: Approval, turn: Pass) -> Call:
        """What came of the stored call once it was answered; its cards say so too. Raises RuntimeError for one of another case."""
        if approval.case != turn.case.id:
            raise RuntimeError(f"approval {approval.id} is not one of case {turn.case.id}")
        async with self._alone.setdefault(approval.call, asyncio.Lock()):
            call = await self._performed(approval, turn)
        await self._approvals.came(call, turn.case, turn.principal)
        return call

    async def _performed(self, approval: Approval, turn: Pass) -> Call:
        """Perform the stored call, exactly as it was shown, gated again as of now; people are asked where that is owed still."""
        async with self._work() as work:  # the call last: it is as far as its answers say, or further
            answers = [one for one in await work.approvals(approval.case) if one.call == approval.call]
            call = await work.call(approval.call)
        if call is None:
            raise RuntimeError(f"approval {approval.id} has no call")
        if call.state is CallState.STARTED:
            return await self._recover(call)
        given = [one for one in answers if one.state is ApprovalState.APPROVED]
        asked = any(one.state in UNANSWERED for one in answers)
        if call.state is not CallState.WAITING or approval.id not in [one.id for one in given] or asked:
            return call
        asker = SYSTEM if call.principal == SYSTEM.id else turn.principal
        ready = await self.decisions.of(call, asker, turn.case)
        if isinstance(ready, Call):
            return await self._write(ready)
        now = self._clock.now()
        stored, call = call, decided_again(call, ready.call)
        if isinstance(ready.decision, Deny):
            if ready.decision.frozen:
                return await self._approvals.stopped(call, CallState.FROZEN, ready.decision.reason, turn.case, turn.principal)
            return await self._write(ledger.ended(call, CallState.DENIED, now, ready.decision.reason))
        same = asker.id == call.principal and confirmation.bound(given[-1], given, stored, ready.call)
        if not same or not confirmation.covers(given, call, ready.decision):
            return await self._write(ledger.ended(call, CallState.DENIED, now, wording.POLICY_CHANGED))
        done = await self._claim_and_perform(call, ready, ready.decision, turn, given)
        if turn.changed is not None:
            await turn.changed()
        return done

    # ── the effect ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _claim_and_perform(
        self, call: Call, ready: Ready, permit: Permit, turn: Pass, given: Sequence[Approval] = ()
    ) -> Call:
        """Perform it, or ask people where those who said yes are not enough for all that is owed now.

        The last of `given` counts for what was asked with it; for anything else it is counted anew who is enough.
        """
        owed, answered = ready.owed, given[-1].owed if given else ()
        while True:
            void = any(one.owed and one.expires <= self._clock.now() for one in given)
            if not void and not quorum.within(owed, answered):
                if (asked := await self._ask_people(call, owed, turn, given)) is not None:
                    return asked
                answered = owed
            match await self._claims.claim(call, permit, given, answered):
                case Asks(more):
                    owed = more
                case Stopped(CallState.FROZEN | CallState.EXPIRED as state, reason) if given:
                    return await self._approvals.stopped(call, state, reason, turn.case, turn.principal)
                case Stopped(state, reason):
                    return await self._write(ledger.ended(call, state, self._clock.now(), reason))
                case Taken(taken):
                    return taken
                case claimed:
                    return await self._perform(claimed, ready.tool, ready.args)

    async def _recover(self, call: Call) -> Call:
        """A call found `started`: its effect may have happened. Same key where the system takes one, else read back.

        It is only read back too while a freeze stops it: what has not happened then does not.
        """
        if (running := self._running.get(call.id)) is not None:
            return await asyncio.shield(running)
        tool = self._tools.get(call.tool)
        args = effect.fitting(tool, call.arguments)
        if tool is None or args is None:
            return await self._write(ledger.ended(call, CallState.UNKNOWN, self._clock.now(), wording.OUTCOME_UNKNOWN))
        log.info("a call was cut off; finding out what came of it", case=call.case, call=call.id, tool=call.tool)
        if tool.idempotent and not await self._claims.stopped(call):
            return await self._perform(call, tool, args)
        check, result = await effect.look(tool, args, None, self._caller(call).key)
        if check is not None and check.held:
            return await self._record(call, args, result, check)
        return await self._write(ledger.ended(call, CallState.UNKNOWN, self._clock.now(), wording.OUTCOME_UNKNOWN))

    async def _perform(self, call: Call, tool: Tool[Any], args: Arguments) -> Call:
        """Run, look, record; goes on to its end even when the turn around it is cancelled."""

        async def go() -> Call:
            result, why, refused = await effect.run(tool, args, self._caller(call))
            if refused:
                return await self._write(ledger.ended(call, CallState.FAILED, self._clock.now(), why))
            check, result = await effect.look(tool, args, result, self._caller(call).key)
            if result is None and check is not None and check.held and tool.idempotent:
                result, _, _ = await effect.run(tool, args, self._caller(call))  # it is there: only its answer was lost
            return await self._record(call, args, result, check, why)

        task = asyncio.create_task(go(), name=f"perform {call.id}")
        self._running[call.id] = task
        task.add_done_callback(lambda _: self._running.pop(call.id))
        return await asyncio.shield(task)

    async def _record(self, call: Call, args: Arguments, result: Result | None, check: Check | None, why: str = "") -> Call:
        now = self._clock.now()
        tool = self._tools[call.tool]
        if check is None:
            done = ledger.ended(call, CallState.UNKNOWN, now, wording.OUTCOME_UNKNOWN)
        elif check.held:
            done = ledger.ended(call, CallState.VERIFIED, now, "")
        elif result is None:
            done = ledger.ended(call, CallState.FAILED, now, why or wording.NOT_DONE)
        else:
            done = ledger.ended(call, CallState.UNVERIFIED, now, wording.unverified(naming.told(check.observed, call)))
        done = dataclasses.replace(
            done,
            summary=(result.summary if result else call.sentence),
            result={**(result.data if result else {}), "changed": result.changed if result else True},
            check={"held": check.held, "observed": check.observed, "how": check.how} if check else None,
        )
        found = result or (Result(check.data, done.summary) if check is not None and check.data else None)
        if done.state is not CallState.VERIFIED or found is None:
            return await self._write(done)
        try:
            ending = tool.ending(args, found)
        except Exception:  # whatever it raises: the change was made, and is written down in any case
            log.exception("when a change ends could not be told", tool=tool.name, case=call.case, call=call.id)
            ending, done = None, dataclasses.replace(done, state=CallState.UNKNOWN, reason=wording.END_UNKNOWN)
        return await self._write(done, await self._afterwards.gave(done, found, ending))

    # ── small things ─────────────────────────────────────────────────────────────────────────────────────────────

    def _caller(self, call: Call) -> Caller:
        key = call.key or f"{call.case}:{call.call}"
        return Caller(principal=call.principal, case=call.case, key=key, now=self._clock.now())

    async def _write(self, call: Call, more: Following = NOTHING) -> Call:
        """Into the ledger, in one transaction with all that follows from it."""
        owed = await self._afterwards.of(call) if call.after and call.state in ledger.HAPPENED else NOTHING
        async with self._work() as work:
            call = await ledger.numbered(work, call)
            await work.save_call(call)
            await ledger.audit(work, call)
            for post in (*more.posts, *owed.posts):
                await work.put(post)
            for due in (*more.dues, *owed.dues):
                await work.at(dataclasses.replace(due, conversation=await ledger.conversation(work, call.case)))
        return call
