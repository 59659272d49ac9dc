"""`python -m tests.bench.scale [SIZE …]`: how the index of articles grows; JSON on stdout, a table on stderr.

A thousand pieces are embedded for real. Larger sizes have made-up vectors (as many middles as a tenth of a list holds, and noise
around them) and made-up texts (words as frequent as in a language): they measure the index alone, not what is found. Each size is
built twice: the first time it is ended half way, so the second has only the rest to make.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.article import Article
from knowledge.embeddings import Embedder, MiniLM, Vectors
from knowledge.markdown import Section
from knowledge.nearest import EXACT, Nearest
from knowledge.passages import Passages
from knowledge.sources import Folder

ROOT = Path(__file__).parents[2]
REAL = 1_000
SIZES = (REAL, 100_000, 1_000_000)
PROBES = (8, 32, 128, 256)
QUERIES = 100
WORDS, LONG, MIDDLES = 50_000, 30, 20_000


class Ended(Exception):
    """The build was ended."""


class MadeUp:
    """A vector for each text by the number that it begins with: one of many middles, and noise."""

    id, sha256, dim = "made-up", "0" * 64, 384
    english_only = True

    def __init__(self) -> None:
        self._middles = np.random.default_rng(1).standard_normal((MIDDLES, self.dim)).astype(np.float32)

    def embed(self, texts: Sequence[str]) -> Vectors:
        numbers = [int(text.split(" ", 1)[0].rsplit(".", 1)[-1].strip("nq")) for text in texts]
        noise = np.stack([np.random.default_rng(number).standard_normal(self.dim, np.float32) for number in numbers])
        vectors = self._middles[[number % MIDDLES for number in numbers]] + noise
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


class Until:
    """An embedder that ends the build after so many texts, and counts."""

    def __init__(self, inner: Embedder, most: int) -> None:
        self.id, self.sha256, self.dim, self.english_only = inner.id, inner.sha256, inner.dim, inner.english_only
        self._inner, self._most, self.made = inner, most, 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.made >= self._most:
            raise Ended
        self.made += len(texts)
        return self._inner.embed(texts)


def made_up(count: int) -> list[Article]:
    drawn = np.minimum(np.random.default_rng(0).zipf(1.2, (count, LONG)), WORDS)
    return [Article(str(at), "", (Section("", f"n{at} " + " ".join(f"w{one}" for one in row)),)) for at, row in enumerate(drawn)]


def real(count: int) -> list[Article]:
    """Of this repository's own pages, and of the same with each section begun in its middle, as many pieces."""
    pages = [one for one in Folder("docs", ROOT).articles() if isinstance(one, Article)]
    turned = [Article(f"{one.id}~", one.title, tuple(_turned(part) for part in one.sections), one.link) for one in pages]
    found: list[Article] = []
    for one in (*pages, *turned):
        found.append(one)
        if sum(len(list(page.pieces())) for page in found) >= count:
            break
    return found


def _turned(section: Section) -> Section:
    said = section.text.split()
    middle = len(said) // 2
    return Section(section.heading, " ".join([*said[middle:], *said[:middle]]), section.anchor)


