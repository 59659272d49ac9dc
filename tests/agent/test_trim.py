"""A conversation that is too long for the model: shorter, and still valid and true."""

import json

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from bot.agent.trim import LATEST, tokens, trimmed


def exchange(number: int, result: str) -> list[AnyMessage]:
    call = {"name": "find_account", "args": {"user": "ana"}, "id": f"c{number:08}", "type": "tool_call"}
    return [AIMessage("", tool_calls=[call]), ToolMessage(result, tool_call_id=call["id"])]


RESULTS = st.sampled_from(
    ["x" * 400, json.dumps({"state": "done", "result": {"text": "y" * 300}}), json.dumps({"state": "waiting", "for": "A-17"})]
)
TURNS = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=300).map(lambda words: [HumanMessage(words)]),
        st.text(min_size=1, max_size=500).map(lambda words: [AIMessage(words)]),
        RESULTS.map(lambda result: exchange(0, result)),
    ),
    max_size=40,
)


def valid(messages: list[AnyMessage]) -> bool:
    waiting: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in waiting:
                return False
            waiting.remove(message.tool_call_id)
        elif waiting:
            return False
        elif isinstance(message, AIMessage):
            waiting = [str(call["id"]) for call in message.tool_calls]
    return not waiting


@given(TURNS, st.integers(min_value=10, max_value=3000))
def test_no_words_of_the_requester_and_no_open_call_are_lost(turns: list[list[AnyMessage]], most: int) -> None:
    """Whatever the length: the history stays valid, the requester's words stay in order, what waits stays whole."""
    messages: list[AnyMessage] = []
    for number, turn in enumerate(turns):
        for message in turn:
            if isinstance(message, AIMessage) and message.tool_calls:
                messages += exchange(number, str(turn[1].content))
            elif not isinstance(message, ToolMessage):
                messages.append(message)
    kept = trimmed(messages, most)

    assert valid(kept)
    assert [m.content for m in kept if isinstance(m, HumanMessage)] == [m.content for m in messages if isinstance(m, HumanMessage)]
    waits = [m for m in messages if isinstance(m, ToolMessage) and "A-17" in str(m.content)]
    assert [m for m in kept if m in waits] == waits
    assert tokens(kept) <= tokens(messages)
    assert kept[-LATEST:] == messages[-LATEST:] or len(messages) <= LATEST


def test_a_short_conversation_is_left_alone_and_a_long_one_fits() -> None:
    """Old results go first, then old calls; what is new stays."""
    messages: list[AnyMessage] = [HumanMessage("I'm locked out")]
    for number in range(60):
        messages += exchange(number, json.dumps({"state": "done", "result": "z" * 500}))

    assert trimmed(messages, 100_000) == messages
    kept = trimmed(messages, 3_000)
    assert tokens(kept) <= 3_000
    assert kept[0] == messages[0]
    assert kept[-LATEST:] == messages[-LATEST:]
    assert any('"left out"' in str(message.content) for message in kept)


def test_what_waits_stays_whole_however_old_it_is() -> None:
    """Long ago somebody was asked; everything around it is shortened, that is not."""
    messages: list[AnyMessage] = [HumanMessage("figma, please"), *exchange(0, json.dumps({"state": "waiting", "for": "A-17"}))]
    for number in range(1, 60):
        messages += exchange(number, json.dumps({"state": "done", "result": "z" * 500}))

    kept = trimmed(messages, 500)
    assert kept[:3] == messages[:3]
    assert len(kept) < len(messages)
