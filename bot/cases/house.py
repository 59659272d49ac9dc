"""What a turn works with, put together once by `bot.app`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.approvals.asides import Asides
from bot.approvals.asking import Asking
from bot.approvals.byhand import ByHand
from bot.approvals.outcome import Approvals
from bot.domain import Plan
from bot.execution.executor import Executor
from bot.facts import Facts
from bot.gate import Policies
from bot.ports import Agent, Clock, Directory, Knowledge, Streams, ToolSchema, WorkFactory, Workspace
from bot.quoted import Articles
from bot.runbooks.progress import Bound
from bot.spending import Limits


@dataclass(frozen=True, slots=True)
class House:
    """Ports and parts, as `bot.turns.turn`, `bot.turns.news` and `bot.cases.handover` need them."""

    work: WorkFactory
    clock: Clock
    facts: Facts
    directory: Directory
    workspace: Workspace
    knowledge: Knowledge
    articles: Articles
    executor: Executor
    approvals: Approvals
    asking: Asking
    asides: Asides
    by_hand: ByHand
    agent: Agent
    runbooks: Mapping[str, Bound]
    tools: Sequence[ToolSchema]
    policies: Policies
    limits: Limits = field(default_factory=Limits)  # of the model, for one case
    unseen: Mapping[str, Collection[str]] = field(default_factory=dict)  # tool → keys of its results that no model is shown
    streams: Streams | None = None  # where a model's words are shown as they come
    oncall_channel: str = ""  # where a page is shown beside the direct messages of whoever is on call
    oncall_schedule: str = "identity"  # who gets what no runbook is near to
    bot_id: str = ""  # Deskhand's own Slack user id, for mentions
    silent_after_days: int = 3
    has_model: bool = False  # whether a language model reads along, which people are told
    abandoned_after_days: int = 7

    def in_parts(self, plan: Plan) -> bool:
        """Whether the plan's runbook has parts, which go on without each other."""
        bound = self.runbooks.get(plan.runbook)
        return bound is not None and bool(bound.parts)
