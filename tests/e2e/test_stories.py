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


async def test_a_locked_out_employee_is_let_in_and_says_that_it_works(any_way: Office) -> None:
    """One's own account is unlocked without asking anybody, read back, reported, and confirmed by its owner."""
    any_way.say("ana", LOCKED)
    heard = await any_way.hears("ana", "Did that fix it?")

    assert await any_way.status("ana") == "ACTIVE"
    assert "Unlocked the account of Ana" in heard
    assert "read the account again" in heard
    trail = await any_way.case_is(state="resolved", outcome="verified")
    unlock = next(call for call in trail["calls"] if call["tool"] == "unlock_account")
    assert (unlock["state"], unlock["policies"], unlock["approval"]) == ("verified", ["own-account"], "")
    assert unlock["check"]["held"] is True
    assert len(await any_way.journal("unlock_account")) == 1

    await any_way.press("ana", "feedback_yes")
    await any_way.case_is(state="closed", outcome="confirmed")


async def test_two_requests_are_two_plans_and_one_waits_while_the_other_is_done(either: Office) -> None:
    """The grant waits for the engineer on call, the certificate does not; what was granted ends when its time comes."""
    either.say("ana", TWO)
    await either.hears("ana", "Renewed the VPN certificate")
    await either.hears("ana", "needs a person's yes")
    assert [one for one in (await either.books())["grants"] if one["person"] == "ana" and one["app"] == "analytics-warehouse"] == []
    device = next(one for one in (await either.books())["devices"] if one["person"] == "ana")
    assert device["certificate_status"] == "valid"

    await either.press("omar", "approve")
    await either.hears("ana", "Gave Ana Almeida access to Analytics Warehouse")
    trail = await either.case_is(state="resolved", outcome="verified")
    grant = next(call for call in trail["calls"] if call["tool"] == "grant_access")
    assert (grant["state"], grant["policies"]) == ("verified", ["access-for-a-while"])
    assert [vote["by"] for vote in trail["approvals"][0]["votes"]] == ["omar"]

    await either.company.clock.turn(timedelta(days=9))
    await either.hears("ana", "As agreed, this has ended")
    ended = next(one for one in (await either.books())["grants"] if one["person"] == "ana" and one["app"] == "analytics-warehouse")
    assert ended["state"] == "ended"
    revoke = next(call for call in (await either.trail())["calls"] if call["tool"] == "revoke_access")
    assert (revoke["state"], revoke["principal"], revoke["policies"]) == ("verified", "deskhand", ["access-ends"])


async def test_nobody_answers_their_own_request_and_a_denial_reaches_the_requester(any_way: Office) -> None:
    """The requester's click is refused on the server, the engineer's denial counts, and nobody's factors are touched."""
    before = [one for one in (await any_way.books())["factors"] if one["person"] == "ben"]
    any_way.say("ana", OTHERS)
    await any_way.hears("ana", "needs a person's yes")

    await any_way.press("ana", "approve", "oncall")
    await any_way.hears("ana", "somebody else has to answer it", "oncall")
    assert (await any_way.trail())["approvals"][0]["votes"] == []

    await any_way.deny("omar", "Ben has to ask himself")
    heard = await any_way.hears("ana", "I couldn't do this")

    assert "Ben has to ask himself" in heard
    trail = await any_way.case_is(state="closed", outcome="denied")
    reset = next(call for call in trail["calls"] if call["tool"] == "reset_mfa")
    assert (reset["state"], trail["approvals"][0]["state"]) == ("denied", "denied")
    assert [one for one in (await any_way.books())["factors"] if one["person"] == "ben"] == before
    for place in ("", "oncall"):
        await any_way.hears("omar", "Denied: A-", place)
    assert any_way.button("omar", "approve") is None


async def test_a_request_is_withdrawn_while_it_waits_and_a_late_click_is_answered(any_way: Office) -> None:
    """Never mind: the card says so everywhere, and whoever presses a stale button learns that nothing happens."""
    any_way.say("ana", "could I get figma until friday?")
    ts, _ = await any_way.until(lambda: any_way.button("omar", "approve"), "a card")
    stale = any_way.server.workspace.message(any_way.place("omar"), ts)
    assert stale is not None
    old_blocks = stale["blocks"]

    any_way.say("ana", "never mind, I found it")
    await any_way.hears("ana", "nothing more will happen")
    await any_way.hears("omar", "Withdrawn: A-")
    stale["blocks"] = old_blocks  # a window that was not brought up to date
    await any_way.press("omar", "approve")

    await any_way.hears("omar", "was withdrawn by the requester")
    trail = await any_way.case_is(state="closed", outcome="withdrawn")
    assert (trail["calls"][-1]["state"], trail["approvals"][0]["state"]) == ("withdrawn", "withdrawn")
    assert await any_way.journal("grant_access") == []


