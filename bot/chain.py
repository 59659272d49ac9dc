"""The chain of seals over the audit: how a seal is made, and how a changed, missing, moved or added row is found. Pure.

A seal has a number, the digest of each row that was new, and the digest of the seal before it; its own digest is over all of that.
So nobody changes a row or a seal without changing every digest after it, and the newest of them, the head, is kept elsewhere too.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.record import Record, canonical, digest, moment


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the number of a seal, and its digest in hex."""

    number: int
    digest: str


BEGINNING = Head(0, "0" * 64)
"""What the first seal stands on."""


@dataclass(frozen=True, slots=True)
class Seal:
    """`rows`: position and digest of each row that it seals, by position. A row that was committed late is in a later seal."""

    number: int
    at: datetime
    previous: str
    rows: tuple[tuple[int, str], ...]
    digest: str

    @property
    def head(self) -> Head:
        return Head(self.number, self.digest)


def sealed(before: Head, at: datetime, records: Iterable[Record]) -> Seal:
    """The next seal, over these rows."""
    rows = tuple(sorted((one.position, digest(one)) for one in records))
    return Seal(before.number + 1, at, before.digest, rows, seal_digest(before.number + 1, at, before.digest, rows))


def seal_digest(number: int, at: datetime, previous: str, rows: Sequence[tuple[int, str]]) -> str:
    """SHA-256 over the canonical JSON of what a seal says, in hex."""
    said = {"number": number, "at": moment(at), "previous": previous, "rows": [[position, one] for position, one in rows]}
    return hashlib.sha256(canonical(said)).hexdigest()


class Kind(StrEnum):
    """What is wrong."""

    CHANGED = "changed"  # a row or a seal says something else than it did
    MISSING = "missing"  # a row or a seal is gone
    MOVED = "moved"  # a row stands where another stood
    ADDED = "added"  # a row that was never to be sealed
    BROKEN = "broken"  # a seal does not stand on the one before it, or is not the one that is known elsewhere
    TRUNCATED = "truncated"  # the end is gone, as a head that is kept elsewhere shows


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` is a position, `seal` a number; None where it is not about one."""

    kind: Kind
    says: str
    seal: int | None = None
    row: int | None = None


class Verifier:
    """Takes the seals in their order with the rows that they seal, and says what is wrong.

    `start` is what the first of them must stand on; `known` are digests by number of seals, as they were kept elsewhere.
    """

    def __init__(self, start: Head = BEGINNING, known: Mapping[int, str] | None = None) -> None:
        self.head = start
        self.rows = 0
        self._known = known or {}
        self._problems: list[Problem] = []
        self._wrong: dict[int, tuple[int, str, str]] = {}  # position → (seal, digest that it had, digest that it has)
        self._compare(start, "what was removed under the retention setting ended in another seal")

    def take(self, seal: Seal, records: Mapping[int, Record]) -> None:
        """The next seal; `records` by position, those that are there."""
        expected = self.head.number + 1
        if seal.number > expected:
            gone = f"seal {expected} is" if seal.number == expected + 1 else f"seals {expected} to {seal.number - 1} are"
            self._say(Kind.MISSING, f"{gone} missing", seal=expected)
        elif seal.previous != self.head.digest:
            self._say(Kind.BROKEN, f"seal {seal.number} does not stand on seal {self.head.number}", seal=seal.number)
        if seal.digest != seal_digest(seal.number, seal.at, seal.previous, seal.rows):
            self._say(Kind.CHANGED, f"seal {seal.number} was changed", seal=seal.number)
        self._compare(seal.head, "its digest is another than the one that is kept elsewhere")
        for position, had in seal.rows:
            self.rows += 1
            record = records.get(position)
            if record is None:
                self._say(Kind.MISSING, f"row {position} of seal {seal.number} is missing", seal=seal.number, row=position)
            elif (has := digest(record)) != had:
                self._wrong[position] = (seal.number, had, has)
        self.head = seal.head

    def end(self, *, added: Iterable[int] = (), gone: Iterable[int] = ()) -> list[Problem]:
        """All that is wrong, by seal and row. `added`: rows of no seal that wait for none; `gone`: rows that waited for theirs."""
        stood = {had: position for position, (_, had, _) in self._wrong.items()}
        for position, (number, _, has) in self._wrong.items():
            if has in stood:
                says = f"row {position} of seal {number} says what row {stood[has]} said"
                self._say(Kind.MOVED, says, seal=number, row=position)
            else:
                self._say(Kind.CHANGED, f"row {position} of seal {number} was changed", seal=number, row=position)
        for position in added:
            self._say(Kind.ADDED, f"row {position} is in no seal and waits for none", row=position)
        for position in gone:
            self._say(Kind.MISSING, f"row {position}, which waited for its seal, is missing", row=position)
        last = max(self._known, default=0)
        if last > self.head.number:
            says = f"the chain ends at seal {self.head.number}, but seal {last} is known elsewhere"
            self._say(Kind.TRUNCATED, says, seal=self.head.number + 1)
        return sorted(self._problems, key=lambda one: (one.seal is None, one.seal or 0, one.row or 0))

    def _compare(self, head: Head, says: str) -> None:
        if self._known.get(head.number, head.digest) != head.digest:
            self._say(Kind.BROKEN, f"seal {head.number}: {says}", seal=head.number)

    def _say(self, kind: Kind, says: str, *, seal: int | None = None, row: int | None = None) -> None:
        self._problems.append(Problem(kind, says, seal, row))
