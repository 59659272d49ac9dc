"""What `knowledge try` says in a terminal, as a reader thinks: what is found, what is known, the plan, and what comes of it.

Lines are as wide as the terminal; elsewhere they are not broken, and nothing is cut anywhere.
"""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any


def say(found: Mapping[str, Any]) -> Iterator[str]:
    """The lines, from what `--json` has."""
    for one in found["requests"]:
        yield f"“{one['words']}”, asked by {found['as']}"
        yield from _hits(one["found"], found["floor"])
        yield from _wrapped(f"Follows {one['runbook']}: {one['title']}", 2)
        known = [(need["need"], _value(need["value"]), f"from {need['from']}") for need in one["needs"]]
        yield from _needs(known)
        for number, step in enumerate(one["steps"], 1):
            yield from _step(number, step)
        yield from _wrapped(f"Next: {_next(one)}", 2)
        yield ""
    for one in found["unknown"]:
        yield f"“{one['words']}”, asked by {found['as']}"
        yield from _hits(one["found"], found["floor"])
        if found["offered"]:
            yield "  Next: nothing fits, so it asks which of these is meant"
            yield from (f"    {hit['cosine']:.2f}  {hit['title']}" for hit in found["offered"])
        else:
            fits = one["found"] and one["found"][0]["cosine"] >= found["floor"]
            yield f"  Next: {'it is none of what there is' if fits else 'nothing fits'}, so people take over"
        yield ""


def _hits(hits: list[dict[str, Any]], floor: float) -> Iterator[str]:
    yield "  Found"
    for hit in hits:
        yield f"    {hit['cosine']:.2f}  {hit['runbook']}" + ("" if hit["cosine"] >= floor else f" (below the floor of {floor})")


def _needs(known: list[tuple[str, str, str]]) -> Iterator[str]:
    widths = [max((len(row[at]) for row in known), default=0) for at in (0, 1)]
    for name, value, whence in known:
        yield from _wrapped(f"{name:{widths[0]}}  {value:{widths[1]}}  {whence}", 4, widths[0] + 2)


def _step(number: int, step: dict[str, Any]) -> Iterator[str]:
    args = ", ".join(f"{name}={value}" for name, value in step["arguments"].items())
    yield from _wrapped(f"{number}. {step['title']}", 2, 3)
    yield from _wrapped(f"{step['tool']}({args})", 5, 2)
    for name in ("for_each", "when", "until", "expect"):
        if step[name]:
            yield from _wrapped(f"{name.replace('_', ' ')}: {step[name]}", 5, 2)
    said = step["policy"]
    told = "; ".join(part for part in (said["reason"], _owed(said), _asked(said)) if part)
    yield from _wrapped(f"policy: {said['decision']}" + (f": {told}" if told else ""), 5, 2)


def _owed(said: Mapping[str, Any]) -> str:
    kinds = dict.fromkeys(one["kind"] for one in said["owes"])
    return f"owes {', '.join(kinds)}" if kinds else ""


def _asked(said: Mapping[str, Any]) -> str:
    asks = [f"{ask['count']} of {', '.join(one['name'] for one in ask['people']) or 'nobody'}" for ask in said["would_ask"]]
    return f"asks {'; '.join(asks)}" if asks else ""


def _next(one: Mapping[str, Any]) -> str:
    """What comes of it first that somebody notices."""
    if one["refused"]:
        return f"it does not begin: {one['refused']}"
    if one["asks"]:
        return f"it asks “{one['asks'][0]['question']}”" + (
            f" (then {', '.join(ask['need'] for ask in one['asks'][1:])})" if one["asks"][1:] else ""
        )
    for number, step in enumerate(one["steps"], 1):
        said = step["policy"]
        if said["decision"] == "deny":
            return f"it stops at step {number}, which the policy denies"
        if said["would_ask"]:
            return f"it waits at step {number}: {_asked(said)}"
        if {"confirm", "reason", "step_up"} & {owed["kind"] for owed in said["owes"]}:
            return f"it asks whoever wants it at step {number}"
    return "it answers with its text" if one["text"] else "it goes on to the end by itself"


def _value(value: Any) -> str:
    """A thing or person by its name, a time to the minute."""
    if isinstance(value, dict):
        return str(value.get("label") or value.get("id") or "any")
    try:
        return f"{datetime.fromisoformat(value):%a %d %b %Y, %H:%M}" if isinstance(value, str) else str(value)
    except ValueError:
        return str(value)


def _wrapped(line: str, indent: int, more: int = 2) -> list[str]:
    """The line as the terminal is wide, its further lines set in by `more`."""
    line = " " * indent + line
    if not sys.stdout.isatty():
        return [line.rstrip()]
    width = shutil.get_terminal_size().columns
    return textwrap.wrap(line, width, subsequent_indent=" " * (indent + more), break_long_words=False, break_on_hyphens=False)
