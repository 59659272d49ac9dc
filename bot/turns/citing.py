"""A model's last words with the sources of what they say: links of the articles that it was shown, or that there are none. Pure."""

from collections.abc import Sequence

from bot.domain import Call, Plan, PlanState
from bot.history import ARTICLES_TOOL
from bot.quoted import NO_SOURCE, Quote, has_source, sourced
from bot.turns.following import SMALL_TALK


def cited(words: str, told: Sequence[Plan], calls: Sequence[Call]) -> str:
    """`told`: the plans that these words end. An answer that rests on no runbook, no result and no article says so."""
    quotes = [quote for call in calls if call.tool == ARTICLES_TOOL for quote in _quotes(call)]
    words = sourced(words, quotes)
    read = any(call.tool not in SMALL_TALK and call.state.good for call in calls)
    answers = told and all(plan.state is PlanState.DONE and not plan.runbook for plan in told)
    fetched = any(call.tool == "hand_over" and call.state.good for call in calls)
    if not words.strip() or not answers or read or fetched or has_source(words, quotes):
        return words
    return f"{words.rstrip()}\n{NO_SOURCE}"


def _quotes(call: Call) -> list[Quote]:
    shown = (call.result or {}).get("articles") or ()
    return [
        Quote("", str(one["title"]), str(one["link"]), str(one["heading"]), str(one["text"]), 0, 0, 0)
        for one in shown
        if isinstance(one, dict)
    ]
