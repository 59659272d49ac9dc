"""A scripted good model: it reads the guides that it is shown, does their steps in order, and says what the results say.

No language model and no guess: a function of the request's messages. It keeps to the prompt's rules, so that what is tested with it is
the bot. It knows the company only by what stands in the conversation.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from bot.errors import ExpressionError
from bot.expressions import Kind, environment
from tests.openai_double import Reply

HEAD = re.compile(r"^Runbook ([\w-]+): (.*?)(?: \(plan (P-\d+)\))?$")
STEP = re.compile(r"^\d+\. (.*?): (\w+)\((.*?)\)(?: only if (.*?))?(?:; then (.*))?$")
KNOWN = re.compile(r"^- needs\.(\w+): (?!not known yet)(.+)$")
CHOICES = "  one of: "
NEED = re.compile(r"^- needs\.(\w+): not known yet; ask: (.*)$")
UNKNOWN = re.compile(r"(\w+)=<needs\.(\w+)(?:\.id)?>")


@dataclass
class Step:
    title: str
    tool: str
    arguments: dict[str, Any]
    missing: dict[str, str]  # argument -> need
    when: str = ""


@dataclass
class Guide:
    title: str
    at: int  # number of the message
    query: str = ""
    steps: list[Step] = field(default_factory=list)
    asks: dict[str, str] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    text: str = ""


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
        guides, calls = read(messages)
        if not guides:
            return self._without(calls)
        asked: list[tuple[str, dict[str, Any]]] = []
        said: list[str] = []
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
        if any(call.tool == "hand_over" for call in calls):
            return Reply("This is beyond my runbooks, so colleagues take over.")
        return Reply("", (("hand_over", {"reason": "I have no runbook for this and I won't guess."}),))

    def _goes_on(self, guide: Guide, messages: list[Any], calls: list[Done]) -> tuple[tuple[str, dict[str, Any]] | None, str]:
        """The guide's next call, or what is to be said of it."""
        if not guide.steps:
            return None, guide.text or f"{guide.title}."
        after = guide.at
        known = dict(guide.known)
        for step in guide.steps:
            for need in re.findall(r"needs\.(\w+)", step.when):
                if need in guide.choices and need not in known:
                    answer = self._answered(guide, need, messages)
                    if answer is None:
                        return None, guide.asks[need]
                    known[need] = chosen(answer, guide.choices[need])
            if not holds(step.when, known, [call.result for call in calls if guide.at <= call.at < after]):
                continue
            arguments = dict(step.arguments)
            for argument, need in step.missing.items():
                answer = self._answered(guide, need, messages)
                if answer is None:
                    return None, guide.asks.get(need, f"What is the {need}?")
                arguments[argument] = answer
            made = next(
                (call for call in calls if call.tool == step.tool and call.at >= after and same(call.arguments, arguments)), None
            )
            if made is None:
                return (step.tool, arguments), ""
            outcome = self._outcome(made, calls)
            state = outcome.get("state", "")
            if state == "waiting":
                return None, f"{guide.title}: this waits for somebody's yes ({outcome['for']}); I go on when it is there."
            if state == "failed" and outcome.get("reason", "").startswith("there is nobody called"):
                if not any(call.tool == "hand_over" and call.at > made.at for call in calls):
                    return ("hand_over", {"reason": f"T{outcome['reason'][1:]}."}), ""
                return None, "Colleagues take over."
            if state in ("denied", "failed", "expired", "withdrawn", "superseded"):
                return None, f"{guide.title}: I couldn't do this. {outcome.get('reason', '')}".strip()
            after = made.at + 1
        seen = next((found(call.result.get("result")) for call in reversed(calls) if guide.at <= call.at < after), "")
        return None, f"{guide.title}: that is done, and I have looked again. {seen}".strip()

    def _answered(self, guide: Guide, need: str, messages: list[Any]) -> str | None:
        """The requester's words behind our question."""
        question = guide.asks.get(need, "")
        for number, message in enumerate(messages):
            if message["role"] == "assistant" and question and question in str(message.get("content") or ""):
                later = [one["content"] for one in messages[number + 1 :] if one["role"] == "user"]
                return str(later[0]).strip() if later else None
        return None

    def _outcome(self, made: Done, calls: list[Done]) -> dict[str, Any]:
        approval = made.result.get("for")
        told = [c for c in calls if c.tool == "call_outcome" and c.arguments.get("approval") == approval] if approval else []
        return told[-1].result if told else made.result


