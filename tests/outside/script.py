"""A model that follows a script to the letter: one call at a time, whatever comes back, until there is nothing left to ask for.

Where a call waits for a person it ends its turn, and goes on once the outcome is in the history. What the user must do themselves
it asks of them. It never thinks about whether a text that it read means well: it is the worst case of a model that can be led.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from bot.agent.guards import checked
from bot.spending import Usage

WAITS = "I go on as soon as somebody has answered."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a script does: a call of the agent, or a deed of the user themselves (`by_user`).

    `hostile`: an injected text asked for it, not the requester.
    """

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    hostile: bool = False
    by_user: bool = False


@dataclass
class Script:
    """What is to be done, how far it is done, and what the user was asked to do since they were last asked."""

    steps: Sequence[Step]
    last_words: str
    at: int = 0
    asked_of_user: list[Step] = field(default_factory=list)

    def next(self, messages: Sequence[BaseMessage]) -> AIMessage:
        if _waits(messages[-1]):
            return AIMessage(WAITS)
        if self.at == len(self.steps):
            return AIMessage(self.last_words)
        if self.steps[self.at].by_user:
            while self.at < len(self.steps) and self.steps[self.at].by_user:
                self.asked_of_user.append(self.steps[self.at])
                self.at += 1
            names = ", then ".join(step.tool for step in self.asked_of_user)
            return AIMessage(f"Would you please do this on your side: {names}?")
        step, name = self.steps[self.at], f"call_{self.at}"
        self.at += 1
        return AIMessage("", tool_calls=[{"name": step.tool, "args": dict(step.arguments), "id": name, "type": "tool_call"}])

    def taken(self) -> list[Step]:
        """What the user was asked to do, once."""
        asked, self.asked_of_user = self.asked_of_user, []
        return asked


class ScriptedChat(BaseChatModel):
    """The script as a chat model of LangChain."""

    script: Any

    @property
    def _llm_type(self) -> str:
        return "script"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> "ScriptedChat":
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.script.next(messages))])


class ScriptedModels:
    """In the place of `bot.agent.models.Models`: no server is asked, the answer is checked alike."""

    available = True

    def __init__(self, script: Script) -> None:
        self._chat = ScriptedChat(script=script)

    async def ask(
        self,
        send: Callable[[BaseChatModel], Awaitable[AIMessage]],
        *,
        used: Callable[[Usage], Awaitable[None]],
        again: Callable[[], Awaitable[None]],
    ) -> AIMessage:
        message, _ = checked(await send(self._chat))
        await used(Usage("script", "ok"))
        return message


def _waits(message: BaseMessage) -> bool:
    if not isinstance(message, ToolMessage):
        return False
    try:
        return json.loads(str(message.content)).get("state") == "waiting"
    except ValueError:
        return False
