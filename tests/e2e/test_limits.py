"""Limits, what is owed beyond them, ceilings, observed policies and kinds of channels, from Slack to the books."""

from pathlib import Path

from bot.playground.workspace import Json
from bot.report import figures, figurespage
from bot.report.figures import ObservedFigures
from bot.store.figures import facts
from tests.e2e.stories import LOCKED
from tests.e2e.test_freezing import lock, office_with
from tests.office import Office

OWN = "    limit: {times: 3, within: 1d, per: principal}\n    examples:\n      - {as: ana, args: {user: ana}, expect: permit}\n"
BEYOND = (
    "    limit: {times: 1, within: 1d, per: principal, beyond: approval}\n    approval: {by: [identity-oncall]}\n"
    "    examples:\n      - {as: ana, args: {user: ana}, expect: permit}\n"
)


async def test_beyond_the_limit_people_are_asked_and_read_why(database: str, tmp_path: Path) -> None:
    """The first time nobody is asked, the second time whoever is on call, by a card that says why; their yes is enough."""
    async with office_with(database, tmp_path, (OWN, BEYOND)) as office:
        office.say("ana", LOCKED)
        await office.hears("ana", "Did that fix it?")
        assert (await office.trail())["approvals"] == []

        await lock(office, "ana")
        office.say("ana", LOCKED)
        await office.hears(
            "omar", "That was done 1 time within 1 day already, which is the limit. Beyond it somebody has to say yes."
        )
        assert await office.status("ana") == "LOCKED_OUT"
        await office.press("omar", "approve")
        await office.until(lambda: office.heard("ana").count("Did that fix it?") == 2 or None, "a second answer")
        assert await office.status("ana") == "ACTIVE"
        call = next(one for one in (await office.trail())["calls"] if one["tool"] == "unlock_account")
        assert (call["state"], bool(call["approval"])) == ("verified", True)


async def test_a_limit_that_was_reached_while_people_were_asked_asks_others_and_keeps_the_first_yes(
    database: str, tmp_path: Path
) -> None:
    """Ana's second request waits for Omar alone; by his yes the limit is reached, so an administrator is asked besides."""
    rule = (
        "  - id: many-at-once\n    because: Two in a day are rare.\n    tools: [reset_mfa]\n    effect: require\n"
        "    limit: {times: 1, within: 1d, per: principal, beyond: approval}\n    approval: {by: [it-admin]}\n\n"
    )
    async with office_with(database, tmp_path, ("  # ── accounts ─", f"{rule}  # ── accounts ─")) as office:
        for who in ("ben", "mia"):
            office.say("ana", f"Please reset the MFA of {who}")
            await office.until(lambda who=who: _asked(office, who), f"a card about {who}")
        await office.press("omar", "approve")
        await office.until(lambda: _states(office, "reset_mfa", "verified"), "one that was done")
        await office.press("omar", "approve")

        await office.until(lambda: office.button("tariq", "approve"), "a card for an administrator")
        await office.hears("tariq", "which is the limit. Beyond it somebody has to say yes. Two in a day are rare.")
        waiting = next(one for one in await _approvals(office) if one["state"] == "waiting")
        assert [one["by"] for one in waiting["owed"]] == [["identity-oncall"], ["it-admin"]]
        assert [vote["by"] for vote in waiting["votes"]] == ["omar"]
        assert len(await office.journal("reset_mfa")) == 1

        await office.press("tariq", "approve")
        await office.until(lambda: _states(office, "reset_mfa", "verified", 2), "both that were done")
        assert sorted(one["state"] for one in await _approvals(office)) == ["superseded", "used", "used"]


async def _asked(office: Office, who: str) -> bool:
    return any(call["arguments"].get("user") == who and call["state"] == "waiting" for call in await _calls(office, "reset_mfa"))


async def _states(office: Office, tool: str, state: str, count: int = 1) -> bool:
    return sum(call["state"] == state for call in await _calls(office, tool)) == count


async def _calls(office: Office, tool: str) -> list[Json]:
    trails = [await office.trail(one["id"]) for one in await office.cases()]
    return [call for trail in trails for call in trail["calls"] if call["tool"] == tool]


async def _approvals(office: Office) -> list[Json]:
    trails = [await office.trail(one["id"]) for one in await office.cases()]
    return [one for trail in trails for one in trail["approvals"]]


async def test_a_ceiling_stops_the_next_change_whatever_it_is(database: str, tmp_path: Path) -> None:
    """Of one person in an hour; and an hour later it goes on."""
    first = "  - {id: changes-of-a-case,"
    ceilings = (first, f"  - {{id: per-person, times: 1, within: 1h, per: principal}}\n{first}")
    async with office_with(database, tmp_path, ceilings) as office:
        office.say("ana", LOCKED)
        await office.hears("ana", "Did that fix it?")
        office.say("ana", "my vpn says certificate expired")
        await office.hears("ana", "1 change was made for you within 1 hour already, which is the limit.")


async def test_what_an_observed_policy_would_do_is_recorded_and_reported_and_changes_nothing(database: str, tmp_path: Path) -> None:
    rule = (
        "  - id: no-unlocking\n    because: Perhaps.\n    tools: [unlock_account]\n    effect: forbid\n    roles: [employee]\n"
        "    mode: observe\n    since: 2026-11-01\n\n"
    )
    async with office_with(database, tmp_path, ("  # ── accounts ─", f"{rule}  # ── accounts ─")) as office:
        office.say("ana", LOCKED)
        await office.hears("ana", "Did that fix it?")
        call = next(one for one in (await office.trail())["calls"] if one["tool"] == "unlock_account")
        assert call["facts"]["observed"] == {"decision": "deny", "policies": ["no-unlocking"], "owes": []}
        since, until = figures.last_days(office.company.clock.now(), 30)
        found = figures.report(*await facts(office.store, since), since=since, until=until)
        assert found.observed == (ObservedFigures("no-unlocking", denied=1, opened=0, asked=0),)
        assert "Policies that are only observed" in figurespage.page(found)


async def test_a_policy_that_names_channels_opens_only_there_and_nothing_where_slack_does_not_say(
    database: str, tmp_path: Path
) -> None:
    """In direct messages and in a private channel, not in a public one, nor while nobody can tell what it is."""
    only = (
        "    when: resource.owner == principal.id\n" + OWN,
        "    when: resource.owner == principal.id\n    channels: [direct, private]\n" + OWN,
    )
    async with office_with(database, tmp_path, only) as office:
        channel = office.place("ana", "general")
        for private, silent, state in ((False, False, "denied"), (True, True, "denied"), (True, False, "verified")):
            channel.private = private
            assert office.running is not None
            office.running.connection.workspace.forget_places()
            if silent:
                office.server.workspace.fail("conversations.info", "error", "missing_scope", times=100)
            else:
                office.server.workspace.failures.pop("conversations.info", None)
            before = len(await office.cases())
            office.say("ana", f"@deskhand {LOCKED}", channel="general")
            await office.until(lambda before=before: _more(office, before), "a case")
            await office.case_is(outcome=state)
        office.running.connection.workspace.forget_places()
        await lock(office, "ana")
        office.say("ana", LOCKED)
        await office.case_is(outcome="verified")


async def _more(office: Office, before: int) -> bool:
    return len(await office.cases()) > before
