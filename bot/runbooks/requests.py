"""A message as the requests in it, found by retrieval. What is found decides nothing but which runbook is looked at.

A clause that finds a runbook of its own is a request of its own; what finds none belongs to its neighbour ("it started this
morning"), unless it plainly asks or complains about something else, which is then named as unknown. Where the
whole finds better than its parts do, it is one request.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain import Plan
from bot.ports import Found, Knowledge
from bot.reading.phrases import tokens

MOST = 5
FOREIGN = 0.36
"""Raw cosine below which a clause has nothing to do with any runbook."""

NEAR = 0.12
"""By so much less than the floor a runbook may fit that somebody is asked about: how it was chosen is in docs/decisions/0350."""

AS_NEAR = 0.05
"""A guess that is by no more than this nearer to another runbook says more of what was asked for before it: "no VPN today, I guess
the certificate ran out".
"""
GUESSES = re.compile(
    r"(?:(?:and|but|so) )?(?:i (?:guess|think|suppose|believe|assume|suspect|fear)|maybe|perhaps|probably|possibly|presumably"
    r"|because|since|apparently|it seems|seems|looks like|could be|might be|must be)\b",
    re.IGNORECASE,
)
"""How a clause begins that says what may be the reason."""

SENTENCES = re.compile(
    r"(?<![.;!?\n])[.;!?\n]+(?=\s|$)|\s+(?:and also|also|plus)\s+|,\s*(?:and|und|y)\s+|^\s*[-*•\d.)]+\s+",
    re.IGNORECASE | re.MULTILINE,
)
CLAUSES = re.compile(r",\s+|\s+(?:and|und|y)\s+", re.IGNORECASE)
ASKS = re.compile(
    r"\b(?:broken|broke|doesn'?t|don'?t|won'?t|can'?t|cannot|isn'?t|not working|fails?|failed|error|crash\w*|slow|noises?|stuck"
    r"|missing|lost|leaking|empty|need|want|could|can you|please|how|where|order|install|fix|help)\b",
    re.IGNORECASE,
)
COURTESY = frozenset(
    """
    can could would will you somebody someone anybody anyone please pls help me us i we need want with this that it have take a
    look fix solve asap urgently quickly soon now thanks thank so much kindly
    """.split()  # noqa: SIM905 - a table of words
)
"""Words of which a clause asks for help with what stands beside it, and for nothing else."""
WORDS_OF_A_REQUEST = 3
SHORTEST_NAME = 4
COMPLAINS = re.compile(
    r"\b(?:broken?|not working|(?:doesnt|didnt|dont|wont|isnt|cant|cannot|can not|unable to) \w+|flicker\w*|crash\w*|freez\w*|slow"
    r"|stuck|lost|stolen|leak\w*|fail(?:s|ed)?|error|noises?|missing"
    r"|i (?:need|want|would like|id like) (?:a|an|some|new|to|my|access|help)\b|order|install|how (?:do|can|to)|where (?:do|can|is)"
    r"|(?:can|could|would|will) (?:you|i|we)|please (?!hurry|be quick|wait)\w+"
    r"|bitte|ich brauche|ich kann|kann ich|kaputt|gesperrt|geht nicht|funktioniert nicht|necesito|no puedo|no funciona|por favor"
    r"|puedes|bloquead[ao])\b"
)
"""Words that ask for something or complain of something, as `bot.reading.phrases.tokens` writes them."""
BACK = frozenset(
    """
    it that this request approval approve approved approver approves they them he she him her still already urgent hurry quickly
    deadline waiting wait meeting
    """.split()  # noqa: SIM905 - a table of words
)
"""Words that point back to what waits."""


OBJECT = re.compile(r"\b(?:access (?:to|for)|into|add me to|let me into|give me)(?: access to)?(?: (?:the|my|our|an?))? (\w+)")
"""What somebody asks to get into, as `bot.reading.phrases.tokens` writes it."""
NO_NAME = frozenset("access app application tool system there in to for until till as at by".split())  # noqa: SIM905 - a table of words


SAYS_MORE = re.compile(
    r"(?:it|they)(?:['’]\w+|\s)|(?:this|that)(?:['’]s|\s+(?:is|was|has|does\w*))\b"
    r"|(?:mine|ours|(?:the|my|our) (?:old|other|last|current|present) one)\b",
    re.IGNORECASE,
)
"""How a clause begins whose subject was named before it: it tells more of that, and asks for nothing of its own."""

ANOTHER_ONE = re.compile(r"\b(?:new|another|other|different|replacement) one\b", re.IGNORECASE)
"""By these words a clause asks for what was named before it: "my mouse is broken, I need a new one"."""


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked: its words, and the runbooks found for them, best first (at least one, above the floor)."""

    words: str
    found: list[Found]


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message asks for, and the words that ask for something which no runbook is for."""

    requests: list[Request]
    unknown: list[str]


async def understand(text: str, knowledge: Knowledge) -> Understanding:
    """The requests of a message, at most five; none where nothing fits."""
    whole = await knowledge.search(text)
    for cut in (SENTENCES, CLAUSES):
        pieces = _pieces(cut, text)
        if len(pieces) > 1:
            several = await _several(pieces, knowledge)
            apart = len(several.requests) > 1 and _fits_better(several.requests, whole)
            if apart or (several.requests and several.unknown):
                return await _finer(several, pieces, knowledge)
    if whole and whole[0].cosine >= knowledge.floor:
        return Understanding([Request(text, whole)], [])
    # A long preamble can hide what is asked for: the clause that finds something speaks for the whole.
    found = [await knowledge.search(piece) for piece in _pieces(SENTENCES, text) if piece != text]
    best = max((one for one in found if one and one[0].cosine >= knowledge.floor), key=lambda one: one[0].cosine, default=None)
    return Understanding([Request(text, best)] if best else [], [])


async def near(text: str, knowledge: Knowledge, most: int = 3) -> list[Found]:
    """Where nothing fits: the runbooks that the words, or a sentence or clause of them, may be about, best first."""
    pieces = dict.fromkeys([text, *_pieces(SENTENCES, text), *_pieces(CLAUSES, text)])
    best: dict[str, Found] = {}
    for hit in [one for piece in pieces for one in await knowledge.search(piece)]:
        if hit.cosine >= knowledge.floor - NEAR and (hit.runbook not in best or hit.cosine > best[hit.runbook].cosine):
            best[hit.runbook] = hit
    return sorted(best.values(), key=lambda one: one.cosine, reverse=True)[:most]


async def _finer(coarse: Understanding, sentences: Sequence[str], knowledge: Knowledge) -> Understanding:
    """The same by clauses, where these find more and not worse: "I'm locked out, my VPN is down, and I need a licence"."""
    pieces = [clause for sentence in sentences for clause in _pieces(CLAUSES, sentence)][:MOST]
    if len(pieces) <= len(sentences):
        return coarse
    fine = await _several(pieces, knowledge)
    more = {one.found[0].runbook for one in fine.requests} > {one.found[0].runbook for one in coarse.requests}
    return fine if more and len(fine.unknown) <= len(coarse.unknown) and _cosine(fine) >= _cosine(coarse) else coarse


def _cosine(understood: Understanding) -> float:
    """How well the requests find, on the average."""
    return sum(request.found[0].cosine for request in understood.requests) / len(understood.requests)


def of_its_own(text: str, open_: Sequence[Plan]) -> bool:
    """Whether words for which no runbook is found ask for something else than what is open, and are no remark on that."""
    labels = [str(value.get("label", "")) for plan in open_ for value in plan.needs.values() if isinstance(value, Mapping)]
    names = {word for label in labels for word in tokens(label) if len(word) >= SHORTEST_NAME}
    return not (BACK | names) & set(tokens(text)) and COMPLAINS.search(" ".join(tokens(text))) is not None


def names_unknown(text: str, open_: Sequence[Plan]) -> bool:
    """Whether the words ask for access to something by a name that is no word of what is open: "access to Miro"."""
    labels = [
        str(value.get(key, ""))
        for plan in open_
        for value in plan.needs.values()
        if isinstance(value, Mapping)
        for key in ("id", "label")
    ]
    known = {word for label in labels for word in tokens(label)} | BACK | COURTESY | NO_NAME
    return any(found[1] not in known for found in OBJECT.finditer(" ".join(tokens(text))))


def _fits_better(requests: Sequence[Request], whole: Sequence[Found]) -> bool:
    """Whether the parts find better, on the average, than the whole: "new phone, no codes any more" is one request."""
    apart = sum(request.found[0].cosine for request in requests) / len(requests)
    return not whole or apart > whole[0].cosine


async def _several(pieces: list[str], knowledge: Knowledge) -> Understanding:
    """Each piece by itself; pieces of one runbook, and those that find none, go together."""
    requests: dict[str, Request] = {}
    unknown: list[str] = []
    last = ""
    before: list[str] = []  # what was said before the first request
    for piece in pieces:
        if unknown and ANOTHER_ONE.search(piece):
            piece = f"{unknown.pop()}, {piece}"  # noqa: PLW2901 - it is one clause with that
        found = await knowledge.search(piece)
        cosine = found[0].cosine if found else 0.0
        if cosine >= knowledge.floor:
            near_enough = AS_NEAR if GUESSES.match(piece) else 0.0
            last = next(
                (one.runbook for one in found if one.runbook in requests and cosine - one.cosine <= near_enough), found[0].runbook
            )
            earlier = requests.get(last)
            words = ", ".join([*before, *([earlier.words] if earlier else []), piece])
            requests[last] = Request(words, earlier.found if earlier else found)
            before = []
        elif (
            cosine < FOREIGN and ASKS.search(piece) and not set(tokens(piece)) <= COURTESY and not (last and SAYS_MORE.match(piece))
        ):
            unknown.append(piece)
        elif last:
            requests[last] = Request(f"{requests[last].words}, {piece}", requests[last].found)
        else:
            before.append(piece)
    return Understanding(list(requests.values()), unknown)


def _pieces(cut: re.Pattern[str], text: str) -> list[str]:
    """At most five pieces that are long enough to say something."""
    return [piece.strip(" ,") for piece in cut.split(text) if len(piece.split()) >= WORDS_OF_A_REQUEST][:MOST]
