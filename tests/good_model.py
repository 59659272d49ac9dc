"""A scripted good model: it reads the guides that it is shown, does their steps in order, and says what the results say.

No language model and no guess: a function of the request's messages. It keeps to the prompt's rules, so that what is tested with it is
the bot. It knows the company only by what stands in the conversation.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.openai_double import Reply

HEAD = re.compile(r"^Runbook ([\w-]+): (.*?)(?: \(plan (P-\d+)\))?$")
STEP = re.compile(r"^\d+\. (.*?): (\w+)\((.*)\)(?: only if (.*?))?(?:; then (.*))?$")
NEED = re.compile(r"^- needs\.(\w+): not known yet; ask: (.*)$")
UNKNOWN = re.compile(r"(\w+)=<needs\.(\w+)(?:\.id)?>")


@dataclass
class Step:
    title: str
    tool: str
    arguments: dict[str, Any]
    missing: dict[str, str]  # argument -> need


@dataclass
class Guide:
    title: str
    at: int  # number of the message
    query: str = ""
    steps: list[Step] = field(default_factory=list)
    asks: dict[str, str] = field(default_factory=dict)
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
            return None, guide.text.splitlines()[0] if guide.text else f"{guide.title}."
        after = guide.at
        for step in guide.steps:
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
            if state in ("denied", "failed", "expired", "withdrawn", "superseded"):
                return None, f"{guide.title}: I couldn't do this. {outcome.get('reason', '')}".strip()
            after = made.at + 1
        return None, f"{guide.title}: that is done, and I have looked again."

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
    found: list[Guide] = []
    body: list[str] = []
    for line in text.splitlines():
        if head := HEAD.match(line):
            found.append(Guide(head[2], at, query))
        elif not found:
            continue
        elif need := NEED.match(line):
            found[-1].asks[need[1]] = need[2]
        elif step := STEP.match(line):
            found[-1].steps.append(Step(step[1], step[2], values(step[3]), dict(UNKNOWN.findall(step[3]))))
        elif line and not line.startswith(("- needs.", "A step that", "  one of")):
            body.append(line)
            found[-1].text = "\n".join(body)
    return found


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
