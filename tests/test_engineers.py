"""Engineers on call, through the whole bot: who may, and what is said when it does not help."""

from pathlib import Path

from tests.office import opened_office


async def test_a_restart_that_does_not_help_is_said_and_goes_to_people(database: str, tmp_path: Path) -> None:
    """It was approved and carried out, is not called done, and the last line of the log is told."""
    async with opened_office(database, tmp_path) as office:
        office.say("pavel", "please restart orders-api in production")
        await office.press("omar", "approve")
        await office.hears("pavel", "KeyError: 'ORDERS_QUEUE_URL'")
        trail = await office.case_is(state="handed_over")

        [restart] = [call for call in trail["calls"] if call["tool"] == "restart_deployment"]
        assert (restart["state"], restart["policies"]) == ("unverified", ["production"])
        [entry] = [one for one in (await office.books())["journal"] if one["tool"] == "restart_deployment"]
        assert (entry["target"], entry["actor"]) == ("production/orders-api", "pavel")


async def test_who_is_no_engineer_restarts_nothing(database: str, tmp_path: Path) -> None:
    """An analyst and a guest are refused; nobody is asked to approve and nothing is restarted."""
    async with opened_office(database, tmp_path) as office:
        office.say("ana", "please restart storefront in staging")
        trail = await office.case_is(outcome="denied")
        office.say("gus", "please restart storefront in staging")
        await office.until(lambda: office.heard("gus"), "an answer to the guest")

        assert trail["approvals"] == []
        assert [one["tool"] for one in (await office.books())["journal"] if one["tool"] != "create_ticket"] == []
