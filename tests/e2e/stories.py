"""The stories that the first release is about, as functions over an office.

Each says what people do, and holds what they hear, what is done in the company, and how the case ends: whoever plans, the
runbooks alone, a model, or a model that fails on the way.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import sqlalchemy as sa

from tests.office import Office
from tools.systems.embedded import scene

LOCKED = "hi, I'm locked out of my account after the weekend"
TWO = "could I get into the analytics warehouse until friday, and my vpn says certificate expired"
OTHERS = "Please reset the MFA of ben"
FOREIGN = "The coffee machine is making strange noises"


async def locked_out(office: Office) -> None:
    """One's own account is unlocked without asking anybody, read back, reported, and confirmed by its owner."""
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


async def two_requests(office: Office) -> None:
    """The grant waits for the engineer on call, the certificate does not; what was granted ends when its time comes."""
    office.say("ana", TWO)
    await office.hears("ana", "Renewed the VPN certificate")
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


async def denied(office: Office) -> None:
    """The requester's click is refused on the server, the engineer's denial counts, and nobody's factors are touched."""
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
        await office.hears("omar", "Denied by", place)
    assert office.button("omar", "approve") is None


async def withdrawn(office: Office) -> None:
    """Never mind: the card says so everywhere, and whoever presses a stale button learns that nothing happens."""
    office.say("ana", "could I get figma until friday?")
    ts, _ = await office.until(lambda: office.button("omar", "approve"), "a card")
    stale = office.server.workspace.message(office.place("omar"), ts)
    assert stale is not None
    old_blocks = stale["blocks"]

    office.say("ana", "never mind, I found it")
    await office.hears("ana", "nothing more will happen")
    await office.hears("omar", "Withdrawn by")
    stale["blocks"] = old_blocks  # a window that was not brought up to date
    await office.press("omar", "approve")

    await office.hears("omar", "was withdrawn by the requester")
    trail = await office.case_is(state="closed", outcome="withdrawn")
    assert (trail["calls"][-1]["state"], trail["approvals"][0]["state"]) == ("withdrawn", "withdrawn")
    assert await office.journal("grant_access") == []


async def unknown(office: Office) -> None:
    """No runbook fits: no guess, but a ticket with the words in it and a page for the person on call."""
    tickets = len((await office.books())["tickets"])
    office.say("ana", FOREIGN)
    await office.hears("ana", "I won't guess")

    trail = await office.case_is(state="handed_over", outcome="handed_over")
    await office.hears("ana", f"ticket *{trail['ticket']}*")
    made = [one for one in (await office.books())["tickets"] if one["ticket" if "ticket" in one else "key"] == trail["ticket"]]
    assert FOREIGN in made[0]["text"]
    assert len((await office.books())["tickets"]) == tickets + 1
    done = {call["tool"] for call in trail["calls"] if call["state"] == "verified"}
    assert done - {"hand_over"} == {"create_ticket", "page_on_call"}
    assert trail["retrieved"], "the scores of what was nearly found are kept"


async def silent_failure(office: Office) -> None:
    """The system says that it unlocked the account and did nothing: the bot looks again, says so and hands over."""
    await scene.set_fault(office.engine, "unlock_account", "silent")
    office.say("ana", LOCKED)
    heard = await office.hears("ana", "ticket")

    trail = await office.case_is(outcome="handed_over")
    assert next(call for call in trail["calls"] if call["tool"] == "unlock_account")["state"] == "unverified"
    assert "Did that fix it?" not in heard
    assert "when I looked again" in heard


async def lost_answer(office: Office) -> None:
    """The system did it and its answer was lost: reading back shows it, and it counts as done, once."""
    await scene.set_fault(office.engine, "unlock_account", "timeout")
    office.say("ana", LOCKED)
    await office.hears("ana", "Did that fix it?")

    assert next(c for c in (await office.trail())["calls"] if c["tool"] == "unlock_account")["state"] == "verified"
    assert len(await office.journal("unlock_account")) == 1


async def not_yet(office: Office) -> None:
    """The requester's word counts: once more from the start, and the second time people take over."""
    office.say("ana", LOCKED)
    await office.press("ana", "feedback_not_yet")
    await office.hears("ana", "I'll look once more")
    await office.case_is(state="resolved", outcome="verified")
    assert len(await office.journal("unlock_account")) == 1

    await asyncio.sleep(0.2)
    await office.press("ana", "feedback_not_yet")
    await office.case_is(state="handed_over", outcome="handed_over")


async def impatient(office: Office) -> None:
    """ "thanks, please hurry" while something waits: it goes on waiting, and the approval still counts."""
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    office.say("ana", "thanks, please hurry")
    await office.hears("ana", "Still on it")
    await office.press("omar", "approve")

    await office.hears("ana", "Gave Ana Almeida access to Figma")


async def expired(office: Office) -> None:
    """Nobody answers: after its time the next tier is asked as well, and after theirs it is over, which is no denial."""
    office.say("ana", OTHERS)
    await office.hears("ana", "needs a person's yes")
    asked = len((await office.trail())["approvals"][0]["cards"])
    await office.company.clock.turn(timedelta(hours=5))

    async def raised() -> bool:
        return (await office.trail())["approvals"][0]["terms"][0]["tier"] == 1

    await office.until(raised, "the next tier")
    assert len((await office.trail())["approvals"][0]["cards"]) > asked
    await office.company.clock.turn(timedelta(hours=5))
    trail = await office.case_is(outcome="handed_over")
    assert trail["approvals"][0]["state"] == "expired"
    assert next(call for call in trail["calls"] if call["tool"] == "reset_mfa")["state"] == "expired"
    await office.hears("omar", "Expired: nobody answered in time")


async def lost_link(office: Office) -> None:
    """The system made it and did not say so: the same key is asked once more, and the owner gets the one link there is."""
    await scene.set_fault(office.engine, "reset_password", "timeout")
    office.say("ana", "I forgot my password, please reset it")
    await office.hears("ana", "for your eyes only")

    assert len(await office.journal("reset_password")) == 1
    await office.case_is(outcome="verified")


async def dead_link(office: Office) -> None:
    """The system says that it made one and did not: reading back shows it, so no link is sent and people take over."""
    await scene.set_fault(office.engine, "reset_password", "silent")
    office.say("ana", "I forgot my password, please reset it")
    await office.case_is(outcome="handed_over")

    assert "for your eyes only" not in office.heard("ana")


async def secret(office: Office) -> None:
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


Story = Callable[[Office], Awaitable[None]]

REQUESTS: dict[Story, int] = {
    locked_out: 4,
    two_requests: 6,
    denied: 4,
    withdrawn: 2,
    unknown: 2,
    silent_failure: 3,
    lost_answer: 4,
    not_yet: 7,
    impatient: 5,
    expired: 4,
    lost_link: 4,
    dead_link: 3,
    secret: 4,
}
"""Every story, and how many requests a model has to answer until its end: the points at which it can fail."""


def name(story: Story) -> str:
    """As it stands in a test's name."""
    return story.__name__.replace("_", " ")


EXCEPTIONS = re.compile(
    r"Traceback|\w(?:Error|Exception)\b|openai|langchain|\b[45]\d\d\b|no credit|more tokens than|Sign in to the network"
)
"""What stands in an exception's text, or in what the double sends with a failure."""


def exceptions(text: str) -> list[str]:
    """What people read of an exception; nothing, where all is well."""
    return EXCEPTIONS.findall(text)
