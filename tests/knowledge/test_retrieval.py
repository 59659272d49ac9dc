"""Retrieval on public data: alert texts of a cluster against the runbooks written for them."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from knowledge.embeddings import MiniLM
from knowledge.index import Hit, Index
from tests.knowledge.shelf import runbook
from tests.shared import shared

DOCUMENTS = 40
WORDS = 120
"""Of each document: enough to compare the halves with each other, and quick."""


def recall(ranked: list[list[str]], relevant: list[set[str]], most: int) -> float:
    return float(np.mean([bool(set(ids[:most]) & wanted) for ids, wanted in zip(ranked, relevant, strict=True)]))


async def test_the_mix_is_no_worse_than_its_worse_half(model: MiniLM) -> None:
    """Neither meaning nor words are safe alone; the mix of both must not fall behind the weaker of them, at 1 or at 5."""
    folder = shared()
    if folder is None:
        pytest.skip("no public data: name its folder in DESKHAND_SHARED")
    rows: list[Any] = [json.loads(line) for line in (folder / "runbooks_prometheus.jsonl").read_text().splitlines()]
    queries = [row for row in rows if row["type"] == "query"]
    wanted = {doc for row in queries for doc in row["relevant"]}
    documents = [row for row in rows if row["type"] == "doc" and row["doc_id"] in wanted][:DOCUMENTS]
    kept = {row["doc_id"] for row in documents}
    queries = [row for row in queries if kept & set(row["relevant"])]
    index = Index(model)
    index.build([runbook(row["doc_id"], row["title"], text=" ".join(row["text"].split()[:WORDS])) for row in documents])

    hits = [await index.search(row["query"], len(documents)) for row in queries]

    relevant = [set(row["relevant"]) for row in queries]
    by: dict[str, Callable[[Hit], float]] = {
        "mix": lambda hit: hit.score,
        "dense": lambda hit: hit.cosine,
        "lexical": lambda hit: hit.lexical,
    }
    ranked = {name: [[hit.runbook for hit in sorted(one, key=key, reverse=True)] for one in hits] for name, key in by.items()}
    figures = {name: [recall(ids, relevant, most) for most in (1, 5)] for name, ids in ranked.items()}
    print(len(queries), "queries,", len(documents), "documents:", figures)
    for at in (0, 1):
        assert figures["mix"][at] >= min(figures["dense"][at], figures["lexical"][at])
