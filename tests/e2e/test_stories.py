"""The stories that the first release is about, each through real Slack protocol, gate, ledger and database."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from tests.office import Office
from tools.systems.embedded import scene

LOCKED = "hi, I'm locked out of my account after the weekend"
TWO = "could I get into the analytics warehouse until friday, and my vpn says certificate expired"
OTHERS = "Please reset the MFA of ben"
FOREIGN = "The coffee machine is making strange noises"


async def test_a_locked_out_employee_is_let_in_and_says_that_it_works(either_office: Office) -> None:
    """One's own account is unlocked without asking anybody, read back, reported, and confirmed by its owner."""
    office = either_office
    office.say("ana", LOCKED)
    heard = await office.hears("ana", "Did that fix it?")

    assert await office.status("ana") == "ACTIVE"
    assert "Unlocked the account of Ana" in heard
    assert "read the account again" in heard
    trail = await office.case_is(state="resolved", outcome="verified")
    unlock = next(call for call in trail["calls"] if call["tool"] == "unlock_account")
    assert (unlock["state"], unlock["policies"], unlock["approval"]) == ("verified", ["own-account"], "")
    assert unlock["check"]["held"] is True
    assert len(await office.journal("unlock_account")) == 1

    await office.press("ana", "feedback_yes")
    await office.case_is(state="closed", outcome="confirmed")


