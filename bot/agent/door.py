"""The one wrapper around the model and around every tool call.

LangChain's own tool handler is never called: unknown tools and bad arguments reach this wrapper only, and so they get a ledger
row like every other call. The model's answer is written down before any of its calls runs.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ToolCallRequest
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.types import Command

from bot.agent.planner import RunbookPlanner
from bot.domain import ToolCall
from bot.ports import AgentTurn


class Door(AgentMiddleware[Any, AgentTurn]):
    """Writes the model's answers down, and hands every call to the turn's `execute`."""

    async def awrap_model_call(
        self,
        request: ModelRequest[AgentTurn],
        handler: Callable[[ModelRequest[AgentTurn]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        turn: Any = request.runtime.context
        if isinstance(request.model, RunbookPlanner):
            request = request.override(model=RunbookPlanner(turn=turn))
        response = await handler(request)
        for message in response.result:
            if isinstance(message, AIMessage) and message.tool_calls:
                calls = [ToolCall(str(call["id"]), call["name"], call["args"]) for call in message.tool_calls]
                await turn.wrote(str(message.text), calls)
        return response

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        call = request.tool_call
        turn: Any = request.runtime.context
        answer = await turn.execute(ToolCall(str(call["id"]), call["name"], call["args"]))
        return ToolMessage(content=answer.content, tool_call_id=str(call["id"]), name=call["name"])
