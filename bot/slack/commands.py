"""The slash command: what is typed after it, and what it answers. Pure."""

import re
from collections.abc import Sequence
from enum import StrEnum

from bot.domain import Case, CaseState

COMMAND = "/deskhand"

HELP = f"""*What {COMMAND} can do*
• `{COMMAND}` and what you need, in your own words: I take it on in our direct messages
• `{COMMAND} status`: your requests that are still open
• `{COMMAND} person`: a person takes over what is open
• `{COMMAND} freezes`, `{COMMAND} freeze TOOL why` and `{COMMAND} unfreeze F-3`, for those who may: what is stopped, stop it, lift it
• `{COMMAND} why C-17`: why the policy permitted, held or denied it; in a thread, “Why?” in the menu of my message
• `{COMMAND} can grant_access app=figma until=2026-12-01`: what the policy would say to you
• `{COMMAND} help`: this

Only you see my answers to the command, and it does not work in threads: write there, and mention me. I work for full members of this \
workspace, I do what the company's policy lets me do, and what I don't know I hand to people. “never mind” to me withdraws what waits."""

A_PERSON = "a person please"
NOTHING_OPEN = "Nothing of yours is open. Tell me what you need, here or in a direct message."
LISTED = 10

_STATES = {
    CaseState.OPEN: "I'm reading it",
    CaseState.WORKING: "I'm working on it",
    CaseState.WAITING: "it waits for an answer",
    CaseState.RESOLVED: "done; it closes once you say that it works",
    CaseState.HANDED_OVER: "it is with people",
    CaseState.REOPENED: "I'm looking once more",
    CaseState.CLOSED: "closed",
}


class Meaning(StrEnum):
    HELP = "help"
    STATUS = "status"
    PERSON = "person"
    FREEZING = "freezing"  # the words may be one of freeze, unfreeze and freezes
    INQUIRY = "inquiry"  # the words may ask why, or what somebody may
    REQUEST = "request"


_FREEZING = ("freeze", "unfreeze", "freezes")
_WORDS = {
    Meaning.HELP: ("", "help", "?", "hilfe", "ayuda", "aide"),
    Meaning.STATUS: ("status", "state", "cases", "my cases", "list", "estado"),
    Meaning.PERSON: ("person", "human", "a person", "a person please", "person please", "mensch", "persona"),
}


def meaning(text: str) -> Meaning:
    """Of what stands after the command; whatever is no word of the command's is a request."""
    word = re.sub(r"[\s.!]+$", "", " ".join(text.split()).casefold())
    first = word.partition(" ")[0]
    otherwise = Meaning.FREEZING if first in _FREEZING else Meaning.INQUIRY if first in ("why", "can") else Meaning.REQUEST
    return next((found for found, words in _WORDS.items() if word in words), otherwise)


def status(cases: Sequence[Case]) -> str:
    """The open cases of one person, for that person."""
    if not cases:
        return NOTHING_OPEN
    lines = [f"• {one.id} “{_short(one.title)}”: {_told(one)}" for one in cases[:LISTED]]
    more = [f"• and {len(cases) - LISTED} more"] if len(cases) > LISTED else []
    return "\n".join(["*Your open requests*", *lines, *more])


def _told(case: Case) -> str:
    ticket = f", as ticket {case.ticket}" if case.ticket and case.state is CaseState.HANDED_OVER else ""
    return " ".join(str(case.data.get("waits") or "").split()) or f"{_STATES[case.state]}{ticket}"


def _short(title: str, most: int = 60) -> str:
    line = " ".join(title.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
