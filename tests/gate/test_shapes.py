"""What a policy may say of a tool: its properties, and the types of its arguments."""

from bot.gate.load import parse
from bot.gate.shapes import shape
from tests.gate.policy import TOOLS
from tools.contract import Effect


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
