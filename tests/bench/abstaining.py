"""`python -m tests.bench.abstaining`: when articles say that nothing fits, on the public sets; and other languages on our own.

A request is *answerable* over the documents of its set, and *unanswerable* over those of the other set (far), or over its own set
without the documents that answer it (near: everything else about the same products is still there). The floor is chosen on one half
of the requests, by a seed, and judged on the other.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from knowledge.bench import Collection, Numbers, read
from knowledge.embeddings import MiniLM
from knowledge.passages import FLOOR, Passages
from tests.bench.retrieval import SETS, shipped
from tests.shared import shared

NAMES = ("runbooks_prometheus", "office_symptoms_retrieval")
SEEDS = range(5)


def best(index: Passages, some: Collection, queries: Sequence[str], without: Sequence[frozenset[int]] | None = None) -> Numbers:
    """Of each request the highest cosine of an article that may be found: what an answer is given or not by."""
    names = [one.id for one in some.articles]
    found = []
    for at, query in enumerate(queries):
        gone = {names[one] for one in without[at]} if without else set()
        hits = index.search(query, 1, set(names) - gone)
        found.append(hits[0].cosine if hits else -1.0)
    return np.array(found)


def chosen(known: Numbers, foreign: Numbers) -> float:
    """The floor at which most are right, half of the weight on either kind; the middle where several are equal."""
    floors = np.round(np.arange(0.2, 0.9, 0.01), 2)
    right = np.array([(known >= one).mean() + (foreign < one).mean() for one in floors])
    return float(np.median(floors[right >= right.max() - 1e-9]))


def row(kind: str, floor: float, known: Numbers, foreign: Numbers) -> str:
    """Abstaining as what is to be found: precision, recall, and how many answerable requests are answered."""
    rightly, wrongly = int((foreign < floor).sum()), int((known < floor).sum())
    precision = rightly / max(rightly + wrongly, 1)
    return f"| {kind} | {floor:.2f} | {precision:.3f} | {rightly / len(foreign):.3f} | {(known >= floor).mean():.3f} |"


def measured(folder: Path) -> list[str]:
    model = MiniLM()
    sets = {name: read(folder / f"{name}.jsonl") for name in NAMES}
    indexes = {}
    for name, some in sets.items():
        indexes[name] = Passages(model)
        indexes[name].build(some.articles)
    lines = ["| requests | floor | precision | recall | answered |", "|---|---|---|---|---|"]
    everything: dict[str, dict[str, Numbers]] = {}
    for name, some in sets.items():
        queries = [one.text for one in some.queries]
        other = next(one for one in NAMES if one != name)
        everything[name] = {
            "known": best(indexes[name], some, queries),
            "far": best(indexes[other], sets[other], queries),
            "near": best(indexes[name], some, queries, [one.relevant for one in some.queries]),
        }
    for kind in ("far", "near"):
        known = np.concatenate([one["known"] for one in everything.values()])
        foreign = np.concatenate([one[kind] for one in everything.values()])
        floors = []
        for seed in SEEDS:
            order = np.random.default_rng(seed).permutation(len(known))
            half, rest = order[: len(order) // 2], order[len(order) // 2 :]
            floor = chosen(known[half], foreign[half])
            floors.append(floor)
            lines.append(row(f"{kind}, held-back half {seed}", floor, known[rest], foreign[rest]))
        lines.append(row(f"{kind}, all, the floor in use", FLOOR, known, foreign))
    return lines


async def languages() -> list[str]:
    """Of requests that a runbook is for, by language: first, among the first three, and high enough to be answered."""
    shelf = shipped()
    rows = [json.loads(line) for name in SETS for line in (Path(__file__).parents[1] / "knowledge" / name).read_text().splitlines()]
    lines = [
        "| language | asked | recall@1 | recall@3 | median cosine | answered | answered rightly |",
        "|---|---|---|---|---|---|---|",
    ]
    for language in sorted({one["language"] for one in rows}):
        mine = [one for one in rows if one["language"] == language and one["runbook"]]
        hits = [await shelf.search(one["says"], 3) for one in mine]
        first = [bool(found) and found[0].runbook == one["runbook"] for one, found in zip(mine, hits, strict=True)]
        third = [one["runbook"] in [hit.runbook for hit in found] for one, found in zip(mine, hits, strict=True)]
        cosines = [found[0].cosine if found else -1.0 for found in hits]
        answered = [one >= shelf.floor for one in cosines]
        rightly = sum(a and f for a, f in zip(answered, first, strict=True))
        shown = (np.mean(first), np.mean(third), np.median(cosines))
        lines.append(
            f"| {language} | {len(mine)} | " + " | ".join(f"{one:.2f}" for one in shown) + f" | {sum(answered)} | {rightly} |"
        )
    return lines


async def main() -> None:
    folder = shared()
    if folder is not None:
        sys.stdout.write("\n".join([*measured(folder), "", ""]))
    sys.stdout.write("\n".join([*await languages(), ""]))


if __name__ == "__main__":
    asyncio.run(main())
