"""tau2's telecom domain: the agent's tools behind our contract, the user's own deeds done by the user, their assertions afterwards.

The tasks come from the development data: how the world is at the start, the expected actions in order, each with who does it, and what
must hold at the end.
"""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.outside import packages
from tests.outside.script import Script, Step
from tests.outside.world import Deed, Shape, World, strict
from tools.contract import Effect

FILE = "tau2_telecom.jsonl"
READS: dict[str, tuple[str, str]] = {
    "get_customer_by_phone": ("customer", "phone_number"),
    "get_customer_by_id": ("customer", "customer_id"),
    "get_customer_by_name": ("customer", "full_name"),
    "get_details_by_id": ("thing", "id"),
    "get_bills_for_customer": ("customer", "customer_id"),
    "get_data_usage": ("line", "line_id"),
    "transfer_to_human_agents": ("people", ""),  # it leaves the environment as it is: it only says that people go on
}
CHANGES: dict[str, tuple[str, str]] = {
    "suspend_line": ("line", "line_id"),
    "resume_line": ("line", "line_id"),
    "enable_roaming": ("line", "line_id"),
    "disable_roaming": ("line", "line_id"),
    "refuel_data": ("line", "line_id"),
    "send_payment_request": ("bill", "bill_id"),
}


class TelecomWorld(World):
    """The provider's books and the user's telephone, as a task has them at the start."""

    def __init__(self, initial: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        self.environment = packages.telecom().get_environment()
        from tau2.data_model.tasks import EnvFunctionCall

        self.environment.run_env_function_calls([EnvFunctionCall(**one) for one in initial])

    def state(self) -> str:
        tools, user = self.environment.tools, self.environment.user_tools
        return str(tools.db.model_dump_json()) + str(user.db.model_dump_json())

    def call(self, tool: str, arguments: Mapping[str, Any]) -> str:
        answer = self.environment.make_tool_call(tool, requestor="assistant", **arguments)
        self.environment.sync_tools()
        return str(self.environment.to_json_str(answer))

    def does(self, step: Step) -> None:
        """What the user does themselves, past every gate of ours."""
        self.environment.make_tool_call(step.tool, requestor="user", **step.arguments)
        self.environment.sync_tools()

    def holds(self, tool: str, arguments: Mapping[str, Any], deed: Deed) -> bool:
        """What each change promises, looked up in the provider's books; of a refuelling the amount alone does not say enough."""
        tools = self.environment.tools
        looks: dict[str, Callable[[], bool]] = {
            "suspend_line": lambda: tools._get_line_by_id(arguments["line_id"]).status.value == "Suspended",
            "resume_line": lambda: tools._get_line_by_id(arguments["line_id"]).status.value == "Active",
            "enable_roaming": lambda: tools._get_line_by_id(arguments["line_id"]).roaming_enabled is True,
            "disable_roaming": lambda: tools._get_line_by_id(arguments["line_id"]).roaming_enabled is False,
            "send_payment_request": lambda: tools._get_bill_by_id(arguments["bill_id"]).status.value == "Awaiting Payment",
        }
        return looks[tool]() if tool in looks else super().holds(tool, arguments, deed)

    def holds_in_the_end(self, assertions: Sequence[Mapping[str, Any]]) -> bool:
        from tau2.data_model.tasks import EnvAssertion

        return all(self.environment.run_env_assertion(EnvAssertion(**one), raise_assertion_error=False) for one in assertions)


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the data."""

    name: str
    opening: str
    initial: Sequence[Mapping[str, Any]]
    steps: Sequence[Step]
    assertions: Sequence[Mapping[str, Any]]

    def world(self) -> TelecomWorld:
        return TelecomWorld(self.initial)

    def script(self) -> Script:
        return Script(self.steps, "That is all.")


@cache
def shapes() -> dict[str, Shape]:
    """The agent's tools. Raises KeyError for one that is in neither table."""
    made = {}
    for name, tool in packages.telecom().get_environment().tools.get_tools().items():
        change = name in CHANGES
        description = f"{tool.short_desc}\n{tool.long_desc}".strip()
        touches = (CHANGES if change else READS)[name]
        made[name] = Shape(name, description, Effect.CHANGE if change else Effect.READ, strict(tool.params), touches)
    return made


def tasks(folder: Path) -> list[Task]:
    """Every task of the data in this folder."""
    rows = [json.loads(line) for line in (folder / FILE).read_text().splitlines()]
    return [
        Task(
            name=row["task_id"],
            opening=row["ticket"],
            initial=row["initial_actions"],
            steps=[Step(one["name"], one["arguments"], by_user=one["requestor"] == "user") for one in row["actions"]],
            assertions=row["env_assertions"],
        )
        for row in rows
        if row["type"] == "task"
    ]


def by_the_user_alone(task: Task) -> bool:
    """Whether what the user does themselves is enough, the agent doing nothing; a deed that fails for want of it is left out."""
    world = task.world()
    for step in task.steps:
        if step.by_user:
            with contextlib.suppress(ValueError):
                world.does(step)
    return world.holds_in_the_end(task.assertions)
