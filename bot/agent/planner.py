"""A LangChain chat model without a language model inside: it follows the plans of a case.

It is what Deskhand uses without an API key, and when the model stays away. It walks the very same agent, gate and ledger as a
model would, so both leave the same trail. What it does not know it does not say.
"""

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable

from bot.errors import ModelCallForbidden
from bot.ports import AgentTurn, Next


class RunbookPlanner(BaseChatModel):
    """Answers with the next calls of the case's plans, or with the words that end the turn."""

    turn: Any = None
    """The `AgentTurn` that is followed."""

    @property
    def _llm_type(self) -> str:
        return "runbook-planner"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Runnable[Any, Any]:
        """The tools are those of the plans; nothing is to be bound."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise ModelCallForbidden("the runbook planner is asynchronous only")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if not isinstance(self.turn, AgentTurn):
            raise ModelCallForbidden("the runbook planner has no turn to follow")
        step: Next = await self.turn.next_step()
        calls = [{"name": call.tool, "args": dict(call.arguments), "id": call.id, "type": "tool_call"} for call in step.calls]
        message = AIMessage(content=step.text, tool_calls=calls)
        return ChatResult(generations=[ChatGeneration(message=message)])
