"""Read a runbook's file, with messages that name file, line and step, and what was meant perhaps. Evaluates nothing."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from knowledge.runbook import Example, Need, Runbook, Step

KINDS = ("incident", "service_request", "question")
SOURCES = ("catalogue", "person", "date", "choice")
KEYS = ("id", "title", "kind", "owner", "reviewed", "symptoms", "unlike", "needs", "steps", "done", "hand_over", "examples")
NEEDED = ("id", "title", "kind", "owner", "reviewed", "symptoms", "examples")
NEED_KEYS = ("from", "ask", "default", "choices")
STEP_KEYS = ("id", "tool", "args", "when", "expect", "title")
EXAMPLE_KEYS = ("says", "as", "given", "approves", "answers", "then")
FENCE = "---"


class RunbookError(Exception):
    """A runbook that cannot be used: every problem, one a line, each with file and line."""


def load(folder: Path) -> tuple[list[Runbook], list[RunbookError]]:
    """Every runbook of the folder that can be read, by file name, and what is wrong with the others."""
    good: list[Runbook] = []
    bad: list[RunbookError] = []
    files: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        try:
            runbook = parse(path)
        except RunbookError as error:
            bad.append(error)
            continue
        if runbook.id in files:
            bad.append(RunbookError(f"{path.name}:2: has the id {runbook.id!r} of {files[runbook.id]}; it is left out"))
            continue
        files[runbook.id] = path.name
        good.append(runbook)
    return good, bad


def parse(path: Path) -> Runbook:
    """One runbook. Raises RunbookError."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunbookError(f"{path.name}: cannot be read: {error}") from None
    return _Reader(path).read(text, hashlib.sha256(raw).hexdigest()[:12])


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[str] = []

    def _problem(self, line: int, message: str) -> None:
        self._problems.append(f"{self._path.name}:{line}: {message}" if line else f"{self._path.name}: {message}")

    def read(self, text: str, version: str) -> Runbook:
        lines = text.splitlines()
        ends = [number for number, line in enumerate(lines) if line.strip() == FENCE]
        if len(ends) < 2 or ends[0] != 0:  # noqa: PLR2004 - one fence before the front matter and one after
            raise RunbookError(f"{self._path.name}:1: has no front matter: it begins with a line `---` and ends with another")
        whole = self._yaml("\n".join(["", *lines[1 : ends[1]]]))
        self._known(whole, KEYS, "the runbook")
        for key in NEEDED:
            if not whole.get(key):
                self._problem(1, f"`{key}` is missing")
        kind = str(whole.get("kind", ""))
        if kind and kind not in KINDS:
            self._problem(_line(whole, "kind"), f"kind {kind!r} is unknown{_near(kind, KINDS)}; it is one of {', '.join(KINDS)}")
        body = "\n".join(lines[ends[1] + 1 :]).strip()
        steps = self._steps(whole.get("steps"), _line(whole, "steps"))
        if kind == "question" and steps:
            self._problem(_line(whole, "steps"), "a question has no steps: its text is the answer")
        if kind in KINDS and kind != "question" and not steps:
            self._problem(_line(whole, "steps") or 1, f"a runbook of kind {kind} needs `steps`")
        if kind == "question" and not body:
            self._problem(ends[1] + 1, "a question needs text below the front matter: that is the answer")
        runbook = Runbook(
            id=str(whole.get("id", "")),
            title=str(whole.get("title", "")),
            kind=kind,
            owner=str(whole.get("owner", "")),
            reviewed=self._date(whole),
            symptoms=self._texts(whole, "symptoms"),
            unlike=self._texts(whole, "unlike"),
            needs=self._needs(whole.get("needs"), _line(whole, "needs")),
            steps=steps,
            done=str(whole.get("done", "")) if kind != "question" else body,
            hand_over=str(whole.get("hand_over", "")),
            examples=self._examples(whole.get("examples"), _line(whole, "examples")),
            text=body,
            version=version,
            path=str(self._path),
        )
        if self._problems:
            raise RunbookError("\n".join(self._problems))
        return runbook

    def _yaml(self, text: str) -> Mapping[str, Any]:
        try:
            whole = YAML(typ="rt").load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = str(error.problem or "is not YAML").splitlines()[0]
            raise RunbookError(f"{self._path.name}:{mark.line + 1 if mark else 1}: is not readable YAML: {said}") from None
        except Exception as error:  # noqa: BLE001 - the reader raises what it likes; the file is unusable
            raise RunbookError(f"{self._path.name}: is not readable YAML: {str(error).splitlines()[0]}") from None
        if not isinstance(whole, Mapping):
            raise RunbookError(f"{self._path.name}:1: the front matter is no mapping; it begins with `id:`")
        return whole

    def _known(self, mapping: Mapping[str, Any], keys: Sequence[str], what: str) -> None:
        for key in mapping:
            if key not in keys:
                self._problem(_line(mapping, key), f"{what} has unknown key {str(key)!r}{_near(str(key), keys)}")

    def _date(self, whole: Mapping[str, Any]) -> str:
        said = whole.get("reviewed", "")
        if isinstance(said, dt.date):
            return said.isoformat()
        try:
            return dt.date.fromisoformat(str(said)).isoformat() if said else ""
        except ValueError:
            self._problem(_line(whole, "reviewed"), f"reviewed must be a date such as 2026-10-01, not {said!r}")
            return ""

    def _texts(self, mapping: Mapping[str, Any], key: str) -> tuple[str, ...]:
        found = mapping.get(key, ())
        if isinstance(found, str) or not isinstance(found, Sequence):
            self._problem(_line(mapping, key), f"`{key}` must be a list")
            return ()
        return tuple(str(one) for one in found)

    def _needs(self, found: Any, line: int) -> dict[str, Need]:
        needs = {}
        if found is not None and not isinstance(found, Mapping):
            self._problem(line, "`needs` must be a mapping such as `app: {from: catalogue, ask: Which application?}`")
            return {}
        for name, body in (found or {}).items():
            at = _line(found, name)
            if not isinstance(body, Mapping):
                self._problem(at, f'need "{name}" must be a mapping with `from` and `ask`')
                continue
            self._known(body, NEED_KEYS, f'need "{name}"')
            source = str(body.get("from", ""))
            if source not in SOURCES:
                self._problem(
                    at, f'need "{name}": from {source!r} is unknown{_near(source, SOURCES)}; it is one of {", ".join(SOURCES)}'
                )
            if not body.get("ask"):
                self._problem(at, f'need "{name}" needs `ask`: how the requester is asked for it')
            needs[str(name)] = Need(
                name=str(name),
                source=source,
                ask=str(body.get("ask", "")),
                default=str(body.get("default", "")),
                choices=self._choices(body, f'need "{name}"', source),
                line=at,
            )
        return needs

    def _choices(self, body: Mapping[str, Any], what: str, source: str) -> tuple[tuple[str, str], ...]:
        found = body.get("choices")
        if found is None:
            if source == "choice":
                self._problem(_start(body), f"{what} needs `choices`")
            return ()
        if isinstance(found, Mapping):
            return tuple((str(value), str(label)) for value, label in found.items())
        if isinstance(found, Sequence) and not isinstance(found, str):
            return tuple((str(one), str(one)) for one in found)
        self._problem(_line(body, "choices"), f"{what}: `choices` must be a list, or value: label")
        return ()

    def _steps(self, found: Any, line: int) -> tuple[Step, ...]:
        steps: list[Step] = []
        if found is not None and (isinstance(found, str) or not isinstance(found, Sequence)):
            self._problem(line, "`steps` must be a list")
            return ()
        seen: dict[str, int] = {}
        for body in found or ():
            if not isinstance(body, Mapping):
                self._problem(line, "a step must be a mapping with `id`, `tool` and `args`")
                continue
            at = _start(body)
            name = str(body.get("id", ""))
            what = f'step "{name}"'
            if not name or not body.get("tool"):
                self._problem(at, f"{what} needs an `id` and a `tool`")
            if name in seen:
                self._problem(at, f"{what} has the id of the step in line {seen[name]}")
            seen[name] = at
            self._known(body, STEP_KEYS, what)
            args = body.get("args", {})
            if not isinstance(args, Mapping):
                self._problem(_line(body, "args"), f"{what}: `args` must be a mapping of argument to expression")
                args = {}
            steps.append(
                Step(
                    id=name,
                    tool=str(body.get("tool", "")),
                    args={str(key): _source(value) for key, value in args.items()},
                    when=_source(body.get("when", "")),
                    expect=_source(body.get("expect", "")),
                    title=str(body.get("title", "")),
                    line=at,
                    lines={
                        **{str(key): _line(args, key) for key in args},
                        **{key: _line(body, key) for key in ("when", "expect") if key in body},
                    },
                )
            )
        return tuple(steps)

    def _examples(self, found: Any, line: int) -> tuple[Example, ...]:
        examples = []
        if found is not None and (isinstance(found, str) or not isinstance(found, Sequence)):
            self._problem(line, "`examples` must be a list")
            return ()
        for body in found or ():
            if not isinstance(body, Mapping) or not body.get("says") or not body.get("then"):
                at = _start(body) if isinstance(body, Mapping) else line
                self._problem(at, "an example says what somebody `says`, and what must hold `then`")
                continue
            self._known(body, EXAMPLE_KEYS, "an example")
            says = body["says"]
            examples.append(
                Example(
                    says=(says,) if isinstance(says, str) else tuple(str(one) for one in says),
                    as_=str(body.get("as", "ana")),
                    given=_plain(body.get("given", {})),
                    approves=str(body.get("approves", "")),
                    answers=_plain(body.get("answers", {})),
                    then=_plain(body["then"]),
                    line=_start(body),
                )
            )
        return tuple(examples)


def _source(value: Any) -> str:
    """A CEL source: text as it is, YAML's own true and numbers as literals."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1, 0.5)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _line(mapping: Any, key: Any) -> int:
    try:
        return int(mapping.lc.key(key)[0]) + 1
    except (AttributeError, KeyError, TypeError):
        return 0


def _start(mapping: Any) -> int:
    return int(mapping.lc.line) + 1 if hasattr(mapping, "lc") else 0
