"""What the requester has taken back: a value that a change of mind replaced is no target of a change any more.

"drain shop-1", "make that shop-3 instead": the first words still stand in the case, and a model may go by them. Until the requester
names shop-1 again, or a request that is open is about it by their own words, no change of the case is made to it.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from bot.domain import Case, Line, Plan
from bot.execution.origins import SoFar, own_needs
from bot.provenance import Kind, Source, leaves, stands, whole
from tools.contract import Arguments, targets

TAKEN_BACK = "taken_back"
"""Under this name a case's data has, for each such value, its names, the words that took it back and the line where they stand."""


def noted(case: Case, plan: Plan, changed: Iterable[str], lines: Sequence[Line]) -> Case:
    """The case, once the last words of its requester have changed these needs of the plan."""
    said = [line for line in lines if line.role == "requester"][-1:]
    found = [
        {"names": [str(value[key]) for key in ("id", "label") if value.get(key)], "words": line.text, "line": line.position}
        for line in said
        for name in changed
        if isinstance(value := plan.needs.get(name), Mapping)
    ]
    return dataclasses.replace(case, data={**case.data, TAKEN_BACK: [*case.data.get(TAKEN_BACK, ()), *found]}) if found else case


def words_that_took_back(case: Case, args: Arguments, so_far: SoFar) -> str:
    """The requester's words that took back a target of this change; empty where none is. They themselves are never taken back."""
    given = args.model_dump(mode="json")
    aimed = {whole(text) for name in targets(type(args)) for _, text in leaves(given[name])}
    known = {whole(text) for plan in so_far.plans if plan.state.open for _, value in own_needs(plan) for _, text in leaves(value)}
    for one in case.data.get(TAKEN_BACK, ()):
        names = {whole(name) for name in one["names"]}
        since = [
            Source(Kind.OWN, text=line.text) for line in so_far.lines if line.role == "requester" and line.position > one["line"]
        ]
        if (
            names & aimed
            and not names & (known | {whole(case.requester)})
            and not any(stands(name, since) for name in one["names"])
        ):
            return str(one["words"])
    return ""
