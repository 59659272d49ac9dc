"""``python -m bot knowledge …``: what Deskhand knows, whether it is found, and where it comes from."""

from importlib import import_module

import typer

knowledge = typer.Typer(help="Look after what Deskhand knows: runbooks and articles.", no_args_is_help=True)

COMMANDS = {
    "bench": "bench",
    "check": "check",
    "health": "health",
    "new": "new",
    "schema": "schema",
    "sync": "sync",
    "test": "testing",
    "try": "trying",
}
"""Each is a module of `bot.cli.knowledgecommands` with a function `command`; heavy things are imported inside of it."""


@knowledge.callback()
def group() -> None:
    """Look after what Deskhand knows: runbooks and articles."""


for name, module in COMMANDS.items():
    knowledge.command(name)(import_module(f"bot.cli.knowledgecommands.{module}").command)
