"""What a call is, and what the gate says of it: arguments → resource and beneficiary → facts → decision. Changes nothing.

What was decided from is written down with the call (`bot.gate.recorded`).
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pydantic
import structlog

from bot import gate
from bot.approvals import confirmation, naming
from bot.calls import ledger
from bot.domain import SYSTEM, Call, CallState, Case, Principal
from bot.execution.claims import Claims
from bot.execution.origins import Origins, SoFar, Traced
from bot.execution.takenback import words_that_took_back
from bot.facts import Facts
from bot.gate import Policies
from bot.obligations import Deny, Notify, Owed, Permit, Review
from bot.ports import Clock, WorkFactory
from bot.provenance import leaves, suspicious
from bot.reading import moments
from bot.runbooks.binding import Bound
from bot.words import freezewording, originwording, whywording, wording
from tools.contract import Ambiguous, Arguments, Effect, OutOfReach, Resource, Tool, ToolError, schema, targets

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """A call whose arguments hold: what it is (`call` says it in the ledger's words), and what the gate said.

    `owed` are the approvals that are owed now, with those that a limit owes that is reached.
    """

    call: Call
    tool: Tool[Any]
    args: Arguments
    decision: Permit | Deny
    owed: tuple[Owed, ...] = ()

    @property
    def end(self) -> CallState:
        """How it ends when it is denied."""
        return CallState.FROZEN if isinstance(self.decision, Deny) and self.decision.frozen else CallState.DENIED


class Decisions:
    """Decides about calls, with the facts as they are now."""

    def __init__(
        self,
        *,
        tools: Mapping[str, Tool[Any]],
        policies: Policies,
        facts: Facts,
        claims: Claims,
        work: WorkFactory,
        clock: Clock,
        runbooks: Mapping[str, Bound],
    ) -> None:
        self._tools = tools
        self._policies = policies
        self._facts = facts
        self._claims = claims
        self._origins = Origins(tools, runbooks)
        self._work = work
        self._clock = clock

    async def of(self, call: Call, principal: Principal, case: Case) -> Ready | Call:
        """The call, ended, when its arguments do not hold."""
        now = self._clock.now()
        tool = self._tools.get(call.tool)
        if tool is None:
            return ledger.ended(call, CallState.DENIED, now, wording.no_such_tool(call.tool, self._tools))
        call = dataclasses.replace(call, system=tool.system)
        try:
            meant = moments.placed(call.arguments, schema(tool.arguments), principal.zone)
            valid = tool.arguments.model_validate(meant)
            if refused := _disguised(valid):
                return ledger.ended(call, CallState.DENIED, now, refused)
            args = await tool.canonical(valid)
            resource = await tool.resource(args)
            beneficiary = await tool.beneficiary(args)
        except pydantic.ValidationError as error:
            return ledger.ended(call, CallState.DENIED, now, wording.bad_arguments(call.tool, error.errors(include_input=False)))
        except Ambiguous as error:
            names = ", ".join(label for _, label in error.candidates)
            return ledger.ended(call, CallState.FAILED, now, f"{error} ({names})" if names else str(error))
        except OutOfReach as error:
            near = {"out_of_reach": error.argument, "nearest": error.nearest}
            return dataclasses.replace(ledger.ended(call, CallState.FAILED, now, str(error)), result=near)
        except ToolError as error:
            return ledger.ended(call, CallState.FAILED, now, str(error))
        except Exception:
            log.exception("arguments could not be resolved", case=call.case, tool=call.tool)
            return ledger.ended(call, CallState.FAILED, now, wording.system_away(tool.system))
        so_far = await self._so_far(case)
        whom = str(getattr(args, "user", ""))  # also who gains nothing by it, such as whose access ends
        people = await self._facts.names([principal.id, beneficiary, resource.owner, whom])
        touched = dataclasses.asdict(resource)
        sentence = naming.named(tool.sentence(args), args.model_dump(mode="json"), {**naming.of_thing(touched), **people})
        call = dataclasses.replace(call, resource={**touched, "people": people}, beneficiary=beneficiary, sentence=sentence)
        if tool.effect is Effect.CHANGE and principal.id != SYSTEM.id and (said := words_that_took_back(case, args, so_far)):
            unpermitted = dataclasses.replace(call, decision="deny", policies=(), policy_version="")  # whatever let it pass before
            return ledger.ended(unpermitted, CallState.DENIED, now, wording.taken_back(said))
        traced, question = await self._question(call, tool, args, resource, beneficiary, principal, case, so_far)
        policies = self._policies.current
        decision = confirmation.met(gate.decide(policies, question))
        if isinstance(decision, Deny) and decision.frozen:
            decision = dataclasses.replace(decision, reason=freezewording.stopped(decision.policies[0], decision.reason))
        elif isinstance(decision, Deny) and decision.others:
            others = [policies.roles[name] for name in decision.others]
            decision = dataclasses.replace(decision, reason=whywording.for_others(decision.reason, others))
        seen = gate.difference(policies, question, decision)
        if seen is not None:
            log.info("an observed policy would have it otherwise", case=call.case, tool=tool.name, **seen)
        described = dataclasses.replace(
            call,
            arguments=question.args,
            effect=str(tool.effect),
            facts=gate.recorded_facts(question, seen, decision),
            origins=traced.origins,
            decision="permit" if isinstance(decision, Permit) else "deny",
            policies=decision.policies,
            policy_version=decision.version,
        )
        if isinstance(decision, Deny):
            return Ready(digested(described, ()), tool, args, decision)
        described = dataclasses.replace(described, after=(*decision.of(Notify), *decision.of(Review)))
        owed = (*decision.approvals, *await self._claims.owed_beyond(described, decision))
        return Ready(digested(described, owed), tool, args, decision, owed)

    async def _so_far(self, case: Case) -> SoFar:
        async with self._work() as work:
            return SoFar(await work.transcript(case.id), await work.calls(case.id), await work.plans(case.id))

    async def _question(
        self,
        call: Call,
        tool: Tool[Any],
        args: Arguments,
        resource: Resource,
        beneficiary: str,
        principal: Principal,
        case: Case,
        so_far: SoFar,
    ) -> tuple[Traced, gate.Question]:
        policies, now = self._policies.current, self._clock.now()
        roles = await self._facts.roles(policies, tool.name, principal, beneficiary, resource.owner, now)
        place = await self._facts.place(case)
        async with self._work() as work:
            freezes = await work.freezes()
        traced = await self._traced(call, tool, args, principal, so_far) if case.id else Traced()
        question = gate.Question(
            tool=tool.name,
            args=args.model_dump(mode="json"),
            principal=principal,
            beneficiary=beneficiary,
            resource=dataclasses.asdict(resource),
            roles=roles,
            case={
                "kind": str(case.kind),
                "channel": place,
                "runbooks": list(dict.fromkeys(plan.runbook for plan in so_far.plans if plan.runbook)),
            },
            freezes=freezes,
            now=now,
            untrusted=list(dict.fromkeys(one.path for one in traced.origins if not one.kind.trusted)),
            aside=traced.aside,
        )
        return traced, question

    async def _traced(self, call: Call, tool: Tool[Any], args: Arguments, principal: Principal, so_far: SoFar) -> Traced:
        """As it was when it was decided first."""
        if "aside" in call.facts:
            return Traced(call.origins, call.facts["aside"])
        return await self._origins.of(call, tool, args, principal, so_far)


def _disguised(args: Arguments) -> str:
    """Why a name or an id among these is refused; empty when none is."""
    given, named = args.model_dump(mode="json"), targets(type(args))
    found = ((path, suspicious(text)) for name in sorted(named) for path, text in leaves(given[name], name))
    return next((originwording.disguised(path, what) for path, what in found if what), "")


def decided_again(call: Call, now: Call) -> Call:
    """A call that waited, with the decision that was made now and what it was made from."""
    return dataclasses.replace(
        call,
        system=now.system,
        facts=now.facts,
        decision=now.decision,
        policies=now.policies,
        policy_version=now.policy_version,
        after=now.after,
    )


def digested(call: Call, owed: tuple[Owed, ...]) -> Call:
    """The call with the digest to which an approval of what is owed is bound."""
    digest = gate.digest(call.tool, call.arguments, call.resource, call.principal, call.case, owed, call.policy_version)
    return dataclasses.replace(call, digest=digest)
