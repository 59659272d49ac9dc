"""Approvals owed by two policies: two persons, each in its own time; and what was given in time and not used."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.consent import ApprovalState, Vote
from bot.domain import Event, EventKind
from tests.e2e.test_freezing import office_with
from tests.office import Office
from tools.systems.embedded import scene

PAYMENTS = "I need access to payments admin until tomorrow"
MANAGER = "approval: {by: [line-manager], count: 1, within: 4h, remind: 30m, then: it-admin}"


async def asked(office: Office) -> None:
    office.say("ana", PAYMENTS)
    await office.hears("ana", "needs a person's yes")


async def votes(office: Office) -> list[str]:
    return [vote["by"] for vote in (await office.trail())["approvals"][0]["votes"]]


async def test_two_policies_are_two_persons(office: Office) -> None:
    """Whoever is on call and the manager agree; only then it is done, once, and both stand in the trail."""
    await asked(office)
    manager, on_call = "so the manager of whoever gets access agrees", "given by the people on call for identity"
    for who, mine, other in (("mia", manager, on_call), ("omar", on_call, manager)):
        heard = await office.hears(who, mine)
        assert other not in heard
    both = await office.hears("tariq", "Please decide", "oncall")
    assert f"the line manager: This application can move money or personal data, {manager}" in both
    assert on_call in both
    await office.press("mia", "approve")
    await office.hears("mia", "still needs another person: whoever is on call for identity")
    await office.hears("omar", "*Still needs* whoever is on call for identity, 1 yes so far (Mia Moretti)")
    assert await office.journal("grant_access") == []
    await office.press("omar", "approve")
    await office.case_is(outcome="verified")
    assert await votes(office) == ["mia", "omar"]
    assert len(await office.journal("grant_access")) == 1


async def test_nobody_stands_for_two_approvals(office: Office) -> None:
    """The manager is on call as well: her yes counts once, and a second click gives no more; somebody of the next tier is needed."""
    await scene.set_on_call(office.engine, "identity", "mia")
    await asked(office)
    await office.press("mia", "approve")
    await office.hears("mia", "still needs another person")
    await office.press("mia", "approve")
    await office.hears("mia", "You have answered this already")
    assert await votes(office) == ["mia"]
    assert await office.journal("grant_access") == []

    await office.company.clock.turn(timedelta(hours=4, minutes=1))
    await office.press("tariq", "approve")
    await office.case_is(outcome="verified")
    assert await votes(office) == ["mia", "tariq"]


async def test_each_has_its_own_time_and_its_own_next_tier(database: str, tmp_path: Path) -> None:
    """The manager has an hour and then IT is asked for her yes; whoever is on call still has their four hours, and is not replaced."""
    hour = MANAGER.replace("within: 4h", "within: 1h")
    async with office_with(database, tmp_path, (MANAGER, hour)) as office:
        await asked(office)
        await office.company.clock.turn(timedelta(hours=1, minutes=1))

        async def raised() -> bool:
            [one] = (await office.trail())["approvals"]
            return [term["tier"] for term in one["terms"]] == [0, 1]

        await office.until(raised, "the manager's next tier")
        await office.press("ida", "approve")
        await office.hears("ida", "still needs another person: whoever is on call for identity")
        await office.press("tariq", "approve")
        await office.hears("tariq", "still needs another person: whoever is on call for identity")
        await office.press("omar", "approve")
        await office.case_is(outcome="verified")


async def test_one_that_nobody_gives_in_its_time_ends_all(database: str, tmp_path: Path) -> None:
    """Where there is no next tier, the one that is not given in time ends the request, though the other waits for longer."""
    hour = MANAGER.replace("within: 4h, remind: 30m, then: it-admin", "within: 1h")
    async with office_with(database, tmp_path, (MANAGER, hour)) as office:
        await asked(office)
        await office.press("omar", "approve")
        await office.company.clock.turn(timedelta(hours=1, minutes=1))
        trail = await office.case_is(outcome="handed_over")
        assert [(one["state"], one["kind"]) for one in trail["approvals"]] == [("expired", "approval")]
        await office.hears("omar", "it was not done in time, though Omar Haddad said yes")
        assert await office.journal("grant_access") == []


async def test_what_was_given_in_time_lasts_though_the_other_is_late(database: str, tmp_path: Path) -> None:
    """The manager says yes within her hour; two hours later whoever is on call does, in theirs: it is done."""
    hour = MANAGER.replace("within: 4h, remind: 30m, then: it-admin", "within: 1h")
    async with office_with(database, tmp_path, (MANAGER, hour)) as office:
        await asked(office)
        await office.press("mia", "approve")
        await office.hears("mia", "still needs another person")
        await office.company.clock.turn(timedelta(hours=2))
        await office.press("omar", "approve")
        await office.case_is(outcome="verified")


async def test_a_yes_that_was_not_used_in_its_time_is_void(office: Office) -> None:
    """Deskhand is down between the yes and the deed, past the time of the request: nothing runs, and everybody is told."""
    office.say("ana", "could I get figma until friday?")
    await office.hears("omar", "Please decide")
    await office.hears("ana", "needs a person's yes")
    await office.close()
    await given(office)
    await office.company.clock.turn(timedelta(hours=4, minutes=1))
    await office.open()

    await office.hears("ana", "its time was over before I could do it")
    trail = await office.trail()
    assert [one["state"] for one in trail["approvals"]] == ["expired"]
    assert [one["state"] for one in trail["calls"] if one["tool"] == "grant_access"] == ["expired"]
    assert await office.journal("grant_access") == []
    await office.hears("omar", "it was not done in time, though Omar Haddad said yes")
    assert office.button("omar", "approve") is None


async def given(office: Office) -> None:
    """The yes is written down, as it is when the process ends right after."""
    async with office.store.work() as work:
        trail = (await office.trail())["approvals"][0]
        one = await work.approval(trail["id"], lock=True)
        assert one is not None
        case = await work.case(one.case)
        assert case is not None
        vote = Vote("omar", office.who("omar").slack_id, approve=True, reason="", at=one.created)
        await work.save_approval(dataclasses.replace(one, state=ApprovalState.APPROVED, votes=(vote,), answered=one.created))
        data = {"approval": one.id, "case": one.case}
        await work.accept(Event(f"approval:{one.id}:approved", case.conversation, EventKind.APPROVAL, "1.0", data=data))


# ── who is asked, as time goes by ────────────────────────────────────────────────────────────────────────────────────


async def test_whoever_comes_on_call_meanwhile_is_asked_too(office: Office) -> None:
    """The shift changes while it waits: the new engineer gets a card, the old one may answer no longer and hears so."""
    office.say("ana", "could I get figma until friday?")
    await office.hears("omar", "Please decide")
    await scene.set_on_call(office.engine, "identity", "pavel")
    await office.company.clock.turn(timedelta(minutes=16))
    await office.hears("pavel", "Please decide")
    await office.press("omar", "approve")
    await office.hears("omar", "you are not in there right now")
    await office.press("pavel", "approve")
    await office.case_is(outcome="verified")


async def test_where_nobody_is_left_the_next_tier_is_asked_before_the_time(office: Office) -> None:
    """The manager leaves the company while it waits: IT is asked within a quarter of an hour, not after four."""
    office.say("ana", "I need a new headset")
    await office.hears("mia", "Please decide")
    async with office.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE company.people SET active = false WHERE handle = 'mia'"))
    await office.company.clock.turn(timedelta(minutes=16))
    await office.hears("tariq", "Please decide")
    await office.press("mia", "approve")
    await office.hears("mia", "Only full members of this company's workspace can answer")
    await office.press("tariq", "approve")
    await office.case_is(outcome="verified")


async def test_where_nobody_can_be_asked_people_take_over(database: str, tmp_path: Path) -> None:
    """Neither the manager nor the next tier is there: it is handed over at once, and waits for nobody."""
    alone = "approval: {by: [line-manager], count: 1, within: 2d, remind: 4h, then: it-admin}"
    async with office_with(database, tmp_path, (alone, "approval: {by: [resource-owner]}")) as office:
        office.say("ana", "I need a new headset")
        await office.case_is(outcome="handed_over")
        await office.hears("ana", "Nobody who may approve this can be reached")
