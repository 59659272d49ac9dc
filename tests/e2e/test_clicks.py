"""The requester's own click on exactly one call, their reason, and what follows the change: notices and a review."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.calls.afterwards import Afterwards
from bot.domain import Call, CallState, Due, Event, EventKind
from bot.gate import PolicySet
from bot.obligations import Confirm, Owed, Reason, Review
from bot.words import clickwording
from tests.e2e.conftest import model_at
from tests.office import Office, opened_office
from tests.openai_double import OpenAIDouble
from tests.programs import ROOT
from tools.systems.embedded import scene

RESTART = "please restart my laptop"


async def test_a_restart_waits_for_the_click_and_runs_after_it(either: Office) -> None:
    """Whoever plans: nothing runs before the click of who asked; then exactly that call does, once, and the case is over."""
    either.say("ana", RESTART)
    heard = await either.hears("ana", "Shall I do this?")
    assert "what is not saved is lost" in heard
    assert "It cannot be undone" in heard
    trail = await either.case_is(state="waiting")
    [call] = [one for one in trail["calls"] if one["tool"] == "restart_device"]
    assert (call["state"], call["approval"]) == ("waiting", "")
    assert all(str(value) in heard for value in call["arguments"].values())
    assert await either.journal("restart_device") == []

    await either.press("ana", "confirm")
    trail = await either.case_is(state="resolved", outcome="verified")
    [call] = [one for one in trail["calls"] if one["tool"] == "restart_device"]
    assert (call["state"], call["policies"]) == ("verified", ["restart-own-device"])
    [one] = trail["approvals"]
    assert (one["id"], one["kind"], one["state"]) == (call["confirmation"], "confirmation", "used")
    assert [vote["by"] for vote in one["votes"]] == ["ana"]
    assert len(await either.journal("restart_device")) == 1
    await either.until(lambda: either.button("ana", "confirm") is None, "the buttons to go")


async def test_the_requesters_yes_names_the_call_that_they_were_shown(office: Office) -> None:
    """Without its digest, as it stands only below a whole call, or with another one, nothing is done."""
    office.say("ana", RESTART)
    ts, element = await office.until(lambda: office.button("ana", "confirm"), "the button")
    value, place = json.loads(element["value"]), office.place("ana")
    for altered, told in (({}, "not all of the call was shown"), ({"digest": "0" * 12}, "I don't know this request")):
        forged = {"value": json.dumps({name: one for name, one in value.items() if name != "digest"} | altered)}
        assert await office.server.interactions.click(office.who("ana"), place, ts, "confirm", forged=forged) == ""
        await office.hears("ana", told)
    assert (await office.trail())["approvals"][0]["state"] == "waiting"
    assert await office.journal("restart_device") == []


# ── whose click it is ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nobody_else_clicks_for_the_requester(office: Office) -> None:
    """In a channel everybody sees the buttons: another's click, and payloads of another that are forged, are refused with an answer."""
    office.say("ana", f"@deskhand {RESTART}", channel="general")
    ts, element = await office.until(lambda: office.button("ben", "confirm", "general"), "the button")
    place, value = office.place("ana", "general"), element["value"]
    other = json.dumps({**json.loads(value), "nonce": "guessed"})
    for who, forged in (
        ("ben", {}),
        ("omar", {"action_id": "approve"}),
        ("ben", {"action_id": "leave"}),
        ("ana", {"value": other}),
    ):
        problem = await office.server.interactions.click(office.who(who), place, ts, "confirm", value=value, forged=forged)
        assert problem == ""
    await asyncio.sleep(0.3)
    trail = await office.trail()
    assert [(one["state"], one["votes"]) for one in trail["approvals"]] == [("waiting", [])]
    refused = [one["data"]["refused"] for one in trail["audit"] if one["what"] == "confirmation" and "refused" in one["data"]]
    assert sorted(refused) == ["ben", "ben", "omar"]
    assert await office.journal("restart_device") == []
    said = [m for m in place.messages if "ephemeral_to" in m]
    assert len(said) == 4
    assert sum("Only the person who asked for this can say yes or no" in str(m) for m in said) == 3


