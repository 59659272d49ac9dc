"""How a command of the command line says its answer, and how it ends when it has none."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from bot.errors import CommandError, DeskhandError, PolicyError, SettingsError, StoreAway

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Machine-readable, alone on stdout.")]


def show(question: Awaitable[T], as_json: bool, table: Callable[[T], None]) -> T:
    answer = carry_out(lambda: question)
    if as_json:
        put_json(answer)
    else:
        table(answer)
    return answer


def put_json(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False, default=str) + "\n")


def carry_out(act: Callable[[], Awaitable[T]]) -> T:
    async def whole() -> T:
        return await act()

    return attempted(lambda: asyncio.run(whole()))


def attempted(act: Callable[[], T]) -> T:
    """Do it; what goes wrong on purpose is one message on stderr and an exit code."""
    try:
        return act()
    except SettingsError as error:
        fail(str(error), 2)
    except LookupError as error:
        fail(str(error.args[0] if error.args else error), 3)
    except (CommandError, PolicyError, StoreAway, DeskhandError) as error:
        fail(str(error), 1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(130) from None


def spanned(text: str) -> timedelta:
    """A time that was given as ``--since``; another word ends the command."""
    from bot.gate.owing import span

    found = span(text)
    if found is None:
        fail(f"--since must be a time such as 12h, 30d or 8w, not {text!r}", 2)
    return found


def fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
