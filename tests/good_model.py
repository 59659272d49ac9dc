"""A scripted good model: it reads the guides that it is shown, does their steps in order, and says what the results say.

No language model and no guess: a function of the request's messages. It keeps to the prompt's rules, so that what is tested with it is
the bot. It knows the company only by what stands in the conversation.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import ExpressionError
from bot.expressions import environment
from bot.reading import dates
from bot.runbooks.fitting import IN_A_LOOP
from tests.openai_double import Reply

HEAD = re.compile(r"^Runbook ([\w-]+): (.*?)(?: \(plan (P-\d+)\))?$")
STEP = re.compile(r"^\d+\. (.*?): (?:steps\.(\w+) = )?(\w+)\(")
KNOWN = re.compile(r"^- needs\.(\w+): (?!not known yet; ask: )(.*)$")
NEED = re.compile(r"^- needs\.(\w+): not known yet; ask: (.*)$")
CHOICES = re.compile(r"([\w-]+) \((.*?)\)(?:; |$)")
NAME = re.compile(r"(\w+)=")
PART = re.compile(r"^Part (\w+), .*?: needs = (.*)$")
EACH = re.compile(r" for each item of (.*?), \d+ at most")
EXPRESSION = re.compile(r"<(.*?)>(?=, \w+=|\))")
MISSING = re.compile(r"needs\.(\w+)")
SOONER = "Until when is it needed?"
BEYOND = "This is beyond my runbooks, so colleagues take over."
GIVE = ("hand_over", {"reason": "I have no runbook for this and I won't guess."})
NOT_DONE = ("denied", "failed", "expired", "withdrawn", "handed_over", "superseded", "cancelled", "unverified", "unknown")


@dataclass
class Step:
    title: str
    name: str  # what other steps call its result
    tool: str
    arguments: dict[str, Any]
    expressions: dict[str, str]  # arguments that were not known when the guide was written
    only_if: str
    then: str
    each: str = ""
    until: str = ""
    part: str = ""


@dataclass
class Guide:
    title: str
    at: int  # number of the message
    steps: list[Step] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    text: str = ""
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)  # what its needs are in a part


@dataclass
class Done:
    tool: str
    arguments: dict[str, Any]
    result: dict[str, Any]
    at: int


class GoodModel:
    """`OpenAIDouble(GoodModel())`."""

    def __call__(self, body: dict[str, Any]) -> Reply:
        messages = body["messages"]
        guides, calls, unknown = read(messages)
        if not guides:
            return self._without(calls)
        asked: list[tuple[str, dict[str, Any]]] = []
        said: list[str] = []
        if unknown:
            given = any(call.tool == "hand_over" and call.at > unknown[-1] for call in calls)
            (said.append(BEYOND) if given else asked.append(GIVE))
        for guide in guides:
            step, words = self._goes_on(guide, messages, calls)
            if step is not None:
                asked.append(step)
            elif words:
                said.append(words)
        if asked:
            return Reply("", tuple(asked))
        return Reply(" ".join(dict.fromkeys(said)) or "There is nothing left to do.")

    def _without(self, calls: list[Done]) -> Reply:
        return Reply(BEYOND) if any(call.tool == "hand_over" for call in calls) else Reply("", (GIVE,))

    def _goes_on(self, guide: Guide, messages: list[Any], calls: list[Done]) -> tuple[tuple[str, dict[str, Any]] | None, str]:
        """The guide's next call, or what is to be said of it."""
        if not guide.steps:
            return None, guide.text or f"{guide.title}."
        needs = dict(guide.known)
        for need, question in guide.asks.items():
            answer = self._answered(guide, need, messages, calls)
            if answer is None:
                return None, question
            needs[need] = answer
        values: dict[str, Any] = {"needs": needs, "steps": {}}
        after, last = guide.at, None
        for step, item in rounds(guide.steps, values):
            values["item"] = item
            values["needs"] = {**needs, **guide.parts.get(step.part, {})}
            if step.only_if and not evaluated(step.only_if, values):
                continue
            arguments = step.arguments | {name: evaluated(text, values) for name, text in step.expressions.items()}
            made = next(
                (call for call in calls if call.tool == step.tool and call.at >= after and same(call.arguments, arguments)), None
            )
            if made is None:
                return (step.tool, arguments), ""
            outcome = self._outcome(made, calls)
            state = outcome.get("state", "")
            if state == "waiting":
                return None, self._waits(guide, outcome)
            if state == "failed" and outcome.get("reason", "").startswith("there is nobody called"):
                if not any(call.tool == "hand_over" and call.at > made.at for call in calls):
                    return ("hand_over", {"reason": f"T{outcome['reason'][1:]}."}), ""
                return None, "Colleagues take over."
            if (far := (outcome.get("result") or {}).get("out_of_reach")) and far in arguments:
                sooner = self._sooner(outcome["reason"], messages)
                if sooner is None:
                    return None, f"{outcome['reason']}. {SOONER}"
                again = arguments | {far: sooner}
                tried = [call for call in calls if call.tool == step.tool and call.at > made.at and same(call.arguments, again)]
                if not tried:
                    return (step.tool, again), ""
                made, outcome = tried[-1], self._outcome(tried[-1], calls)
                state = outcome.get("state", "")
                if state == "waiting":
                    return None, self._waits(guide, outcome)
            if state in NOT_DONE:
                return None, f"{guide.title}: I couldn't do this. {outcome.get('reason', '')}".strip()
            values["steps"][step.name] = outcome.get("result") or {}
            if step.until and not evaluated(step.until, values):
                return None, f"{guide.title}: it is not so yet; I go on once it is."
            after, last = made.at + 1, outcome.get("result") or {}
            if step.then and not evaluated(step.then, values):
                return None, f"{guide.title}: I looked again, and it is not as it should be. {told(last)}".strip()
        return None, f"{guide.title}: that is done, and I have looked again. {told(last)}".strip()

    def _waits(self, guide: Guide, outcome: dict[str, Any]) -> str:
        whose = "your own click" if "of" in outcome else "somebody's yes"
        return f"{guide.title}: this waits for {whose} ({outcome['for']}); I go on when it is there."

    def _sooner(self, reason: str, messages: list[Any]) -> str | None:
        """The time in the requester's answer to the question for a nearer one; None while that was not asked or not answered."""
        for number, message in enumerate(messages):
            if message["role"] == "assistant" and f"{reason}. {SOONER}" in str(message.get("content") or ""):
                later = [str(one["content"]).strip() for one in messages[number + 1 :] if one["role"] == "user"]
                return until(later[0], str(messages[0]["content"])) if later else None
        return None

    def _answered(self, guide: Guide, need: str, messages: list[Any], calls: list[Done]) -> Any:
        """What the requester's words behind our question mean: one of the choices where there are any, and else a thing by that name."""
        seen = [text for call in calls for text in texts(call.result)]
        question = guide.asks.get(need, "")
        for number, message in enumerate(messages):
            if message["role"] == "assistant" and question and question in str(message.get("content") or ""):
                later = [str(one["content"]).strip() for one in messages[number + 1 :] if one["role"] == "user"]
                if later and question.startswith("Until when"):
                    return until(later[0], str(messages[0]["content"]))
                return meant(later[0], guide.choices.get(need, []), [*seen, *re.findall(r"[\w-]+", question)]) if later else None
        return None

    def _outcome(self, made: Done, calls: list[Done]) -> dict[str, Any]:
        approval = made.result.get("for")
        later = [c for c in calls if c.tool == "call_outcome" and c.arguments.get("approval") == approval] if approval else []
        return later[-1].result if later else made.result


