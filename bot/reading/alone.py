"""Words that stand alone: they ask for something, or say something, by themselves, and so answer no open question. Pure."""

import re

_ASKS = re.compile(
    r"^\W*(?:(?:please|pls|can you|could you|and|also) )*"
    r"(?:un(?:lock|suspend|subscribe)|reset|suspend|block|disable|order|add|put|take|remove|restart|reboot|roll|page|drain|revoke|renew"
    r"|rotate|onboard|offboard|cancel|give|grant|i need|i want|i['’]?d like|can i|could i|my \w+ (?:is|has|does))\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"^\W*(?:who|what|where|when|why|how|which|is|are|can|could|does|did)\b.*\?\W*$", re.IGNORECASE)
_SENTENCE = re.compile(
    r"^\W*(?!(?:it|its|it['’]s|that|that['’]s|this|they|he|she)\b)(?:[\w'’-]+ ){1,4}"
    r"(?:is|are|isn['’]?t|was|has|doesn['’]?t|can['’]?t|cannot|won['’]?t)\b",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether a message begins as one that asks for something: "unlock mia", "I need a keyboard"."""
    return _ASKS.match(text) is not None


def stands_alone(text: str) -> bool:
    """Whether it is a question, or a sentence with a subject of its own: "is jira down?", "the toilet is blocked"."""
    return _QUESTION.match(text) is not None or _SENTENCE.match(text) is not None