def read(messages: list[Any]) -> tuple[list[Guide], list[Done]]:
    """The guides to follow, and every call with its result."""
    asked: dict[str, tuple[str, dict[str, Any]]] = {}
    guides: dict[str, Guide] = {}
    calls: list[Done] = []
    for number, message in enumerate(messages):
        for call in message.get("tool_calls") or ():
            asked[call["id"]] = (call["function"]["name"], json.loads(call["function"]["arguments"]))
        if message["role"] != "tool":
            continue
        tool, arguments = asked[message["tool_call_id"]]
        if tool == "search_runbooks" and not message["content"].startswith("{"):
            for guide in parse(message["content"], number, str(arguments.get("query", ""))):
                guides[f"{guide.title}:{number}"] = guide
            continue
        result = json.loads(message["content"])
        calls.append(Done(tool, arguments, result, number))
    return list(guides.values()), calls


def parse(text: str, at: int, query: str) -> list[Guide]:
    guides: list[Guide] = []
    body: list[str] = []
    for line in text.splitlines():
        if head := HEAD.match(line):
            guides.append(Guide(head[2], at, query))
            body = []
        elif not guides:
            continue
        elif need := NEED.match(line):
            guides[-1].asks[need[1]] = need[2]
        elif need := KNOWN.match(line):
            guides[-1].known[need[1]] = json.loads(need[2])
        elif line.startswith(CHOICES):
            guides[-1].choices[list(guides[-1].asks)[-1]] = line.removeprefix(CHOICES).split(", ")
        elif step := STEP.match(line):
            guides[-1].steps.append(Step(step[1], step[2], values(step[3]), dict(UNKNOWN.findall(step[3])), step[4] or ""))
        elif line and not line.startswith("A step that"):
            body.append(line)
            guides[-1].text = "\n".join(body)
    return guides


def chosen(answer: str, choices: list[str]) -> str:
    """A choice by its name, or by a yes for the first and anything else for the last."""
    low = answer.lower()
    return next((one for one in choices if one in low), choices[0] if low.startswith("yes") else choices[-1])


def holds(when: str, known: dict[str, Any], results: list[dict[str, Any]]) -> bool:
    """Whether a step is to be done, as far as one can tell: by the latest result that its condition makes sense of."""
    names = set(re.findall(r"steps\.(\w+)", when))
    for result in [*reversed(results), {}]:
        if when:
            try:
                steps = {name: result.get("result") or {} for name in names}
                held = CONDITIONS.compile(when).evaluate({"needs": known, "steps": steps})
            except ExpressionError:
                continue
            return held is not False
    return True


def found(result: Any) -> str:
    """What a look has shown, in words."""
    if isinstance(result, dict):
        return " ".join(f"no {key}" if one == [] else found(one) for key, one in result.items()).strip()
    return " ".join(map(found, result)) if isinstance(result, list) else str(result)


CONDITIONS = environment((("needs", Kind.DYN), ("steps", Kind.DYN), ("principal.id", Kind.STRING)))


def values(text: str) -> dict[str, Any]:
    """`user="ana", until="…"` as a mapping; what is not known yet is left out."""
    decoder, at, made = json.JSONDecoder(), 0, {}
    while match := re.compile(r"(\w+)=").match(text, at):
        if text[match.end()] == "<":
            at = text.index(">", match.end()) + 3
            continue
        made[match[1]], end = decoder.raw_decode(text, match.end())
        at = end + 2
    return made


def same(made: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(str(made.get(name)) == str(value) for name, value in wanted.items())
