"""The embedded model, loaded once for all tests of a process, and the runbooks that come with Deskhand."""

from pathlib import Path

import pytest

from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.parse import load
from knowledge.runbook import Runbook
from tools.systems.embedded.cast import APPS

RUNBOOKS = Path(__file__).parents[2] / "knowledge" / "runbooks"


@pytest.fixture(scope="session")
def model() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def runbooks() -> list[Runbook]:
    good, bad = load(RUNBOOKS)
    assert bad == []
    return good


@pytest.fixture(scope="session")
def names() -> list[str]:
    """Of the embedded company's catalogue, as people say them."""
    return [name for id_, label, others, *_ in APPS for name in (id_, label, *others)]


@pytest.fixture(scope="session")
def index(model: MiniLM, runbooks: list[Runbook], names: list[str]) -> Index:
    index = Index(model, names=names)
    index.build(runbooks)
    return index
