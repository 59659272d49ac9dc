"""Vectors that are kept: used when they are right, made anew when there is any doubt."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

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
