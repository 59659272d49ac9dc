"""All that asks people for a yes and takes their answers, put together once. No logic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bot.approvals.answering import Answering
from bot.approvals.approvers import Approvers
from bot.approvals.asides import Asides
from bot.approvals.asking import Asking
from bot.approvals.byhand import ByHand
from bot.approvals.confirmation import Confirmations
from bot.approvals.looking import Looking
from bot.approvals.outcome import Approvals
from bot.approvals.quiet import Night
from bot.approvals.steppingup import SteppingUp
from bot.calls.afterwards import Afterwards
from bot.facts import Facts
from bot.gate import Policies
from bot.ports import Clock, Directory, WorkFactory
from tools.contract import Tool


@dataclass(frozen=True, slots=True)
class Consulting:
    """The parts, each with its duty."""

    approvers: Approvers
    approvals: Approvals
    looking: Looking
    asking: Asking
    answering: Answering
    confirmations: Confirmations
    asides: Asides
    by_hand: ByHand
    afterwards: Afterwards

    @classmethod
    def of(
        cls,
        *,
        tools: Mapping[str, Tool[Any]],
        work: WorkFactory,
        facts: Facts,
        directory: Directory,
        policies: Policies,
        clock: Clock,
        channel: str,
        night: Night | None = None,
        stepping_up: SteppingUp | None = None,
    ) -> Self:
        """`channel` is the approvers', beside their direct messages; in the `night` nobody is reminded of what can wait. Without
        `stepping_up` no second factor can be given.
        """
        approvers = Approvers(facts, directory, policies, clock)
        approvals = Approvals(tools=tools, work=work, approvers=approvers, clock=clock, channel=channel)
        looking = Looking(work=work, facts=facts, approvers=approvers)
        asking = Asking(work=work, approvals=approvals, clock=clock, night=night)
        afterwards = Afterwards(facts=facts, directory=directory, policies=policies, clock=clock, channel=channel)
        return cls(
            approvers=approvers,
            approvals=approvals,
            looking=looking,
            asking=asking,
            answering=Answering(
                work=work, looking=looking, approvals=approvals, stepping_up=stepping_up or SteppingUp(), clock=clock
            ),
            confirmations=Confirmations(work=work, facts=facts, approvals=approvals, clock=clock),
            asides=Asides(work=work, looking=looking, approvals=approvals, clock=clock),
            by_hand=ByHand(
                tools=tools, work=work, looking=looking, approvals=approvals, asking=asking, afterwards=afterwards, clock=clock
            ),
            afterwards=afterwards,
        )
