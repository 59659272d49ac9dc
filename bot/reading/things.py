"""Which of a list of named things (applications, deployments, choices) somebody's words name.

The whole name, id or another name decides, the longest first: "figma-admin" is not "figma". A slip of the keyboard in a longer
name is forgiven. A part of a name ("the warehouse") only leads to a question. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from bot.reading.phrases import tokens

Thing = tuple[str, str, Sequence[str]]
"""(id, name, other names)"""

_LONGEST = 6
_TOO_COMMON = frozenset(
    "admin access app apps application account accounts system tool tools portal service services data team teams desk cloud"
    " the of for and a an in on to my our it is no not new old online web company manager console server records please user"
    " everything all password phone work time day week month".split()
)
"""Words that are part of many names and say nothing alone."""
CHOICES_SHOWN = 5
_KEY = re.compile(r"(?<![\w-])[A-Za-z]{2,10}-\d{1,9}(?![\w-])")
_ORDINALS = {"1": 0, "one": 0, "first": 0, "1st": 0, "2": 1, "two": 1, "second": 1, "2nd": 1, "3": 2, "third": 2, "3rd": 2}
_ORDINALS |= {"4": 3, "fourth": 3, "4th": 3, "5": 4, "fifth": 4, "5th": 4}


@dataclass(frozen=True, slots=True)
class Named:
    """(id, name) of what the words fit. `sure`: by whole names, perhaps misspelt; else by parts of names only."""

    found: tuple[tuple[str, str], ...] = ()
    sure: bool = True


def named(words: str, catalogue: Sequence[Thing]) -> Named:
    """What of the catalogue the words name."""
    spoken = tokens(words)
    names = [(id_, label, parts) for id_, label, others in catalogue for parts in _names(id_, label, others)]
    exact = [(start, end, id_) for start, end, id_ in _windows(spoken, names)]
    longest = [one for one in exact if not any(_inside(one, other) for other in exact)]
    if longest:
        return Named(_listed(catalogue, _told_apart(longest, exact, names, spoken)))
    misspelt = _misspelt(spoken, names)
    if misspelt:
        return Named(_listed(catalogue, misspelt))
    parts = {id_ for id_, _, name in names for part in name if len(part) > 3 and part not in _TOO_COMMON and part in spoken}  # noqa: PLR2004
    return Named(_listed(catalogue, parts)[:CHOICES_SHOWN], sure=False)


def key(words: str) -> str | None:
    """The first key such as IT-1004 in the words, in capitals; None when there is none."""
    found = _KEY.search(words)
    return found[0].upper() if found else None


def picked(text: str, choices: Sequence[tuple[str, str]], *, agreed: bool) -> str | None:
    """The value of the button that an answer in words names: by its place, its label, or a yes to the only one."""
    if not choices:
        return None
    if agreed and len(choices) == 1:
        return choices[0][0]
    spoken = [word for word in tokens(text) if word not in {"the", "option", "number", "please", "one", "no"}] or tokens(text)
    if len(spoken) == 1 and spoken[0] in _ORDINALS and _ORDINALS[spoken[0]] < len(choices):
        return choices[_ORDINALS[spoken[0]]][0]
    whole = [value for value, label in choices if tokens(text) in (tokens(label), tokens(value))]
    return whole[0] if len(whole) == 1 else None


def _names(id_: str, label: str, others: Sequence[str]) -> list[tuple[str, ...]]:
    return [parts for parts in dict.fromkeys(tuple(tokens(name)) for name in (id_, label, *others)) if parts]


def _windows(spoken: Sequence[str], names: Sequence[tuple[str, str, tuple[str, ...]]]) -> Iterator[tuple[int, int, str]]:
    """Where a name stands in the words, written together or apart ("git hub" is "GitHub")."""
    joined: dict[str, list[tuple[str, int]]] = {}
    for id_, _, parts in names:
        joined.setdefault("".join(parts), []).append((id_, len(parts)))
    for start in range(len(spoken)):
        for end in range(start + 1, min(start + _LONGEST, len(spoken)) + 1):
            for id_, length in joined.get("".join(spoken[start:end]), ()):
                # Short names must be written as they are: "a sap" is not "ASAP".
                if length == end - start or len("".join(spoken[start:end])) > 4:  # noqa: PLR2004
                    yield start, end, id_


def _told_apart(
    longest: Sequence[tuple[int, int, str]],
    exact: Sequence[tuple[int, int, str]],
    names: Sequence[tuple[str, str, tuple[str, ...]]],
    spoken: Sequence[str],
) -> set[str]:
    """Of several that share a name, those of which a name of their own is said as well: "is storefront slow in staging"."""
    found = {id_ for _, _, id_ in longest}
    at = {(start, end) for start, end, id_ in exact if id_ in found}
    kin = {id_ for start, end, id_ in exact if (start, end) in at}
    bearers = Counter(parts for _, _, parts in names)
    own = {id_ for id_, _, parts in names if id_ in kin and bearers[parts] == 1 and set(spoken).issuperset(parts)}
    return own or found


def _inside(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1] and (other[1] - other[0]) > (one[1] - one[0])


def _misspelt(spoken: Sequence[str], names: Sequence[tuple[str, str, tuple[str, ...]]]) -> set[str]:
    """The things whose name lies a slip or two from as many words; the nearest only."""
    near: list[tuple[int, str]] = []
    for id_, _, parts in names:
        name = " ".join(parts)
        for start in range(len(spoken) - len(parts) + 1):
            said = " ".join(spoken[start : start + len(parts)])
            if said[0] == name[0] and (slips := _slips(said, name)) is not None:
                near.append((slips, id_))
    least = min(near, default=(0, ""))[0]
    return {id_ for slips, id_ in near if slips == least}


def _slips(said: str, name: str) -> int | None:
    """How many slips lie between them; None when it may be another word. Short words need the same letters."""
    shorter = min(len(said), len(name))
    if shorter < 5:  # noqa: PLR2004
        return None
    slips = OSA.distance(said, name)
    same_letters = sorted(said) == sorted(name)
    if shorter <= 6:  # noqa: PLR2004
        return slips if slips == 1 and (same_letters or len(said) != len(name)) and said.rstrip("s") != name.rstrip("s") else None
    allowed = 2 if same_letters or shorter > 12 else 1  # noqa: PLR2004
    return slips if slips <= allowed else None


def _listed(catalogue: Sequence[Thing], ids: set[str]) -> tuple[tuple[str, str], ...]:
    return tuple((id_, label) for id_, label, _ in catalogue if id_ in ids)
