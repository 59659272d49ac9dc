"""The newest result in `docs/results/` as a table in `docs/benchmark.md`: `python -m tests.evaluation.render` writes it.

The figures' meanings stand there as well, as `tests/evaluation/figures.py` has them. Both are held against the page by a test.
"""

from pathlib import Path

from pydantic import ValidationError

from bot.errors import CommandError
from tests.evaluation.figures import FIGURES
from tests.evaluation.score import FORMAT, Result
from tests.evaluation.tables import markdown
from tests.programs import ROOT

RESULTS = ROOT / "docs" / "results"
PAGE = ROOT / "docs" / "benchmark.md"
NONE = "No result is kept yet; `python -m bot eval --save` keeps one.\n"


def newest(folder: Path = RESULTS) -> Path | None:
    """The file of the newest result; its name begins with its day."""
    return max(folder.glob("????-??-??-eval.json"), default=None)


def read(file: Path) -> Result:
    """Raises CommandError."""
    try:
        found = Result.model_validate_json(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CommandError(f"{file} is no result of an evaluation: {place + ': ' if place else ''}{first['msg']}") from None
    if found.format != FORMAT:
        raise CommandError(f"{file} has format {found.format}; this version reads {FORMAT}")
    return found


def written(page: str, found: Result | None) -> str:
    """The page with the tables between its marks."""
    meanings = "| figure | what it means |\n|---|---|\n" + "".join(f"| {one.name} | {one.meaning} |\n" for one in FIGURES)
    return _between(_between(page, "figures", meanings), "result", markdown(found) if found else NONE)


def render(page: Path = PAGE, folder: Path = RESULTS) -> None:
    """Raises CommandError when the newest result cannot be read or the page has lost its marks."""
    file = newest(folder)
    text = written(page.read_text(encoding="utf-8"), read(file) if file else None)
    page.write_text(text, encoding="utf-8")


def _between(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    head, found, rest = page.partition(begin)
    _, ended, tail = rest.partition(end)
    if not found or not ended:
        raise CommandError(f"the page has no place for the {name}: {begin.strip()} … {end} is missing")
    return f"{head}{begin}\n{text}\n{end}{tail}"


if __name__ == "__main__":
    render()
