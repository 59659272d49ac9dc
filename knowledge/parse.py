"""Runbooks from their files: one, or a folder of them.

Every problem of a file is told at once, with file and line, what it concerns, and what was meant perhaps. Nothing is evaluated
here, and no tool is known (`bot.runbooks.binding` binds a runbook to tools).
"""

import hashlib
import re
from datetime import date
from functools import lru_cache
from pathlib import Path

from knowledge import frontmatter, parts
from knowledge.problems import Node, Problem, Report, RunbookError, meant
from knowledge.runbook import REVIEW_EVERY, Runbook
from knowledge.steps import steps as read_steps
from knowledge.tongues import LANGUAGES

__all__ = ["RunbookError", "load", "parse"]

HOME_LENGTH = 40
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KINDS = ("incident", "service_request", "question")
KEYS = (
    "id",
    "title",
    "kind",
    "owner",
    "reviewed",
    "review_every",
    "audience",
    "symptoms",
    "symptoms_in",
    "unlike",
    "needs",
    "preconditions",
    "steps",
    "done",
    "already",
    "hand_over",
    "home",
    "examples",
)
NEEDED = ("id", "title", "kind", "owner", "reviewed", "symptoms", "examples")
NOT_FOR_A_QUESTION = ("needs", "preconditions", "steps", "done", "already")
FOR_ENGINEER = re.compile(r"^## For the engineer on call[ \t]*$\n?", re.MULTILINE)
"""The heading in the text below which whoever takes a case over reads on."""
SPAN_DAYS = {"d": 1, "w": 7, "m": 30}


def load(folder: Path) -> tuple[list[Runbook], list[RunbookError]]:
    """Every runbook of the folder that can be used, in the order of file names, and what is wrong with each of the others.

    Of two with the same id the second is left out.
    """
    good: list[Runbook] = []
    bad: list[RunbookError] = []
    first: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        try:
            runbook, line = _parse(path)
        except RunbookError as error:
            bad.append(error)
            continue
        if runbook.id in first:
            told = f'the id "{runbook.id}" is already that of {first[runbook.id]}; this file is left out'
            bad.append(RunbookError(Problem(path.name, line, told)))
            continue
        first[runbook.id] = path.name
        good.append(runbook)
    return good, bad


def parse(path: Path) -> Runbook:
    """One runbook. Raises RunbookError."""
    return _parse(path)[0]


def _parse(path: Path) -> tuple[Runbook, int]:
    """The runbook, and the line of its id."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RunbookError(Problem(path.name, 0, f"cannot be read: {error.strerror or error}")) from None
    return _read(path, raw)


@lru_cache(maxsize=512)
def _read(path: Path, raw: bytes) -> tuple[Runbook, int]:
    """The same of what stands in the file: one that did not change is not read twice."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RunbookError(Problem(path.name, line, "is not written in UTF-8")) from None
    front = frontmatter.read(text, path.name)
    report = Report(path.name)
    whole = Node(front.mapping, "", report, 1)
    runbook = _runbook(front, whole, path, hashlib.sha256(raw).hexdigest()[:12])
    if (problems := report.error()) is not None:
        raise problems
    return runbook, whole.line("id")


def _runbook(front: frontmatter.FrontMatter, whole: Node, path: Path, version: str) -> Runbook:
    report = whole.report
    for_person, *rest = FOR_ENGINEER.split(front.text, maxsplit=1)
    whole.keys(KEYS, needed=NEEDED)
    name, kind = whole.text("id"), whole.text("kind")
    if name and not ID.fullmatch(name):
        whole.problem(f'id "{name}" must be small letters, digits and single hyphens, such as app-access', "id")
    if kind and kind not in KINDS:
        whole.problem(f'kind "{kind}" is unknown{meant(kind, KINDS)}; it is one of {", ".join(KINDS)}', "kind")
    needs, steps = parts.needs(whole, report), read_steps(whole, report)
    if kind == "question":
        for key in NOT_FOR_A_QUESTION:
            if front.mapping.get(key):
                whole.problem(f'a question has no "{key}": the text below the front matter is the answer', key)
        if not for_person.strip():
            report.add(front.text_line, "a question needs a text below the front matter: that is the answer")
    elif kind in KINDS and not front.mapping.get("steps"):
        whole.problem(f'a runbook of kind {kind} needs "steps"; only a question has none', "steps")
    return Runbook(
        id=name,
        title=whole.text("title"),
        kind=kind,
        owner=whole.text("owner"),
        reviewed=_reviewed(whole),
        symptoms=whole.texts("symptoms"),
        unlike=whole.texts("unlike"),
        needs=needs,
        steps=steps,
        done=whole.text("done"),
        already=whole.text("already"),
        hand_over=whole.text("hand_over"),
        examples=parts.examples(whole, report),
        text=for_person.strip(),
        version=version,
        path=str(path),
        symptoms_in=_symptoms_in(whole),
        home=_home(whole),
        audience=whole.texts("audience"),
        preconditions=parts.preconditions(whole, report),
        review_every=_review_every(whole),
        for_engineer="".join(rest).strip(),
        lines={str(key): whole.line(str(key)) for key in front.mapping},
    )


def _symptoms_in(whole: Node) -> tuple[tuple[str, str], ...]:
    body = whole.mapping("symptoms_in", "{de: [mein Konto ist gesperrt]}")
    several = Node(body, "symptoms_in", whole.report, whole.line("symptoms_in"))
    several.keys(LANGUAGES)
    return tuple((code, text) for code in LANGUAGES for text in several.texts(code))


def _home(whole: Node) -> str:
    said = whole.text("home")
    if len(said) > HOME_LENGTH:
        whole.problem(f'home "{said}" has {len(said)} characters; a button takes {HOME_LENGTH}', "home")
    return said


def _reviewed(whole: Node) -> str:
    said = whole.text("reviewed")
    try:
        return date.fromisoformat(said).isoformat() if said else ""
    except ValueError:
        whole.problem(f'reviewed "{said}" is no date; write one such as 2026-10-01', "reviewed")
        return ""


def _review_every(whole: Node) -> int:
    said = whole.text("review_every")
    if not said:
        return REVIEW_EVERY
    if (span := re.fullmatch(r"(\d{1,3})([dwm])", said)) is None or int(span[1]) == 0:
        whole.problem(f'review_every "{said}" is no span of days; write one such as 90d, 12w or 6m', "review_every")
        return REVIEW_EVERY
    return int(span[1]) * SPAN_DAYS[span[2]]
