"""Text → vectors by an OpenAI-compatible server (`POST …/embeddings`), in place of the embedded model."""

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import numpy as np

from knowledge.embeddings import EmbeddingsError, Vectors, readable

BATCH = 64
"""Texts of one request."""

TRIES, WAIT_SECONDS = 4, 0.5
"""Of a request that may go better the next time; the wait doubles."""

LONGEST = 8_000
"""Characters of a text that are sent: servers refuse what their model cannot read at once."""

PROBE = "Deskhand"


class ServerEmbeddings:
    """Vectors of one model of one server. Its weights are not ours to see, so `sha256` is that of its address, name and size: where
    another model is put behind the same name, `index` in BOT_DATA_DIR has to be removed.
    """

    english_only = False

    def __init__(
        self,
        url: str,
        model: str,
        key: str = "",
        *,
        timeout: float = 30.0,
        client: httpx.Client | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Asks the server once, for the size of its vectors. Raises EmbeddingsError."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = client or httpx.Client(timeout=timeout)
        self._url, self._model, self._headers, self._wait = f"{url.rstrip('/')}/embeddings", model, headers, wait
        self.id = model
        self.dim = self._asked([PROBE]).shape[1]
        self.sha256 = hashlib.sha256(f"{self._url} {model} {self.dim}".encode()).hexdigest()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim), each of length one. Raises EmbeddingsError."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        made = np.concatenate([self._asked(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)])
        if made.shape[1] != self.dim:
            raise EmbeddingsError(f"the model {self._model} gives vectors of {made.shape[1]} numbers now, and of {self.dim} before")
        return made

    def _asked(self, texts: Sequence[str]) -> Vectors:
        sent = {"model": self._model, "input": [readable(text)[:LONGEST] or " " for text in texts], "encoding_format": "float"}
        for attempt in range(TRIES):
            if attempt:
                self._wait(WAIT_SECONDS * 2 ** (attempt - 1))
            try:
                answer = self._client.post(self._url, json=sent, headers=self._headers)
            except httpx.HTTPError as error:
                told = type(error).__name__
                continue
            if answer.status_code == httpx.codes.OK:
                return self._read(answer, len(texts))
            told = f"status {answer.status_code}"
            if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
        raise EmbeddingsError(f"the server of embeddings does not answer for the model {self._model}: {told}")

    def _read(self, answer: httpx.Response, count: int) -> Vectors:
        try:
            rows: list[Any] = sorted(answer.json()["data"], key=lambda one: one["index"])
            vectors = np.array([one["embedding"] for one in rows], np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise EmbeddingsError(f"the server of embeddings answers with something else ({type(error).__name__})") from None
        if vectors.ndim != 2 or len(vectors) != count or not np.isfinite(vectors).all():  # noqa: PLR2004 - a row for each text
            raise EmbeddingsError("the server of embeddings does not give a vector for each text")
        unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit
