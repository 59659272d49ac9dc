"""The embedded model, loaded once for all tests of a process, and the runbooks that come with Deskhand."""

from pathlib import Path

import pytest

from bot.reading.persons import ways
from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.parse import load
from knowledge.runbook import Runbook
from tests.kept import vectors
from tools.contract import Person
from tools.systems.embedded.calling import called
from tools.systems.embedded.cast import APPS, CAST, CI_RUNS, DEPLOYMENTS, DOMAIN, REPOSITORIES
from tools.systems.embedded.running import CERTIFICATES, NODES, TOKENS
from tools.systems.embedded.stock import LISTS

RUNBOOKS = Path(__file__).parents[2] / "knowledge" / "runbooks"


@pytest.fixture(scope="session")
def model() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def runbooks() -> list[Runbook]:
    good, bad = load(RUNBOOKS)
    assert bad == []
    return good


def names_of_applications() -> list[str]:
    """Of the embedded company's catalogue, as people say them."""
    return [name for id_, label, others, *_ in APPS for name in (id_, label, *others)]


def names_of_things() -> dict[str, list[str]]:
    """Of what else there is to be named in the embedded company."""
    return {
        "deployment": [one for space, name, *_ in DEPLOYMENTS for one in (f"{space}/{name}", *called(space, name))],
        "repository": [one for id_, label, others, *_ in REPOSITORIES for one in (id_, label, *others)],
        "branch": [branch for _, _, branch, *_ in CI_RUNS],
        "list": [one for id_, label, others, *_ in LISTS for one in (id_, label, *others)],
        "server": [one for host, name, space, *_ in CERTIFICATES for one in (f"{host}.{DOMAIN}", *called(space, name))],
        "token": [one for id_, label, others, *_ in TOKENS for one in (id_, label, *others)],
        "person": ways(Person(one.handle, one.name, "", "") for one in CAST),
        "node": [id_ for id_, *_ in NODES],
    }


@pytest.fixture(scope="session")
def names() -> list[str]:
    return names_of_applications()


@pytest.fixture(scope="session")
def things() -> dict[str, list[str]]:
    return names_of_things()


@pytest.fixture(scope="session")
def index(model: MiniLM, runbooks: list[Runbook], names: list[str], things: dict[str, list[str]]) -> Index:
    index = Index(model, vectors(), names=names, things=things)
    index.build(runbooks)
    return index
