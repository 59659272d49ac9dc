"""`python -m bot eval`: which scenarios, which runners, and where what came of them goes. Options come typed; nothing is parsed here."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from bot.errors import CommandError
from tests.evaluation import page, render, score, tables
from tests.evaluation.compare import Comparison, compare
from tests.evaluation.result import Played
from tests.evaluation.scenario import FOLDER, Problem, Scenario, load_all

MODEL = "model"
KEY = "OPENAI_API_KEY"
STDOUT = Path("-")


@dataclass(frozen=True, slots=True)
class Outside:
    """What came of outside material: figures by its name for the result, a table for people, how many effects must not be; or why it
    was left out, or did not come to its end.
    """

    figures: Mapping[str, Mapping[str, Any]] | None = None
    table: str = ""
    unsafe: int = 0
    left_out: str = ""
    broken: str = ""


class Harness(Protocol):
    """Who plays."""

    @property
    def runners(self) -> Sequence[str]: ...

    def model(self, base_url: str, api_key: str, model: str) -> Any:
        """Where the runner `model` finds its model."""

    def play_all(
        self,
        scenarios: Sequence[Scenario],
        runners: Sequence[str],
        attempts: int,
        parallel: int,
        at: Any,
        command: Sequence[str] = (),
    ) -> AsyncGenerator[Played, None]:
        """Every scenario with every runner, so many attempts each and so many at the same time (0: as fits the machine); each as soon as
        it is played."""

    def outside(self) -> Outside:
        """Replay what others made."""


class Office:
    """Plays in offices of this checkout."""

    @property
    def runners(self) -> Sequence[str]:
        from tests.evaluation.runners import RUNNERS

        return RUNNERS

    def model(self, base_url: str, api_key: str, model: str) -> Any:
        from tests.evaluation.runners import ModelAt

        return ModelAt(base_url=base_url, api_key=api_key, model=model)

    def play_all(
        self,
        scenarios: Sequence[Scenario],
        runners: Sequence[str],
        attempts: int,
        parallel: int,
        at: Any,
        command: Sequence[str] = (),
    ) -> AsyncGenerator[Played, None]:
        from tests.evaluation.plays import play_all

        return play_all(scenarios, runners, attempts, parallel, at, command)

    def outside(self) -> Outside:
        """AgentDojo's suites through our own door."""
        import structlog

        from tests.outside.packages import Absent
        from tests.outside.report import report, unasked
        from tests.outside.table import table

        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
        _say("AgentDojo: every user's task, and with each of them every attack, under each policy")
        try:
            found = asyncio.run(report(telecom_too=False))
        except Absent as absent:
            return Outside(left_out=f"AgentDojo is left out: {absent}")
        except (AssertionError, TimeoutError) as error:
            return Outside(broken=f"AgentDojo did not come to its end: {error}")
        return Outside({"agentdojo": found["agentdojo"]}, table(found), unasked(found))


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command. Files are None where nothing is to be written; `-` is stdout."""

    words: Sequence[str] = ()
    runners: Sequence[str] = ()
    attempts: int = 4
    parallel: int = 0
    model: str = ""
    base_url: str = ""
    api_key_env: str = ""
    machine: str = ""
    bot: Sequence[str] = ()
    json: Path | None = None
    html: Path | None = None
    save: bool = False
    against: Path | None = None
    list: bool = False
    check: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Where the command reads and writes."""

    scenarios: Path = FOLDER
    results: Path = render.RESULTS
    page: Path = render.PAGE
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


def evaluate(asked: Asked, harness: Harness | None = None, places: Places | None = None) -> int:
    """The exit code: 1 when anything unsafe happened or a play could not be played. Outside material is replayed with all scenarios, not
    with some, and by no other bot. Raises CommandError for what cannot be done, and LookupError for a word or a runner that there is not.
    """
    harness, places = harness or Office(), places or Places()
    scenarios = _chosen(places.scenarios, asked.words)
    if asked.check:
        _say(f"{_many(len(scenarios))} read, and well-formed")
        return 0
    if asked.list:
        tables.show(listed(scenarios))
        return 0
    if asked.save and asked.words:
        raise CommandError("--save keeps a result of all scenarios; leave the words out")
    if asked.save and asked.bot:
        raise CommandError(
            "--save keeps Deskhand's own result; --json FILE writes another bot's, and --against FILE compares with it"
        )
    runners, at = _runners(asked, harness), _model(asked, harness, places.environment)
    earlier = _earlier(asked, places)
    for file in (asked.json, asked.html):
        _writable(file)
    try:
        plays = asyncio.run(_played(harness, scenarios, runners, asked, at))
    except Problem as problem:
        raise CommandError(str(problem)) from None
    outside = Outside() if asked.words or asked.bot else harness.outside()
    return _told(asked, places, plays, earlier, outside)


def listed(scenarios: Sequence[Scenario]) -> tables.Table:
    rows = [
        (str(one.category), one.name, "yes" if one.covered else "no", "yes" if one.provenance else "", one.title)
        for one in sorted(scenarios, key=lambda one: (one.category, one.name))
    ]
    return tables.Table(_many(len(scenarios)), ("category", "name", "covered", "provenance", "title"), rows, words=True)


async def _played(harness: Harness, scenarios: Sequence[Scenario], runners: Sequence[str], asked: Asked, at: Any) -> list[Played]:
    plays: list[Played] = []
    total = len(scenarios) * len(runners) * asked.attempts
    _say(f"{_many(len(scenarios))}, {', '.join(runners)}, each {asked.attempts} times: {total} plays")
    async with aclosing(harness.play_all(scenarios, runners, asked.attempts, asked.parallel, at, asked.bot)) as played:
        async for play in played:
            plays.append(play)
            _say(_line(play, len(plays), total))
    return plays


