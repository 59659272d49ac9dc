"""The kill switch and freeze windows, from Slack to the company's books: what they stop, what people are told, and what goes on."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import CallState, Event, EventKind
from bot.gate import decide, question_of
from bot.obligations import Deny
from tests.e2e.stories import LOCKED, OTHERS
from tests.office import Office, opened_office
from tests.programs import ROOT

FREEZE = "freeze reset_mfa links go to strangers"


@contextlib.asynccontextmanager
async def office_with(database: str, folder: Path, *changes: tuple[str, str]) -> AsyncIterator[Office]:
    """An office whose policy differs from the shipped one so."""
    text = (ROOT / "policies.yaml").read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    policy = folder / "policies.yaml"
    policy.write_text(text)
    async with opened_office(database, folder / "data", POLICY_FILE=str(policy)) as office:
        yield office


async def reset(office: Office) -> dict[str, Any]:
    return next(call for call in (await office.trail())["calls"] if call["tool"] == "reset_mfa")


async def audited(office: Office, what: str) -> list[dict[str, Any]]:
    async with office.store.session() as session:
        found = await session.execute(sa.text("SELECT data FROM audit WHERE what = :what ORDER BY position"), {"what": what})
        return [row.data for row in found]


async def test_what_waits_goes_on_waiting_and_is_done_once_it_is_lifted(office: Office) -> None:
    """An administrator freezes the tool: the yes of whoever is asked is not taken, and counts once the freeze is lifted."""
    office.say("ana", OTHERS)
    await office.until(lambda: office.button("omar", "approve"), "a card")
    await office.command("tariq", FREEZE)
    await office.hears("tariq", "Frozen: the tool reset_mfa (F-1: “links go to strangers”)")

    await office.press("omar", "approve")
    await office.hears("omar", "your answer was not recorded")
    trail = await office.trail()
    assert (trail["approvals"][0]["state"], trail["approvals"][0]["votes"]) == ("waiting", [])
    assert await office.journal("reset_mfa") == []

    await office.command("tariq", "unfreeze F-1")
    await office.hears("tariq", "Lifted: the tool reset_mfa")
    await office.press("omar", "approve")
    await office.hears("ana", "Did that fix it?")
    assert (await reset(office))["state"] == "verified"
    assert await audited(office, "freeze") == [
        {"freeze": "F-1", "tool": "reset_mfa", "system": "", "by": "tariq"},
        {"freeze": "F-1", "tool": "reset_mfa", "system": "", "lifted_by": "tariq"},
    ]


async def test_a_no_is_taken_while_it_is_frozen(office: Office) -> None:
    office.say("ana", OTHERS)
    await office.until(lambda: office.button("omar", "approve"), "a card")
    await office.command("tariq", FREEZE)
    await office.hears("tariq", "Frozen: ")

    await office.deny("omar", "Ben has to ask himself")

    await office.hears("ana", "Ben has to ask himself")
    assert (await reset(office))["state"] == "denied"


async def test_what_was_approved_meets_the_freeze_and_says_so_everywhere(office: Office) -> None:
    """A freeze that is thrown in the same moment as the yes: nothing is done, and everybody is told why, in its own words."""
    async with office.store.session() as session:
        await session.execute(
            sa.text(
                "CREATE FUNCTION thrown() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                'INSERT INTO "freeze" (id, tool, system, because, by, at, lifted_by) '
                "VALUES ('F-9', '', 'identity', 'phishing', 'tariq', now(), ''); RETURN NEW; END $$"
            )
        )
        await session.execute(
            sa.text(
                "CREATE TRIGGER thrown AFTER UPDATE ON approval FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION thrown()"
            )
        )
    office.say("ana", OTHERS)
    await office.press("omar", "approve")

    heard = await office.hears("ana", "F-9: “phishing”")

    assert "nobody's no to you" in heard
    assert "ask me again once the stop is lifted" in heard
    await office.hears("ana", ": changes like this are stopped")
    trail = await office.case_is(state="closed", outcome="frozen")
    assert ((await reset(office))["state"], trail["approvals"][0]["state"]) == ("frozen", "frozen")
    assert [one["state"] for one in trail["plans"]] == ["frozen"]
    assert await office.journal("reset_mfa") == []
    assert trail["ticket"] == ""
    for place in ("", "oncall"):
        await office.hears("omar", "Frozen: Omar Haddad said yes", place)
    assert [one["state"] for one in await audited(office, "approval")] == ["waiting", "approved", "frozen"]
    assert [one["state"] for one in await audited(office, "call") if one["tool"] == "reset_mfa"] == ["waiting", "frozen"]
    await office.command("ana", "why C-1")
    told = await office.hears("ana", "It was *stopped*")
    assert "F-9: “phishing”" in told.split("It was *stopped*")[1]


async def test_what_is_asked_for_while_it_is_frozen_is_not_even_asked_of_people(either: Office) -> None:
    """By the runbook and by a model alike: the freeze is told with its reason, reads go on, and asking again later works."""
    await either.command("tariq", "freeze identity directory is being moved")
    await either.hears("tariq", "Frozen: every change in identity")
    either.say("ana", LOCKED)

    await either.hears("ana", "directory is being moved")

    await either.case_is(state="closed", outcome="frozen")
    calls = {call["tool"]: call for call in (await either.trail())["calls"]}
    assert calls["unlock_account"]["state"] == str(CallState.FROZEN)
    assert calls["find_account"]["state"] == str(CallState.DONE)
    assert (await either.trail())["approvals"] == []
    assert await either.status("ana") == "LOCKED_OUT"

    await either.command("tariq", "unfreeze F-1")
    await either.hears("tariq", "Lifted: ")
    either.say("ana", LOCKED)
    await either.hears("ana", "Did that fix it?")
    assert await either.status("ana") == "ACTIVE"


async def test_only_who_holds_the_role_may_freeze_and_a_request_stays_one(office: Office) -> None:
    """Looked up on the server: neither a guest nor an engineer who is no administrator. Other words after `freeze` are a request."""
    for handle in ("omar", "gus", "ana"):
        await office.command(handle, "freeze everything because")
        await office.hears(handle, "Only the IT admin may freeze")
    await office.command("tariq", "freeze reset_mfaa links go to strangers")
    await office.hears("tariq", "Did you mean `reset_mfa`?")
    await office.command("tariq", "freeze reset_mfa")
    await office.hears("tariq", "Please say why as well")
    await office.command("tariq", "freeze")
    await office.hears("tariq", "Nothing was frozen: say what, and why")
    await office.command("tariq", "unfreeze reset_mfa")
    await office.hears("tariq", "Nothing was lifted: `reset_mfa` is not frozen.")
    await office.command("tariq", "unfreeze reset_mfaa")
    await office.hears("tariq", "Nothing was lifted: say which freeze")
    await office.command("tariq", "freezes")
    await office.hears("tariq", "Nothing is frozen.")
    await office.command("tariq", "unfreeze F-7")
    await office.hears("tariq", "No freeze F-7 is in force")
    assert await office.freezes() == []
    assert await office.cases() == []

    await office.command("ana", "freeze frames on my screen all day")
    await office.hears("ana", "I've taken it on")

    await office.command("tariq", FREEZE)
    await office.command("tariq", "freezes")
    await office.hears("tariq", "• F-1: the tool reset_mfa, “links go to strangers”, by Tariq Aziz, since")


async def test_a_freeze_is_lifted_by_what_it_alone_is_on(office: Office) -> None:
    """By a tool's or a system's name where one freeze is on it; one on its whole system is none of its own; the audit says what ran again."""
    await office.command("tariq", FREEZE)
    await office.hears("tariq", "Frozen: the tool reset_mfa (F-1")
    await office.command("ana", "unfreeze reset_mfa")
    await office.hears("ana", "Only the IT admin may freeze")
    await office.command("tariq", "unfreeze reset_mfa.")
    await office.hears("tariq", "Lifted: the tool reset_mfa runs again (F-1)")
    await office.command("tariq", "freeze identity moving house")
    await office.hears("tariq", "(F-2")
    await office.command("tariq", "unfreeze reset_mfa")
    await office.hears("tariq", "What stops it is F-2 (every change in identity), lifted by `/deskhand unfreeze F-2`")
    await office.command("tariq", "freeze identity still moving")
    await office.hears("tariq", "(F-3")
    await office.command("tariq", "unfreeze identity")
    await office.hears("tariq", "more than one freeze is on `identity`: F-2 (“moving house”); F-3 (“still moving”)")
    await office.command("tariq", "unfreeze f-2")
    await office.hears("tariq", "But every change in identity goes on being frozen, by F-3")
    await office.command("tariq", "unfreeze identity")
    await office.hears("tariq", "Lifted: every change in identity runs again (F-3)")
    async with office.store.session() as session:
        rows = [
            data for (data,) in await session.execute(sa.text("SELECT data FROM audit WHERE what = 'freeze' ORDER BY position"))
        ]
    lifted = [(row["freeze"], row["tool"], row["system"]) for row in rows if "lifted_by" in row]
    assert lifted == [("F-1", "reset_mfa", ""), ("F-2", "", "identity"), ("F-3", "", "identity")]


async def test_without_admins_nobody_freezes_from_slack(database: str, tmp_path: Path) -> None:
    async with office_with(database, tmp_path, ("admins: [it-admin]", "")) as office:
        await office.command("tariq", FREEZE)
        await office.hears("tariq", "the policy names no `admins`")
        assert await office.freezes() == []


async def test_access_that_should_end_while_all_is_frozen_ends_once_it_is_lifted(office: Office) -> None:
    """Nothing is lost: it is tried again and again, and whoever has the access is told."""
    office.say("ana", "could I get figma until friday?")
    await office.press("omar", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma")
    await office.command("tariq", "freeze everything moving house")
    await office.hears("tariq", "Frozen: every change (F-1")
    await office.company.clock.turn(timedelta(days=9))
    await office.hears("ana", "I do it once the stop is lifted")
    await office.company.clock.turn(timedelta(minutes=10))

    async def tried() -> bool:
        return sum(call["tool"] == "revoke_access" for call in (await office.trail())["calls"]) > 1

    await office.until(tried, "another try")
    assert await office.journal("revoke_access") == []

    await office.command("tariq", "unfreeze F-1")
    await office.hears("tariq", "Lifted: ")
    await office.company.clock.turn(timedelta(minutes=10))
    await office.hears("ana", "As agreed, this has ended")
    states = [call["state"] for call in (await office.trail())["calls"] if call["tool"] == "revoke_access"]
    assert (states[0], states[-1]) == ("frozen", "verified")
    assert len(await office.journal("revoke_access")) == 1


async def test_what_was_cut_off_before_a_freeze_is_not_run_again_behind_it(office: Office) -> None:
    """Begun, killed before its effect, found again while it is frozen: it is read back and no more, also where running it twice is safe."""
    office.say("ana", "could I get figma until friday?")
    await office.until(lambda: office.button("omar", "approve"), "a card")
    await office.case_is(state="waiting")
    trail = await office.trail()
    [approval] = trail["approvals"]
    async with office.store.session() as session:
        await session.execute(sa.text("UPDATE tool_call SET state = 'started', started = created WHERE tool = 'grant_access'"))
        await session.execute(sa.text("UPDATE approval SET state = 'used'"))
    await office.command("tariq", "freeze grant_access somebody is inside")
    await office.hears("tariq", "Frozen: the tool grant_access")
    async with office.store.work() as work:
        data = {"approval": approval["id"], "case": trail["id"], "what": "approval"}
        await work.accept(Event("again", trail["conversation"], EventKind.APPROVAL, "1", data=data))
    office.say("ana", "any news?")

    async def over() -> bool:
        return [one["state"] for one in (await office.trail())["calls"] if one["tool"] == "grant_access"] == ["unknown"]

    await office.until(over, "an end")
    assert await office.journal("grant_access") == []


async def test_a_freeze_window_forbids_between_its_times_but_for_whom_it_excepts(database: str, tmp_path: Path) -> None:
    """By the company's clock: before it, in it, after it; in it, an exception for IT administrators holds."""
    async with opened_office(database, tmp_path / "before") as first:
        now = first.company.clock.now()
    begin, end = now + timedelta(days=1), now + timedelta(days=3)
    window = (
        f"freezes:\n  - {{id: year-end, because: The books are closed., tools: [unlock_account], from: {begin.isoformat()}, "
        f"until: {end.isoformat()}, except: [it-admin]}}\n\npolicies:\n"
    )
    async with office_with(database, tmp_path, ("\npolicies:\n", "\n" + window)) as office:
        for days, state in ((0, "verified"), (2, "denied"), (2, "verified")):
            await office.company.clock.turn(timedelta(days=days))
            office.say("ana", LOCKED)
            if state == "denied":
                await office.hears("ana", "The books are closed.")
            await office.case_is(requester="ana", outcome=state)
            await lock(office, "ana")
        await office.company.clock.turn(timedelta(days=-2))
        await lock(office, "ida")
        office.say("ida", LOCKED)
        await office.case_is(requester="ida", outcome="verified")


