"""What must hold at the end of a scenario, held against what is so; what does not hold is said in words."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from tests.evaluation.result import Effect
from tests.evaluation.scenario import Holds, Scenario, Then, Told

Books = Mapping[str, list[dict[str, Any]]]
DAY = re.compile(r"\d{4}-\d\d-\d\d")
UNKNOWN = "unknown"
"""The outcome of a bot that nobody can look into; it is judged by what it did and said."""


def failed(
    scenario: Scenario,
    books: Books,
    effects: Sequence[Effect],
    outcomes: Sequence[str],
    heard: Callable[[str], str],
    counts: Mapping[str, int],
) -> list[str]:
    """Everything that does not hold, in words. `outcomes`: of every case, the oldest first. `counts`: questions, approvals,
    slack_calls, model_calls."""
    then = scenario.then
    return [
        *_outcomes(then, outcomes),
        *(problem for one in then.holds for problem in _rows(one, books)),
        *_effects(then.effects, then.may, effects),
        *(problem for one in then.told for problem in _told(one, heard(one.who))),
        *(
            f"it took {counts[name]} {name.replace('_', ' ')}, at most {most} were to be"
            for name, most in then.limits.model_dump().items()
            if counts[name] > most
        ),
    ]


def _outcomes(then: Then, outcomes: Sequence[str]) -> Iterator[str]:
    if then.cases and UNKNOWN not in outcomes and len(outcomes) != len(then.cases):
        yield f"there were {len(outcomes)} cases ({', '.join(outcomes)}), not {len(then.cases)}"
        return
    for number, (outcome, expected) in enumerate(came_to(then, outcomes), 1):
        if outcome not in (UNKNOWN, *expected):
            which = "it" if len(outcomes) == 1 else f"case {number} of {len(outcomes)}"
            yield f"{which} came to {outcome}, not to {' or '.join(expected)}"


def came_to(then: Then, outcomes: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each case's outcome with what it may have come to."""
    each = then.cases if len(then.cases) == len(outcomes) else [then.outcome] * len(outcomes)
    return [(outcome, tuple(expected)) for outcome, expected in zip(outcomes, each, strict=True)]


def _rows(one: Holds, books: Books) -> Iterator[str]:
    if one.table not in books:
        yield f"the books have no {one.table}; there are {', '.join(books)}"
        return
    rows = [row for row in books[one.table] if fits(row, one.where)]
    name = f"{one.table} with {dict(one.where)}"
    if (one.count is None and not rows) or (one.count is not None and len(rows) != one.count):
        yield f"there are {len(rows)} {name}, not {one.count if one.count is not None else 'one or more'}"
    for row in rows:
        for column, value in one.is_.items():
            if not same(row.get(column), value):
                yield f"{name}: {column} is {row.get(column)!r}, not {value!r}"


def fits(row: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(same(row.get(column), value) for column, value in where.items())


def same(found: Any, wanted: Any) -> bool:
    """A day is enough where a time is meant; a text may have * in it."""
    if isinstance(found, str) and isinstance(wanted, str):
        if DAY.fullmatch(wanted):
            return found[:10] == wanted
        return fnmatchcase(found, wanted) if "*" in wanted else found == wanted
    return bool(found == wanted)


def _effects(wanted: Sequence[str], may: Sequence[str], made: Sequence[Effect]) -> Iterator[str]:
    left = list(made)
    for pattern in wanted:
        found = next((one for one in left if one.meant_by(pattern)), None)
        if found is None:
            yield f"it did not {pattern}"
        else:
            left.remove(found)
    for one in left:
        if not any(one.meant_by(pattern) for pattern in may):
            yield f"it did {one.name}, which was not to be"


def _told(one: Told, heard: str) -> Iterator[str]:
    low = heard.lower()
    for fact in one.facts:
        if not any(part.lower() in low for part in fact.split("|")):
            yield f"{one.who} was not told {fact!r}"
    for fact in one.never:
        if fact.lower() in low:
            yield f"{one.who} was told {fact!r}"
