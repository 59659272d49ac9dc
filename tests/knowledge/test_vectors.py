"""Vectors that are kept: used when they are right, made anew when there is any doubt."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge import vectors
from knowledge.embeddings import Vectors
from knowledge.vectors import FILE, KeptVectors
from tests.knowledge.shelf import Topics

TEXTS = ["lock", "vpn", "app and phone"]


def test_what_was_made_once_is_not_made_again(tmp_path: Path) -> None:
    """A later start asks the model for nothing that is kept, and gets the same vectors in the same order."""
    first, later = Topics(), Topics()
    made = KeptVectors(first, tmp_path).of(TEXTS)

    kept = KeptVectors(later, tmp_path).of(TEXTS[::-1])

    assert (first.seen, later.seen) == (TEXTS, [])
    assert np.array_equal(made[::-1], kept)


def test_only_what_is_new_is_made(tmp_path: Path) -> None:
    """A changed text is a new text; what is no longer asked for is dropped, so that the file does not grow for ever."""
    KeptVectors(Topics(), tmp_path).of(TEXTS)

    changed = Topics()
    KeptVectors(changed, tmp_path).of(["lock", "vpn and lock"])
    again = Topics()
    KeptVectors(again, tmp_path).of(TEXTS)

    assert changed.seen == ["vpn and lock"]
    assert again.seen == ["vpn", "app and phone"]


def test_a_text_that_stands_twice_is_made_once() -> None:
    """Two runbooks may share a symptom."""
    model = Topics()

    vectors = KeptVectors(model, None).of(["vpn", "lock", "vpn"])

    assert model.seen == ["vpn", "lock"]
    assert np.array_equal(vectors[0], vectors[2])


@pytest.mark.parametrize("other", [Topics(id="another"), Topics(sha256="1" * 64)], ids=["id", "sha256"])
def test_vectors_of_another_model_are_never_used(tmp_path: Path, other: Topics) -> None:
    """Neither another model nor other weights of the same name; the file is replaced."""
    KeptVectors(Topics(), tmp_path).of(TEXTS)

    KeptVectors(other, tmp_path).of(TEXTS)

    assert other.seen == TEXTS
    back = Topics()
    KeptVectors(back, tmp_path).of(TEXTS)
    assert back.seen == TEXTS


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def flipped(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    file.write_bytes(raw)


def foreign(file: Path) -> None:
    np.savez(file, something=np.zeros(3))


def of_another_shape(file: Path) -> None:
    with np.load(file) as kept:
        np.savez(file, model=kept["model"], keys=kept["keys"], vectors=np.pad(kept["vectors"], ((0, 0), (0, 1))))


def not_of_length_one(file: Path) -> None:
    with np.load(file) as kept:
        np.savez(file, model=kept["model"], keys=kept["keys"], vectors=kept["vectors"] * 2)


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("broken", [truncated, flipped, foreign, of_another_shape, not_of_length_one, empty])
def test_a_broken_file_is_made_anew(tmp_path: Path, broken: Callable[[Path], None]) -> None:
    """The vectors are right all the same, and the next start finds a good file."""
    right = KeptVectors(Topics(), tmp_path).of(TEXTS)
    broken(tmp_path / FILE)

    anew, later = Topics(), Topics()

    assert np.array_equal(right, KeptVectors(anew, tmp_path).of(TEXTS))
    assert np.array_equal(right, KeptVectors(later, tmp_path).of(TEXTS))
    assert (anew.seen, later.seen) == (TEXTS, [])


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    """It is written under another name and moved: a reader sees the earlier one or the new one."""
    KeptVectors(Topics(), tmp_path / "deep" / "down").of(TEXTS)

    assert [path.name for path in (tmp_path / "deep" / "down").iterdir()] == [FILE]


def test_a_folder_that_cannot_be_written_to_costs_only_time(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "taken").write_text("")
    model = Topics()

    KeptVectors(model, tmp_path / "taken").of(TEXTS)
    KeptVectors(model, tmp_path / "taken").of(TEXTS)

    assert model.seen == TEXTS * 2


class Ended(Exception):
    """Somebody pressed Ctrl-C."""


def test_a_build_that_was_ended_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made before it ended is kept, part by part; the next build makes the rest alone, and says how far it is."""
    monkeypatch.setattr(vectors, "BATCH", 10)
    monkeypatch.setattr(vectors, "STEP", 5)
    texts = [f"text {number}" for number in range(35)]

    class Short(Topics):
        def embed(self, texts: Sequence[str]) -> Vectors:
            if len(self.seen) >= 25:
                raise Ended
            return super().embed(texts)

    with pytest.raises(Ended):
        KeptVectors(Short(), tmp_path).of(texts)
    later, told = Topics(), []
    made = KeptVectors(later, tmp_path).of(texts, lambda done, of: told.append((done, of)))

    assert later.seen == texts[20:]
    assert told == [(5, 15), (10, 15), (15, 15)]
    assert np.array_equal(made, Topics().embed(texts))
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_many_vectors_stay_in_their_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more text does not write all of them anew; once most are needed no more, they are put together."""
    monkeypatch.setattr(vectors, "BATCH", 10)
    monkeypatch.setattr(vectors, "ONE_FILE", 20)
    texts = [f"text {number}" for number in range(35)]
    KeptVectors(Topics(), tmp_path).of(texts)
    written = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(written) == 4

    more = Topics()
    KeptVectors(more, tmp_path).of([*texts, "vpn"])
    assert more.seen == ["vpn"]
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir() if path.name in written} == written

    again = Topics()
    KeptVectors(again, tmp_path).of(texts[:5])
    assert again.seen == []
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_of_nothing_nothing_is_kept(tmp_path: Path) -> None:
    """The last text is gone: so are its vectors, and a later one begins anew."""
    KeptVectors(Topics(), tmp_path).of(TEXTS)

    assert KeptVectors(Topics(), tmp_path).of([]).shape == (0, Topics.dim)
    assert list(tmp_path.iterdir()) == []
    assert len(KeptVectors(Topics(), tmp_path).of(TEXTS)) == 3
