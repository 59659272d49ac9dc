"""The chain over the audit, without a database: whatever is done to it is found, and named where it is."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.audit.chain import BEGINNING, Head, Kind, Problem, Seal, Verifier, sealed
from bot.audit.record import Record, digest, ids_only

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def chain(*sizes: int) -> tuple[list[Seal], dict[int, Record]]:
    """Seals over so many rows each."""
    seals, records, head, position = [], dict[int, Record](), BEGINNING, 0
    for number, size in enumerate(sizes):
        new = []
        for _ in range(size):
            position += 1
            at = NOW + timedelta(seconds=position)
            new.append(Record(position, at, "call", "C-1", {"call": f"K-{position}", "state": "verified"}))
        seal = sealed(head, NOW + timedelta(minutes=number), new)
        seals.append(seal)
        records |= {one.position: one for one in new}
        head = seal.head
    return seals, records


def verified(
    seals: Sequence[Seal], records: dict[int, Record], start: Head = BEGINNING, known: dict[int, str] | None = None
) -> list[Problem]:
    verifier = Verifier(start, known)
    for seal in seals:
        verifier.take(seal, records)
    return verifier.end(there=records)


def named(problems: Sequence[Problem]) -> list[tuple[str, int | None, int | None]]:
    return [(str(one.kind), one.seal, one.row) for one in problems]


SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=6)


@given(SIZES)
def test_what_nobody_touched_is_well(sizes: list[int]) -> None:
    seals, records = chain(*sizes)
    assert verified(seals, records, known={one.number: one.digest for one in seals}) == []


@given(SIZES, st.data())
def test_a_row_that_is_changed_missing_or_added_is_named(sizes: list[int], data: st.DataObject) -> None:
    """With its position and its seal; nothing else is said."""
    seals, records = chain(*sizes)
    row = data.draw(st.sampled_from(sorted(records)))
    seal = next(one.number for one in seals if row in dict(one.rows))
    field = data.draw(st.sampled_from(["at", "what", "case", "data"]))
    other = {"at": NOW, "what": "read", "case": "C-2", "data": {"state": "denied"}}[field]

    changed = {**records, row: dataclasses.replace(records[row], **{field: other})}
    assert named(verified(seals, changed)) == [("changed", seal, row)]
    missing = {position: one for position, one in records.items() if position != row}
    assert named(verified(seals, missing)) == [("missing", seal, row)]
    added = {**records, 1000: records[row]}
    assert named(verified(seals, added)) == [("added", None, 1000)]


@given(SIZES.filter(lambda sizes: sum(sizes) > 1), st.data())
def test_rows_that_change_places_are_told_from_changed_ones(sizes: list[int], data: st.DataObject) -> None:
    seals, records = chain(*sizes)
    one, other = sorted(data.draw(st.lists(st.sampled_from(sorted(records)), min_size=2, max_size=2, unique=True)))
    moved = {
        **records,
        one: dataclasses.replace(records[other], position=one),
        other: dataclasses.replace(records[one], position=other),
    }
    found = verified(seals, moved)
    assert {(str(problem.kind), problem.row) for problem in found} == {("moved", one), ("moved", other)}


@given(SIZES, st.data())
def test_a_seal_that_is_changed_or_missing_is_named(sizes: list[int], data: st.DataObject) -> None:
    seals, records = chain(*sizes)
    at = data.draw(st.integers(0, len(seals) - 1))
    seal = seals[at]
    for altered in (
        dataclasses.replace(seal, at=seal.at + timedelta(seconds=1)),
        dataclasses.replace(seal, rows=(*seal.rows[:-1], (seal.rows[-1][0], "0" * 64))),
        dataclasses.replace(seal, digest="0" * 64),
    ):
        found = verified([*seals[:at], altered, *seals[at + 1 :]], records)
        assert ("changed", seal.number) in [(str(one.kind), one.seal) for one in found]
    if at + 1 < len(seals):
        found = verified([*seals[:at], *seals[at + 1 :]], records)
        assert ("missing", seal.number) in [(str(one.kind), one.seal) for one in found]


@given(st.lists(st.integers(1, 4), min_size=2, max_size=6), st.data())
def test_a_cut_off_end_is_seen_by_a_head_that_is_kept_elsewhere_and_only_by_it(sizes: list[int], data: st.DataObject) -> None:
    seals, records = chain(*sizes)
    kept = data.draw(st.integers(1, len(seals) - 1))
    left = seals[:kept]
    there = {position for seal in left for position, _ in seal.rows}
    rest = {position: one for position, one in records.items() if position in there}

    assert verified(left, rest) == []
    assert named(verified(left, rest, known={seals[-1].number: seals[-1].digest})) == [("truncated", kept + 1, None)]


def test_a_chain_that_is_made_anew_is_not_the_one_that_is_known() -> None:
    """Whoever owns the database can compute every digest again; a head from before shows it, and from which seal on."""
    seals, records = chain(2, 2, 2)
    known = {one.number: one.digest for one in seals}
    forged_records = {**records, 3: dataclasses.replace(records[3], case="C-2")}
    forged, head = [], BEGINNING
    for seal in seals:
        new = sealed(head, seal.at, [forged_records[position] for position, _ in seal.rows])
        forged.append(new)
        head = new.head

    assert verified(forged, forged_records) == []
    assert named(verified(forged, forged_records, known=known))[0] == ("broken", 2, None)


def test_what_is_left_after_a_removal_stands_on_the_last_seal_that_went() -> None:
    seals, records = chain(2, 2, 2)
    rest = {position: one for position, one in records.items() if position > 2}
    assert verified(seals[1:], rest, start=seals[0].head) == []
    assert named(verified(seals[1:], rest)) == [("missing", 1, None)]
    assert named(verified(seals[1:], rest, start=Head(1, "0" * 64))) == [("broken", 2, None)]
    assert [one.kind for one in verified(seals[1:], rest, seals[0].head, {1: "f" * 64})] == [Kind.BROKEN]


@given(st.text())
def test_only_ids_stay_as_they_are_and_twice_is_as_once(text: str) -> None:
    kept = ids_only({"a": [text]})
    assert ids_only(kept) == kept
    assert kept == {"a": [text]} or (text not in kept["a"][0] or len(text) < 2)


def test_the_digest_is_the_same_on_every_machine() -> None:
    """The canonical form, held: a chain that was made by an earlier version verifies with a later one."""
    record = Record(7, datetime(2026, 11, 27, 13, 0, 0, 250, tzinfo=UTC), "call", "C-1", {"b": None, "a": ["ü", True, 3]})
    assert digest(record) == "8a351ee97a7b89c1502087bf6835ea3a5f7526b9288685b42faa502900ff6985"
    assert digest(dataclasses.replace(record, at=record.at.astimezone())) == digest(record)
