"""Vectors that were made once are kept on disk, so that a start does not make them again.

Every file is written whole or not at all. It names the model that made it: a file of another model, a broken or a foreign one is
never used and is replaced. It is a cache and nothing else: without it everything works, only later.
"""

import contextlib
import hashlib
import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from knowledge.embeddings import Embedder, Vectors, readable

FILE = "vectors.npz"
BATCH = 2_048
"""Vectors that are made before they are kept: a build that was ended goes on behind them."""

STEP = 64
"""Vectors that are made before progress is told."""

ONE_FILE = 50_000
"""Vectors that are kept in one file; more stay in the parts in which they were made, until half of them are needed no more."""


class KeptVectors:
    """Vectors of one embedder, by the sha256 of their text; kept in `folder`, or not at all when there is none."""

    def __init__(self, embedder: Embedder, folder: Path | None) -> None:
        self._embedder = embedder
        self._model = f"{embedder.id} {embedder.sha256}"
        self._file = folder / FILE if folder else None

    def of(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Vectors:
        """(len(texts), dim). What is not kept is made and then kept; what these texts do not need is dropped."""
        keys = [hashlib.sha256(readable(text).encode()).hexdigest() for text in texts]
        parts = self._parts()
        kept = {key: vector for part in parts for key, vector in self._read(part).items()}
        missing = [(key, text) for key, text in dict(zip(keys, texts, strict=True)).items() if key not in kept]
        needed = set(keys)
        dropped = len(kept.keys() - needed)
        for at in range(0, len(missing), BATCH):
            some = missing[at : at + BATCH]
            made: dict[str, Vectors] = {}
            for begin in range(0, len(some), STEP):
                step = some[begin : begin + STEP]
                made |= dict(zip((key for key, _ in step), self._embedder.embed([text for _, text in step]), strict=True))
                if progress is not None:
                    progress(at + len(made), len(missing))
            kept |= made
            if len(missing) > BATCH:
                self._write(made, self._part(some[0][0]))
        if len(needed) <= ONE_FILE or dropped > len(needed):
            if missing or dropped or len(parts) > 1:
                self._write({key: kept[key] for key in dict.fromkeys(keys)}, self._file)
                for part in self._parts():
                    if part != self._file:
                        part.unlink(missing_ok=True)
        elif 0 < len(missing) <= BATCH:
            self._write({key: kept[key] for key, _ in missing}, self._part(missing[0][0]))
        return np.stack([kept[key] for key in keys]) if keys else np.zeros((0, self._embedder.dim), np.float32)

    def _parts(self) -> list[Path]:
        """The files that there are: the one of all, and those of builds that were large or not brought to an end."""
        return sorted(self._file.parent.glob(f"{self._file.stem}*.npz")) if self._file else []

    def _part(self, key: str) -> Path | None:
        return self._file.with_name(f"{self._file.stem}.{key[:16]}.npz") if self._file else None

    def _read(self, path: Path) -> dict[str, Vectors]:
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                model, keys, vectors = str(file["model"]), file["keys"].tolist(), file["vectors"]
            lengths = np.linalg.norm(vectors, axis=1)
        except Exception:  # noqa: BLE001 - there is no end to what a broken file does to a reader; it is made anew
            return {}
        fits = vectors.dtype == np.float32 and vectors.shape == (len(keys), self._embedder.dim)
        if model != self._model or not fits or not np.allclose(lengths, 1, atol=1e-3):
            return {}
        return dict(zip(keys, vectors, strict=True))

    def _write(self, vectors: dict[str, Vectors], path: Path | None) -> None:
        """Whole or not at all; a folder that cannot be written to only costs the time of making them again."""
        if path is None:
            return
        if not vectors:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
                try:
                    np.savez(file, model=self._model, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
                    file.flush()
                    Path(file.name).replace(path)
                except BaseException:
                    Path(file.name).unlink(missing_ok=True)
                    raise
