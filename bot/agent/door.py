"""The one wrapper around the model and around every tool call.

LangChain's own tool handler is never called: unknown tools and bad arguments reach this wrapper only, and so they get a ledger
row like every other call. The model's answer is written down before any of its calls runs. Where the model stays away, or has had
its share, the runbook planner goes on in the same turn, behind the same door.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ToolCallRequest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, SystemMessage, ToolMessage
from langgraph.types import Command

from bot.agent import prompt, trim
from bot.agent.faults import ModelAway, Reason
from bot.agent.models import Models
from bot.agent.planner import RunbookPlanner
from bot.domain import ToolCall
from bot.ports import AgentTurn

log = structlog.get_logger(__name__)

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
STEPS = "MODEL_STEPS_PER_TURN"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Drive:
    """One turn on its way: what the core gave, and how far the model has come in it."""

    turn: AgentTurn
    answers: int = 0
    steps: int = 0
    by_model: bool = False
    away: str = ""


class Door(AgentMiddleware[Any, Drive]):
    """Asks the model or the planner, writes their answers down, and hands every call to the turn's `execute`."""

    def __init__(self, models: Models | None, *, steps: int, context: int) -> None:
        super().__init__()
        self._models = models
        self._steps = steps
        self._context = context

    async def awrap_model_call(self, request: ModelRequest[Drive], handler: Handler) -> ModelResponse[Any]:
        drive: Any = request.runtime.context
        turn: AgentTurn = drive.turn
        if self._models is not None and await turn.stopped():
            return ModelResponse(result=[AIMessage("")])
        message = await self._thought(request, handler, drive)
        drive.by_model = message is not None
        if message is None:
            response = await handler(request.override(model=RunbookPlanner(turn=turn), tools=[]))
            message = next(one for one in response.result if isinstance(one, AIMessage))
        if message.tool_calls or (drive.by_model and message.text):
            calls = [ToolCall(str(call["id"]), call["name"], call["args"]) for call in message.tool_calls]
            await turn.wrote(str(message.text), calls)
        return ModelResponse(result=[message])

    async def _thought(self, request: ModelRequest[Drive], handler: Handler, drive: Drive) -> AIMessage | None:
        """The model's answer, its calls under ids of ours; None where the planner has to go on."""
        models, turn = self._models, drive.turn
        if models is None or drive.away:
            return None
        drive.away = STEPS if drive.steps >= self._steps else await turn.limit()
        if drive.away:
            log.info("the model has had its share", case=turn.case, limit=drive.away)
            return None
        for most in (self._context, self._context // 3):
            try:
                message = await models.ask(
                    partial(self._sent, request=request, handler=handler, turn=turn, most=most),
                    used=turn.used,
                    again=_again(turn),
                )
            except ModelAway as away:
                if away.reason is Reason.CONTEXT and most == self._context:
                    continue
                await _again(turn)()
                log.warning("the model is away", case=turn.case, reason=str(away.reason), said=str(away))
                drive.away = str(away.reason)
                return None
            drive.answers += 1
            message = _renamed(message, turn.case, turn.answers + drive.answers, self._steps - drive.steps)
            drive.steps += len(message.tool_calls)
            return message
        return None

    async def _sent(
        self, chat: BaseChatModel, request: ModelRequest[Drive], handler: Handler, turn: AgentTurn, most: int
    ) -> AIMessage:
        """One request: the stable prompt, the tools that could ever be permitted, and as much of the conversation as fits."""
        names = {tool.name for tool in turn.tools}
        response = await handler(
            request.override(
                model=chat,
                system_message=SystemMessage(prompt.system(turn.about)),
                messages=trim.trimmed(request.messages, most),
                tools=[tool for tool in request.tools if not isinstance(tool, dict) and tool.name in names],
            )
        )
        return next(one for one in response.result if isinstance(one, AIMessage))

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        call = request.tool_call
        drive: Any = request.runtime.context
        answer = await drive.turn.execute(ToolCall(str(call["id"]), call["name"], call["args"]))
        return ToolMessage(content=answer.content, tool_call_id=str(call["id"]), name=call["name"])


def wire(name: str) -> str:
    """An id as every server takes it: nine letters and digits, always the same for the same call."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    letters = []
    for _ in range(9):
        number, digit = divmod(number, len(DIGITS))
        letters.append(DIGITS[digit])
    return "".join(letters)


def ordered(arguments: Any) -> Any:
    """With their names in order, as they come back from the database: so a server meets again what it has read."""
    return json.loads(json.dumps(arguments, sort_keys=True, default=str))


def _renamed(message: AIMessage, case: str, answer: int, most: int) -> AIMessage:
    """Its calls, as many as the turn has left, under ids that are unique in the case: models repeat theirs, or leave them out."""
    calls = [
        {**call, "args": ordered(call["args"]), "id": wire(f"{case}:{answer}:{number}")}
        for number, call in enumerate(message.tool_calls[:most])
    ]
    return AIMessage(content=message.text, tool_calls=calls)


def _again(turn: AgentTurn) -> Callable[[], Awaitable[None]]:
    async def again() -> None:
        if turn.stream is not None:
            await turn.stream.restart()

    return again
