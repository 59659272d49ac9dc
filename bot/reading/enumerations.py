"""Several things asked for one beside the other: "figma until friday and looker", "a standing desk and a second monitor".

English, German and Spanish. Pure; raises nothing for any text.
"""

import re
from collections.abc import Sequence

from bot.reading.datebook import UNITS, WEEKDAYS
from bot.reading.phrases import fold, tokens
from bot.reading.things import Named, Thing, named

_BESIDE = re.compile(r"(\s+(?:and also|also|and|plus|und|y|&)\s+|\s*[,;\n]\s*|[.!?]\s+(?:also\s+)?)", re.IGNORECASE)
_JOINS = re.compile(r"\b(?:and|also|plus|und|y)\b|&", re.IGNORECASE)
_ONE_OF_THEM = re.compile(r"\b(?:or|nor|not|instead|rather|than|except|without|but|oder|nicht|statt)\b|n['’]t\b", re.IGNORECASE)
"""Words by which of several things one is meant, or one is not."""
_ASKS = re.compile(
    r"^.*\b(?:need|want|like|get|have|give me|order|request|buy|send(?: me)?|borrow|into"
    r"|(?:add|put) (?:me|us) (?:to|on)|(?:take|get) (?:me|us) off|remove (?:me|us) from"
    r"|(?:access|licen[cs]es?|seats?) (?:to|for|on)"
    r"|brauche|möchte|hätte(?: gern)?|bestell\w*|necesito|quiero|quisiera|pide)\s+",
    re.IGNORECASE,
)
"""From the beginning to the word that asks for what stands behind it."""
_COURTESY = re.compile(
    r"(?<![\s,.!?])[\s,.!?]*\b(?:please|pls|asap|thanks|thank you|too|as well|bitte|danke|por favor|gracias)[\s.!?]*$",
    re.IGNORECASE,
)
_ARTICLES = frozenset(
    """
    a an another the some my our two three four five 2 3 4 5 new one second 2nd extra ein eine einen neue neuen un una unos
    """.split()  # noqa: SIM905 - a table of words
)
_SAYS = frozenset(
    """
    is are was were am be been being will would should could can may might must shall has have had do does did done go goes come
    get got let lets need needs want make makes take know think guess hope wait help look see use work works working tell ask
    to for from with by at in on of until till since before after than as if because when where what which who whom whose why how
    while that this these those there here it its they them their he she his her we us you your i me im ive id ill not no never
    none now today tomorrow tonight yesterday asap soon quickly quick urgently urgent urgency later then still already again so
    ok okay yes hi hello hey dear cheers regards bye thx thank thanks please sorry question questions favour favor deadline lot
    answer reason reasons minute moment time hurry meeting colleague manager boss problem issue everything anything something
    nothing all more other others both rest same etc one ones feel free start fast agrees approves fine team
    es ist hat gibt geht braucht wenn dass ich mir wir fue hay cuando que me nos
    """.split()  # noqa: SIM905 - a table of words
) | {word for name in (*UNITS, *WEEKDAYS) for word in name.split()}
"""Words by which a piece says something, or when, and names no thing."""
_POLITE = frozenset("please pls plz asap bitte gracias und y o oder or and plus instead too also".split())  # noqa: SIM905 - a table
_LONGEST = 3
"""Words of a thing beside its article."""


def beside(words: str, catalogue: Sequence[Thing]) -> list[str]:
    """The words in a part for each thing of the catalogue that is asked for beside others; empty where that is one, or is unclear.

    What names none goes with the part before it: "figma until friday, and looker, please" are two parts.
    """
    if _ONE_OF_THEM.search(words):
        return []
    before: list[str] = []
    parts: list[str] = []
    ids: list[str] = []
    for _, piece in _pieces(words):
        match named(piece, catalogue):
            case Named(found=((id_, _),), sure=True):
                ids.append(id_)
                parts.append(", ".join([*before, piece]))
                before = []
            case Named(found=()) if parts:
                parts[-1] = f"{parts[-1]}, {piece}"
            case Named(found=()):
                before.append(piece)
            case _:
                return []
    return parts if len(ids) > 1 and len(set(ids)) == len(ids) else []


def besides(words: str, catalogue: Sequence[Thing]) -> tuple[str, list[str]]:
    """How the words ask ("I need"), and what they ask for beside things of the catalogue that is none of them ("a standing desk").

    Nothing where no thing of the catalogue stands in the same row; a sentence that does not say how it asks ("figma and miro")
    must be a row and nothing else. A word between commas is of the row when an "and" follows, else it may be somebody's name.
    """
    pieces = [(mark, _COURTESY.sub("", piece)) for mark, piece in _pieces(words)]
    number, asks = next(((number, asks) for number, (_, piece) in enumerate(pieces) if (asks := _ASKS.match(piece))), (0, None))
    if not pieces or _ONE_OF_THEM.search(words):
        return "", []
    how = asks[0] if asks else ""
    others: list[str] = []
    unsure: list[str] = []
    known = False
    for mark, piece in [("", pieces[number][1][len(how) :]), *pieces[number + 1 :]]:
        joined = _JOINS.search(mark) is not None
        if mark and mark.strip() != "," and not joined:
            break  # another sentence
        if named(piece, catalogue).found and (how or _thing(piece, _LONGEST)):
            known = True
        elif _thing(piece, bare=2 if joined else 1 if mark else _LONGEST):
            unsure.append(piece)
        elif not how:
            return "", []
        else:
            break
        if (how and not mark) or joined or _ARTICLES & set(tokens(piece)):
            others, unsure = [*others, *unsure], []
    return (how.strip(), others) if known else ("", [])


def of_another(words: str, names: Sequence[str]) -> bool:
    """Whether the thing of these names only says what something else is for: "a monitor arm" is no monitor."""
    said = fold(words)
    behind = [match[1] for name in names for match in re.finditer(rf"\b{re.escape(fold(name))}[ \t]+([^\W\d_]+)", said)]
    alone = any(re.search(rf"\b{re.escape(fold(name))}s?\b(?![ \t]+[^\W\d_])", said) for name in names)
    return bool(behind) and not alone and not any(word in _SAYS | _ARTICLES | _POLITE for word in behind)


def _pieces(words: str) -> list[tuple[str, str]]:
    """(what parts it from the piece before, piece)"""
    first, *more = _BESIDE.split(words)
    return [(mark, piece) for mark, piece in [("", first), *zip(more[::2], more[1::2], strict=True)] if piece.strip()]


def _thing(piece: str, bare: int) -> bool:
    """Whether these words may name a thing: up to three, and no more than `bare` without an article."""
    said = piece.split()
    name = [word for word in said if not _ARTICLES.issuperset(tokens(word))]
    return 0 < len(name) <= (_LONGEST if len(name) < len(said) else bare) and not _SAYS & set(tokens(piece))
