"""Deployments and builds: what a restart mends and what it does not, how far back a rollback goes, red that stays red."""

import asyncio
from datetime import timedelta

import pytest

from tests.tools.desk import Desk
from tools import engineering
from tools.contract import Ambiguous, NotFound, Refused
from tools.systems.embedded import ci as builds
from tools.systems.embedded import deployments as rollouts


async def test_a_restart_is_done_when_every_replica_is_new_and_ready(desk: Desk) -> None:
    """Not when the cluster has said yes: right after the call it rolls out, and the check waits for the end of that."""
    before = (await desk.run("find_deployment", name="staging/orders-api")).data

    result = await desk.run("restart_deployment", deployment="staging/orders-api")
    meanwhile = await desk.company.deployment("staging/orders-api")
    check = await desk.check("restart_deployment", result, deployment="staging/orders-api")

    assert before["status"] == "degraded"
    assert meanwhile is not None
    assert (meanwhile.status, meanwhile.settled) == ("rolling_out", False)
    assert check.held
    assert "staging/orders-api is healthy, 2 of 2 replicas ready" in check.observed
    assert (await desk.run("find_deployment", name="staging/orders-api")).data["ready"] == 2


async def test_a_rollout_that_does_not_end_is_not_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience has an end, and what is seen then is told."""
    monkeypatch.setattr(engineering, "PATIENCE", 0.2)
    monkeypatch.setattr(rollouts, "ROLLOUT", timedelta(hours=1))

    result = await desk.run("restart_deployment", deployment="staging/orders-api")
    check = await desk.check("restart_deployment", result, deployment="staging/orders-api")

    assert (check.held, "rolling out" in check.observed) == (False, True)


async def test_a_crash_loop_survives_a_restart_and_not_a_rollback(desk: Desk) -> None:
    """The restart happened and did not help, which is told with the log; what ran before runs again after the rollback."""
    name = "production/orders-api"
    restarted = await desk.run("restart_deployment", deployment=name)
    check = await desk.check("restart_deployment", restarted, deployment=name)
    assert not check.held
    assert "in a crash loop, 0 of 3 replicas ready" in check.observed
    assert "KeyError: 'ORDERS_QUEUE_URL', though it is restarted" in check.observed

    rolled = await desk.run("rollback_deployment", "key-2", deployment=name)
    check = await desk.check("rollback_deployment", rolled, deployment=name, revision=40)

    assert rolled.summary == "Rolled production/orders-api back to orders-api:2026.11.4 (revision 40)."
    assert (check.held, "3 of 3 replicas ready" in check.observed) == (True, True)
    assert (await desk.run("find_deployment", name=name)).data["revision"] == 42


async def test_a_rollback_that_does_not_help_is_not_done(desk: Desk) -> None:
    """What ran before was broken as well."""
    result = await desk.run("rollback_deployment", deployment="production/report-builder")
    check = await desk.check("rollback_deployment", result, deployment="production/report-builder", revision=11)

    assert (result.changed, check.held) == (True, False)
    assert "no space left" in check.observed


async def test_how_far_back_is_settled_before_anybody_approves(desk: Desk) -> None:
    """Asked for again as it was settled, it does not go back further; a revision that never was is named."""
    args = await desk.args("rollback_deployment", deployment="production/storefront")
    assert args.model_dump() == {"deployment": "production/storefront", "revision": 97}
    assert desk.tools["rollback_deployment"].sentence(args) == "Roll production/storefront back to revision 97"

    await desk.run("rollback_deployment", **args.model_dump())
    again = await desk.run("rollback_deployment", "key-2", **args.model_dump())

    assert (again.changed, again.summary) == (False, "production/storefront runs storefront:812 already.")
    with pytest.raises(NotFound, match="no revision 5; there are 99, 98, 97"):
        await desk.args("rollback_deployment", deployment="production/storefront", revision=5)


async def test_restarts_at_once_are_each_one_restart(desk: Desk) -> None:
    """Twenty keys are twenty restarts, one after the other; the generation counts them."""
    first = await desk.company.deployment("staging/storefront")
    assert first is not None

    await asyncio.gather(*(desk.run("restart_deployment", f"key-{n}", deployment="staging/storefront") for n in range(20)))

    last = await desk.company.deployment("staging/storefront")
    assert last is not None
    assert last.generation == first.generation + 20


@pytest.mark.parametrize("name", ["staging/storefront", "staging storefront", "storefront in staging", "Storefront Staging"])
async def test_one_deployment_however_named(desk: Desk, name: str) -> None:
    """Its id, or its name with its namespace."""
    assert (await desk.args("restart_deployment", deployment=name)).model_dump() == {"deployment": "staging/storefront"}


async def test_no_deployment_is_guessed(desk: Desk) -> None:
    """One name in two namespaces is asked about, a slip is offered; a name that only one has is that one."""
    with pytest.raises(Ambiguous) as error:
        await desk.args("restart_deployment", deployment="storefront")
    assert [id_ for id_, _ in error.value.candidates] == ["production/storefront", "staging/storefront"]
    with pytest.raises(NotFound, match="did you mean"):
        await desk.args("restart_deployment", deployment="staging/storefrnt")
    assert (await desk.args("restart_deployment", deployment="report-builder")).model_dump() == {
        "deployment": "production/report-builder"
    }


async def test_looking_at_several_deployments(desk: Desk) -> None:
    """A namespace lists its own; nothing is said to be nothing."""
    staging = await desk.run("find_deployment", namespace="staging")
    nothing = await desk.run("find_deployment", name="qqqq")

    assert [one["deployment"] for one in staging.data["deployments"]] == [
        "staging/orders-api",
        "staging/sso-gateway",
        "staging/storefront",
    ]
    assert "staging/storefront is healthy" in staging.summary
    assert nothing.summary == "No deployment is called “qqqq”."


async def test_flaky_goes_green_and_broken_stays_red_and_both_have_run_again(desk: Desk) -> None:
    """The call did its work in either case; which of the two it was is told."""
    for repo, conclusion, told in (
        ("storefront", "success", "(commit 9f31c07, attempt 2) is green"),
        ("orders-api", "failure", "is red: unit-tests: test_total_with_discount; running it again did not help"),
    ):
        result = await desk.run("rerun_ci", f"key-{repo}", repo=repo)
        check = await desk.check("rerun_ci", result, repo=repo)

        assert check.held, repo
        assert told in check.observed
        assert (await desk.run("find_ci_run", repo=repo)).data["conclusion"] == conclusion


async def test_a_build_that_takes_long_has_been_started_and_is_said_to_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not called green before it is; and it is not started again meanwhile."""
    monkeypatch.setattr(engineering, "PATIENCE", 0.2)
    monkeypatch.setattr(builds, "TAKES", timedelta(hours=1))

    result = await desk.run("rerun_ci", repo="storefront")
    check = await desk.check("rerun_ci", result, repo="storefront")

    assert (check.held, "still running" in check.observed) == (True, True)
    with pytest.raises(Refused, match="still running"):
        await desk.run("rerun_ci", "key-2", repo="storefront")


