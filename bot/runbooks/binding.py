"""Runbooks bound to the tools that they name, and to the runbooks that are parts of them.

A runbook with a problem is left out and each problem is named with file, line and step, and what was meant perhaps.
"""

import dataclasses
from collections.abc import Mapping, Sequence

from bot.runbooks.bound import Bound, BoundStep, Part, ToolShape
from bot.runbooks.fitting import NAMES, Fitting, near
from knowledge.problems import Problem
from knowledge.runbook import Runbook, Step

__all__ = ["NAMES", "Bound", "BoundStep", "ToolShape", "bind"]


def bind(runbooks: Sequence[Runbook], tools: Mapping[str, ToolShape], url: str = "") -> tuple[dict[str, Bound], list[Problem]]:
    """The runbooks that fit, by id, and every problem of the others. `url`: where people read one, with {id} for its id.

    A runbook whose part does not fit is left out as well.
    """
    books: dict[str, Runbook] = {}
    problems: list[Problem] = []
    for runbook in runbooks:
        if runbook.id in books:
            text = f"the id {runbook.id!r} is taken already, by {books[runbook.id].path}"
            problems.append(Problem(runbook.path, runbook.lines.get("id", 0), text))
        else:
            books[runbook.id] = runbook
    bound: dict[str, Bound] = {}
    for whole in (False, True):  # those that others may be made of come first
        for runbook in books.values():
            if any(step.runbook for step in runbook.steps) is whole:
                fitting = Fitting(runbook, tools, books)
                steps = [one for number, step in enumerate(runbook.steps) for one in _bound(fitting, number, step, books, bound)]
                preconditions = tuple(fitting.preconditions())
                fitting.whole()
                problems += fitting.problems
                if not fitting.problems:
                    bound[runbook.id] = Bound(runbook, tuple(steps), preconditions, url.replace("{id}", runbook.id))
    return {name: bound[name] for name in books if name in bound}, problems


def _bound(fitting: Fitting, number: int, step: Step, books: Mapping[str, Runbook], bound: Mapping[str, Bound]) -> list[BoundStep]:
    """A step, or those of the part that it stands for."""
    if not step.runbook:
        one = fitting.step(number, step)
        return [one] if one is not None else []
    child = books.get(step.runbook)
    if child is None:
        fitting.problem(step, step.line, f"there is no runbook {step.runbook!r}{near(step.runbook, books)}")
        return []
    given = fitting.given(number, step, child)
    guarded = fitting.guards(number, step) + fitting.condition(number, step)
    if wrong := _no_part(fitting.runbook, child, bound):
        fitting.problem(step, step.line, wrong)
        return []
    whole = bound[child.id]
    reads = fitting.reads(number, step)
    part = Part(step.id, step.title or child.title, child, given, guarded, whole.preconditions, reads)
    return [dataclasses.replace(one, part=part) for one in whole.steps]


def _no_part(runbook: Runbook, child: Runbook, bound: Mapping[str, Bound]) -> str:
    """Why the one cannot be a part of the other; empty where it can."""
    if any(step.runbook for step in child.steps):
        return f"{child.id} has parts itself, so it cannot be a part"
    if child.kind == "question":
        return f"{child.id} is a question and has no steps, so it cannot be a part"
    if child.audience and not (runbook.audience and set(runbook.audience) <= set(child.audience)):
        return f"{child.id} is for {', '.join(child.audience)} only, so this must not be for others"
    if child.id not in bound:
        return f"{child.id} does not fit its tools, so this does not either"
    return ""
