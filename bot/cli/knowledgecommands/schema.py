"""`knowledge schema`: the JSON Schema of a runbook's front matter."""

from bot.cli.terminal import put_json


def command() -> None:
    """The JSON Schema of a runbook's front matter, for editors."""
    from bot.toolbox import tools
    from knowledge.schema import runbook_schema

    put_json(runbook_schema(tools()))
