"""`create_agent` behind the Agent port: an in-memory loop, no checkpointer, no interrupt."""

from collections.abc import Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import StructuredTool

from bot.agent.door import Door
from bot.agent.planner import RunbookPlanner
from bot.ports import AgentTurn, Said, ToolSchema

STEPS = 200
"""Graph steps of one turn at most; each model call and each round of tools is one."""


class AgentLoop:
    """Implements `bot.ports.Agent`. Without a model it is the runbook planner that asks for the calls."""

    def __init__(self, tools: Sequence[ToolSchema]) -> None:
        self._graph = create_agent(
            RunbookPlanner(), [_schema(tool) for tool in tools], middleware=[Door()], context_schema=AgentTurn
        )

    async def run(self, turn: AgentTurn) -> str:
        """Drive the turn to its end; the closing words, perhaps empty."""
        messages = [_message(said) for said in turn.history] or [HumanMessage("")]
        graph: Any = self._graph
        state = await graph.ainvoke({"messages": messages}, {"recursion_limit": STEPS}, context=turn)
        last = state["messages"][-1]
        return str(last.text) if isinstance(last, AIMessage) else ""


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
            return ToolMessage(content=said.text, tool_call_id=said.tool_call)
        case _:
            calls = [{"name": call.tool, "args": dict(call.arguments), "id": call.id, "type": "tool_call"} for call in said.calls]
            return AIMessage(content=said.text, tool_calls=calls)