def measured(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """One size: seconds of a build, of one that goes on, memory, search times, and recall against exact."""
    articles = real(count) if count <= REAL else made_up(count)
    model: Embedder = MiniLM() if count <= REAL else MadeUp()
    pieces = [text for one in articles for _, text in one.pieces()]
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        ended = Until(model, len(pieces) // 2)
        index = Passages(ended, Path(folder))
        try:
            index.build(articles)
        except Ended:
            say(f"{count}: ended after {ended.made} of {len(pieces)}")
        rest = Until(model, 2 * len(pieces) + QUERIES)
        index = Passages(rest, Path(folder), remembered=0)
        index.build(articles, lambda done, of: say(f"{count}: {done} of {of}") if done % 65_536 == 0 else None)
        seconds, went_on = time.perf_counter() - begun, rest.made
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    queries = [pieces[at] for at in np.random.default_rng(2).integers(0, len(pieces), QUERIES)]
    if count > REAL:
        queries = [f"q{int(one.split(' ', 1)[0].strip('n')) + 10**9 * MIDDLES} {' '.join(one.split()[1:9])}" for one in queries]
    times = []
    for query in queries:
        begun = time.perf_counter()
        index.search(query)
        times.append((time.perf_counter() - begun) * 1000)
    p50, p95 = np.percentile(times, [50, 95])
    found: dict[str, Any] = {
        "pieces": len(pieces),
        "made": "embedded for real" if count <= REAL else "made-up vectors and texts: the index only",
        "build_s": round(seconds, 1),
        "made_before_it_was_ended": ended.made,
        "made_when_it_went_on": went_on,
        "memory_mb": round(memory),
        "kept_mb": round(size / 2**20, 1),
        "search_p50_ms": round(float(p50), 1),
        "search_p95_ms": round(float(p95), 1),
        "exact": len(pieces) <= EXACT,
    }
    if not found["exact"]:
        found["probes"] = approximate(model, pieces, queries, say)
    return found


def approximate(model: Embedder, pieces: Sequence[str], queries: Sequence[str], say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Of the vectors alone, by how many lists are looked into: recall of the ten nearest against exact, and times."""
    vectors = np.concatenate([model.embed(pieces[at : at + 4096]) for at in range(0, len(pieces), 4096)])
    asked = model.embed(queries)
    exact = Nearest(vectors, exact=len(vectors))
    truth = [set(exact.search(one, 10)[1].tolist()) for one in asked]
    del exact
    index = Nearest(vectors)
    say("the approximate index is built")
    rows = []
    for probes in PROBES:
        index._index.nprobe = probes
        times, hits = [], 0
        for one, wanted in zip(asked, truth, strict=True):
            begun = time.perf_counter()
            _, rows_found = index.search(one, 10)
            times.append((time.perf_counter() - begun) * 1000)
            hits += len(wanted & set(rows_found.tolist()))
        p50, p95 = (round(float(one), 2) for one in np.percentile(times, [50, 95]))
        rows.append({"probes": probes, "recall@10": round(hits / (10 * len(asked)), 3), "p50_ms": p50, "p95_ms": p95})
    return rows


def plot(found: Sequence[dict[str, Any]]) -> str:
    """Search times and memory by size as SVG, both scales logarithmic."""
    lines = (
        ("search_p50_ms", "#1264a3", "search p50, ms"),
        ("search_p95_ms", "#e01e5a", "search p95, ms"),
        ("memory_mb", "#2eb67d", "memory, MB"),
    )
    low, high = np.log10(min(one["pieces"] for one in found)), np.log10(max(one["pieces"] for one in found))
    top = np.log10(max(one[name] for one in found for name, _, _ in lines))

    def place(pieces: float, value: float) -> str:
        x = 60 + 480 * (np.log10(pieces) - low) / max(high - low, 1e-9)
        return f"{x:.0f},{270 - 240 * np.log10(max(value, 1)) / top:.0f}"

    drawn = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" font-family="sans-serif" font-size="12">']
    drawn.append('<rect width="640" height="320" fill="white"/><path d="M60 20V270H560" fill="none" stroke="#888"/>')
    for power in range(int(top) + 1):
        y = place(found[0]["pieces"], 10**power).split(",")[1]
        drawn.append(f'<text x="52" y="{y}" text-anchor="end">{10**power:,}</text>')
    for one in found:
        x = place(one["pieces"], 1).split(",")[0]
        drawn.append(f'<text x="{x}" y="288" text-anchor="middle">{one["pieces"]:,}</text>')
    for number, (name, colour, label) in enumerate(lines):
        points = " ".join(place(one["pieces"], one[name]) for one in found)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn.append(f'<text x="{70 + 170 * number}" y="310" fill="{colour}">{label}</text>')
    return "\n".join([*drawn, "</svg>", ""])


def main(sizes: Sequence[int]) -> list[dict[str, Any]]:
    def say(text: str) -> None:
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")

    found = []
    for size in sizes:
        found.append(measured(size, say))
        say(json.dumps(found[-1]))
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main([int(one) for one in sys.argv[1:]] or SIZES), indent=2) + "\n")
