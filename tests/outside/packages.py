"""The two packages, where `make outside` has put them, imported without what only their own agents need."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".outside"
ABSENT = "the public benchmarks are not here: `make outside` fetches them"
BENCHMARK = "v1.2.2"
"""The version of AgentDojo's tasks; the package holds several."""


class Absent(Exception):
    """The packages are not there; the text says how they come."""


def there(folder: Path = FOLDER) -> bool:
    return (folder / "agentdojo").is_dir() and (folder / "tau2").is_dir()


def reach(folder: Path = FOLDER) -> None:
    """Let the folder be found, behind everything of our own. Raises Absent."""
    if not there(folder):
        raise Absent(ABSENT)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


@cache
def agentdojo() -> Any:
    """`get_suite(name)` of AgentDojo. Raises Absent.

    The package of its agents imports a client for every provider of models on import; its environments and tasks need four
    modules of it and no client. So that package is entered without its beginning, and one constant of a client is given.
    """
    reach()
    found = importlib.util.find_spec("agentdojo")
    if found is None or found.origin is None:
        raise Absent(ABSENT)
    agents = ModuleType("agentdojo.agent_pipeline")
    agents.__path__ = [str(Path(found.origin).parent / "agent_pipeline")]
    client: Any = ModuleType("agentdojo.agent_pipeline.llms.google_llm")
    client.EMPTY_FUNCTION_NAME = "<empty-function-name>"
    sys.modules.setdefault(agents.__name__, agents)
    sys.modules.setdefault(client.__name__, client)
    from agentdojo.task_suite.load_suites import get_suite

    return lambda name: get_suite(BENCHMARK, name)


@cache
def telecom() -> Any:
    """tau2's telecom domain as a module: `get_environment()` and the rest. Raises Absent."""
    reach()
    from loguru import logger

    logger.disable("tau2")  # it tells every import and every call
    from tau2.domains.telecom import environment

    return environment