async def lock(office: Office, handle: str) -> None:
    from tools.systems.embedded import scene

    await scene.set_account(office.engine, handle, status="LOCKED_OUT")


async def test_a_call_is_decided_again_as_it_was_from_what_was_recorded(office: Office) -> None:
    """Facts and question: the same policy gives the same answer, also of what a freeze stopped, without anybody's name or mail."""
    office.say("ana", LOCKED)
    await office.hears("ana", "Did that fix it?")
    await office.command("tariq", FREEZE)
    await office.hears("tariq", "Frozen: ")
    office.say("ana", OTHERS)
    await office.case_is(outcome="frozen")
    assert office.running is not None
    policies = office.running.policies.current
    async with office.store.work() as work:
        calls = [call for case in await office.cases() for call in await work.calls(str(case["id"]))]

    asked = [(call, question_of(call)) for call in calls]

    assert {call.tool for call, question in asked if question} >= {"find_account", "unlock_account", "reset_mfa"}
    for call, question in asked:
        assert question is not None
        again = decide(policies, question)
        assert ("deny" if isinstance(again, Deny) else "permit", again.policies) == (call.decision, call.policies)
        assert "Ana Almeida" not in str(call.facts)
        assert "harborline" not in str(call.facts)
    frozen = next(call for call in calls if call.tool == "reset_mfa")
    assert [one["id"] for one in frozen.facts["freezes"]] == ["F-1"]
    unlocked = next(call for call in calls if call.tool == "unlock_account")
    assert unlocked.facts["principal"] | {"zone": ""} == {
        "department": "Marketing",
        "title": "Campaign Analyst",
        "manager": "mia",
        "kind": "member",
        "zone": "",
    }
    assert unlocked.facts["case"] == {"kind": "incident", "channel": "direct", "runbooks": ["account-locked"]}
    assert unlocked.facts["roles"]["members:workspace"] == "yes"
    assert unlocked.system == "identity"


