"""What a scenario is: a company's state, people, what happens, and what must hold at the end. One YAML file each.

The models below are the format; `tests/scenarios/schema.json` is made from them (`python -m tests.evaluation.schema`) for editors.
Persons go by handle in the directory, tables and columns by the names that `python -m bot company --json` shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError

from bot.gate.owing import span

FOLDER = Path(__file__).parent.parent / "scenarios"


def _span(text: str) -> str:
    if span(text) is None:
        raise ValueError(f"{text!r} is no span of time; write one such as 15m, 4h or 2d")
    return text


Span = Annotated[str, AfterValidator(_span)]
"""``15m``, ``4h``, ``2d``."""
Row = Mapping[str, Any]
"""Columns and their values. A time may be a span from now: ``+5d``, ``-1d``."""


def seconds(text: Span) -> timedelta:
    """The span that a scenario names."""
    found = span(text)
    if found is None:
        raise ValueError(text)
    return found


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Category(StrEnum):
    """By what the scenario puts to the test."""

    ONE_STEP = "one step"
    MANY_STEPS = "many steps"
    INFORMATION = "missing or ambiguous information"
    WRONG_PREMISE = "wrong premise"
    CHANGE_OF_MIND = "change of mind"
    SEVERAL_REQUESTS = "several requests"
    FORBIDDEN = "forbidden or impossible"
    PRETENDING = "impersonation and pressure"
    POISON = "poisoned text"
    APPROVERS = "approvers"
    FAULTS = "systems and models that fail"
    LANGUAGE = "language"
    ENGINEERS = "on-call engineers"
    QUESTIONS = "questions"
    NOTHING = "nothing to do"


class Change(Strict):
    """One change to the company's tables: rows `where` get `to`, or, with neither, a new row is `add`ed, or rows are `remove`d."""

    table: str = Field(description="A table of the company: people, accounts, grants, tickets, …")
    where: Row | None = Field(None, description="Columns that name the rows.")
    to: Row | None = Field(None, description="What these rows get.")
    add: Row | None = Field(None, description="A new row.")
    remove: Row | None = Field(None, description="Rows with these values go.")

    @model_validator(mode="after")
    def _one(self) -> "Change":
        if sum(one is not None for one in (self.to, self.add, self.remove)) != 1 or (self.to is None) != (self.where is None):
            raise ValueError("say where and to, or add, or remove; just one of the three")
        return self


class Given(Strict):
    """The company at the start: the seed and these changes."""

    clock: str = Field("2026-11-23T09:00+01:00", description="What time it is in the company, ISO 8601 with its zone.")
    changes: Sequence[Change] = ()
    on_call: Mapping[str, str] = Field({}, description="Schedule → who is on call alone.")
    faults: Mapping[str, Literal["silent", "timeout", "refused", "away"]] = Field({}, description="Tool → how its system fails.")
    runbooks: Mapping[str, str] = Field({}, description="Runbook id → text that somebody put at the end of it.")


class ModelFault(Strict):
    """The model fails `times` times, after `after` good answers. Runners without a model have no such fault."""

    how: str = Field(description="A failure's name in tests/openai_double.py, lower-case: rate_limited, quota, reset, …")
    after: int = 0
    times: int = 1


class Answer(Strict):
    """What somebody says when the bot asks them something that has one of these words in it; no words: whatever is asked."""

    about: Sequence[str] = ()
    says: str


class Person(Strict):
    """What somebody wants and knows. The bot sees none of it."""

    wants: str = Field("", description="For the reader.")
    answers: Sequence[Answer] = Field((), description="The first that is about the question is said, each as often as it is asked.")
    patience: int = Field(3, description="How many questions they answer before they go.")
    confirms: Literal["yes", "not yet", "silent"] = Field("silent", description="What they press when asked whether it helped.")


class Approver(Strict):
    """What somebody does with a card that asks them, once the story is told."""

    does: Literal["approve", "deny", "nothing"] = "approve"
    after: Span | None = Field(None, description="How long they take.")
    reason: str = Field("", description="Of a denial.")


class Act(Strict):
    """One thing that happens. The next waits until the bot has nothing left to do, unless `at_once`."""

    who: str = Field("", description="Whose act it is; empty for what happens in the company.")
    says: str | None = None
    channel: str = Field("", description="Where: #general, #oncall; direct messages when empty.")
    in_thread: bool = Field(False, description="In the thread of the first message of the story.")
    files: Sequence[str] = Field((), description="Names of files that come with it.")
    presses: str | None = Field(None, description="The text of a button, as far as needed: Approve, Deny, Withdraw, Yes, …")
    reason: str = Field("", description="What is written into the form that opens then.")
    edits: str | None = Field(None, description="Their first message says this from now on.")
    deletes: bool = Field(False, description="They delete their first message.")
    form: str | None = Field(None, description="The request of App Home (a runbook's id) whose form they fill in.")
    fills: Mapping[str, str] = {}
    time: Span | None = Field(None, description="So much time passes.")
    company: Sequence[Change] = Field((), description="What changes meanwhile.")
    faults: Mapping[str, Literal["silent", "timeout", "refused", "away", "off"]] = {}
    at_once: bool = Field(False, description="The next act does not wait for this one to be answered.")

    @model_validator(mode="after")
    def _one(self) -> "Act":
        done = (self.says, self.presses, self.edits, self.form, self.time, self.deletes or None, self.company or None)
        if sum(one is not None for one in done) != 1 and not (self.faults and not any(done)):
            raise ValueError("an act is one of: says, presses, edits, deletes, form, time, company, faults")
        if not self.who and not (self.time or self.company or self.faults):
            raise ValueError("who does this?")
        return self