async def test_two_requests_are_two_plans_and_one_waits_while_the_other_is_done(office: Office) -> None:
    """The grant waits for the engineer on call, the certificate does not; what was granted ends when its time comes."""
    office.say("ana", TWO)
    await office.hears("ana", "One part is done")
    await office.hears("ana", "needs a person's yes")
    assert [one for one in (await office.books())["grants"] if one["person"] == "ana" and one["app"] == "analytics-warehouse"] == []
    device = next(one for one in (await office.books())["devices"] if one["person"] == "ana")
    assert device["certificate_status"] == "valid"

    await office.press("omar", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Analytics Warehouse")
    trail = await office.case_is(state="resolved", outcome="verified")
    grant = next(call for call in trail["calls"] if call["tool"] == "grant_access")
    assert (grant["state"], grant["policies"]) == ("verified", ["access-for-a-while"])
    assert [vote["by"] for vote in trail["approvals"][0]["votes"]] == ["omar"]

    await office.company.clock.turn(timedelta(days=9))
    await office.hears("ana", "As agreed, this has ended")
    ended = next(one for one in (await office.books())["grants"] if one["person"] == "ana" and one["app"] == "analytics-warehouse")
    assert ended["state"] == "ended"
    revoke = next(call for call in (await office.trail())["calls"] if call["tool"] == "revoke_access")
    assert (revoke["state"], revoke["principal"], revoke["policies"]) == ("verified", "deskhand", ["access-ends"])


async def test_nobody_answers_their_own_request_and_a_denial_reaches_the_requester(either_office: Office) -> None:
    """The requester's click is refused on the server, the engineer's denial counts, and nobody's factors are touched."""
    office = either_office
    before = [one for one in (await office.books())["factors"] if one["person"] == "ben"]
    office.say("ana", OTHERS)
    await office.hears("ana", "needs a person's yes")

    await office.press("ana", "approve", "oncall")
    await office.hears("ana", "somebody else has to answer it", "oncall")
    assert (await office.trail())["approvals"][0]["votes"] == []

    await office.deny("omar", "Ben has to ask himself")
    heard = await office.hears("ana", "I couldn't do this")

    assert "Ben has to ask himself" in heard
    trail = await office.case_is(state="closed", outcome="denied")
    reset = next(call for call in trail["calls"] if call["tool"] == "reset_mfa")
    assert (reset["state"], trail["approvals"][0]["state"]) == ("denied", "denied")
    assert [one for one in (await office.books())["factors"] if one["person"] == "ben"] == before
    for place in ("", "oncall"):
        await office.hears("omar", "Denied: A-", place)
    assert office.button("omar", "approve") is None


async def test_a_request_is_withdrawn_while_it_waits_and_a_late_click_is_answered(either_office: Office) -> None:
    """Never mind: the card says so everywhere, and whoever presses a stale button learns that nothing happens."""
    office = either_office
    office.say("ana", "could I get figma until friday?")
    ts, _ = await office.until(lambda: office.button("omar", "approve"), "a card")
    stale = office.server.workspace.message(office.place("omar"), ts)
    assert stale is not None
    old_blocks = stale["blocks"]

    office.say("ana", "never mind, I found it")
    await office.hears("ana", "nothing more will happen")
    await office.hears("omar", "Withdrawn: A-")
    stale["blocks"] = old_blocks  # a window that was not brought up to date
    await office.press("omar", "approve")

    await office.hears("omar", "was withdrawn by the requester")
    trail = await office.case_is(state="closed", outcome="withdrawn")
    assert (trail["calls"][-1]["state"], trail["approvals"][0]["state"]) == ("withdrawn", "withdrawn")
    assert await office.journal("grant_access") == []


async def test_what_it_does_not_know_it_hands_over(office: Office) -> None:
    """No runbook fits: no guess, but a ticket with the words in it and a page for the person on call."""
    tickets = len((await office.books())["tickets"])
    office.say("ana", FOREIGN)
    heard = await office.hears("ana", "I won't guess")

    trail = await office.case_is(state="handed_over", outcome="handed_over")
    assert trail["ticket"] in heard
    made = [one for one in (await office.books())["tickets"] if one["ticket" if "ticket" in one else "key"] == trail["ticket"]]
    assert FOREIGN in made[0]["text"]
    assert len((await office.books())["tickets"]) == tickets + 1
    assert {call["tool"] for call in trail["calls"]} == {"create_ticket", "page_on_call"}
    assert trail["retrieved"], "the scores of what was nearly found are kept"


async def test_a_silent_failure_is_noticed(office: Office) -> None:
    """The system says that it unlocked the account and did nothing: the bot looks again, says so and hands over."""
    await scene.set_fault(office.engine, "unlock_account", "silent")
    office.say("ana", LOCKED)
    heard = await office.hears("ana", "ticket")

    trail = await office.case_is(outcome="handed_over")
    assert next(call for call in trail["calls"] if call["tool"] == "unlock_account")["state"] == "unverified"
    assert "Did that fix it?" not in heard
    assert "when I looked again" in heard


async def test_a_lost_answer_is_looked_up(office: Office) -> None:
    """The system did it and its answer was lost: reading back shows it, and it counts as done, once."""
    await scene.set_fault(office.engine, "unlock_account", "timeout")
    office.say("ana", LOCKED)
    await office.hears("ana", "Did that fix it?")

    assert next(c for c in (await office.trail())["calls"] if c["tool"] == "unlock_account")["state"] == "verified"
    assert len(await office.journal("unlock_account")) == 1


async def test_not_yet_looks_again_and_then_gets_a_person(office: Office) -> None:
    """The requester's word counts: once more from the start, and the second time people take over."""
    office.say("ana", LOCKED)
    await office.press("ana", "feedback_not_yet")
    await office.hears("ana", "I'll look once more")
    await office.case_is(state="resolved", outcome="verified")
    assert len(await office.journal("unlock_account")) == 1

    await asyncio.sleep(0.2)
    await office.press("ana", "feedback_not_yet")
    await office.case_is(state="handed_over", outcome="handed_over")


async def test_an_impatient_thanks_does_not_end_a_plan(office: Office) -> None:
    """ "thanks, please hurry" while something waits: it goes on waiting, and the approval still counts."""
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    office.say("ana", "thanks, please hurry")
    await office.hears("ana", "Still on it")
    await office.press("omar", "approve")

    await office.hears("ana", "Gave Ana Almeida access to Figma")


async def test_an_approval_goes_to_the_next_tier_and_then_expires(office: Office) -> None:
    """Nobody answers: after its time the next tier is asked as well, and after theirs it is over, which is no denial."""
    office.say("ana", OTHERS)
    await office.hears("ana", "needs a person's yes")
    asked = len((await office.trail())["approvals"][0]["cards"])
    await office.company.clock.turn(timedelta(hours=5))

    async def raised() -> bool:
        return (await office.trail())["approvals"][0]["tier"] == 1

    await office.until(raised, "the next tier")
    assert len((await office.trail())["approvals"][0]["cards"]) > asked
    await office.company.clock.turn(timedelta(hours=5))
    trail = await office.case_is(outcome="handed_over")
    assert trail["approvals"][0]["state"] == "expired"
    assert next(call for call in trail["calls"] if call["tool"] == "reset_mfa")["state"] == "expired"
    await office.hears("omar", "Expired: A-")


async def test_a_secret_reaches_its_owner_and_nobody_else(office: Office) -> None:
    """The enrolment link goes to the beneficiary's direct messages: not to the requester, the trail, or any other row."""
    office.say("ana", OTHERS)
    await office.press("omar", "approve")
    await office.hears("ben", "for your eyes only")
    link = next(line for line in office.heard("ben").splitlines() if "http" in line).strip("`<> ")
    secret = link.split("/")[-1].strip("`<> ")

    assert len(secret) > 8
    assert secret not in office.heard("ana")
    assert secret not in office.heard("omar")
    assert secret not in str(await office.trail())
    async with office.store.session() as session:
        for table in ("outbox", "transcript", "tool_call", "audit", "inbox", '"case"'):
            rows = (await session.execute(sa.text(f"SELECT row_to_json(t)::text FROM {table} t"))).scalars().all()
            assert secret not in "".join(rows), table
