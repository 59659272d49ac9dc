"""Certificates, tokens and nodes of the embedded company: beyond the contract of every tool."""

import asyncio

import pytest

from tests.tools.desk import Desk
from tools.contract import Ambiguous, NotFound, Refused


async def test_two_nodes_of_a_pool_at_the_same_moment(desk: Desk) -> None:
    """Each could go alone; together they would leave too few, so one is refused."""
    args = [await desk.args("drain_node", node=node) for node in ("shop-1", "shop-2")]
    calls = (desk.tools["drain_node"].run(one, desk.caller(f"key-{number}")) for number, one in enumerate(args))

    done = await asyncio.gather(*calls, return_exceptions=True)

    assert sorted(type(one).__name__ for one in done) == ["Refused", "Result"]
    serving = [one["id"] for one in (await desk.look())["nodes"] if (one["pool"], one["status"]) == ("shop", "serving")]
    assert len(serving) == 2


async def test_a_node_that_is_needed_is_refused_before_anybody_is_asked(desk: Desk) -> None:
    with pytest.raises(Refused, match="reports needs 1"):
        await desk.args("drain_node", node="report-1")


async def test_a_certificate_that_is_rolled_twice(desk: Desk) -> None:
    """The first is still believed to be done: a later one is served."""
    first = await desk.run("roll_server_certificate", "key-1", server="orders-api in production")
    second = await desk.run("roll_server_certificate", "key-2", server="orders.harborline.example")

    assert (first.data["before"], second.data["before"]) == ("SC-703", first.data["serial"])
    assert (await desk.check("roll_server_certificate", first, server="orders.harborline.example")).held

    await desk.undo("roll_server_certificate", second, server="orders.harborline.example")
    third = await desk.run("roll_server_certificate", "key-3", server="orders.harborline.example")

    assert third.data["before"] == first.data["serial"]
    assert not (await desk.check("roll_server_certificate", None, "key-9", server="orders.harborline.example")).held


async def test_a_server_that_several_names_fit(desk: Desk) -> None:
    with pytest.raises(Ambiguous):
        await desk.args("roll_server_certificate", server="storefront")
    with pytest.raises(NotFound):
        await desk.args("roll_server_certificate", server="nowhere")


async def test_a_repeated_revocation_spares_the_new_key(desk: Desk) -> None:
    """Its key was settled when it was asked for."""
    settled = await desk.args("revoke_token", token="deploy token")
    await desk.tools["revoke_token"].run(settled, desk.caller("key-1"))
    issued = await desk.run("issue_token", "key-2", token="ci-deploy")

    again = await desk.tools["revoke_token"].run(settled, desk.caller("key-3"))

    assert not again.changed
    [token] = [one for one in (await desk.look())["tokens"] if one["id"] == "ci-deploy"]
    assert (list(token["works"]), list(token["dead"])) == ([issued.data["key"]], ["TK-310", "TK-411"])


async def test_what_a_key_says_is_its_owners(desk: Desk) -> None:
    """The link goes to the token's owner, not to whoever asked, and stands in no data, summary or journal."""
    issued = await desk.run("issue_token", token="sso-probe")

    assert issued.private_to == "omar"
    link = str(issued.private).split(" ", maxsplit=1)[0]
    assert link.startswith("https://id.harborline.example/token/")
    assert link not in f"{issued.data} {issued.summary} {await desk.look()}"
