"""The requester's further words on what people have already: a comment on the ticket, through the one door like everything else."""

import dataclasses

from bot.calls.passage import Pass
from bot.cases.house import House
from bot.domain import SYSTEM, CallState, Case, ToolCall

LONGEST = 4_000
"""Characters that the tool takes of a comment."""
PART = 1_900
"""Characters of words that are a comment for certain, however many lines they are."""


async def added(house: House, case: Case, words: str, key: str) -> bool:
    """Whether the words stand on the case's ticket, all of them; `key` names the event that brought them."""
    requester = await house.facts.principal(case.slack_id, case.team)
    stand = True
    for number, text in enumerate(comments(requester.name or case.requester, words)):
        ask = ToolCall(f"comment:{key}" + (f"#{number}" if number else ""), "comment_ticket", {"ticket": case.ticket, "text": text})
        call = await house.executor.execute(ask, Pass(dataclasses.replace(case, slack_id=""), SYSTEM))
        stand = stand and call.state is CallState.VERIFIED
    return stand


def comments(name: str, words: str) -> list[str]:
    """The words as comments, several where they are too long for one.

    Every line is quoted, so that none reads like a line of ours about somebody else. Pure.
    """
    who = " ".join(name.split())
    whole = _comment(f"{who} adds in Slack:", words)
    if len(whole) <= LONGEST:
        return [whole]
    parts = [words[start : start + PART] for start in range(0, len(words), PART)]
    return [_comment(f"{who} adds in Slack ({number} of {len(parts)}):", part) for number, part in enumerate(parts, 1)]


def _comment(head: str, words: str) -> str:
    return "\n".join([head, *(f"> {line}" for line in words.splitlines())])