async def test_words_are_no_click(either: Office) -> None:
    """A yes in words runs nothing; how it stands says whose turn it is; the status and Home say so too."""
    either.say("ana", RESTART)
    await either.hears("ana", "Shall I do this?")
    await either.case_is(state="waiting")
    either.say("ana", "yes, do it please")
    await either.hears("ana", "your own click")
    either.say("ana", "any news?")
    await either.hears("ana", "Your own click on “Do it”")
    await either.home("ana", "Your own click on “Do it”")
    assert await either.journal("restart_device") == []
    assert {one["state"] for one in (await either.trail())["approvals"]} == {"waiting"}


async def test_no_leaves_it_with_its_own_words(either: Office) -> None:
    """The call is withdrawn by the requester's no; nothing ran, nobody was bothered, and the buttons are gone."""
    either.say("ana", RESTART)
    await either.press("ana", "leave")
    await either.hears("ana", "You said no, so I left it as it is.")
    trail = await either.case_is(outcome="withdrawn")
    [call] = [one for one in trail["calls"] if one["tool"] == "restart_device"]
    assert (call["state"], call["reason"]) == ("withdrawn", "You said no, so I left it as it is.")
    assert [one["state"] for one in trail["approvals"]] == ["withdrawn"]
    assert await either.journal("restart_device") == []
    await either.until(lambda: either.button("ana", "confirm") is None, "the buttons to go")


async def test_a_no_in_words_is_enough(either: Office) -> None:
    """Whoever plans: a no that gives its reason ends what waits for the click; a no that asks for something else does not."""
    either.say("ana", RESTART)
    await either.hears("ana", "Shall I do this?")
    await either.case_is(state="waiting")
    either.say("ana", "no, leave it, I have things open")
    await either.hears("ana", "You said no, so I left it as it is.")
    trail = await either.case_is(outcome="withdrawn")
    assert [one["state"] for one in trail["calls"] if one["tool"] == "restart_device"] == ["withdrawn"]
    assert await either.journal("restart_device") == []
    await either.until(lambda: either.button("ana", "confirm") is None, "the buttons to go")


async def test_never_mind_withdraws_it_and_a_stale_button_does_nothing(office: Office) -> None:
    office.say("ana", RESTART)
    ts, element = await office.until(lambda: office.button("ana", "confirm"), "the button")
    message = office.server.workspace.message(office.place("ana"), ts)
    assert message is not None
    blocks = message["blocks"]
    office.say("ana", "never mind")
    await office.hears("ana", "nothing more will happen")
    await office.hears("ana", "You withdrew it, so nothing was done")
    message["blocks"] = blocks  # a window that was not brought up to date
    await office.press("ana", "confirm", value=element["value"])
    await office.hears("ana", "is over already, so your click changed nothing")
    assert await office.journal("restart_device") == []
    assert (await office.trail())["calls"][-1]["state"] == "withdrawn"


async def test_a_click_that_does_not_come_is_said_and_goes_to_nobody(office: Office) -> None:
    """After a day the call is expired: told to who asked, and no ticket and no page for anybody."""
    office.say("ana", RESTART)
    await office.hears("ana", "Shall I do this?")
    await office.case_is(state="waiting")
    await office.company.clock.turn(timedelta(hours=25))
    await office.hears("ana", "you didn't press *Do it*, so I left it as it is")
    trail = await office.case_is(state="closed", outcome="expired")
    assert [(c["tool"], c["state"]) for c in trail["calls"] if c["effect"] == "change"] == [("restart_device", "expired")]
    assert [one["state"] for one in trail["approvals"]] == ["expired"]
    assert office.button("ana", "confirm") is None
    await office.command("ana", "why C-1")
    await office.hears("ana", "It was *held* for a click of whoever asked, which did not come in time")


# ── with a reason, before anybody else is asked ──────────────────────────────────────────────────────────────────────

WHY = "The board meets on Friday and needs the figures."