def read(messages: list[Any]) -> tuple[list[Guide], list[Done], list[int]]:
    """The guides to follow, every call with its result, and the numbers of the messages that say that no runbook fits."""
    asked: dict[str, tuple[str, dict[str, Any]]] = {}
    guides: dict[str, Guide] = {}
    calls: list[Done] = []
    unknown: list[int] = []
    for number, message in enumerate(messages):
        for call in message.get("tool_calls") or ():
            asked[call["id"]] = (call["function"]["name"], json.loads(call["function"]["arguments"]))
        if message["role"] != "tool":
            continue
        tool, arguments = asked[message["tool_call_id"]]
        if tool == "search_runbooks" and not message["content"].startswith("{"):
            shown = parse(message["content"], number)
            guides |= {f"{guide.title}:{number}": guide for guide in shown}
            unknown += [] if shown else [number]
            continue
        result = json.loads(message["content"])
        calls.append(Done(tool, arguments, result, number))
    return list(guides.values()), calls, unknown


def parse(text: str, at: int) -> list[Guide]:
    found: list[Guide] = []
    body: list[str] = []
    need = ""
    for line in text.splitlines():
        if head := HEAD.match(line):
            found.append(Guide(head[2], at))
            body = []
        elif not found:
            continue
        elif asks := NEED.match(line):
            need = asks[1]
            found[-1].asks[need] = asks[2]
        elif known := KNOWN.match(line):
            found[-1].known[known[1]] = json.loads(known[2])
        elif line.startswith("  one of: "):
            found[-1].choices[need] = CHOICES.findall(line.removeprefix("  one of: "))
        elif part := PART.match(line):
            found[-1].parts[part[1]] = json.loads(part[2])
        elif STEP.match(line):
            found[-1].steps.append(read_step(line))
        elif line and not line.startswith("A step that"):
            body.append(line)
            found[-1].text = "\n".join(body)
    return found


