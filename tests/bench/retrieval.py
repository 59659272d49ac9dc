"""`python -m tests.bench.retrieval`: whether requests find their runbook, as the table of docs/results/retrieval.md.

Each request is understood as the bot does it (`bot.runbooks.requests`). Right: its runbook, and no other. Wrong: another one, alone or
beside its own. Abstained: none. The held-back half had no part in any choice. With `--list` every request that went wrong is named.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.ports import Found
from bot.runbooks.requests import understand
from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.parse import load
from tests.knowledge.conftest import RUNBOOKS, names_of_applications, names_of_things

SETS = ("requests.jsonl", "requests_of_many.jsonl")


class Shelf:
    """The shipped runbooks as `bot.ports.Knowledge`."""

    def __init__(self, index: Index) -> None:
        self._index = index

    @property
    def floor(self) -> float:
        return self._index.floor

    async def search(self, words: str, most: int = 3) -> list[Found]:
        return [Found(h.runbook, h.title, h.score, h.cosine, h.lexical) for h in await self._index.search(words, most)]


@dataclass(frozen=True)
class Understood:
    """A request, what was meant and what was found."""

    says: str
    wanted: str | None
    found: tuple[str, ...]
    half: str
    language: str
    style: str

    @property
    def result(self) -> str:
        if not self.found:
            return "abstained"
        return "right" if self.found == (self.wanted,) else "wrong"


def shipped(cache_dir: Path | None = None) -> Shelf:
    """The index over every runbook that comes with Deskhand; vectors that lie in the folder are taken from there."""
    index = Index(MiniLM(), cache_dir, names=names_of_applications(), things=names_of_things())
    index.build(load(RUNBOOKS)[0])
    return Shelf(index)


async def understood(shelf: Shelf, sets: Sequence[str] = SETS) -> list[Understood]:
    """Every request of the sets."""
    rows = [json.loads(line) for name in sets for line in (Path(__file__).parents[1] / "knowledge" / name).read_text().splitlines()]
    made = []
    for row in rows:
        found = tuple(request.found[0].runbook for request in (await understand(row["says"], shelf)).requests)
        made.append(Understood(row["says"], row["runbook"], found, row["half"], row["language"], row.get("style", "")))
    return made


def table(asked: Iterable[Understood], key: Callable[[Understood], str]) -> list[str]:
    """Markdown: of each group how many requests, right, wrong and abstained."""
    groups: dict[str, Counter[str]] = {}
    for one in asked:
        groups.setdefault(key(one), Counter())[one.result] += 1
    lines = ["| requests | asked | right | wrong | abstained |", "|---|---|---|---|---|"]
    for name, counts in sorted(groups.items()):
        lines.append(f"| {name} | {sum(counts.values())} | {counts['right']} | {counts['wrong']} | {counts['abstained']} |")
    return lines


async def main() -> None:
    asked = await understood(shipped())
    english = [one for one in asked if one.language == "en"]
    for_us, foreign = [one for one in english if one.wanted], [one for one in english if not one.wanted]
    groups: list[tuple[str, list[Understood], Callable[[Understood], str]]] = [
        ("For a runbook", for_us, lambda one: one.half),
        ("For no runbook (here only abstaining is right)", foreign, lambda one: one.half),
        (
            "How they are written, held-back half",
            [one for one in for_us if one.half != "calibration"],
            lambda one: one.style or "mixed",
        ),
        ("By runbook, held-back half", [one for one in for_us if one.half != "calibration"], lambda one: str(one.wanted)),
        (
            "Other languages",
            [one for one in asked if one.language != "en"],
            lambda one: f"{one.language}, {'a' if one.wanted else 'no'} runbook",
        ),
    ]
    for title, some, key in groups:
        sys.stdout.write("\n".join([f"**{title}**", "", *table(some, key), "", ""]))
    if "--list" in sys.argv:
        for one in asked:
            if (one.result == "wrong" or (one.wanted and one.result == "abstained")) and (
                one.half == "calibration" or "--all" in sys.argv
            ):
                sys.stdout.write(f"{one.half} {one.language} {one.wanted} <- {', '.join(one.found) or 'none'}: {one.says}\n")


if __name__ == "__main__":
    asyncio.run(main())