async def test_the_run_is_settled_before_it_is_run_again(desk: Desk) -> None:
    """The newest of the branch; the run of another repository is not this one's; a branch without builds is said to have none."""
    main = await desk.args("rerun_ci", repo="Storefront")
    other = await desk.args("rerun_ci", repo="storefront", branch="checkout-redesign")

    assert (main.model_dump(), other.model_dump()["run"]) == ({"repo": "storefront", "branch": "main", "run": "4101"}, "4102")
    with pytest.raises(NotFound, match="Storefront has no CI run '4103'"):
        await desk.args("rerun_ci", repo="storefront", run="4103")
    with pytest.raises(NotFound, match="nothing was built"):
        await desk.args("rerun_ci", repo="storefront", branch="gone")


async def test_what_a_policy_sees(desk: Desk) -> None:
    """Where a deployment runs and who answers for it; which team's the repository is."""
    deployed = await desk.tools["restart_deployment"].resource(
        await desk.args("restart_deployment", deployment="production/sso-gateway")
    )
    repository = await desk.tools["rerun_ci"].resource(await desk.args("rerun_ci", repo="sso-gateway"))

    assert (deployed.id, deployed.owner, deployed.facts["namespace"]) == ("production/sso-gateway", "omar", "production")
    assert (repository.id, repository.owner, repository.facts) == ("sso-gateway", "omar", {"team": "IT"})


async def test_things_that_can_be_named(desk: Desk) -> None:
    """By kind, with what people call them; nothing of a kind that nobody knows."""
    deployments = {id_: others for id_, _, others in await desk.company.things("deployment")}

    assert "storefront in staging" in deployments["staging/storefront"]
    assert ("orders-api", "Orders API", ("orders service",)) in await desk.company.things("repository")
    assert await desk.company.things("dragon") == []
