"""The plays of an evaluation as HTML: each as a chat, with what came of it and the trail. Every text is hostile and escaped. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from tests.evaluation.result import Played, Said
from tests.evaluation.score import Play

LONGEST = 4000
"""Characters of a text that are shown; of arguments and results a tenth."""
CALL = ("id", "tool", "arguments", "state", "policies", "approval", "check")


def shown(text: object, most: int = LONGEST) -> str:
    """Escaped, without what a file or a reader could stumble over, and cut with a word where it is long."""
    whole = str(text).encode("utf-8", "replace").decode()
    whole = "".join("�" if ord(one) < 32 and one not in "\n\t" else one for one in whole)
    return escape(whole[:most]) + (f" … (and {len(whole) - most} more characters)" if len(whole) > most else "")


def anchor(runner: str, scenario: str, attempt: int) -> str:
    """The id of a play on the page."""
    return "-".join(
        "".join(one if one.isalnum() or one in "._" else "-" for one in str(part)) for part in (scenario, runner, attempt)
    )


def plays(found: Sequence[Played], unsteady: Mapping[str, Sequence[str]]) -> str:
    """Each play, closed. What a solved attempt repeats of an earlier one is not written again, nor is its trail."""
    parts, told = [], dict[tuple[Any, ...], str]()
    for play in sorted(found, key=lambda one: (one.scenario, one.runner, one.attempt)):
        name = anchor(play.runner, play.scenario, play.attempt)
        same = told.setdefault((play.runner, play.scenario, _words(play.transcript)), name)
        parts.append(
            _play(play, name, same if same != name and play.solved else "", play.scenario in unsteady.get(play.runner, ()))
        )
    return "\n".join(parts)


def _words(transcript: Iterable[Said]) -> tuple[tuple[str, ...], ...]:
    return tuple((one.place, one.by, one.to, one.text) for one in transcript)


def _play(play: Played, name: str, same: str, unsteady: bool) -> str:
    verdict = Play.of(play).verdict
    further = {"not played": play.error, "unsolved": not play.solved, "unsteady": unsteady}
    marks = dict.fromkeys([verdict, *(one for one, holds in further.items() if holds)])
    colour = {"solved": "good", "unsafe": "bad", "not played": "bad"}.get(verdict, "warn")
    data = {"runner": play.runner, "category": play.category, "verdict": " ".join(one.replace(" ", "-") for one in marks)}
    attributes = " ".join(f'data-{key}="{shown(value)}"' for key, value in data.items())
    line = (
        f'<span class="verdict {colour}">{verdict}</span><span class="name">{shown(play.title)} '
        f'<span class="soft">{shown(play.scenario)}</span></span>'
        f'<span class="who">{shown(play.runner)} {play.attempt} · {shown(play.outcome)} · {play.seconds:.1f} s</span>'
    )
    compact = play.solved and play.attempt > 1
    chat = f'<p>Everybody said the same as in <a href="#{same}">an earlier attempt</a>.</p>' if same else _chat(play)
    parts = [_facts(play), _wrong(play), chat, _effects(play), "" if compact else _trails(play.trails)]
    return f'<details class="play" id="{name}" {attributes}><summary>{line}</summary>\n<div class="body">{"".join(parts)}</div></details>'


def _facts(play: Played) -> str:
    spent = (
        (play.questions, "question"),
        (play.approvals, "approval"),
        (play.tool_calls, "tool call"),
        (play.slack_calls, "Slack call"),
        (play.model_calls, "model call"),
        (play.tokens_in + play.tokens_out, "token"),
    )
    said = ", ".join(f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in spent if count) or "Nothing was spent"
    mark = " Only provenance could hold what is forbidden here." if play.provenance else ""
    return (
        f"<p>{shown(play.category.capitalize())}. Came to <b>{shown(play.outcome)}</b>, expected {shown(' or '.join(play.expected))}. "
        f"{shown(said)}.{mark}</p>"
    )


def _wrong(play: Played) -> str:
    parts = [("Could not be played to its end", [play.error] if play.error else [])]
    parts += [("Unsafe", [f"{one.effect} ({one.rule}): {one.why}" for one in play.unsafe])]
    parts += [("Did not hold", list(play.failed))]
    return "".join(f'<div class="box"><b>{title}</b>{_list(lines)}</div>' for title, lines in parts if lines)


def _chat(play: Played) -> str:
    return "<h3>What was said</h3>" + ("".join(map(_said, play.transcript)) or "<p>Nothing.</p>")


def _said(one: Said) -> str:
    kind = (
        "company" if one.by == "company" else "bot" if one.by == "deskhand" else "pressed" if one.text.startswith("(") else "person"
    )
    to = f" → {one.to}" if one.to and one.to != one.by else ""
    when = one.at[:19].replace("T", " ")
    return (
        f'<div class="said {kind}"><header><b>{shown(one.by)}</b>{shown(to)} · {shown(one.place)} · <time>{shown(when)}</time></header>'
        f'<div class="text">{shown(one.text)}</div></div>'
    )


def _effects(play: Played) -> str:
    made = [f"{one.name}, by {one.actor} in {one.case}: {_json(one.before)} → {_json(one.after)}" for one in play.effects]
    pressed = [f"{one.who} {'approved' if one.approve else 'denied'} {one.approval} at {one.at[:19]}" for one in play.presses]
    parts = [("Changes", made), ("Answers to approvals", pressed)]
    return "".join(f"<h3>{title}</h3>{_list(lines)}" for title, lines in parts if lines) + (
        "" if made else "<p>Nothing was changed.</p>"
    )


def _trails(trails: Sequence[Mapping[str, Any]]) -> str:
    return "".join(map(_trail, trails))


def _trail(trail: Mapping[str, Any]) -> str:
    plans = [
        f"{one.get('runbook') or '(none fits)'}: {one.get('state')}" + (f", {one['reason']}" if one.get("reason") else "")
        for one in trail.get("plans", ())
    ]
    approvals = {one.get("id"): one for one in trail.get("approvals", ())}
    models = [
        f"{one.get('model')}: {one.get('state')}, read {one.get('read')}, written {one.get('written')}"
        for one in trail.get("model", ())
    ]
    calls = [_call(one, approvals) for one in trail.get("calls", ())]
    head = "".join(f"<th>{one}</th>" for one in CALL)
    table = f'<div class="wide"><table class="words"><tr>{head}</tr>{"".join(calls)}</table></div>' if calls else "<p>No calls.</p>"
    parts = "".join(f"<h3>{title}</h3>{_list(lines)}" for title, lines in (("Plans", plans), ("Model", models)) if lines)
    name = f"Trail of {shown(trail.get('id', ''))}: {shown(trail.get('state', ''))}, {shown(trail.get('outcome', ''))}"
    return f'<details class="trail"><summary>{name}</summary>{parts}<h3>Calls</h3>{table}</details>'


def _call(call: Mapping[str, Any], approvals: Mapping[Any, Mapping[str, Any]]) -> str:
    asked = approvals.get(call.get("approval"))
    check = call.get("check")
    seen = f"{'held' if check.get('held') else 'did not hold'}: {check.get('observed', '')}" if isinstance(check, Mapping) else ""
    reason = f" ({call['reason']})" if call.get("reason") else ""
    cells = (
        call.get("id", ""),
        call.get("tool", ""),
        _json(call.get("arguments")),
        f"{call.get('state', '')}{reason}",
        f"{call.get('decision', '')}: {', '.join(map(str, call.get('policies') or ()))}",
        f"{asked.get('id')}: {asked.get('state')}" if asked else call.get("approval", ""),
        seen,
    )
    return (
        "<tr>"
        + "".join(f"<td>{_code(cell) if place == 2 else shown(cell, LONGEST // 10)}</td>" for place, cell in enumerate(cells))
        + "</tr>"
    )


def _code(text: str) -> str:
    return f"<code>{shown(text, LONGEST // 10)}</code>"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _list(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f'<li class="text">{shown(line, LONGEST // 4)}</li>' for line in lines) + "</ul>"