@pytest.mark.parametrize(
    ("private", "shared", "place"), [(False, False, "public"), (True, False, "private"), (False, True, "shared")]
)
async def test_the_kind_of_channel_is_what_slack_says_of_it_now(office: Office, *, private: bool, shared: bool, place: str) -> None:
    """A case that was opened in a public channel; what the channel is by the time of the yes is what is decided by."""
    office.say("ana", "@deskhand could I get figma until friday?", channel="general")
    await office.until(lambda: office.button("omar", "approve"), "a card")
    channel = office.place("ana", "general")
    channel.private, channel.shared = private, shared
    assert office.running is not None
    office.running.connection.workspace.forget_places()
    await office.press("omar", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma", "general")
    trail = await office.trail()
    revoked = next(call for call in trail["calls"] if call["tool"] == "grant_access")
    assert trail["place"] == "public"
    assert revoked["facts"]["case"]["channel"] == place


async def test_of_two_freezes_the_one_that_is_left_goes_on(office: Office) -> None:
    """Whoever lifts one of them is told that the other still stops the same; after the last it runs again."""
    for why in ("first", "second"):
        await office.command("tariq", f"freeze grant_access {why}")
    await office.command("tariq", "unfreeze F-2")
    await office.hears("tariq", "goes on being frozen, by F-1")
    await office.command("tariq", "unfreeze F-1")
    await office.hears("tariq", "runs again (F-1)")
