"""Runbooks and an embedder made up for tests: what they know can be seen at a glance."""

from collections.abc import Sequence

import numpy as np

from knowledge.embeddings import Vectors
from knowledge.runbook import Runbook

TOPICS = ("lock", "app", "phone", "vpn")


class Topics:
    """An embedder that knows four words: a text's vector points to those that it contains, else to nowhere in particular."""

    dim = len(TOPICS) + 1
    english_only = False

    def __init__(self, id: str = "topics", sha256: str = "0" * 64) -> None:  # noqa: A002 - the port's own name
        self.id, self.sha256 = id, sha256
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.seen += texts
        vectors = np.array([[*(float(topic in text) for topic in TOPICS), 0.1] for text in texts], np.float32)
        unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return unit.reshape(len(texts), self.dim)


def runbook(id: str, title: str, *symptoms: str, unlike: Sequence[str] = (), text: str = "") -> Runbook:  # noqa: A002
    return Runbook(
        id=id,
        title=title,
        kind="question",
        owner="",
        reviewed="",
        symptoms=tuple(symptoms),
        unlike=tuple(unlike),
        needs={},
        steps=(),
        done="",
        hand_over="",
        examples=(),
        text=text,
        version="",
        path=f"{id}.md",
    )
