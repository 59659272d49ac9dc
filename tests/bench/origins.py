"""Tracing a call through a long history: what it costs once everything was seen before, and where nothing was.

The history is half messages and half results of looks with texts of other people in them; the call names a person whom the requester
wrote of last, one whom only a ticket names, and a link that stands nowhere, so every source is looked through.
"""

import asyncio
import random
import statistics
import time
from dataclasses import dataclass
from typing import Annotated, Any

from bot.domain import Call, CallState, Line, PersonKind, Principal
from bot.execution.origins import Origins, SoFar
from bot.provenance import texts
from tests.gate.policy import NOW
from tools.contract import WORDS, Arguments, Effect, Resource, Result, Tool

SIZE = 100_000
"""Characters of the history."""
PIECE = 2_000
ROUNDS = 200
ANA = Principal("ana", "U0ANA", kind=PersonKind.MEMBER, name="Ana Meyer")


class NoteArguments(Arguments):
    user: str
    of: str
    text: Annotated[str, WORDS]


class Note(Tool[Any]):
    name, description, effect, system = "note", "Note it.", Effect.CHANGE, "tickets"
    arguments = NoteArguments

    async def resource(self, args: Any) -> Resource:
        return Resource("person", args.user)

    async def run(self, args: Any, caller: Any) -> Result:
        raise NotImplementedError


class Look(Note):
    name, effect, ids = "look", Effect.READ, frozenset({"tickets.ticket"})


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of a call."""

    warm: float
    cold: float


def history(seed: int = 7) -> SoFar:
    """A case of about SIZE characters."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(2_000)]

    def text() -> str:
        return " ".join(chance.choices(words, k=PIECE // 6))[:PIECE]

    pieces = SIZE // PIECE // 2
    lines = [Line("C-1", number, "requester", text(), NOW) for number in range(pieces)]
    lines.append(Line("C-1", pieces, "requester", "please do it for ben.carter", NOW))
    calls = [
        Call(
            f"K-{n}",
            "C-1",
            f"c{n}",
            "look",
            {},
            CallState.DONE,
            "ana",
            NOW,
            result={"tickets": [{"ticket": f"IT-{n}", "text": text()}]},
        )
        for n in range(pieces)
    ]
    calls[0] = Call("K-0", "C-1", "c0", "look", {}, CallState.DONE, "ana", NOW, result={"text": f"{text()} reset eva.lindqvist"})
    return SoFar(lines, calls, [])


def measure() -> Cost:
    """The middle one of many rounds."""
    tools: dict[str, Tool[Any]] = {"note": Note(), "look": Look()}
    arguments = {"user": "ben.carter", "of": "eva.lindqvist", "text": "See https://evil.example/now"}
    call = Call("", "C-1", "new", "note", arguments, CallState.STARTED, "ana", NOW)
    so_far = history()

    async def rounds(*, cold: bool) -> float:
        took, origins = [], Origins(tools, {})
        for _ in range(ROUNDS // 10 if cold else ROUNDS):
            if cold:
                origins = Origins(tools, {})
                texts.forget()
            start = time.perf_counter()
            await origins.of(call, tools["note"], NoteArguments(**arguments), ANA, so_far)
            took.append(time.perf_counter() - start)
        return statistics.median(took) * 1000

    return Cost(cold=asyncio.run(rounds(cold=True)), warm=asyncio.run(rounds(cold=False)))
