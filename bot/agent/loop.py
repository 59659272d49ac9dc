"""`create_agent` behind the Agent port: an in-memory loop, no checkpointer, no interrupt."""

import os
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from langchain.agents import create_agent
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import StructuredTool

from bot.agent.door import Door, Drive, ordered, wire
from bot.agent.models import Models
from bot.agent.planner import RunbookPlanner
from bot.ports import AgentTurn, Closing, Said, Stream, ToolSchema

for _name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"):
    os.environ[_name] = "false"  # a tracer of LangChain's would send conversations to another company
GRAPH_STEPS = 200
"""Graph steps of one turn at most; each answer and each round of tools is one. A model is stopped long before, by its own limit."""


class AgentLoop:
    """Implements `bot.ports.Agent`. Without a model it is the runbook planner that asks for the calls."""

    def __init__(
        self, tools: Sequence[ToolSchema], models: Models | None = None, *, steps: int = 25, context: int = 32_000
    ) -> None:
        self._models = models
        self._graph = create_agent(
            RunbookPlanner(),
            [_schema(tool) for tool in tools],
            middleware=[Door(models, steps=steps, context=context)],
            context_schema=Drive,
        )

    @property
    def thinks(self) -> bool:
        return self._models is not None and self._models.available

    async def run(self, turn: AgentTurn) -> Closing:
        """Drive the turn to its end; the closing words, perhaps empty."""
        messages = [_message(said) for said in turn.history] or [HumanMessage("")]
        drive = Drive(turn)
        graph: Any = self._graph
        callbacks = [_Shown(turn.stream)] if turn.stream is not None else []
        state = await graph.ainvoke({"messages": messages}, {"recursion_limit": GRAPH_STEPS, "callbacks": callbacks}, context=drive)
        last = state["messages"][-1]
        text = str(last.text) if isinstance(last, AIMessage) else ""
        return Closing(text, by_model=drive.by_model and bool(text), away=drive.away)


class _Shown(AsyncCallbackHandler):
    """Hands a model's words to the stream as they come; those of an earlier answer in the turn give way to the next one's."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._run: UUID | None = None

    async def on_llm_new_token(self, token: Any, *, run_id: UUID, **_: Any) -> None:
        if not isinstance(token, str) or not token:
            return
        if self._run not in (None, run_id):
            await self._stream.restart()
        self._run = run_id
        await self._stream.write(token)


def _schema(tool: ToolSchema) -> StructuredTool:
    """What LangChain may know of a tool: its schema. Its body is unreachable."""

    async def unreachable(**_: Any) -> str:
        raise RuntimeError(f"{tool.name} was called past the door")

    return StructuredTool(name=tool.name, description=tool.description, args_schema=dict(tool.parameters), coroutine=unreachable)


def _message(said: Said) -> AnyMessage:
    match said.role:
        case "requester":
            return HumanMessage(said.text)
        case "result":
            return ToolMessage(content=said.text, tool_call_id=wire_id(said.tool_call))
        case _:
            calls = [
                {"name": call.tool, "args": ordered(dict(call.arguments)), "id": wire_id(call.id), "type": "tool_call"}
                for call in said.calls
            ]
            return AIMessage(content=said.text, tool_calls=calls)


def wire_id(name: str) -> str:
    """A model's call keeps its id; a planner's, which says plan and step, becomes one that every server takes."""
    return name if len(name) == len(wire("")) and name.isalnum() else wire(name)
