"""The double's strictness: every valid request passes, and each single corruption of one is refused."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.openai_rules import problem

TOOL = {
    "type": "function",
    "function": {"name": "unlock_account", "description": "Unlock.", "parameters": {"type": "object", "properties": {}}},
}
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
names = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)
ids = st.from_regex(r"[a-zA-Z0-9_]{1,40}", fullmatch=True)


@st.composite
def rounds(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What one pass of a turn adds: the requester's words, perhaps calls with all of their answers, perhaps closing words."""
    said: list[dict[str, Any]] = [{"role": "user", "content": draw(words)}]
    for _ in range(draw(st.integers(0, 2))):
        own = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
        calls = [
            {"id": one, "type": "function", "function": {"name": draw(names), "arguments": json.dumps({"user": draw(words)})}}
            for one in own
        ]
        said.append({"role": "assistant", "content": draw(st.none() | words), "tool_calls": calls})
        said += [{"role": "tool", "tool_call_id": one, "content": draw(words)} for one in draw(st.permutations(own))]
    if draw(st.booleans()):
        said.append({"role": "assistant", "content": draw(words)})
    return said


@st.composite
def requests(draw: st.DrawFn, *, with_call: bool = False) -> dict[str, Any]:
    history = [message for one in draw(st.lists(rounds(), min_size=1, max_size=3)) for message in one]
    if with_call and not any("tool_calls" in message for message in history):
        call = {"id": "call_1", "type": "function", "function": {"name": "unlock_account", "arguments": "{}"}}
        history.append({"role": "assistant", "content": None, "tool_calls": [call]})
        history.append({"role": "tool", "tool_call_id": "call_1", "content": "done"})
    body: dict[str, Any] = {"model": "double", "messages": [{"role": "system", "content": draw(words)}, *history], "tools": [TOOL]}
    if draw(st.booleans()):
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


@given(requests())
def test_a_valid_request_passes(body: dict[str, Any]) -> None:
    """Ids may come again in a later message, answers may come in any order, content beside calls may be missing."""
    assert problem(body) is None


def _caller(body: dict[str, Any]) -> dict[str, Any]:
    return next(message for message in body["messages"] if "tool_calls" in message)


def _answer(body: dict[str, Any]) -> int:
    return next(place for place, message in enumerate(body["messages"]) if message["role"] == "tool")


def _set(path: Callable[[dict[str, Any]], dict[str, Any]], **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda body: path(body).update(values)


def _call(body: dict[str, Any]) -> dict[str, Any]:
    return _caller(body)["tool_calls"][0]  # type: ignore[no-any-return]


def _long_id(body: dict[str, Any]) -> None:
    old = _call(body)["id"]
    for message in body["messages"][body["messages"].index(_caller(body)) + 1 :]:
        if message.get("tool_call_id") == old:
            message["tool_call_id"] = "c" * 41
            break
    _call(body)["id"] = "c" * 41


CORRUPTIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "an answer is missing": lambda body: body["messages"].pop(_answer(body)),
    "an answer comes twice": lambda body: body["messages"].insert(_answer(body), copy.deepcopy(body["messages"][_answer(body)])),
    "an answer to nothing": lambda body: body["messages"].append({"role": "tool", "tool_call_id": "call_x", "content": "done"}),
    "an answer to another call": lambda body: body["messages"][_answer(body)].update(tool_call_id="of_nobody_0"),
    "words between a call and its answer": lambda body: body["messages"].insert(
        _answer(body), {"role": "user", "content": "hurry"}
    ),
    "an answer before its call": lambda body: body["messages"].insert(1, body["messages"].pop(_answer(body))),
    "calls at the end without answers": lambda body: body["messages"].append(copy.deepcopy(_caller(body))),
    "an empty id": _set(_call, id=""),
    "no id": _set(_call, id=None),
    "an id of 41 characters": _long_id,
    "two calls with one id": lambda body: _caller(body)["tool_calls"].append(copy.deepcopy(_call(body))),
    "no calls in a list of calls": lambda body: body["messages"].append({"role": "assistant", "content": "x", "tool_calls": []}),
    "a call of no type": _set(_call, type="tool"),
    "arguments that are an object": lambda body: _call(body)["function"].update(arguments={"user": "ana"}),
    "arguments that are no JSON": lambda body: _call(body)["function"].update(arguments='{"user": "an'),
    "a call of a name with a space": lambda body: _call(body)["function"].update(name="unlock account"),
    "a call of a name of 65 characters": lambda body: _call(body)["function"].update(name="n" * 65),
    "a call without a name": lambda body: _call(body)["function"].pop("name"),
    "an unknown role": lambda body: body["messages"].append({"role": "bot", "content": "hello"}),
    "an assistant that says nothing": lambda body: body["messages"].append({"role": "assistant", "content": ""}),
    "an assistant without content": lambda body: body["messages"].append({"role": "assistant"}),
    "a requester without content": lambda body: body["messages"].append({"role": "user", "content": None}),
    "content that is a number": lambda body: body["messages"].append({"role": "user", "content": 7}),
    "content that is an object": lambda body: body["messages"].append({"role": "user", "content": {"text": "hello"}}),
    "a picture in the system's words": lambda body: body["messages"][0].update(
        content=[{"type": "image_url", "image_url": {"url": "x"}}]
    ),
    "a part of an unknown type": lambda body: body["messages"].append({"role": "user", "content": [{"type": "video"}]}),
    "a part whose text is none": lambda body: body["messages"].append(
        {"role": "user", "content": [{"type": "text", "text": None}]}
    ),
    "a tool's content that is an object": lambda body: body["messages"][_answer(body)].update(content={"ok": True}),
    "an unknown field of a message": lambda body: body["messages"][0].update(case="C-1"),
    "a name that is a sentence": lambda body: body["messages"][0].update(name="who asks"),
    "no messages": lambda body: body.update(messages=[]),
    "no model": lambda body: body.pop("model"),
    "an unknown argument": lambda body: body.update(think=True),
    "a temperature of 3": lambda body: body.update(temperature=3),
    "stream options without a stream": lambda body: body.update(stream=False, stream_options={"include_usage": True}),
    "no tools in a list of tools": lambda body: body.update(tools=[]),
    "a choice of tool without tools": lambda body: (body.pop("tools"), body.update(tool_choice="auto")),
    "a tool with a bad name": lambda body: body.update(tools=[{"type": "function", "function": {"name": "unlock account"}}]),
    "a tool whose parameters are no object": lambda body: body.update(
        tools=[{"type": "function", "function": {"name": "unlock", "parameters": {"type": "array"}}}]
    ),
    "a tool that is no function": lambda body: body.update(tools=[{"name": "unlock"}]),
}


@pytest.mark.parametrize("corrupt", [pytest.param(how, id=name) for name, how in CORRUPTIONS.items()])
@settings(max_examples=15)
@given(data=st.data())
def test_each_single_corruption_is_refused(corrupt: Callable[[dict[str, Any]], Any], data: st.DataObject) -> None:
    """The same request passes before it is corrupted, and is refused after, with a sentence."""
    body = data.draw(requests(with_call=True))
    assert problem(body) is None
    corrupt(body)
    found = problem(body)
    assert found is not None
    assert found.message
