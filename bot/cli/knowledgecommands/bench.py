"""`knowledge bench`: how well a set of documents and requests is found, by words, by meaning, and by both."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.terminal import Json, attempted, put_json
from bot.errors import CommandError

SHOWN = ("recall@1", "recall@3", "recall@5", "mrr@10")


def command(
    path: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Documents and requests, an object of JSON a line.")],
    no_titles: Annotated[bool, typer.Option("--no-titles", help="The documents without their titles.")] = False,
    as_json: Json = False,
) -> None:
    """Recall and mean reciprocal rank of BM25, of the embedded model, and of both, with 95 % intervals. Needs no database."""
    found = attempted(lambda: _measured(path, titles=not no_titles))
    if as_json:
        put_json(found)
    else:
        _table(found)


def _measured(path: Path, *, titles: bool) -> dict[str, Any]:
    """{file, titles, documents, requests, model, lexical, dense, fused}. Raises CommandError."""
    from bot.library import embedding
    from bot.settings import load
    from knowledge import bench
    from knowledge.embeddings import EmbeddingsError

    model = embedding.model(load()).embedder
    try:
        some = bench.read(path, titles=titles)
        with _bar() as progress:
            rows = bench.measure(some, model, progress)
    except (bench.SetError, EmbeddingsError) as error:
        raise CommandError(str(error)) from None
    counted = {"documents": len(some.articles), "requests": len(some.queries)}
    return {"file": path.name, "titles": titles, **counted, "model": model.id, **rows}


@contextmanager
def _bar() -> Iterator[Any]:
    """On stderr, and only for somebody who looks at it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as drawn:
        tasks: dict[str, Any] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = drawn.add_task(what, total=of)
            drawn.update(tasks[what], completed=done, total=of)

        yield progress


def _table(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    titled = "" if found["titles"] else ", without titles"
    drawn = Table(title=f"{found['file']}: {found['requests']} requests, {found['documents']} documents{titled}")
    drawn.add_column("by")
    for name in (*SHOWN, "p50 ms", "p95 ms"):
        drawn.add_column(name, justify="right")
    for row in ("lexical", "dense", "fused"):
        of = found[row]
        shown = [f"{of[name]:.3f} ({of['interval'][name][0]:.3f}-{of['interval'][name][1]:.3f})" for name in SHOWN]
        drawn.add_row(row, *shown, f"{of['p50_ms']:.1f}", f"{of['p95_ms']:.1f}")
    Console(width=None if sys.stdout.isatty() else 132).print(drawn)