@pytest.fixture
async def strict(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """The shipped policy, with a reason and a click owed for access, and a way in an emergency for whoever is on call."""
    async with opened_office(database, tmp_path / "data", POLICY_FILE=str(policy(tmp_path))) as office:
        yield office


@pytest.fixture
async def strict_thinking(database: str, tmp_path: Path, double: OpenAIDouble) -> AsyncIterator[Office]:
    async with opened_office(database, tmp_path / "data", POLICY_FILE=str(policy(tmp_path)), **model_at(double)) as office:
        yield office


BREAK_GLASS = """\
  - id: break-glass
    because: In an emergency whoever is on call opens an account at once.
    tools: [unlock_account]
    effect: permit
    roles: [identity-oncall]
    when: resource.owner != principal.id
    reason: true
    confirm: true
    notify: {roles: [it-admin, line-manager], channel: general}
    review: {by: [it-admin], within: 2d}

"""


def policy(folder: Path) -> Path:
    text = (ROOT / "policies.yaml").read_text()
    grant = "    tools: [grant_access]\n    effect: permit\n"
    assert text.count(grant) == 1
    text = text.replace(grant, grant + "    confirm: true\n    reason: true\n")
    begin, end = text.index("  - id: somebody-elses-account\n"), text.index("  - id: sign-in-factors\n")
    file = folder / "policies.yaml"
    file.write_text(text[:begin] + BREAK_GLASS + text[end:])
    return file


async def agree(office: Office, handle: str, why: str = WHY) -> None:
    await office.press(handle, "confirm")
    assert await office.fill(handle, why) == {}


async def test_the_approvers_are_asked_after_the_click_and_read_the_reason(strict: Office) -> None:
    """Nobody is asked before; then the card shows the requester's own words, and the trail keeps them, secrets blanked."""
    strict.say("ana", "could I get figma until friday?")
    await strict.hears("ana", "Shall I do this?")
    await strict.case_is(state="waiting")
    assert "figma" not in strict.heard("omar").lower()
    assert strict.button("omar", "approve") is None

    await agree(strict, "ana", f"{WHY} my password is hunter2!")
    await strict.hears("omar", "Please decide")
    card = strict.heard("omar")
    assert "Why they need it, in their own words" in card
    assert WHY in card
    assert "hunter2" not in card
    await strict.hears("ana", "needs a person's yes")
    await strict.press("omar", "approve")
    trail = await strict.case_is(state="resolved", outcome="verified")
    [call] = [one for one in trail["calls"] if one["tool"] == "grant_access"]
    assert call["purpose"].startswith(WHY)
    assert "hunter2" not in str(trail)
    assert {(one["kind"], one["state"]) for one in trail["approvals"]} == {("confirmation", "used"), ("approval", "used")}


async def test_a_reason_that_is_owed_is_asked_for_by_the_server(strict: Office) -> None:
    """No form, no words: a forged answer without them, and a form with blanks, take nothing."""
    strict.say("ana", "could I get figma until friday?")
    await strict.press("ana", "confirm")
    view = await strict.form("ana")
    block = next(one for one in view["blocks"] if one["type"] == "input")
    assert not block.get("optional")
    blank = {block["block_id"]: {block["element"]["action_id"]: "   "}}
    forged = {"state": {"values": {block["block_id"]: {block["element"]["action_id"]: {"type": "plain_text_input", "value": " "}}}}}
    errors = await strict.server.interactions.submit(strict.who("ana"), view["id"], blank | {}, forged=forged)
    assert errors
    [one] = (await strict.trail())["approvals"]
    assert (one["state"], one["votes"]) == ("waiting", [])


async def test_a_change_of_mind_takes_the_place_of_what_waits(strict: Office) -> None:
    """Before the click and after it: what was asked before is superseded, the approvers' card says so, and it never runs."""
    strict.say("ana", "could I get figma until friday?")
    await agree(strict, "ana")
    await strict.hears("omar", "Please decide")
    strict.say("ana", "wait, make that Looker instead")
    await strict.hears("omar", "Replaced: the requester changed")
    await strict.until(lambda: strict.button("ana", "confirm"), "the new question")
    await strict.hears("ana", "Not done: replaced")
    trail = await strict.trail()
    states = {(one["kind"], one["state"]) for one in trail["approvals"]}
    assert states == {("confirmation", "superseded"), ("approval", "superseded"), ("confirmation", "waiting")}
    strict.say("ana", "sorry, make that Figma instead")

    async def replaced() -> bool:
        calls = [one["state"] for one in (await strict.trail())["calls"] if one["tool"] == "grant_access"]
        return calls == ["superseded", "superseded", "waiting"]

    await strict.until(replaced, "the second to be replaced")
    assert await strict.journal("grant_access") == []


async def test_a_click_taken_twice_asks_and_does_once(strict: Office) -> None:
    """The same click again, and its event again as after a crash: one card, one grant."""
    strict.say("ana", "could I get figma until friday?")
    await agree(strict, "ana")
    await strict.hears("omar", "Please decide")
    await again(strict)
    assert len([one for one in (await strict.trail())["approvals"] if one["kind"] == "approval"]) == 1
    await strict.press("omar", "approve")
    await strict.case_is(state="resolved", outcome="verified")
    await again(strict)
    assert len(await strict.journal("grant_access")) == 1


async def again(office: Office) -> None:
    """Every answer that was given becomes known once more."""
    trail = await office.trail()
    for one in trail["approvals"]:
        async with office.store.work() as work:
            key, data = f"again:{one['id']}:{one['state']}", {"approval": one["id"], "case": trail["id"]}
            await work.accept(Event(key, trail["conversation"], EventKind.APPROVAL, "1.0", data=data))
    said = office.heard("ana").count("Still on it") + office.heard("ana").count("You're welcome")
    office.say("ana", "thank you")
    await office.until(
        lambda: office.heard("ana").count("Still on it") + office.heard("ana").count("You're welcome") > said, "the next turn"
    )


# ── break glass ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_break_glass(strict: Office) -> None:
    """One permit owes a click, a reason, notices and a review: nothing before the click, and afterwards each of them, once."""
    await broken(strict)


async def test_break_glass_by_a_model(strict_thinking: Office) -> None:
    """The same with a scripted model: its words are neither the click nor the reason."""
    await broken(strict_thinking)


async def broken(office: Office) -> None:
    office.say("omar", "please unlock the account of ana")
    await office.hears("omar", "Shall I do this?")
    assert await office.status("ana") == "LOCKED_OUT"
    assert "You are told of this" not in office.heard("ida")
    await agree(office, "omar", "Ana is on stage in five minutes.")

    for who, place in (("ida", ""), ("noor", ""), ("tariq", ""), ("mia", ""), ("ben", "general")):
        heard = await office.hears(who, "You are told of this by the policy", place)
        for part in ("Omar Haddad", "Ana Almeida", "break-glass", "opens an account at once", "on stage in five minutes", "C-"):
            assert part in heard, (who, part)
    await office.hears("omar", "will look at")
    trail = await office.case_is(state="resolved", outcome="verified")
    [unlock] = [one for one in trail["calls"] if one["tool"] == "unlock_account"]
    assert (unlock["state"], unlock["policies"]) == ("verified", ["break-glass"])
    assert unlock["purpose"] == "Ana is on stage in five minutes."
    [review] = [one for one in trail["calls"] if one["tool"] == "create_ticket"]
    assert (review["state"], review["principal"]) == ("verified", "deskhand")
    [ticket] = [one for one in (await office.books())["tickets"] if "Review for " in one["title"]]
    assert review["result"]["ticket"] in str(ticket)
    assert trail["ticket"] == "", "people have not taken the case over"
    for part in ("on stage in five minutes", "break-glass", unlock["id"], trail["id"], "Omar Haddad"):
        assert part in ticket["text"]

    heard = {who: office.heard(who) for who in ("ida", "mia")}
    async with office.store.work() as work:  # as another process, or after a crash, would take it up
        data = {"case": trail["id"], "call": unlock["id"], "policy": "break-glass", "tries": 0}
        await work.at(Due("review:again", office.company.clock.now(), "review", trail["conversation"], data))
    await office.until(lambda: due_is_over(office), "the review to come again")
    assert len([one for one in (await office.books())["tickets"] if "Review for " in one["title"]]) == 1
    assert {who: office.heard(who) for who in ("ida", "mia")} == heard


async def due_is_over(office: Office) -> bool:
    async with office.store.session() as session:
        handled = "SELECT count(*) FROM inbox WHERE key LIKE 'due:review:again:%' AND handled IS NOT NULL"
        return bool(await session.scalar(sa.text(handled)))


async def test_a_review_that_cannot_be_opened_is_tried_again(strict: Office) -> None:
    """The ticket system is away: nothing is lost, and it comes once it answers."""
    await scene.set_fault(strict.engine, "create_ticket", "away")
    strict.say("omar", "please unlock the account of ana")
    await agree(strict, "omar")
    await strict.case_is(state="resolved", outcome="verified")

    async def tried() -> bool:
        return [one["state"] for one in (await strict.trail())["calls"] if one["tool"] == "create_ticket"] == ["failed"]

    await strict.until(tried, "the first try")
    await scene.set_fault(strict.engine, "create_ticket", "off")
    await strict.company.clock.turn(timedelta(minutes=16))
    await strict.hears("omar", "will look at")
    assert [one["state"] for one in (await strict.trail())["calls"] if one["tool"] == "create_ticket"] == ["failed", "verified"]


async def test_whom_nobody_can_reach_is_named_in_the_channel_for_cards(database: str, tmp_path: Path) -> None:
    """A role without anybody in it: the notice is not lost."""
    file = policy(tmp_path)
    file.write_text(
        file.read_text()
        .replace("[it-admin, line-manager], channel: general", "[nobody]")
        .replace("roles:\n", "roles:\n  nobody: {group: no-such-group}\n", 1)
    )
    async with opened_office(database, tmp_path / "data", POLICY_FILE=str(file)) as office:
        office.say("omar", "please unlock the account of ana")
        await agree(office, "omar")
        heard = await office.hears("omar", "nobody should be told of this, and I could reach nobody there", "oncall")
        assert "break-glass" in heard


# ── what nobody knows ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Sing:
    """An obligation that nobody here meets."""

    policy: str


async def test_an_obligation_that_nobody_knows_denies(office: Office) -> None:
    """Made up, and owed beside a permit: the call is denied and says which; without it the same call runs."""
    assert office.running is not None
    policies = office.running.policies
    before = policies.current
    policies.current = owing(before, "own-account", Sing("own-account"))
    office.say("ana", "I'm locked out of my account")
    await office.hears("ana", "asks for something here that I don't know how to do (sing)")
    assert await office.status("ana") == "LOCKED_OUT"

    policies.current = before
    office.say("ana", "I'm locked out of my account")
    await office.hears("ana", "Unlocked the account of Ana")


# ── the gate decides again ───────────────────────────────────────────────────────────────────────────────────────────


def owing(policies: PolicySet, policy: str, *more: Any) -> PolicySet:
    """The same policies, one of which owes more."""
    changed = [dataclasses.replace(one, owes=(*one.owes, *more)) if one.id == policy else one for one in policies.policies]
    return dataclasses.replace(policies, policies=tuple(changed))


async def test_a_click_is_for_exactly_the_call_that_was_shown(strict: Office) -> None:
    """The stored call is about another application by the time of the click: nobody is asked, and it does not run."""
    strict.say("ana", "could I get figma until friday?")
    await strict.hears("ana", "Shall I do this?")
    await strict.case_is(state="waiting")
    async with strict.store.session() as session:
        other = """UPDATE tool_call SET arguments = arguments || '{"app": "looker"}' WHERE state = 'waiting'"""
        await session.execute(sa.text(other))
    await agree(strict, "ana")
    await strict.hears("ana", "the old answer no longer covers it")
    assert [one["state"] for one in (await strict.trail())["calls"] if one["tool"] == "grant_access"] == ["denied"]
    assert strict.button("omar", "approve") is None


async def test_a_click_without_the_reason_that_is_owed_by_then_runs_nothing(office: Office) -> None:
    """The policy wants a reason as well, since the message was posted."""
    assert office.running is not None
    office.say("ana", RESTART)
    await office.hears("ana", "Shall I do this?")
    await office.case_is(state="waiting")
    policies = office.running.policies
    policies.current = owing(policies.current, "restart-own-device", Reason("restart-own-device"))
    await office.press("ana", "confirm")
    await office.hears("ana", "the old answer no longer covers it")
    assert await office.journal("restart_device") == []


async def test_an_approval_without_the_click_that_is_owed_by_then_runs_nothing(office: Office) -> None:
    """The engineer has approved what its requester never clicked on."""
    assert office.running is not None
    office.say("ana", "could I get figma until friday?")
    await office.hears("omar", "Please decide")
    policies = office.running.policies
    policies.current = owing(policies.current, "access-for-a-while", Confirm("access-for-a-while"))
    await office.press("omar", "approve")
    await office.hears("ana", "the old answer no longer covers it")
    assert await office.journal("grant_access") == []


async def test_deskhand_itself_clicks_on_nothing(office: Office) -> None:
    """Access whose end owes a click: it is not taken back as if somebody had clicked, and people are told."""
    assert office.running is not None
    policies = office.running.policies
    policies.current = owing(policies.current, "access-ends", Confirm("access-ends"))
    office.say("ana", "could I get figma until friday?")
    await office.press("omar", "approve")
    await office.hears("ana", "Gave Ana Almeida access")
    await office.company.clock.turn(timedelta(days=9))
    await office.hears("ana", "Your access should have ended, but I couldn't take it back")
    assert await office.journal("revoke_access") == []
    [end] = [one for one in (await office.trail())["calls"] if one["tool"] == "revoke_access"]
    assert (end["state"], end["reason"]) == ("denied", clickwording.NOBODY_TO_CLICK)


async def test_what_deskhand_asks_for_is_decided_as_its_own_once_it_is_approved(office: Office) -> None:
    """Its end of somebody's access owes an approval: the yes performs it by Deskhand's rights, not by those of who asked for the case."""
    assert office.running is not None
    policies = office.running.policies
    policies.current = owing(policies.current, "access-ends", Owed("access-ends", "Look first.", ("it-admin",)))
    office.say("ana", "could I get figma until friday?")
    await office.press("omar", "approve")
    await office.hears("ana", "Gave Ana Almeida access")
    await office.company.clock.turn(timedelta(days=9))
    await office.hears("ana", "Your access should have ended, but I couldn't take it back")
    await office.press("tariq", "approve")

    async def ended() -> bool:
        calls = [one for one in (await office.trail())["calls"] if one["tool"] == "revoke_access"]
        return [(one["state"], one["policies"]) for one in calls] == [("verified", ["access-ends"])]

    await office.until(ended, "the end, by its own policy")
    assert len(await office.journal("revoke_access")) == 1


async def test_an_answer_is_for_whoever_asked_and_nobody_who_has_their_account_by_then(office: Office) -> None:
    """The directory says by now that the Slack account is another person's, who may do the same: it is not done in the first one's name."""
    office.say("ana", "could I get figma until friday?")
    await office.until(lambda: office.button("omar", "approve"), "a card")
    await office.case_is(state="waiting")
    async with office.engine.begin() as books:
        swap = """UPDATE company.people SET slack_id = CASE handle WHEN 'ana' THEN 'UGONE' ELSE :mine END WHERE handle = :who"""
        for who in ("ana", "ben"):
            await books.execute(sa.text(swap), {"who": who, "mine": office.who("ana").slack_id})
    await office.press("omar", "approve")
    await office.hears("ana", "the old answer no longer covers it")
    assert await office.journal("grant_access") == []


async def test_what_opens_a_review_is_reviewed_by_nobody() -> None:
    """A policy that has every ticket reviewed would else open tickets without end."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    call = Call(
        "K-1", "C-1", "P-1.unlock", "create_ticket", {}, CallState.VERIFIED, "deskhand", now, after=(Review("p", "", ("it",)),)
    )
    afterwards = Afterwards(facts=Any, directory=Any, policies=Any, clock=Clock(now), channel="oncall")  # type: ignore[arg-type]
    assert [one.key for one in (await afterwards.of(call)).dues] == ["review:K-1:p"]
    opened = dataclasses.replace(call, id="K-2", call="review:K-1:p")
    assert (await afterwards.of(opened)).dues == ()


@dataclass(frozen=True)
class Clock:
    at: datetime

    def now(self) -> datetime:
        return self.at
