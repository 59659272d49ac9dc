"""What a turn works with, put together once by `bot.app`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.approvals import Approvals
from bot.execution import Executor
from bot.facts import Facts
from bot.ports import Agent, Clock, Directory, Knowledge, ToolSchema, WorkFactory, Workspace
from bot.runbooks import Bound


@dataclass(frozen=True, slots=True)
class House:
    """Ports and parts, as `bot.turns`, `bot.news` and `bot.handover` need them."""

    work: WorkFactory
    clock: Clock
    facts: Facts
    directory: Directory
    workspace: Workspace
    knowledge: Knowledge
    executor: Executor
    approvals: Approvals
    agent: Agent
    runbooks: Mapping[str, Bound]
    tools: Sequence[ToolSchema]
    bot_id: str = ""  # Deskhand's own Slack user id, for mentions
    silent_after_days: int = 3
    abandoned_after_days: int = 7
