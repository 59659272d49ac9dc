"""Vectors that were made once are kept on disk, so that a start does not make them again.

One file, written whole or not at all. It names the model that made it: a file of another model, a broken or a foreign one is
never used and is replaced. It is a cache and nothing else: without it everything works, only later.
"""

import contextlib
import hashlib
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from knowledge.embeddings import Embedder, Vectors, readable

FILE = "vectors.npz"


class KeptVectors:
    """Vectors of one embedder, by the sha256 of their text; kept in `folder`, or not at all when there is none."""

    def __init__(self, embedder: Embedder, folder: Path | None) -> None:
        self._embedder = embedder
        self._model = f"{embedder.id} {embedder.sha256}"
        self._file = folder / FILE if folder else None

    def of(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim). What is not kept is made and then kept; what these texts do not need is dropped."""
        keys = [hashlib.sha256(readable(text).encode()).hexdigest() for text in texts]
        kept = self._read()
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept}
        made = dict(zip(missing, self._embedder.embed(list(missing.values())), strict=True)) if missing else {}
        known = {key: kept[key] if key in kept else made[key] for key in keys}
        if missing or len(known) < len(kept):
            self._write(known)
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, self._embedder.dim), np.float32)

    def _read(self) -> dict[str, Vectors]:
        if self._file is None:
            return {}
        try:
            with np.load(io.BytesIO(self._file.read_bytes()), allow_pickle=False) as file:
                model, keys, vectors = str(file["model"]), file["keys"].tolist(), file["vectors"]
            lengths = np.linalg.norm(vectors, axis=1)
        except Exception:  # noqa: BLE001 - there is no end to what a broken file does to a reader; it is made anew
            return {}
        fits = vectors.dtype == np.float32 and vectors.shape == (len(keys), self._embedder.dim)
        if model != self._model or not fits or not np.allclose(lengths, 1, atol=1e-3):
            return {}
        return dict(zip(keys, vectors, strict=True))

    def _write(self, vectors: dict[str, Vectors]) -> None:
        """Whole or not at all; a folder that cannot be written to only costs the time of making them again."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._file.parent, suffix=".tmp", delete=False) as file:
                try:
                    np.savez(file, model=self._model, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
                    file.flush()
                    Path(file.name).replace(self._file)
                except BaseException:
                    Path(file.name).unlink(missing_ok=True)
                    raise
