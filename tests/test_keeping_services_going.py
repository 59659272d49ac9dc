"""Certificates, tokens and nodes, through the whole bot: what is waited for, put back, refused, and never shown."""

import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from tests.office import Office, opened_office


async def drained(office: Office, node: str) -> str:
    return next(str(one["status"]) for one in (await office.books())["nodes"] if one["id"] == node)


async def test_a_node_is_drained_when_nothing_runs_there_any_more(database: str, tmp_path: Path) -> None:
    """Its jobs take a quarter of an hour; until then it is waited, and it is not called drained."""
    async with opened_office(database, tmp_path) as office:
        office.say("ida", "drain batch-1")
        await office.press("omar", "approve")
        await office.hears("ida", "I look again until")
        assert await drained(office, "batch-1") == "draining"
        await office.company.clock.turn(timedelta(minutes=16))
        trail = await office.case_is(state="resolved", outcome="verified")

        assert await drained(office, "batch-1") == "drained"
        assert [one["tool"] for one in trail["calls"] if one["tool"] in ("drain_node", "restore_node")] == ["drain_node"]


async def test_a_node_that_does_not_get_empty_is_put_back(database: str, tmp_path: Path) -> None:
    """Half an hour is over and jobs still run: it serves again, and people take over."""
    async with opened_office(database, tmp_path) as office:
        async with office.engine.begin() as connection:
            await connection.execute(text("update company.nodes set drains = 7200 where id = 'batch-1'"))
        office.say("ida", "drain batch-1")
        await office.press("omar", "approve")
        await office.hears("ida", "I look again until")
        await office.company.clock.turn(timedelta(minutes=31))
        trail = await office.case_is(state="handed_over")

        assert await drained(office, "batch-1") == "serving"
        assert [one["step"] for one in trail["calls"] if one["tool"] == "restore_node"] == ["drain!undo"]


async def test_the_last_node_of_a_pool_is_not_taken_out(database: str, tmp_path: Path) -> None:
    """Nobody is asked for a yes; nothing is changed."""
    async with opened_office(database, tmp_path) as office:
        office.say("ida", "drain report-1")
        trail = await office.case_is(state="handed_over")

        assert (await drained(office, "report-1"), trail["approvals"]) == ("serving", [])


async def test_a_new_key_is_read_by_the_tokens_owner_alone(database: str, tmp_path: Path) -> None:
    """Whoever asks, the link stands in its owner's direct messages and in nothing that is written down of the case."""
    async with opened_office(database, tmp_path) as office:
        office.say("pavel", "sso-probe has leaked, please rotate the token")
        await office.press("pavel", "confirm")
        assert await office.fill("pavel", "Secret scanning found it.") == {}
        trail = await office.case_is(state="resolved", outcome="verified")
        await office.hears("omar", "https://id.harborline.example/token/")

        assert "harborline.example/token/" not in office.heard("pavel")
        assert "harborline.example/token/" not in json.dumps(trail, default=str)
        assert "harborline.example/token/" not in json.dumps(await office.books(), default=str)


async def test_a_reason_is_owed_before_a_key_is_revoked(database: str, tmp_path: Path) -> None:
    """Without words in the form nothing happens; nobody else is asked meanwhile."""
    async with opened_office(database, tmp_path) as office:
        office.say("pavel", "the ci deploy token leaked, rotate it")
        await office.press("pavel", "confirm")
        assert await office.fill("pavel", "   ")
        assert office.button("omar", "approve") is None
        token = next(one for one in (await office.books())["tokens"] if one["id"] == "ci-deploy")
        assert list(token["works"]) == ["TK-411"]