def _line(play: Played, number: int, total: int) -> str:
    row = score.Play.of(play)
    trouble = "" if play.solved else f": {tables.why(row)}"
    named = f"{play.scenario}, {play.runner}, attempt {play.attempt}"
    return f"{number:>{len(str(total))}}/{total} {row.verdict:<10} {named}, {play.outcome}, {play.seconds:.1f} s{trouble}"


def _told(
    asked: Asked,
    places: Places,
    plays: Sequence[Played],
    earlier: score.Result | None,
    outside: Outside,
) -> int:
    today = datetime.now(UTC).astimezone().date().isoformat()
    found = score.result(plays, version=_version(), date=today, machine=asked.machine or _machine(), outside=outside.figures)
    compared = compare(found, earlier) if earlier else None
    if asked.json == STDOUT:
        sys.stdout.write(score.as_json(found))
    else:
        tables.terminal(found, compared)
        print(tables.printable(outside.table), flush=True)
        _write(asked.json, score.as_json(found))
    if asked.html:
        _write(asked.html, page.page(found, plays, compared))
    if asked.save:
        file = places.results / f"{found.date}-eval.json"
        _write(file, score.as_json(found))
        render.render(places.page, places.results)
        _say(f"its table stands in {places.page}")
    return _verdict(found, compared, outside)


def _verdict(found: score.Result, compared: Comparison | None, outside: Outside) -> int:
    if compared is not None and (worse := sum(len(one.newly_fails) for one in compared.differences)):
        _say(f"{worse} newly fail beside the earlier result")
    if found.unsafe:
        _say(f"{found.unsafe} unsafe effects: there must be none")
    if found.not_played:
        _say(f"{found.not_played} plays could not be brought to their end")
    if outside.unsafe:
        _say(f"{outside.unsafe} effects of attackers' in AgentDojo with no yes or click of their own: there must be none")
    if outside.left_out or outside.broken:
        _say(outside.left_out or outside.broken)
    return 1 if found.unsafe or found.not_played or outside.unsafe or outside.broken else 0


# ── what was asked for ───────────────────────────────────────────────────────────────────────────────────────────────


def _chosen(folder: Path, words: Sequence[str]) -> list[Scenario]:
    try:
        every = load_all(folder)
    except Problem as problem:
        raise CommandError(str(problem)) from None
    names = [one.name for one in every]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise CommandError(f"two scenario files have one name: {', '.join(twice)}")
    for word in words:
        if not any(_meant(word, one) for one in every):
            close = get_close_matches(word, [*names, *{str(one.category) for one in every}], 3, 0.5)
            raise LookupError(
                f"no scenario has {word!r} in its name or category"
                + (f" (did you mean {' or '.join(close)}?)" if close else "")
                + "; `python -m bot eval --list` shows them"
            )
    found = [one for one in every if not words or any(_meant(word, one) for word in words)]
    if not found:
        raise CommandError(f"there is no scenario in {folder}")
    return found


def _meant(word: str, one: Scenario) -> bool:
    return word in one.name or word in one.category


def _runners(asked: Asked, harness: Harness) -> list[str]:
    known = list(harness.runners)
    for name in asked.runners:
        if name not in known:
            close = get_close_matches(name, known, 1)
            raise LookupError(
                f"there is no runner {name!r}{f' (did you mean {close[0]}?)' if close else ''}; there are {', '.join(known)}"
            )
    default = [MODEL] if asked.model else [name for name in known if name != MODEL]
    return list(dict.fromkeys(asked.runners)) or default


def _model(asked: Asked, harness: Harness, environment: Mapping[str, str]) -> Any:
    """Where the model is, or None when none is asked for."""
    if not asked.model:
        if MODEL in asked.runners:
            raise CommandError("which model? --runner model needs --model NAME, and --base-url URL where it is not OpenAI's")
        if asked.base_url or asked.api_key_env:
            raise CommandError("--base-url and --api-key-env go with --model NAME")
        return None
    name = asked.api_key_env or KEY
    key = environment.get(name, "")
    if not key and (asked.api_key_env or not asked.base_url):
        raise CommandError(f"{name} is not set in the environment; --api-key-env says which variable has the model's key")
    return harness.model(asked.base_url or "https://api.openai.com/v1", key or "none", asked.model)


def _earlier(asked: Asked, places: Places) -> score.Result | None:
    """The result that is compared with: the one that was named, or the newest that is kept; that is Deskhand's, and no other bot's."""
    file = asked.against or (None if asked.bot else render.newest(places.results))
    return render.read(file) if file else None


def _writable(file: Path | None) -> None:
    """Found out before an hour of playing, not after it."""
    if file is not None and file != STDOUT and not os.access(file if file.exists() else file.parent, os.W_OK):
        raise CommandError(f"{file} cannot be written")


def _write(file: Path | None, text: str) -> None:
    if file is None:
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None
    _say(f"written to {file}")


def _version() -> str:
    try:
        return metadata.version("deskhand")
    except metadata.PackageNotFoundError:
        import tomllib

        with (render.ROOT / "pyproject.toml").open("rb") as file:
            return str(tomllib.load(file)["project"]["version"])


def _machine() -> str:
    cores = os.cpu_count() or 1
    return f"{cores} core{'s' if cores != 1 else ''}"


def _many(scenarios: int) -> str:
    return f"{scenarios} scenario{'' if scenarios == 1 else 's'}"


def _say(text: str) -> None:
    print(tables.printable(text), file=sys.stderr, flush=True)
