"""What tools may ask of the systems that engineers work with: deployments, and continuous integration.

The rules are those of `tools.systems.protocols`: asked by ids only, `NotFound`, `Refused` and `SystemAway`, one effect per key.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.contract import Caller
from tools.systems.done import Done

# ── deployments ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Deployment:
    """A program that runs in a namespace as several replicas; `id` is NAMESPACE/NAME.

    Status: healthy | rolling_out | degraded (some replicas are not ready) | crash_loop (they end again and again). `generation`
    counts what was asked for, `observed` how far the cluster has got to know of it. `log` is the last line of what is wrong.
    """

    id: str
    namespace: str
    name: str
    owner: str
    status: str
    image: str
    revision: int
    replicas: int
    updated: int
    ready: int
    generation: int
    observed: int
    restarted_at: datetime | None = None
    log: str = ""

    @property
    def settled(self) -> bool:
        """Everything that was asked for is there, and every replica answers."""
        return self.observed >= self.generation and self.updated == self.ready == self.replicas


@dataclass(frozen=True, slots=True)
class Revision:
    """What a deployment ran once, or runs."""

    number: int
    image: str


class Deployments(Protocol):
    """What runs in the company's clusters."""

    async def deployments(self) -> list[Deployment]:
        """By id. Raises SystemAway."""

    async def deployment(self, deployment: str) -> Deployment | None:
        """By id. Raises SystemAway."""

    async def revisions(self, deployment: str) -> list[Revision]:
        """The newest first; it is the one that runs. Raises NotFound, SystemAway."""

    async def restart_deployment(self, deployment: str, caller: Caller) -> Done[Deployment]:
        """Replace every replica by a new one, one after the other; `restarted_at` is when. Raises NotFound, Refused, SystemAway."""

    async def deployment_restarted_under(self, key: str) -> Deployment | None:
        """The deployment that was restarted under this key, as it was then. Raises SystemAway."""

    async def roll_to(self, deployment: str, image: str, caller: Caller) -> Done[Deployment]:
        """Run an image of an earlier revision again, as a new revision; not changed where it runs already.

        Raises NotFound, Refused (it never ran this image), SystemAway.
        """

    async def roll_forward(self, deployment: str, image: str, caller: Caller) -> Done[Deployment]:
        """Take a rolling back back: the image that ran before runs again. Raises NotFound, Refused, SystemAway."""


# ── continuous integration ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Repository:
    """A place of source code whose changes are built and tested. `team` is the department that looks after it."""

    id: str
    name: str
    aliases: tuple[str, ...]
    team: str
    owner: str
    branch: str


@dataclass(frozen=True, slots=True)
class CiRun:
    """One build of a branch. Status: in_progress | completed; conclusion: success | failure, empty while it runs.

    Running it again keeps its id and raises `attempt`. `failed` is what did not go through.
    """

    id: str
    repo: str
    branch: str
    commit: str
    attempt: int
    status: str
    conclusion: str
    failed: str = ""


class CI(Protocol):
    """Builds and tests."""

    async def repositories(self) -> list[Repository]:
        """By id. Raises SystemAway."""

    async def repository(self, repo: str) -> Repository | None:
        """By id. Raises SystemAway."""

    async def ci_run(self, run: str) -> CiRun | None:
        """By id. Raises SystemAway."""

    async def newest_run(self, repo: str, branch: str) -> CiRun | None:
        """The latest build of a branch. Raises SystemAway."""

    async def rerun(self, run: str, caller: Caller) -> Done[CiRun]:
        """Run what failed again, on the same commit. Raises NotFound, Refused (it is still running), SystemAway."""

    async def rerun_under(self, key: str) -> CiRun | None:
        """The run that was started again under this key, as it was then. Raises SystemAway."""
