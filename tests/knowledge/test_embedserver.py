"""A server of embeddings in place of the embedded model: asked as OpenAI's is, and never believed blindly."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from knowledge.embeddings import EmbeddingsError
from knowledge.embedserver import ServerEmbeddings
from knowledge.vectors import KeptVectors

Answer = Callable[[dict[str, Any]], httpx.Response]


def vectors(body: dict[str, Any], dim: int = 3) -> httpx.Response:
    """A vector for each text, told by its length; the last first, as a server may give them."""
    rows = [{"index": at, "embedding": [float(len(text)), 1.0, *[0.0] * (dim - 2)]} for at, text in enumerate(body["input"])]
    return httpx.Response(200, json={"data": rows[::-1]})


class Server:
    """Answers in order, the last one for ever; keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked, self.waits = list(answers), [], []
        self.asked: list[dict[str, Any]]

    def model(self, name: str = "small", url: str = "https://vectors.example/v1/") -> ServerEmbeddings:
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        return ServerEmbeddings(url, name, "sk-geheim", client=client, wait=self.waits.append)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append({**body, "path": request.url.path, "key": request.headers.get("authorization")})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(body)


def test_it_is_asked_as_openai_is() -> None:
    """In requests of 64, with the key; the vectors come back in order and of length one."""
    server = Server(vectors)
    made = server.model().embed(["x" * at for at in range(1, 101)])

    assert made.shape == (100, 3)
    assert np.allclose(np.linalg.norm(made, axis=1), 1)
    assert made[0][0] < made[99][0]
    assert [len(one["input"]) for one in server.asked] == [1, 64, 36]
    assert {(one["path"], one["model"], one["key"]) for one in server.asked} == {("/v1/embeddings", "small", "Bearer sk-geheim")}


def test_models_do_not_mix(tmp_path: Path) -> None:
    """Another name, address or size is another model: its kept vectors are not used."""
    one, other, elsewhere = (
        Server(vectors).model(),
        Server(vectors).model("large"),
        Server(vectors).model(url="https://other.example/v1"),
    )
    assert len({(made.id, made.sha256) for made in (one, other, elsewhere)}) == 3

    KeptVectors(one, tmp_path).of(["lock"])
    server = Server(lambda body: vectors(body, 4))
    made = KeptVectors(server.model(), tmp_path).of(["lock"])
    assert made.shape == (1, 4)
    assert server.asked[-1]["input"] == ["lock"]


def broken(_: dict[str, Any]) -> httpx.Response:
    raise httpx.ConnectError("no")


@pytest.mark.parametrize("first", [broken, lambda _: httpx.Response(500), lambda _: httpx.Response(429)])
def test_what_may_go_better_is_tried_again(first: Answer) -> None:
    server = Server(first, vectors)
    assert server.model().dim == 3
    assert server.waits == [0.5]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (broken, "ConnectError"),
        (lambda _: httpx.Response(401, text="sk-geheim is wrong"), "status 401"),
        (lambda _: httpx.Response(200, text="<html>"), "something else"),
        (lambda _: httpx.Response(200, json={"data": [{"index": 0}]}), "something else"),
        (lambda _: httpx.Response(200, json={"data": []}), "a vector for each text"),
        (lambda _: httpx.Response(200, text='{"data": [{"index": 0, "embedding": [NaN, 1]}]}'), "a vector for each text"),
    ],
)
def test_what_is_no_answer_is_told_without_the_key(answer: Answer, said: str) -> None:
    with pytest.raises(EmbeddingsError, match=said) as error:
        Server(answer).model()
    assert "geheim" not in str(error.value)


def test_a_model_that_changes_its_size_is_refused() -> None:
    server = Server(vectors, lambda body: vectors(body, 5))
    with pytest.raises(EmbeddingsError, match="of 5 numbers now"):
        server.model().embed(["lock"])
