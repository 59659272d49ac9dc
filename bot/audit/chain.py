"""The chain of seals over the audit: how a seal is made, and how a changed, missing, moved or added row is found. Pure.

A seal has a number, the digest of each row that was new, and the digest of the seal before it; its own digest is over all of that.
So nobody changes a row or a seal without changing every digest after it, and the newest of them, the head, is kept elsewhere too.
"""

import hashlib
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.audit.record import Record, canonical, digest, moment


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
    TWICE = "twice"  # a row is sealed more than once
    FORGED = "forged"  # a row says that others were removed, and that cannot be


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` is a position, `seal` a number; None where it is not about one."""

    kind: Kind
    says: str
    seal: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """What a row says that removed all up to a seal; `before` is when the last of that was written at the latest."""

    row: int
    at: datetime
    by: str
    head: Head
    before: datetime


class Verifier:
    """Takes the seals in their order with the rows that they seal, and says what is wrong.

    `start` is what the first of them must stand on; `known` are digests by number of seals, as they were kept elsewhere.
    """

    def __init__(self, start: Head = BEGINNING, known: Mapping[int, str] | None = None) -> None:
        self.start = self.head = start
        self._first: int | None = None  # the number of the first seal that is there
        self._known = known or {}
        self._problems: list[Problem] = []
        self._sealed: dict[int, int] = {}  # position → seal
        self._wrong: dict[int, tuple[int, str, str]] = {}  # position → (seal, digest that it had, digest that it has)
        self._compare(start, "what was removed under the retention setting ended in another seal")

    @property
    def rows(self) -> int:
        """How many are sealed."""
        return len(self._sealed)

    def take(self, seal: Seal, records: Mapping[int, Record]) -> None:
        """The next seal; `records` by position, those that are there."""
        if seal.number <= BEGINNING.number:
            self._say(Kind.ADDED, f"seal {seal.number} was never made: they count from 1", seal=seal.number)
            return
        self._first = self._first or seal.number
        expected = self.head.number + 1
        if seal.number > expected:
            gone = f"seal {expected} is" if seal.number == expected + 1 else f"seals {expected} to {seal.number - 1} are"
            self._say(Kind.MISSING, f"{gone} missing", seal=expected)
        elif seal.previous != self.head.digest:
            self._say(Kind.BROKEN, f"seal {seal.number} does not stand on seal {self.head.number}", seal=seal.number)
        if seal.digest != seal_digest(seal.number, seal.at, seal.previous, seal.rows):
            self._say(Kind.CHANGED, f"seal {seal.number} was changed", seal=seal.number)
        elif not seal.rows:
            self._say(Kind.ADDED, f"seal {seal.number} was never made: it seals nothing", seal=seal.number)
        self._compare(seal.head, "its digest is another than the one that is kept elsewhere")
        for position, had in seal.rows:
            if position in self._sealed:
                says = f"row {position} of seal {self._sealed[position]} is sealed again by seal {seal.number}"
                self._say(Kind.TWICE, says, seal=seal.number, row=position)
                continue
            self._sealed[position] = seal.number
            record = records.get(position)
            if record is None:
                self._say(Kind.MISSING, f"row {position} of seal {seal.number} is missing", seal=seal.number, row=position)
            elif (has := digest(record)) != had:
                self._wrong[position] = (seal.number, had, has)
        self.head = seal.head

    def removed(self, removals: Sequence[Removal], waiting: Container[int], times: Mapping[int, datetime]) -> None:
        """Whether what was removed may be gone, once all seals were taken. `removals` by position; `waiting`: rows of no seal yet;
        `times`: when seals were made, by their number, as they were kept elsewhere.

        Whoever owns the database can remove a beginning and write such a row, as the command does. It must stand under a seal or
        wait for one, and go with what is there and with what is known elsewhere.
        """
        up_to = 0
        for one in removals:
            says = f"row {one.row} says that all up to seal {one.head.number} was removed, but "
            number = one.head.number
            late = min((seal for seal, at in times.items() if 0 < seal <= number and at >= one.before), default=None)
            if one.row in self._wrong or (one.row not in self._sealed and one.row not in waiting):
                if one.head == self.start:
                    self._say(Kind.FORGED, f"{says}that row is none that was sealed", seal=1, row=one.row)
                continue
            if self._first is None:
                self._say(Kind.MISSING, f"{says}one seal at least stays, and there is none", seal=number + 1, row=one.row)
            elif number >= self._first:
                self._say(Kind.FORGED, f"{says}seal {self._first} is there", seal=number, row=one.row)
            elif number <= up_to:
                self._say(Kind.FORGED, f"{says}all up to seal {up_to} had been removed before", seal=number, row=one.row)
            elif one.before >= one.at:
                self._say(Kind.FORGED, f"{says}not what is older than the row itself", seal=number, row=one.row)
            elif late is not None:
                made = f"seal {late} was made at {moment(times[late])[:19]}, and what is older than {moment(one.before)[:19]} went"
                self._say(Kind.FORGED, f"{says}{made}", seal=late, row=one.row)
            else:
                up_to = number
                if one.head != self.start:
                    self._compare(one.head, f"row {one.row} says that it was another when it was removed")

    def end(self, *, there: Iterable[int], waiting: Collection[int] = ()) -> list[Problem]:
        """All that is wrong, by seal and row. `there`: the rows that there are; `waiting`: those that wait for their seal."""
        stood = {had: position for position, (_, had, _) in self._wrong.items()}
        for position, (number, _, has) in self._wrong.items():
            if has in stood:
                says = f"row {position} of seal {number} says what row {stood[has]} said"
                self._say(Kind.MOVED, says, seal=number, row=position)
            else:
                self._say(Kind.CHANGED, f"row {position} of seal {number} was changed", seal=number, row=position)
        rows = set(there)
        for position in rows - self._sealed.keys() - set(waiting):
            self._say(Kind.ADDED, f"row {position} is in no seal and waits for none", row=position)
        for position in set(waiting) & self._sealed.keys():
            says = f"row {position} of seal {self._sealed[position]} waits for a seal again"
            self._say(Kind.TWICE, says, seal=self._sealed[position], row=position)
        for position in set(waiting) - rows - self._sealed.keys():
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
