"""What is said of a plan at its end: the sentences of its runbook, or what became of each of its parts. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain import Plan, Principal
from bot.reading.dates import label
from bot.runbooks.bound import Bound, Part
from bot.runbooks.undoing import Back, changed, sentences
from bot.runbooks.unrolling import StepResult, Turn, unrolled
from bot.runbooks.walking import NOT_DONE, Stand
from bot.words.wording import all_of

_FIELD = re.compile(r"\{needs\.([^{}]+)\}")
_STEP = re.compile(r"\{steps\.(\w+)\}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T")


def done_text(bound: Bound, plan: Plan, principal: Principal, results: Mapping[str, StepResult]) -> str:
    """What is said when the plan is done: the sentence of the runbook with its values and findings and a line for each part that
    was needed, or the answer of a question.
    """
    runbook = bound.runbook
    if not runbook.steps:
        return (runbook.text or runbook.done).strip()
    said = [_sentence(bound, plan.needs, results, "")]
    turns = list(unrolled(bound, plan, principal, results))
    for part in bound.parts:
        mine = [turn for turn in turns if turn.bound.part is part]
        if any(not turn.left_out and turn.key in results for turn in mine):
            said.append(f"• {part.title}: {_done(bound, part, mine, results)}")
    return "\n".join(one for one in said if one)


def report(bound: Bound, stands: Sequence[Stand], undone: Sequence[Back], results: Mapping[str, StepResult]) -> tuple[str, str]:
    """What of a runbook with parts is not done, in a sentence, and what became of it: that sentence, then a line for each part that
    was needed, and for each step of the whole that was not done. `undone`: the changes that are taken back.
    """
    told = []
    for name in dict.fromkeys(one.name for one in bound.steps):
        mine = [stand for stand in stands if stand.bound.name == name]
        told.append(_fate(bound, name, mine, [one for one in undone if one.turn.bound.name == name], results))
    fates = [one for one in told if one is not None]
    left = f"Not done: {all_of([title for title, done, _ in fates if not done])}."
    return left, "\n".join([left, *(f"• {title}: {words}" for title, _, words in fates)])


def _fate(
    bound: Bound, name: str, stands: Sequence[Stand], undone: Sequence[Back], results: Mapping[str, StepResult]
) -> tuple[str, bool, str] | None:
    """Of a part or a step of the whole: its title, whether it is done, and what came of it. None where there is nothing to say."""
    over = next((stand for stand in stands if stand.state in ("error", "passed")), None)
    if over is not None:
        words = f"{NOT_DONE}. {_whole(over.detail)}" if over.state == "error" else f"{over.detail}."
        return over.title, False, " ".join([words, *sentences(undone), *_left(stands, undone, results)])
    part = next((one for one in bound.parts if one.id == name), None)
    if part is None or (stands and all(stand.state == "skipped" for stand in stands)):
        return None
    if stands and not undone:
        return part.title, True, _done(bound, part, [stand.turn for stand in stands], results)
    return part.title, False, " ".join(sentences(undone)) or f"{NOT_DONE}."


def _whole(text: str) -> str:
    """A reason as a sentence, so that another may follow."""
    said = text[:1].upper() + text[1:]
    return said if said.endswith((".", "!", "?", "”")) else f"{said}."


def _left(stands: Sequence[Stand], undone: Sequence[Back], results: Mapping[str, StepResult]) -> Iterator[str]:
    """The changes that stay although the part was not done."""
    back = {one.turn.key for one in undone}
    for stand in stands:
        made = results.get(stand.key)
        if made is not None and stand.bound.change and changed(made) and stand.key not in back:
            yield f"Still there: {made.summary}"


def _done(bound: Bound, part: Part, turns: Sequence[Turn], results: Mapping[str, StepResult]) -> str:
    """That a part is done, in its own sentence with the needs that it was given."""
    needs: Mapping[str, Any] = next((turn.values["needs"] for turn in turns if not turn.unknown), {})
    inner = Bound(part.runbook, tuple(one for one in bound.steps if one.part is part))
    return f"done. {_sentence(inner, needs, results, f'{part.id}.')}".rstrip()


def _sentence(bound: Bound, needs: Mapping[str, Any], results: Mapping[str, StepResult], prefix: str) -> str:
    """`done`, or where nothing was changed `already`; `prefix` stands before the keys of a part's steps."""
    runbook = bound.runbook
    changes = [results[key] for key in results if (one := bound.at(key)) is not None and one.change]
    made = any(result.state.good for result in changes)
    said = _FIELD.sub(lambda match: _filled(needs, match[1]), runbook.done if made else runbook.already or runbook.done)
    return _STEP.sub(lambda match: results[key].summary if (key := prefix + match[1]) in results else "", said).strip()


def _filled(values: Mapping[str, Any], path: str) -> str:
    """A need's or a step's value in words; never an attribute of an object, and empty for what is not there."""
    value: Any = values
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, Mapping):
        value = value.get("label") or value.get("id")
    if not isinstance(value, str):
        return "" if value is None else str(value)
    try:
        return label(datetime.fromisoformat(value)) if _MOMENT.match(value) else value
    except ValueError:
        return value
