"""Words that name a thing and may not ask for it: "don't reset my password", "is it expensive?", "the reset worked".

Retrieval hears what they are about, and not that. Only plain forms of English; whoever is asked once too often loses a press.
"""

import re
from collections.abc import Iterable

A_SENTENCE = 3
"""Words; "thank you" tells nothing."""
PARTS = re.compile(r"(?<![.;!?\n])[.;!?\n]+(?=\s|$)|,\s+|\s+(?:but|and|so|because|since)\s+", re.IGNORECASE)
OPENERS = r"^(?:(?:please|pls|plz|hey|hi|hello|ok|okay|no|well|actually|sorry|also|just|um+|oh)[,\s]+)*"
STATES = (
    "have|has|get|got|see|know|find|work|receive|remember|understand|own|recall|reach|hear|fit|load|arrive|open|start|connect|let"
    "|need|want|require|use|mind|think|like|care|worry|feel|believe"
)
"""Verbs of somebody who says how it is: "don't have access" asks for it."""

FORBIDS = re.compile(
    OPENERS + r"(?:(?:can|could|would|will) (?:you|u|we) (?:please )?not|do ?n[o']?t|never|stop|quit|no need to)\s+"
    rf"(?!(?:{STATES})\b)\w+"
    r"|\b(?:you|we|they) (?:should|must|may|can) ?(?:not|n'?t)\s+(?!be able)\w+|\b(?:nobody|no one) (?:should|must|may)\b"
    r"|\b(?:do ?n[o']?t|not|never) want (?:you|anybody|anyone|somebody|someone|this|it|that|my|the|him|her|them)\b"
    r"|\bplease (?:do ?n[o']?t|never)\b",
    re.IGNORECASE,
)
TAKES_BACK = re.compile(
    OPENERS + r"(?:(?:can|could|would) (?:you|we) (?:please |just )*)?"
    r"(?:never ?mind|nvm|forget|cancel|withdraw|scrap|disregard|call off)(?: about)? \w+",
    re.IGNORECASE,
)
NEEDS_NOT = re.compile(
    r"\b(?:do(?:es)? ?n[o']?t|no longer|not|never|hardly) (?:really |actually |even )?(?:need|want|require|use)s?\b"
    r"|\bno (?:more )?need\b",
    re.IGNORECASE,
)
ASKS_ABOUT = re.compile(
    OPENERS + r"(?:why|how (?:often|long|much|many|come|safe|does|is|are)|what (?:happens|if|would|does|is|are|was)"
    r"|when (?:did|was|were|will|does)|is|are|was|were|am i|does|did|do (?:i|we|you|they)|should|may i (?!have|get)"
    r"|has|have (?:i|you|we|they)|had|which|who)\b",
    re.IGNORECASE,
)
OVER = re.compile(
    r"\b(?:worked|works? (?:now|again|fine)|(?:is|was|got|been) (?:fixed|solved|resolved)|went (?:well|fine)|all good"
    r"|no (?:\w+ ){0,2}(?:problems?|issues?|trouble))\b",
    re.IGNORECASE,
)


def doubtful(words: str, symptoms: Iterable[str]) -> bool:
    """Whether the words may not ask for it: in a form that none of its symptoms has. A question among other words is none."""
    parts = [part.strip() for part in PARTS.split(words.replace("’", "'")) if part.strip()]
    said = list(symptoms)

    def unlike(form: re.Pattern[str], some: Iterable[str]) -> bool:
        return any(form.search(one) for one in some) and not any(form.search(one) for one in said)

    if any(unlike(form, parts) for form in (FORBIDS, TAKES_BACK, NEEDS_NOT)):
        return True
    tells = [
        part for part in parts if len(part.split()) >= A_SENTENCE and not any(form.search(part) for form in (ASKS_ABOUT, OVER))
    ]
    return not tells and (unlike(ASKS_ABOUT, parts) or unlike(OVER, parts))
