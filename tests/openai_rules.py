"""What OpenAI's Chat Completions API accepts of a request: as strict as the real one about the order and shape of messages.

`problem(body)` is a pure function; the double answers with what it says. Stricter than the real one in one point: the arguments of
a call in the history must be JSON, and an assistant's message may not be empty.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

LONGEST_ID = 40
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ARGUMENTS = (
    "model messages tools tool_choice parallel_tool_calls stream stream_options temperature top_p n stop seed user store metadata"
    " max_tokens max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs top_logprobs response_format"
    " reasoning_effort service_tier prompt_cache_key safety_identifier verbosity"
)
KNOWN = frozenset(ARGUMENTS.split())
PARTS = {
    "system": {"text"},
    "developer": {"text"},
    "tool": {"text"},
    "user": {"text", "image_url", "input_audio", "file"},
    "assistant": {"text", "refusal"},
}
FIELDS = {
    "system": {"role", "content", "name"},
    "developer": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "tool": {"role", "content", "tool_call_id"},
    "assistant": {"role", "content", "name", "tool_calls", "refusal", "audio"},
}


@dataclass(frozen=True)
class Problem(Exception):
    """What is wrong, and where; `code` as OpenAI has them."""

    message: str
    param: str | None = None
    code: str | None = None


def problem(body: Any) -> Problem | None:
    """What OpenAI would refuse this request for, or None."""
    try:
        _request(body)
        _tools(body)
        _messages(body["messages"])
    except Problem as found:
        return found
    return None


def _request(body: Any) -> None:
    if not isinstance(body, dict):
        raise Problem("the body is no JSON object")
    if unknown := sorted(set(body) - KNOWN):
        raise Problem(f"unknown argument: {unknown[0]}", unknown[0])
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise Problem("a model must be named", "model")
    if not isinstance(body.get("messages"), list) or not body["messages"]:
        raise Problem("messages must be a list with at least one", "messages")
    if body.get("stream_options") is not None and not body.get("stream"):
        raise Problem("stream_options go with stream only", "stream_options")
    temperature = body.get("temperature")
    if temperature is not None and not (_number(temperature) and 0 <= temperature <= 2):
        raise Problem("temperature must be from 0 to 2", "temperature")


def _tools(body: dict[str, Any]) -> None:
    tools = body.get("tools")
    if tools is None:
        for name in ("tool_choice", "parallel_tool_calls"):
            if body.get(name) is not None:
                raise Problem(f"{name} goes with tools only", name)
        return
    if not isinstance(tools, list) or not tools:
        raise Problem("tools must be a list with at least one", "tools")
    for place, tool in enumerate(tools):
        where = f"tools[{place}]"
        if not isinstance(tool, dict) or tool.get("type") != "function" or not isinstance(tool.get("function"), dict):
            raise Problem("a tool must be a function", where)
        function = tool["function"]
        _name(function.get("name"), f"{where}.function.name")
        if not isinstance(function.get("description", ""), str):
            raise Problem("a description must be text", f"{where}.function.description")
        parameters = function.get("parameters", {"type": "object", "properties": {}})
        if not isinstance(parameters, dict) or parameters.get("type") != "object":
            raise Problem(
                "parameters must be a JSON schema of an object", f"{where}.function.parameters", "invalid_function_parameters"
            )
        if not isinstance(parameters.get("properties", {}), dict):
            raise Problem("properties must be an object", f"{where}.function.parameters", "invalid_function_parameters")


def _messages(messages: list[Any]) -> None:
    open_calls: list[str] = []
    for place, message in enumerate(messages):
        where = f"messages[{place}]"
        if not isinstance(message, dict) or message.get("role") not in PARTS:
            raise Problem("a message needs a role: system, developer, user, assistant or tool", f"{where}.role")
        role = message["role"]
        if unknown := sorted(set(message) - FIELDS[role]):
            raise Problem(f"unknown field of a message: {unknown[0]}", f"{where}.{unknown[0]}")
        if role == "tool":
            answered = _id(message.get("tool_call_id"), f"{where}.tool_call_id")
            if answered not in open_calls:
                raise Problem("a tool message must answer a call of the assistant's message before it, once", f"{where}.role")
            open_calls.remove(answered)
        elif open_calls:
            raise Problem(f"calls without an answer right after them: {', '.join(open_calls)}", where)
        _content(message, role, where)
        if "name" in message:
            _name(message["name"], f"{where}.name")
        if "tool_calls" in message:
            open_calls = _calls(message["tool_calls"], f"{where}.tool_calls")
    if open_calls:
        raise Problem(f"calls without an answer right after them: {', '.join(open_calls)}", f"messages[{len(messages)}]")


def _content(message: dict[str, Any], role: str, where: str) -> None:
    content = message.get("content")
    if role == "assistant" and content in (None, "", []):
        if not message.get("tool_calls") and not message.get("refusal"):
            raise Problem("an assistant's message needs content or calls", f"{where}.content")
        return
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not content:
        raise Problem("content must be text or a list of parts", f"{where}.content")
    for place, part in enumerate(content):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in PARTS[role]:
            raise Problem(
                f"a part of a {role} message must be one of: {', '.join(sorted(PARTS[role]))}", f"{where}.content[{place}]"
            )
        if kind == "text" and not isinstance(part.get("text"), str):
            raise Problem("a part's text must be text", f"{where}.content[{place}].text")


def _calls(calls: Any, where: str) -> list[str]:
    if not isinstance(calls, list) or not calls:
        raise Problem("tool_calls must be a list with at least one", where)
    ids: list[str] = []
    for place, call in enumerate(calls):
        here = f"{where}[{place}]"
        if not isinstance(call, dict) or call.get("type") != "function" or not isinstance(call.get("function"), dict):
            raise Problem("a call must be of a function", here)
        ids.append(_id(call.get("id"), f"{here}.id"))
        _name(call["function"].get("name"), f"{here}.function.name")
        arguments = call["function"].get("arguments")
        if not isinstance(arguments, str):
            raise Problem("arguments must be text", f"{here}.function.arguments")
        try:
            json.loads(arguments)
        except ValueError:
            raise Problem("arguments must be JSON", f"{here}.function.arguments") from None
    if len(set(ids)) < len(ids):
        raise Problem("two calls of one message have the same id", where)
    return ids


def _id(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise Problem("an id must be text", where)
    if len(value) > LONGEST_ID:
        raise Problem(f"an id may have {LONGEST_ID} characters, this one has {len(value)}", where, "string_above_max_length")
    return value


def _name(value: Any, where: str) -> None:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise Problem(f"a name must match ^{NAME.pattern}$", where, "invalid_value")


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