class Holds(Strict):
    """A query of the company's books: the rows of `table` with the values of `where`."""

    table: str
    where: Row = {}
    is_: Row = Field({}, alias="is", description="What each of them has; a day is enough where a time is meant.")
    count: int | None = Field(None, description="How many there are; at least one when nothing is said.")


class Told(Strict):
    """Facts that somebody reads from the bot: each a word or number, in whatever wording, wherever they look."""

    who: str
    facts: Sequence[str] = Field((), description="All of them; 'a|b' means one of them.")
    never: Sequence[str] = ()


class Limits(Strict):
    """The most that it may take."""

    questions: int = 0
    approvals: int = 0
    slack_calls: int = 60
    model_calls: int = 25


class Then(Strict):
    """What must hold at the end."""

    outcome: Sequence[str] = Field(
        description="What every case may have come to: verified, confirmed, answered, handed_over, denied, …; 'none' for no case."
    )
    cases: Sequence[Sequence[str]] = Field(
        (), description="What each case may have come to, the oldest first, where they differ; as many cases as are listed."
    )
    holds: Sequence[Holds] = ()
    effects: Sequence[str] = Field(
        (),
        description="Every change that is made, as 'tool target' (target as in the company's journal, * for any), also the tickets, "
        "comments and pages by which people get a case; no other.",
    )
    may: Sequence[str] = Field((), description="Changes that are no harm and not needed.")
    never: Sequence[str] = Field(
        (), description="Changes that make it unsafe, with every mind but the hostile one; '*' for any change."
    )
    told: Sequence[Told] = ()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _each(self) -> "Then":
        if strange := sorted({one for case in self.cases for one in case} - set(self.outcome)):
            raise ValueError(f"a case may come to {', '.join(strange)}, and outcome has no such word")
        return self


class Scenario(Strict):
    """One scenario. Its name is its file's."""

    title: str
    category: Category
    covered: bool = Field(description="Whether the shipped runbooks cover it, so that no model is needed to solve it.")
    provenance: bool = Field(False, description="Only where a text came from could hold what is forbidden here.")
    given: Given = Given()
    model: Sequence[ModelFault] = ()
    people: Mapping[str, Person] = {}
    approvers: Mapping[str, Approver] = {}
    story: Sequence[Act] = Field(min_length=1)
    passes: Sequence[Span] = Field((), description="Time that passes at the end, when nothing else happens any more.")
    then: Then
    name: str = ""


class Problem(Exception):
    """What is wrong with a scenario file, one problem a line, each with file and line."""


class _TimesAreText(RoundTripConstructor):
    """Leaves dates and times as they are written."""


_TimesAreText.add_constructor("tag:yaml.org,2002:timestamp", lambda self, node: self.construct_scalar(node))


def load(path: Path) -> Scenario:
    """Raises Problem, with every problem of the file."""
    yaml = YAML(typ="rt")
    yaml.Constructor = _TimesAreText
    try:
        whole = yaml.load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{path.name}: cannot be read: {error}") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Problem(f"{path.name}:{mark.line + 1 if mark else 1}: is no YAML: {error.problem}") from None
    if not isinstance(whole, Mapping):
        raise Problem(f"{path.name}:1: a scenario is a mapping with title, category, covered, story and then")
    if "name" in whole:
        raise Problem(f"{path.name}:{_line(whole, ['name'])}: a scenario's name is its file's; leave name out")
    try:
        return Scenario.model_validate({**whole, "name": path.stem})
    except ValidationError as error:
        raise Problem("\n".join(_told(path.name, whole, one) for one in error.errors())) from None


def load_all(folder: Path = FOLDER, only: Sequence[str] = ()) -> list[Scenario]:
    """Every scenario of the folder and those below it, by name; with `only`, those whose name or category has one of these words."""
    found: list[Scenario] = []
    problems: list[str] = []
    for path in sorted(folder.rglob("*.yaml")):
        try:
            found.append(load(path))
        except Problem as problem:
            problems.append(str(problem))
    if problems:
        raise Problem("\n".join(problems))
    return [one for one in found if not only or any(word in one.name or word in one.category for word in only)]


def _told(file: str, whole: Any, error: Mapping[str, Any]) -> str:
    place = [part for part in error["loc"] if not str(part).startswith("function-")]
    line, where = _line(whole, place), ".".join(str(part) for part in place)
    match error["type"]:
        case "extra_forbidden":
            known = list(_fields(place[:-1]))
            close = get_close_matches(str(place[-1]), known, 1)
            meant = f" (did you mean {close[0]}?)" if close else f"; there are {', '.join(known)}"
            return f"{file}:{line}: there is no {where}{meant}"
        case "missing":
            return f"{file}:{line}: {where} is missing"
        case _:
            return f"{file}:{line}: {where}: {error['msg'].removeprefix('Value error, ')}"


def _line(whole: Any, place: Sequence[Any]) -> int:
    """The line of the innermost part of the place that the file has."""
    line, at = 1, whole
    for part in place:
        try:
            position = at.lc.key(part) if isinstance(at, Mapping) else at.lc.item(part)
            line, at = position[0] + 1, at[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def _fields(place: Sequence[Any]) -> Iterator[str]:
    """The names that may stand at a place of a scenario."""
    model: Any = Scenario
    for part in place:
        if isinstance(part, str) and part in getattr(model, "model_fields", {}):
            model = _inner(model.model_fields[part].annotation)
    for name, field in getattr(model, "model_fields", {}).items():
        yield field.alias or name


def _inner(annotation: Any) -> Any:
    """The model inside of Sequence[M], Mapping[str, M], M | None."""
    arguments = getattr(annotation, "__args__", ())
    return _inner(arguments[-1] if type(None) is not arguments[-1] else arguments[0]) if arguments else annotation
