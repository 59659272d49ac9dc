"""Questions made up for a condition: every name that it looks at takes the values that the condition itself speaks of.

Literals are taken from its text: a word and another one, a number and its neighbours, a time and the seconds around it, an argument
that is a name of somebody or of nobody. Names share values, so that `resource.owner == principal.id` can be true and false.
"""

import itertools
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.expressions import Kind
from bot.gate.shapes import NAMES

MOST = 20_000
"""Questions for one condition."""
OTHER, SOMEBODY = "another", "somebody"
TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
NUMBER = re.compile(r"(?<![\w.'\"-])(\d+(?:\.\d+)?)(?![\w.]*['\"\w])")
FACT = re.compile(r"resource\.facts(?:\.(\w+)|\[\s*['\"](\w+)['\"]\s*\])|['\"](\w+)['\"]\s+in\s+resource\.facts")
SPANS = (timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=40), timedelta(days=400))


def questions(condition: str, args: Mapping[str, Kind], now: datetime, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Values by declared name, at most MOST, the same at every run. `args`: the tool's; with `since`, no time before it.

    At first each name takes the values that stand beside it, then those of the whole condition.
    """
    kinds = {**dict(NAMES), **{f"args.{name}": kind for name, kind in args.items()}}
    parts = re.split(r"&&|\|\|", condition)
    beside = {name: "&&".join(part for part in parts if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", part)) for name in kinds}
    seen = {name: kind for name, kind in kinds.items() if beside[name]}
    rest = {name: _pool(name, kind, "", now, since)[0] for name, kind in kinds.items() if name not in seen}
    for text in (beside, dict.fromkeys(seen, condition)):
        pools = [_pool(name, kind, text[name], now, since) for name, kind in seen.items()]
        for combined in _combined(pools):
            yield rest | dict(zip(seen, combined, strict=True))


def _combined(pools: Sequence[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """All of them where they are few; else as many, drawn with a fixed seed."""
    most = MOST // 2
    if math.prod(map(len, pools)) <= most:
        yield from itertools.product(*pools)
        return
    chance = random.Random(MOST)  # noqa: S311 - the same questions at every run
    for _ in range(most):
        yield [chance.choice(pool) for pool in pools]


def _pool(name: str, kind: Kind, condition: str, now: datetime, since: datetime | None) -> list[Any]:
    """What a name may be, by what the condition, or a part of it, speaks of."""
    texts = [one or other for one, other in TEXT.findall(condition)]
    numbers = [float(one) for one in NUMBER.findall(TEXT.sub("''", condition))]
    if name == "resource.facts":
        return _facts(condition, texts, numbers)
    match kind:
        case Kind.STRING:
            return _texts(texts, numbers, now if name.startswith("args.") else None)
        case Kind.INT:
            return sorted({0, 1, *(int(one) + by for one in numbers for by in (-1, 0, 1))})
        case Kind.DOUBLE:
            return sorted({0.0, 1.0, *(one + by for one in numbers for by in (-0.5, 0.0, 0.5))})
        case Kind.BOOL:
            return [True, False]
        case Kind.TIMESTAMP:
            return _moments(texts, now, since)
        case Kind.LIST:
            return [list(texts), [], *([one] for one in texts)]
        case _:
            return [OTHER, None, *texts, True, False, *numbers, *(moment.isoformat() for moment in _moments(texts, now, None)[:8])]


def _texts(texts: Sequence[str], numbers: Sequence[float], dates_from: datetime | None) -> list[Any]:
    """Words of the condition, of nobody, and longer than any number in it; two of them in a row for a beginning and an end."""
    pairs = [one + other for one, other in itertools.permutations(texts[:4], 2)]
    long = [OTHER * (int(max(numbers)) + 1)] if numbers and max(numbers) <= MOST else []
    dates = [] if dates_from is None else [(dates_from + span).isoformat() for span in (*SPANS, -SPANS[1])]
    return [SOMEBODY, OTHER, "", *dict.fromkeys([*texts, *pairs, *long, *dates])]


def _facts(condition: str, texts: Sequence[str], numbers: Sequence[float]) -> list[dict[str, Any]]:
    keys = list(dict.fromkeys(next(filter(None, found)) for found in FACT.findall(condition)))[:4]
    values = [OTHER, SOMEBODY, True, False, *texts, *{int(one) + by for one in numbers for by in (-1, 0, 1)}]
    pools: list[list[tuple[str, Any]]] = [[(key, value) for value in values] for key in keys]
    whole: list[dict[str, Any]] = [dict(one) for one in itertools.islice(_combined(pools), MOST)] if keys else []
    return [*whole, {}]


def _moments(texts: Sequence[str], now: datetime, since: datetime | None) -> list[datetime]:
    """Each hour of a week, a day of each month of a year, and the seconds around every time that is written down."""
    found = [now + timedelta(hours=hours) for hours in range(24 * 7)]
    found += [now + timedelta(days=30 * months) for months in range(1, 13)]
    for text in texts:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        if moment.tzinfo is not None:
            found += [moment.astimezone(UTC) + timedelta(seconds=by) for by in (-1, 0, 1)]
    return [one for one in found if since is None or one >= since] or [since or now]