async def test_what_it_does_not_know_it_hands_over(either: Office) -> None:
    """No runbook fits: no guess, but a ticket with the words in it and a page for the person on call."""
    tickets = len((await either.books())["tickets"])
    either.say("ana", FOREIGN)
    heard = await either.hears("ana", "I won't guess")

    trail = await either.case_is(state="handed_over", outcome="handed_over")
    assert trail["ticket"] in heard
    made = [one for one in (await either.books())["tickets"] if one["ticket" if "ticket" in one else "key"] == trail["ticket"]]
    assert FOREIGN in made[0]["text"]
    assert len((await either.books())["tickets"]) == tickets + 1
    assert {call["tool"] for call in trail["calls"]} - {"hand_over"} == {"create_ticket", "page_on_call"}
    assert trail["retrieved"], "the scores of what was nearly found are kept"


async def test_a_silent_failure_is_noticed(either: Office) -> None:
    """The system says that it unlocked the account and did nothing: the bot looks again, says so and hands over."""
    await scene.set_fault(either.engine, "unlock_account", "silent")
    either.say("ana", LOCKED)
    heard = await either.hears("ana", "ticket")

    trail = await either.case_is(outcome="handed_over")
    assert next(call for call in trail["calls"] if call["tool"] == "unlock_account")["state"] == "unverified"
    assert "Did that fix it?" not in heard
    assert "when I looked again" in heard


async def test_a_lost_answer_is_looked_up(either: Office) -> None:
    """The system did it and its answer was lost: reading back shows it, and it counts as done, once."""
    await scene.set_fault(either.engine, "unlock_account", "timeout")
    either.say("ana", LOCKED)
    await either.hears("ana", "Did that fix it?")

    assert next(c for c in (await either.trail())["calls"] if c["tool"] == "unlock_account")["state"] == "verified"
    assert len(await either.journal("unlock_account")) == 1


async def test_not_yet_looks_again_and_then_gets_a_person(either: Office) -> None:
    """The requester's word counts: once more from the start, and the second time people take over."""
    either.say("ana", LOCKED)
    await either.press("ana", "feedback_not_yet")
    await either.hears("ana", "I'll look once more")
    await either.case_is(state="resolved", outcome="verified")
    assert len(await either.journal("unlock_account")) == 1

    await asyncio.sleep(0.2)
    await either.press("ana", "feedback_not_yet")
    await either.case_is(state="handed_over", outcome="handed_over")


async def test_an_impatient_thanks_does_not_end_a_plan(either: Office) -> None:
    """ "thanks, please hurry" while something waits: it goes on waiting, and the approval still counts."""
    either.say("ana", "could I get figma until friday?")
    await either.hears("ana", "needs a person's yes")
    either.say("ana", "thanks, please hurry")
    await either.hears("ana", "Still on it")
    await either.press("omar", "approve")

    await either.hears("ana", "Gave Ana Almeida access to Figma")


async def test_an_approval_goes_to_the_next_tier_and_then_expires(either: Office) -> None:
    """Nobody answers: after its time the next tier is asked as well, and after theirs it is over, which is no denial."""
    either.say("ana", OTHERS)
    await either.hears("ana", "needs a person's yes")
    asked = len((await either.trail())["approvals"][0]["cards"])
    await either.company.clock.turn(timedelta(hours=5))

    async def raised() -> bool:
        return (await either.trail())["approvals"][0]["tier"] == 1

    await either.until(raised, "the next tier")
    assert len((await either.trail())["approvals"][0]["cards"]) > asked
    await either.company.clock.turn(timedelta(hours=5))
    trail = await either.case_is(outcome="handed_over")
    assert trail["approvals"][0]["state"] == "expired"
    assert next(call for call in trail["calls"] if call["tool"] == "reset_mfa")["state"] == "expired"
    await either.hears("omar", "Expired: A-")