def read_step(line: str) -> Step:
    """`1. Title: steps.look = tool(user="ana", app=<needs.app.id>) only if …; then …`."""
    head = STEP.match(line)
    assert head is not None
    arguments, expressions, at = {}, {}, head.end()
    while line[at] != ")":
        name = NAME.match(line, at)
        assert name is not None, line[at:]
        if unknown := EXPRESSION.match(line, name.end()):
            expressions[name[1]], at = unknown[1], unknown.end()
        else:
            arguments[name[1]], at = json.JSONDecoder().raw_decode(line, name.end())
        at += 2 * line.startswith(", ", at)
    rest, _, until_ = line[at + 1 :].partition("; wait until ")
    rest, _, then = rest.partition("; then ")
    each = EACH.match(rest)
    only_if = (rest[each.end() :] if each else rest).removeprefix(" only if ")
    name = head[2] or head[1]
    wait = until_.partition(": look once")[0]
    part = head[1].partition(" / ")[0] if " / " in head[1] else ""
    return Step(head[1], name, head[3], arguments, expressions, only_if, then, each[1] if each else "", wait, part)


def rounds(steps: list[Step], values: dict[str, Any]) -> Iterator[tuple[Step, Any]]:
    """Each step, one of a loop for each element."""
    for step in steps:
        for item in evaluated(step.each, values) or () if step.each else (None,):
            yield step, item


def evaluated(text: str, values: dict[str, Any]) -> Any:
    """What a condition or an argument comes to with what is known; a condition that cannot be told does not hold."""
    try:
        return environment(tuple(IN_A_LOOP.items())).compile(text).evaluate(values)
    except ExpressionError:
        return False


def until(words: str, system: str) -> str:
    """The time that these words name, by the day and the zone that the prompt tells."""
    today, zone = re.search(r"today: (.*)", system), re.search(r"time zone: (.*)", system)
    assert today is not None
    assert zone is not None
    now = datetime.strptime(today[1], "%A, %d %B %Y").replace(hour=9, tzinfo=ZoneInfo(zone[1]))
    found = dates.answered_end(words, now, zone[1])
    return found.moments[0].isoformat() if isinstance(found, dates.End) else words


def meant(words: str, choices: list[tuple[str, str]], seen: list[str]) -> Any:
    """The choice whose id or label these words are, or begin with; without choices a thing, by the id that was seen of it."""
    said = words.casefold().rstrip(".!")
    for one, label in choices:
        if said in (one.casefold(), label.casefold()) or label.casefold().split(",")[0] == said.split(",")[0]:
            return one
    tokens = re.findall(r"\w+", said)
    if named := [one for one, _ in choices if one.casefold() in tokens]:
        return named[0]
    known = next((text for text in seen if text == text.casefold() and normal(text) == normal(said)), words)
    return words if choices else {"id": known, "label": words}


def normal(value: Any) -> str:
    return str(value).casefold().removeprefix("the ").replace("-", " ")


def texts(value: Any) -> list[str]:
    """Every text in a result, at any depth."""
    if isinstance(value, dict | list):
        return [text for one in (value.values() if isinstance(value, dict) else value) for text in texts(one)]
    return [value] if isinstance(value, str) else []


def told(result: dict[str, Any] | None) -> str:
    """The plain values of what was looked at last, also those in its lists."""
    found = []
    for name, value in (result or {}).items():
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            found.append(f"{name.replace('_', ' ')}: {value}")
        elif value == []:
            found.append(f"no {name.replace('_', ' ')}")
        elif isinstance(value, list):
            found += [inner for one in value if isinstance(one, dict) and (inner := told(one))]
    return ", ".join(found)


def same(made: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(normal(made.get(name)) == normal(value) for name, value in wanted.items())
