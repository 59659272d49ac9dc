"""What a policy may say of a tool: its properties, and the types of its arguments."""

from types import SimpleNamespace
from typing import Any

from bot.expressions import Kind
from bot.gate.load import parse
from bot.gate.shapes import kinds, shape
from tests.gate.policy import TOOLS
from tools.contract import Arguments, Effect


class OfAServer(type(TOOLS["unlock_account"])):  # type: ignore[misc]
    """A tool that a server of tools brings."""

    name, server = "billing_refund", "mcp-billing"


def test_a_tool_of_a_server_is_chosen_by_its_server() -> None:
    """And no other tool is, since the others have none."""
    tool = object.__new__(OfAServer)
    assert (shape(tool)["server"], shape(TOOLS["unlock_account"])["server"]) == ("mcp-billing", "")
    assert shape(tool)["effect"] == Effect.CHANGE
    text = "version: 1\nroles: {employee: {members: workspace}}\npolicies:\n"
    text += "- {id: p, tools: {server: mcp-billing}, effect: permit, roles: [employee], unattended: true}\n"
    [policy] = parse(text, {**TOOLS, tool.name: tool}).policies
    assert tuple(policy.tools) == ("billing_refund",)


class Every(Arguments):
    """Of each type that an argument has."""

    text: str
    count: int
    share: float
    switch: bool
    list: list[str]
    many: dict[str, int]
    either: int | str


class Foreign(Arguments):
    """As a server of tools describes what it is called with, where it takes nothing."""

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        return {"type": "object"}


def test_an_argument_has_its_type_in_conditions_and_what_has_none_of_ours_fits_everywhere() -> None:
    ours = {"text": Kind.STRING, "count": Kind.INT, "share": Kind.DOUBLE, "switch": Kind.BOOL, "list": Kind.LIST}
    assert kinds(SimpleNamespace(arguments=Every)) == ours | {"many": Kind.DYN, "either": Kind.DYN}  # type: ignore[arg-type]
    assert kinds(SimpleNamespace(arguments=Foreign)) == {}  # type: ignore[arg-type]
