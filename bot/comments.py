"""The requester's further words on what people have already: a comment on the ticket, through the one door like everything else."""

import dataclasses

from bot.domain import SYSTEM, CallState, Case, ToolCall
from bot.house import House
from bot.passage import Pass


async def added(house: House, case: Case, words: str, key: str) -> bool:
    """Whether the words stand on the case's ticket; `key` names the event that brought them."""
    requester = await house.facts.principal(case.slack_id, case.team)
    text = f"{requester.name or case.requester} adds in Slack: {words}"
    ask = ToolCall(f"comment:{key}", "comment_ticket", {"ticket": case.ticket, "text": text[:4000]})
    call = await house.executor.execute(ask, Pass(dataclasses.replace(case, slack_id=""), SYSTEM))
    return call.state is CallState.VERIFIED
