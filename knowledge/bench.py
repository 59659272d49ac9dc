"""How well a set of documents and requests is found: by words (BM25), by meaning, and by both, in the same run.

A set is a file of JSON, one object a line: documents (`type` doc, `doc_id`, `title`, `text`) and requests (`type` query, `query`,
`relevant`: the ids of the documents that answer it). Nothing here is tuned to any set.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge import markdown
from knowledge.article import Article
from knowledge.embeddings import Embedder
from knowledge.passages import Passages, Progress

HALVES = ("lexical", "dense", "fused")
DEEPEST = 10
"""Places that are looked at for the mean reciprocal rank."""

DRAWS = 2_000
"""Samples of the bootstrap; its intervals hold 95 % of them."""

Numbers = npt.NDArray[np.float64]


class SetError(Exception):
    """A file is no such set; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Query:
    """A request and the positions of the documents that answer it."""

    text: str
    relevant: frozenset[int]


@dataclass(frozen=True, slots=True)
class Collection:
    """A set as it was read."""

    articles: tuple[Article, ...]
    queries: tuple[Query, ...]


def read(path: Path, *, titles: bool = True) -> Collection:
    """A set. Without titles also a first line goes that only repeats the title. Raises SetError."""
    documents: dict[str, Article] = {}
    asked: list[tuple[int, str, list[str]]] = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SetError(f"{path.name} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if row["type"] == "doc":
                documents[str(row["doc_id"])] = _article(row, titles=titles)
            elif row["type"] == "query":
                asked.append((number, str(row["query"]), [str(one) for one in row["relevant"]]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            told = f'"{error.args[0]}" is missing' if isinstance(error, KeyError) else "it is no object of JSON"
            raise SetError(f"{path.name}:{number}: {told}") from None
    if not documents or not asked:
        raise SetError(f"{path.name}: it has {len(documents)} documents and {len(asked)} requests; there must be some of both")
    position = {name: at for at, name in enumerate(documents)}
    queries = []
    for number, text, names in asked:
        if unknown := [name for name in names if name not in position]:
            raise SetError(f'{path.name}:{number}: there is no document "{unknown[0]}"')
        if not names:
            raise SetError(f'{path.name}:{number}: "relevant" names no document')
        queries.append(Query(text, frozenset(position[name] for name in names)))
    return Collection(tuple(documents.values()), tuple(queries))


def _article(row: dict[str, Any], *, titles: bool) -> Article:
    title = str(row.get("title") or "")
    sections = markdown.sections(markdown.untitled(str(row["text"]), title))
    return Article(str(row["doc_id"]), title if titles else "", tuple(sections))


def measure(some: Collection, embedder: Embedder, progress: Callable[[str, int, int], None]) -> dict[str, dict[str, Any]]:
    """For each half and both: recall@1, @3, @5, mrr@10 and their intervals, p50_ms and p95_ms. Blocking.

    `progress` is told what is done, how many, and of how many. The times of `dense` and `fused` hold making the request's vector.
    """
    index = Passages(embedder, remembered=0)

    def told(what: str) -> Progress:
        return lambda done, of: progress(what, done, of)

    index.build(some.articles, told("documents"))
    ranks: dict[str, list[int]] = {half: [] for half in HALVES}
    times: dict[str, list[float]] = {half: [] for half in HALVES}
    for number, query in enumerate(some.queries, 1):
        for half in HALVES:
            begun = perf_counter()
            found = index.ranked(query.text, half, DEEPEST)
            times[half].append((perf_counter() - begun) * 1000)
            ranks[half].append(next((at for at, one in enumerate(found, 1) if one in query.relevant), 0))
        progress("requests", number, len(some.queries))
    return {half: _figures(ranks[half], times[half]) for half in HALVES}


def _figures(ranks: Sequence[int], times: Iterable[float]) -> dict[str, Any]:
    """Of the places of the first right document, 0 where it is not among the first ten."""
    places = np.array(ranks)
    of = {f"recall@{most}": ((places > 0) & (places <= most)).astype(float) for most in (1, 3, 5)}
    of[f"mrr@{DEEPEST}"] = np.where(places > 0, 1 / np.maximum(places, 1), 0.0)
    p50, p95 = np.percentile(list(times), [50, 95])
    return {
        **{name: round(float(values.mean()), 4) for name, values in of.items()},
        "p50_ms": round(float(p50), 2),
        "p95_ms": round(float(p95), 2),
        "interval": {name: interval(values) for name, values in of.items()},
    }


def interval(values: Numbers) -> list[float]:
    """Where the mean lies in 95 of 100 samples drawn from these values."""
    drawn = np.random.default_rng(0).integers(0, len(values), (DRAWS, len(values)))
    return [round(float(one), 4) for one in np.percentile(values[drawn].mean(1), [2.5, 97.5])]
