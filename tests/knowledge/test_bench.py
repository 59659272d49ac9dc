"""What `knowledge bench` measures: sets of the public form, and what makes of it a fair measurement."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from knowledge.bench import SetError, interval, measure, read
from knowledge.embeddings import MiniLM
from tests.knowledge.shelf import Topics
from tests.shared import shared

ROWS = [
    {"type": "doc", "doc_id": "a", "title": "KubePodLock", "text": "# KubePodLock\n\nThe lock of a pod."},
    {
        "type": "doc",
        "doc_id": "b",
        "title": "The vpn",
        "text": "## Cause\n\nA certificate.\n\n## Solution\n\nA new one for the vpn.",
    },
    {"type": "doc", "doc_id": "c", "title": "Something else", "text": "Nothing of it."},
    {"type": "query", "query": "what is kubepodlock", "relevant": ["a"]},
    {"type": "query", "query": "the vpn has no certificate", "relevant": ["b"]},
]


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "set.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return path


def test_a_set_is_measured_by_each_half_and_by_both(tmp_path: Path) -> None:
    """All figures are there for each, and what is plain to see is found at once."""
    rows = measure(read(written(tmp_path, ROWS)), Topics(), lambda *_: None)

    assert list(rows) == ["lexical", "dense", "fused"]
    for row in rows.values():
        assert {"recall@1", "recall@3", "recall@5", "mrr@10", "p50_ms", "p95_ms", "interval"} == set(row)
    assert (rows["lexical"]["recall@1"], rows["fused"]["mrr@10"]) == (1.0, 1.0)


def test_without_titles_the_title_is_nowhere(tmp_path: Path) -> None:
    """Neither as a title nor as the heading that repeats it; the rest of the text stays."""
    with_, without = read(written(tmp_path, ROWS)), read(written(tmp_path, ROWS), titles=False)

    assert [one.title for one in with_.articles] == ["KubePodLock", "The vpn", "Something else"]
    assert [one.title for one in without.articles] == ["", "", ""]
    assert not any("KubePodLock" in text for one in without.articles for _, text in one.pieces())
    assert [one.text for one in without.articles] == [one.text for one in with_.articles]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "0 documents and 0 requests"),
        (ROWS[:3], "0 requests"),
        ([*ROWS, {"type": "query", "query": "x", "relevant": ["z"]}], r'set.jsonl:6: there is no document "z"'),
        ([*ROWS, {"type": "query", "query": "x", "relevant": []}], "set.jsonl:6: .relevant. names no document"),
        ([*ROWS, {"type": "query", "relevant": ["a"]}], 'set.jsonl:6: "query" is missing'),
        ([*ROWS, []], "set.jsonl:6: it is no object"),
    ],
)
def test_a_file_that_is_no_set_is_refused_with_its_line(tmp_path: Path, rows: list[Any], said: str) -> None:
    with pytest.raises(SetError, match=said):
        read(written(tmp_path, rows))


def test_the_command_gives_rows_alone_on_stdout(tmp_path: Path) -> None:
    """With --json; what cannot be read is one line and exit code 1."""
    given = CliRunner().invoke(app, ["knowledge", "bench", str(written(tmp_path, ROWS)), "--no-titles", "--json"])
    found = json.loads(given.stdout)
    assert (found["documents"], found["requests"], found["titles"]) == (3, 2, False)
    assert {"lexical", "dense", "fused"} <= set(found)

    missing = CliRunner().invoke(app, ["knowledge", "bench", str(tmp_path / "none.jsonl"), "--json"])
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert re.fullmatch(r"none.jsonl cannot be read: [\w ]+\n", missing.stderr)


def test_an_interval_holds_the_mean() -> None:
    """And is narrow where all are equal."""
    values = np.array([0.0, 1.0] * 50)
    low, high = interval(values)
    assert 0.38 < low < 0.5 < high < 0.62
    assert interval(np.ones(20)) == [1.0, 1.0]


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("titles", [True, False], ids=["titles", "no titles"])
@pytest.mark.parametrize("name", ["runbooks_prometheus", "office_symptoms_retrieval"])
def test_both_together_are_ahead_of_the_better_half(model: MiniLM, name: str, titles: bool) -> None:
    """In mean reciprocal rank on the public development sets; and in recall@5 no worse than within its interval."""
    folder = shared()
    if folder is None:
        pytest.skip("no public data: name its folder in DESKHAND_SHARED")

    rows = measure(read(folder / f"{name}.jsonl", titles=titles), model, lambda *_: None)

    better = max(rows["lexical"]["mrr@10"], rows["dense"]["mrr@10"])
    assert rows["fused"]["mrr@10"] > better
    best = max((rows["lexical"], rows["dense"]), key=lambda row: row["recall@5"])
    assert rows["fused"]["recall@5"] >= best["interval"]["recall@5"][0]
