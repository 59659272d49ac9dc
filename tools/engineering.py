"""What engineers on call do: looking at deployments and builds, restarting, rolling back, running CI again.

A change is done when the system has got there, not when it has said yes: checks wait a while for a rollout or a build to end.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import Field

from tools.base import Query, SystemsTool
from tools.contract import Arguments, Caller, Check, Effect, NotFound, Refused, Resource, Result
from tools.naming import best_named, one_named
from tools.systems.engineering import CiRun, Deployment, Repository, Revision
from tools.systems.protocols import Systems

PATIENCE = 10.0
"""Seconds that a check waits for a rollout or a build to end."""

DEPLOYMENT = "The deployment: NAMESPACE/NAME such as staging/storefront, or a name that only one has."
REPO = "The repository: its id, name, or another name of it."

V = TypeVar("V")


# ── deployments ──────────────────────────────────────────────────────────────────────────────────────────────────────


class FindDeploymentArguments(Query):
    name: str = Field(default="", max_length=200, description="Its name, or NAMESPACE/NAME; left out: all of the namespace.")
    namespace: str = Field(default="", max_length=100, description="The namespace, such as staging; left out: all of them.")


class FindDeployment(SystemsTool[FindDeploymentArguments]):
    name = "find_deployment"
    description = "Look at deployments: what they run, whether every replica is ready, and what is wrong."
    effect = Effect.READ
    system = "deployments"
    ids = frozenset({"deployment", "revision", "deployments.deployment"})
    arguments = FindDeploymentArguments

    async def resource(self, args: FindDeploymentArguments) -> Resource:
        exact = [one for one in await self.systems.deployments.deployments() if args.name == one.id]
        return _deployed(exact[0]) if exact else Resource("deployment", "", label=args.name or args.namespace)

    async def run(self, args: FindDeploymentArguments, caller: Caller) -> Result:
        every = [one for one in await self.systems.deployments.deployments() if args.namespace in ("", one.namespace)]
        ids = best_named(args.name, [_thing(one) for one in every]) if args.name else [one.id for one in every]
        found = [one for one in every if one.id in ids]
        data: dict[str, Any] = {
            "deployments": [
                {"deployment": one.id, "status": one.status, "ready": one.ready, "replicas": one.replicas} for one in found
            ]
        }
        if len(found) != 1:
            told = "; ".join(f"{one.id} is {_word(one)}" for one in found)
            told = f"Found {told}." if found else f"No deployment is called “{args.name or args.namespace}”."
            return Result(data, told)
        one = found[0]
        told = f"{_stands(one)}."
        data |= {
            "deployment": one.id,
            "status": one.status,
            "image": one.image,
            "revision": one.revision,
            "replicas": one.replicas,
            "ready": one.ready,
            "log": one.log,
        }
        return Result(data, told)


class DeploymentArguments(Arguments):
    deployment: str = Field(min_length=1, max_length=200, description=DEPLOYMENT)


class RestartDeployment(SystemsTool[DeploymentArguments]):
    """Not reversible: the replicas that ended have ended."""

    name = "restart_deployment"
    description = "Restart a deployment: every replica is replaced by a new one, one after the other."
    effect = Effect.CHANGE
    system = "deployments"
    reversible = False
    arguments = DeploymentArguments

    async def canonical(self, args: DeploymentArguments) -> DeploymentArguments:
        return args.model_copy(update={"deployment": (await _one(self.systems, args.deployment)).id})

    async def resource(self, args: DeploymentArguments) -> Resource:
        return _deployed(await _one(self.systems, args.deployment))

    async def run(self, args: DeploymentArguments, caller: Caller) -> Result:
        return _restarted((await self.systems.deployments.restart_deployment(args.deployment, caller)).value)

    async def recall(self, args: DeploymentArguments, key: str) -> Result | None:
        one = await self.systems.deployments.deployment_restarted_under(key)
        return _restarted(one) if one else None

    async def check(self, args: DeploymentArguments, result: Result | None) -> Check:
        """Restarted by this call, or after it, and every replica is new and ready."""
        since = datetime.fromisoformat(result.data["restarted_at"]) if result else None

        def begun(one: Deployment) -> bool:
            return since is not None and one.restarted_at is not None and one.restarted_at >= since

        return await _rolled_out(self.systems, args.deployment, begun, "restarted")

    def sentence(self, args: DeploymentArguments) -> str:
        return f"Restart {args.deployment}: every replica, one after the other"


class RollbackArguments(DeploymentArguments):
    revision: int | None = Field(
        default=None, ge=1, description="To which revision; leave it out for the last one that ran something else than now."
    )


class RollbackDeployment(SystemsTool[RollbackArguments]):
    name = "rollback_deployment"
    description = "Roll a deployment back to what it ran before."
    effect = Effect.CHANGE
    back = "by rolling forward to what runs now"
    system = "deployments"
    arguments = RollbackArguments

    async def canonical(self, args: RollbackArguments) -> RollbackArguments:
        """The revision is settled here, so that whoever approves knows it and a repetition does not go back further."""
        one = await _one(self.systems, args.deployment)
        to = _revision(one, await self.systems.deployments.revisions(one.id), args.revision)
        return args.model_copy(update={"deployment": one.id, "revision": to.number})

    async def resource(self, args: RollbackArguments) -> Resource:
        return _deployed(await _one(self.systems, args.deployment))

    async def run(self, args: RollbackArguments, caller: Caller) -> Result:
        to = await self._to(args)
        done = await self.systems.deployments.roll_to(args.deployment, to.image, caller)
        one = done.value
        data = {"deployment": one.id, "image": one.image, "revision": one.revision}
        if not done.changed:
            return Result(data, f"{one.id} runs {one.image} already.", changed=False)
        if done.before is not None:
            data["before"] = done.before.image
        return Result(data, f"Rolled {one.id} back to {one.image} (revision {to.number}).")

    async def check(self, args: RollbackArguments, result: Result | None) -> Check:
        image = str(result.data["image"]) if result else (await self._to(args)).image
        return await _rolled_out(self.systems, args.deployment, lambda one: one.image == image, f"running {image}")

    async def undo(self, args: RollbackArguments, result: Result, caller: Caller) -> Result:
        data = {"deployment": args.deployment}
        before = result.data.get("before")
        if not result.changed or not before:
            return Result(data, "There was nothing to take back.", changed=False)
        done = await self.systems.deployments.roll_forward(args.deployment, str(before), caller)
        return Result(data, f"{args.deployment} runs {before} again.", changed=done.changed)

    def sentence(self, args: RollbackArguments) -> str:
        return f"Roll {args.deployment} back to revision {args.revision}"

    async def _to(self, args: RollbackArguments) -> Revision:
        one = await _one(self.systems, args.deployment)
        return _revision(one, await self.systems.deployments.revisions(one.id), args.revision)


def _restarted(one: Deployment) -> Result:
    at = one.restarted_at.isoformat() if one.restarted_at else ""
    data = {"deployment": one.id, "restarted_at": at, "generation": one.generation}
    return Result(data, f"Restarted {one.id} ({_count(one.replicas)}).")


def _revision(one: Deployment, revisions: list[Revision], wanted: int | None) -> Revision:
    """Raises NotFound (no such revision), Refused (there is none before)."""
    if wanted is not None:
        found = next((revision for revision in revisions if revision.number == wanted), None)
        if found is None:
            there = ", ".join(str(revision.number) for revision in revisions)
            raise NotFound(f"{one.id} has no revision {wanted}; there are {there}")
        return found
    earlier = next((revision for revision in revisions if revision.image != one.image), None)
    if earlier is None:
        raise Refused(f"{one.id} has never run anything else than {one.image}")
    return earlier


async def _one(systems: Systems, words: str) -> Deployment:
    """Raises NotFound, Ambiguous, SystemAway."""
    if (exact := await systems.deployments.deployment(words)) is not None:
        return exact
    every = await systems.deployments.deployments()
    found = one_named(words, [_thing(one) for one in every], "deployment")
    return next(one for one in every if one.id == found)


def _thing(one: Deployment) -> tuple[str, str, tuple[str, ...]]:
    return one.id, f"{one.name} in {one.namespace}", (one.name, f"{one.namespace} {one.name}", f"{one.name} {one.namespace}")


def _deployed(one: Deployment) -> Resource:
    facts: dict[str, bool | int | str] = {"namespace": one.namespace, "replicas": one.replicas}
    return Resource("deployment", one.id, label=f"{one.name} in {one.namespace}", owner=one.owner, facts=facts)


async def _rolled_out(systems: Systems, id_: str, begun: Callable[[Deployment], bool], what: str) -> Check:
    """Begun and then rolled out: every replica new and ready. A crash loop is no rollout that needs more time."""

    async def look() -> Deployment:
        found = await systems.deployments.deployment(id_)
        if found is None:
            raise NotFound(f"there is no deployment {id_!r}")
        return found

    one = await _settled(
        look, lambda one: not begun(one) or (one.settled and one.status == "healthy") or one.status == "crash_loop"
    )
    how = "looked at the rollout again"
    if not begun(one):
        return Check(held=False, observed=f"{id_} is not {what}", how=how)
    return Check(one.settled, f"{_stands(one)}{'' if one.settled else f', though it is {what}'}", how)


def _stands(one: Deployment) -> str:
    wrong = f": {one.log}" if one.log else ""
    return f"{one.id} is {_word(one)}, {one.ready} of {_count(one.replicas)} ready, running {one.image}{wrong}"


def _word(one: Deployment) -> str:
    return {"crash_loop": "in a crash loop", "rolling_out": "rolling out"}.get(one.status, one.status)


def _count(replicas: int) -> str:
    return "1 replica" if replicas == 1 else f"{replicas} replicas"


async def _settled(look: Callable[[], Awaitable[V]], done: Callable[[V], bool]) -> V:
    """What is there once it is done, or after our patience has ended."""
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + PATIENCE, 0.1
    while not done(found := await look()) and loop.time() < until:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 1.0)
    return found


# ── continuous integration ───────────────────────────────────────────────────────────────────────────────────────────


class FindCiRunArguments(Query):
    repo: str = Field(min_length=1, max_length=200, description=REPO)
    branch: str = Field(default="", max_length=200, description="The branch; left out: the one that everything goes into.")


class FindCiRun(SystemsTool[FindCiRunArguments]):
    name = "find_ci_run"
    description = "Look at the newest CI run of a repository's branch: whether it is green, and what failed."
    effect = Effect.READ
    system = "ci"
    ids = frozenset({"repo", "branch", "run"})
    arguments = FindCiRunArguments

    async def resource(self, args: FindCiRunArguments) -> Resource:
        return _repository(await _repo(self.systems, args.repo))

    async def run(self, args: FindCiRunArguments, caller: Caller) -> Result:
        repo = await _repo(self.systems, args.repo)
        run = await _newest(self.systems, repo, args.branch)
        told = f"{_ran(run)[0].upper()}{_ran(run)[1:]}."
        return Result({**_data(run), "status": run.status, "conclusion": run.conclusion, "failed": run.failed}, told)


class RerunArguments(Arguments):
    repo: str = Field(min_length=1, max_length=200, description=REPO)
    branch: str = Field(default="", max_length=200, description="The branch; left out: the one that everything goes into.")
    run: str | None = Field(default=None, max_length=40, description="The run's id; leave it out for the newest one of the branch.")


class RerunCi(SystemsTool[RerunArguments]):
    """Done when it has run again, red or green: what came of it is told and is no failure of the call."""

    name = "rerun_ci"
    description = "Run what failed in a CI run again, on the same commit."
    effect = Effect.CHANGE
    system = "ci"
    reversible = False
    arguments = RerunArguments

    async def canonical(self, args: RerunArguments) -> RerunArguments:
        """The run is settled here: a newer one meanwhile is another call."""
        repo = await _repo(self.systems, args.repo)
        run = await self._run(args.run, repo) if args.run else await _newest(self.systems, repo, args.branch)
        return args.model_copy(update={"repo": repo.id, "branch": run.branch, "run": run.id})

    async def resource(self, args: RerunArguments) -> Resource:
        return _repository(await _repo(self.systems, args.repo))

    async def run(self, args: RerunArguments, caller: Caller) -> Result:
        return _started((await self.systems.ci.rerun(str(args.run), caller)).value)

    async def recall(self, args: RerunArguments, key: str) -> Result | None:
        run = await self.systems.ci.rerun_under(key)
        return _started(run) if run else None

    async def check(self, args: RerunArguments, result: Result | None) -> Check:
        repo = await _repo(self.systems, args.repo)
        if result is None:
            return Check(held=False, observed=_ran(await self._run(str(args.run), repo)), how="looked at the run again")
        attempt = int(result.data["attempt"])

        async def look() -> CiRun:
            return await self._run(str(args.run), repo)

        run = await _settled(look, lambda run: run.attempt < attempt or run.status == "completed")
        return Check(run.attempt >= attempt, _ran(run), "looked at the run again")

    def sentence(self, args: RerunArguments) -> str:
        return f"Run the CI of {args.repo} on {args.branch} again (run {args.run})"

    async def _run(self, id_: str, repo: Repository) -> CiRun:
        run = await self.systems.ci.ci_run(id_)
        if run is None or run.repo != repo.id:
            raise NotFound(f"{repo.name} has no CI run {id_!r}")
        return run


async def _repo(systems: Systems, words: str) -> Repository:
    """Raises NotFound, Ambiguous, SystemAway."""
    if (exact := await systems.ci.repository(words)) is not None:
        return exact
    every = await systems.ci.repositories()
    found = one_named(words, [(one.id, one.name, one.aliases) for one in every], "repository")
    return next(one for one in every if one.id == found)


async def _newest(systems: Systems, repo: Repository, branch: str) -> CiRun:
    branch = branch or repo.branch
    run = await systems.ci.newest_run(repo.id, branch)
    if run is None:
        raise NotFound(f"nothing was built of {repo.name} on {branch!r}")
    return run


def _repository(one: Repository) -> Resource:
    return Resource("repository", one.id, label=one.name, owner=one.owner, facts={"team": one.team})


def _data(run: CiRun) -> dict[str, Any]:
    return {"repo": run.repo, "branch": run.branch, "run": run.id, "attempt": run.attempt}


def _started(run: CiRun) -> Result:
    return Result(_data(run), f"Started attempt {run.attempt} of {run.repo}'s CI on {run.branch}.")


def _ran(run: CiRun) -> str:
    what = f"the CI of {run.repo} on {run.branch} (commit {run.commit}, attempt {run.attempt})"
    if run.status != "completed":
        return f"{what} is still running"
    if run.conclusion == "success":
        return f"{what} is green"
    again = "; running it again did not help, so the change itself has to be looked at" if run.attempt > 1 else ""
    return f"{what} is red: {run.failed}{again}"