async def test_a_link_whose_answer_was_lost_reaches_its_owner_all_the_same(either: Office) -> None:
    """The system made it and did not say so: the same key is asked once more, and the owner gets the one link there is."""
    await scene.set_fault(either.engine, "reset_password", "timeout")
    either.say("ana", "I forgot my password, please reset it")
    await either.hears("ana", "for your eyes only")

    assert len(await either.journal("reset_password")) == 1
    await either.case_is(outcome="verified")


async def test_a_link_that_does_not_work_is_given_to_nobody(office: Office) -> None:
    """The system says that it made one and did not: reading back shows it, so no link is sent and people take over."""
    await scene.set_fault(office.engine, "reset_password", "silent")
    office.say("ana", "I forgot my password, please reset it")
    await office.case_is(outcome="handed_over")

    assert "for your eyes only" not in office.heard("ana")


async def test_a_secret_reaches_its_owner_and_nobody_else(either: Office) -> None:
    """The enrolment link goes to the beneficiary's direct messages: not to the requester, the trail, or any other row."""
    either.say("ana", OTHERS)
    await either.press("omar", "approve")
    await either.hears("ben", "for your eyes only")
    link = next(line for line in either.heard("ben").splitlines() if "http" in line).strip("`<> ")
    secret = link.split("/")[-1].strip("`<> ")

    assert len(secret) > 8
    assert secret not in either.heard("ana")
    assert secret not in either.heard("omar")
    assert secret not in str(await either.trail())
    async with either.store.session() as session:
        for table in ("outbox", "transcript", "tool_call", "audit", "inbox", '"case"'):
            rows = (await session.execute(sa.text(f"SELECT row_to_json(t)::text FROM {table} t"))).scalars().all()
            assert secret not in "".join(rows), table


async def test_an_earlier_restart_is_not_taken_for_a_later_one(office: Office) -> None:
    """Done a moment ago; asked for again, the system does not answer and does nothing: nobody is told that it was done."""
    await restarts(office)
    await office.case_is(state="resolved", outcome="verified")
    await office.press("ana", "feedback_yes")
    await office.case_is(state="closed")
    await scene.set_fault(office.engine, "restart_device", "away")

    await restarts(office)
    trail = await office.case_is(outcome="handed_over")

    assert [call["state"] for call in trail["calls"] if call["tool"] == "restart_device"] == ["failed"]
    assert len(await office.journal("restart_device")) == 1


async def restarts(office: Office) -> None:
    """Ana asks for a restart of her laptop, and is sure."""
    asked = office.heard("ana").count("Shall I restart it now?")
    office.say("ana", "please restart my laptop")
    await office.until(lambda: office.heard("ana").count("Shall I restart it now?") > asked, "the question")
    office.say("ana", "Yes, restart it now")


async def test_a_deed_whose_answer_was_lost_is_found_by_its_key(office: Office) -> None:
    """The system restarted it and did not say so: it is found, told with what it gave, and was done once."""
    await scene.set_fault(office.engine, "restart_device", "timeout")
    await restarts(office)
    trail = await office.case_is(state="resolved", outcome="verified")

    restart = next(call for call in trail["calls"] if call["tool"] == "restart_device")
    assert "Restarted Ana Almeida" in restart["summary"]
    assert len(await office.journal("restart_device")) == 1


async def test_one_case_has_one_ticket_as_long_as_it_is_open(office: Office) -> None:
    """A second request that goes to people is added to the ticket of the first; once that is closed, the next opens a new one."""
    for tool in ("unlock_account", "renew_certificate", "reset_password"):
        await scene.set_fault(office.engine, tool, "refused")
    before = len((await office.books())["tickets"])
    ts = office.say("ana", LOCKED)
    await office.hears("ana", "I've opened ticket")
    ticket = (await office.trail())["ticket"]

    office.say("ana", "my vpn says certificate expired", thread=ts)
    await office.hears("ana", f"added what I learned to ticket *{ticket}*")
    books = await office.books()
    assert len(books["tickets"]) == before + 1
    assert [one["target"] for one in await office.journal("comment_ticket")] == [ticket]
    assert len(await office.journal("page_on_call")) == 2

    await scene.set_ticket(office.engine, ticket, status="closed")
    office.say("ana", "I forgot my password, please reset it", thread=ts)

    async def opened() -> bool:
        return bool((await office.trail())["ticket"] != ticket)

    await office.until(opened, "a new ticket")
    assert len((await office.books())["tickets"]) == before + 2
