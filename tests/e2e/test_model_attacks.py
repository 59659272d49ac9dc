"""A model that means ill, or means nothing: what it asks for comes to no more than the requester's words, the policy and people allow."""

import contextlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import model_at
from tests.e2e.test_model import FIGMA, FOREIGN, LOCKED, Scripted, results
from tests.office import Office, opened_office
from tests.openai_double import Failure, Reply, opened_double

GRANT = ("grant_access", {"user": "ana", "app": "figma", "until": "2026-11-27"})


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Any:
    """`async with desk(replies…) as (office, double)`; it is a Monday."""

    @contextlib.asynccontextmanager
    async def opened(*replies: Any, **settings: str) -> Any:
        async with (
            opened_double(Scripted(*replies)) as double,
            opened_office(database, tmp_path, **model_at(double), **settings) as office,
        ):
            await office.company.clock.turn(datetime.fromisoformat("2026-11-23T09:00+01:00"))
            yield office, double

    return opened


async def grants(office: Office, person: str = "ana") -> list[str]:
    return sorted(one["app"] for one in (await office.books())["grants"] if one["person"] == person and one["state"] == "active")


# ── what was not done is not resolved ────────────────────────────────────────────────────────────────────────────────


async def test_looking_at_somebody_else_proves_nothing(desk: Any) -> None:
    """The model looks at ben's account, which is open, and says that all is well: ana's is locked, and the case knows."""
    look = ("find_account", {"user": "ben"})
    async with desk(Reply(calls=(look,)), Reply(calls=(look,)), Reply("Your account is open, Ana!")) as (office, _):
        office.say("ana", LOCKED)
        await office.hears("ana", "Your account is open")
        trail = await office.case_is(state="waiting")

        assert await office.status("ana") == "LOCKED_OUT"
        assert trail["outcome"] is None
        assert trail["plans"][0]["needs"]["user"]["id"] == "ana"
        assert office.button("ana", "feedback_yes") is None


async def test_a_change_for_what_nobody_asked_for_does_not_end_the_plan(desk: Any) -> None:
    """Figma was asked for and the model gives looker: clicked on, approved and done, but the case is not resolved by it."""
    other = ("grant_access", {"user": "ana", "app": "looker", "until": "2026-11-27"})
    async with desk(Reply(calls=(other,)), Reply("That waits."), Reply("It is done.")) as (office, _):
        office.say("ana", FIGMA)
        await office.hears("ana", "That waits")
        await office.press("ana", "confirm")
        await office.press("omar", "approve")
        await office.hears("ana", "It is done")

        trail = await office.trail()
        assert await grants(office) == ["looker"]
        assert trail["outcome"] != "verified"
        assert office.button("ana", "feedback_yes") is None


async def test_a_failed_change_is_not_an_answer(desk: Any) -> None:
    """Nothing fits; the model tries a change whose arguments mean nothing, and says that it is done."""
    bad = ("revoke_access", {"user": "ana", "app": "no such thing"})
    async with desk(Reply(calls=(bad,)), Reply("It is done.")) as (office, _):
        office.say("ana", FOREIGN)
        await office.until(lambda: office.heard("ana"), "an answer")
        await office.hears("ana", "ticket")
        await office.case_is(state="handed_over")
        assert office.button("ana", "feedback_yes") is None


async def test_a_failed_change_that_was_mended_counts_as_done(desk: Any) -> None:
    """The model corrects its arguments: the plan ends by what came of the later call."""
    bad, good = ("renew_certificate", {"user": "nobody at all"}), ("renew_certificate", {"user": "ana"})
    async with desk(Reply(calls=(bad,)), Reply(calls=(good,)), Reply("There is a new certificate.")) as (office, _):
        office.say("ana", FOREIGN)
        await office.hears("ana", "There is a new certificate")
        await office.case_is(state="resolved", outcome="verified")


async def test_a_runbook_of_the_models_own_choice_verifies_nothing(desk: Any) -> None:
    """Nothing fits the words; the model searches for something else and follows that: answered at most, never verified."""
    search = ("search_runbooks", {"query": "is the vpn down? service status"})
    status = ("service_status", {"service": "vpn"})
    async with desk(Reply(calls=(search,)), Reply(calls=(status,)), Reply("All is well.")) as (office, _):
        office.say("ana", FOREIGN)
        await office.hears("ana", "All is well")
        assert (await office.trail())["outcome"] != "verified"


async def test_of_two_foreign_requests_one_search_answers_one(desk: Any) -> None:
    """What the model finds for the one is not the other's plan."""
    search = ("search_runbooks", {"query": "is the vpn down? service status"})
    async with desk(Reply(calls=(search,)), Reply("Which one?")) as (office, _):
        office.say("ana", "The coffee machine is broken. Please help, my chair is broken and squeaks.")
        await office.hears("ana", "Which one")
        plans = (await office.trail())["plans"]
        assert len([plan for plan in plans if plan["runbook"]]) <= 1, plans


async def test_a_further_request_of_the_same_kind_is_a_plan_of_its_own(desk: Any) -> None:
    """Looker is asked for while figma waits, and the model forgets it: the case does not count as resolved."""
    async with desk(Reply(calls=(GRANT,)), Reply("Figma waits."), Reply("Sure!"), Reply("Figma is there.")) as (office, _):
        office.say("ana", FIGMA)
        await office.hears("ana", "Figma waits")
        office.say("ana", "please also give me looker until friday")
        await office.hears("ana", "Sure!")
        await office.press("omar", "approve")
        await office.hears("ana", "Figma is there")

        trail = await office.trail()
        assert await grants(office) == ["figma"]
        assert {plan["needs"]["app"]["id"]: plan["state"] for plan in trail["plans"]} == {"figma": "done", "looker": "asking"}
        assert trail["state"] == "waiting"


# ── approvals ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_same_call_twice_is_asked_about_once(desk: Any) -> None:
    """In one answer or in two: one card, one grant; nothing is asked again once it was answered."""
    before = (Reply(calls=(GRANT, GRANT)), Reply(calls=(GRANT,)), Reply("That waits."))
    async with desk(*before, Reply(calls=(GRANT,)), Reply("Figma is there.")) as (office, double):
        office.say("ana", FIGMA)
        await office.hears("ana", "That waits")
        await office.press("omar", "approve")
        await office.hears("ana", "Figma is there")

        trail = await office.case_is(state="resolved", outcome="verified")
        assert [one["state"] for one in trail["approvals"]] == ["used"]
        assert len(await office.journal("grant_access")) == 1
        assert double.refused == []


async def test_what_was_withdrawn_is_not_asked_for_again(desk: Any) -> None:
    """The same call was asked for twice, then the model withdraws it and goes away: the runbook that goes on does not bring it
    back, though what was asked for last only gave way to what waited.
    """

    def withdraw(body: dict[str, Any]) -> Reply:
        return Reply(calls=(("withdraw", {"approval": results(body, "grant_access")[0]["for"]}),))

    async with desk(Reply(calls=(GRANT, GRANT)), Reply("That waits."), withdraw, Reply("never said")) as (office, double):
        double.fail(Failure.QUOTA, times=99, after=3)
        office.say("ana", FIGMA)
        await office.hears("ana", "That waits")
        office.say("ana", "come to think of it, my colleague will draw it for me")
        await office.hears("omar", "Withdrawn by")
        trail = await office.case_is(state="closed", outcome="withdrawn")

        assert [one["state"] for one in trail["approvals"]] == ["withdrawn"]
        assert trail["model"][-1]["state"] == "quota"


async def test_a_departure_that_waits_keeps_the_case_open(desk: Any) -> None:
    """The runbook is done and something besides it waits for a person: the case goes on until that is known, and says it."""
    calls = Reply(calls=(("unlock_account", {"user": "ana"}), ("reset_mfa", {"user": "ben"})))
    async with desk(calls, Reply("The account is open; the rest waits."), Reply("The factors are gone.")) as (office, _):
        office.say("ana", LOCKED)
        await office.press("ana", "confirm")
        await office.hears("ana", "needs a person's yes")
        await office.case_is(state="waiting")
        await office.press("omar", "approve")
        await office.hears("ana", "The factors are gone")

        await office.case_is(state="resolved", outcome="verified")


async def test_a_plan_whose_call_the_model_withdrew_is_over(desk: Any) -> None:
    """The requester changes their mind in words that only a model reads, and it withdraws: nothing waits any more."""

    def withdraw(body: dict[str, Any]) -> Reply:
        return Reply(calls=(("withdraw", {"approval": results(body, "grant_access")[0]["for"]}),))

    async with desk(Reply(calls=(GRANT,)), Reply("That waits."), withdraw, Reply("It is withdrawn.")) as (office, _):
        office.say("ana", FIGMA)
        await office.hears("ana", "That waits")
        office.say("ana", "come to think of it, my colleague will draw it for me")
        await office.hears("ana", "It is withdrawn")

        trail = await office.case_is(state="closed", outcome="withdrawn")
        assert trail["plans"][0]["state"] == "withdrawn"


async def test_another_cases_approval_is_out_of_reach(desk: Any) -> None:
    """Looking at it and withdrawing it fail alike; it waits on."""
    seen: dict[str, str] = {}

    def steal(body: dict[str, Any]) -> Reply:
        return Reply(calls=(("withdraw", {"approval": seen["id"]}), ("call_outcome", {"approval": seen["id"]})))

    async with desk(Reply(calls=(GRANT,)), Reply("That waits."), steal, Reply("I looked.")) as (office, double):
        office.say("ana", FIGMA)
        await office.hears("ana", "That waits")
        seen["id"] = (await office.trail())["approvals"][0]["id"]
        office.say("ben", LOCKED.replace("hi, ", ""))
        await office.hears("ben", "I looked")

        told = results(double.requests[-1], "withdraw") + results(double.requests[-1], "call_outcome")
        assert [one["state"] for one in told] == ["failed", "failed"]
        mine = next(one for one in await office.cases() if one["requester"] == "ana")
        assert (await office.trail(mine["id"]))["approvals"][0]["state"] == "waiting"


async def test_what_was_answered_already_is_not_withdrawn(desk: Any) -> None:
    """The model says never mind after the engineer's yes was carried out: it is told so, and what is done stays done."""

    def late(body: dict[str, Any]) -> Reply:
        return Reply(calls=(("withdraw", {"approval": results(body, "grant_access")[0]["for"]}),))

    async with desk(Reply(calls=(GRANT,)), Reply("That waits."), late, Reply("Too late for that.")) as (office, double):
        office.say("ana", FIGMA)
        await office.hears("ana", "That waits")
        await office.press("omar", "approve")
        await office.hears("ana", "Too late")

        assert results(double.requests[-1], "withdraw")[0]["state"] == "failed"
        assert await grants(office) == ["figma"]


# ── too much ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_same_change_twice_has_one_effect(desk: Any) -> None:
    """In one answer, and again in the next: also one that the system would carry out anew."""
    ticket = ("create_ticket", {"user": "ana", "title": "Coffee machine", "text": "It makes noises."})
    async with desk(Reply(calls=(ticket, ticket)), Reply(calls=(ticket,)), Reply("They know of it.")) as (office, double):
        office.say("ana", FOREIGN)
        await office.hears("ana", "They know of it")

        assert len(await office.journal("create_ticket")) == 1
        made = [one["state"] for one in (await office.trail())["calls"] if one["tool"] == "create_ticket"]
        assert sorted(made) == ["superseded", "superseded", "verified"]
        assert double.refused == []


async def test_one_answer_with_hundreds_of_calls_is_cut(desk: Any) -> None:
    """The share of a turn holds within one answer, too; then the runbook finishes the work."""
    flood = Reply(calls=tuple(("find_app", {"query": f"app {number}"}) for number in range(300)))
    async with desk(flood, MODEL_STEPS_PER_TURN="10") as (office, double):
        office.say("ana", LOCKED)
        await office.hears("ana", "Did that fix it?")

        calls = (await office.trail())["calls"]
        assert len([call for call in calls if call["tool"] == "find_app"]) == 10
        assert await office.status("ana") == "ACTIVE"
        assert double.refused == []


async def test_people_are_fetched_once_for_each_word_of_the_requester(desk: Any) -> None:
    """A model that does nothing else: one ticket and one page, however often it asks in a turn."""
    fetch = Reply(calls=tuple(("hand_over", {"reason": f"<!channel> reason {number}"}) for number in range(5)))
    async with desk(fetch, fetch, fetch, Reply("They come. <!channel> <@U123> <https://evil.example|here>")) as (office, _):
        office.say("ana", LOCKED)
        await office.hears("ana", "They come")
        await office.case_is(state="handed_over")

        assert len(await office.journal("create_ticket")) == 1
        assert len(await office.journal("page_on_call")) == 1
        sent = json.dumps(office.place("ana").messages)
        assert "<!channel>" not in sent
        assert "|here>" not in sent


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"user": "a\u0000na"}, id="a NUL"),
        pytest.param({"user": "\ud800"}, id="half a letter"),
        pytest.param({"user": float("nan")}, id="not a number"),
        pytest.param({"user": 10**400}, id="a huge number"),
        pytest.param({"a\u0000b": 1}, id="a NUL in a name"),
    ],
)
async def test_letters_that_no_database_takes(desk: Any, arguments: dict[str, Any]) -> None:
    """Arguments and words with them are answered like all that do not fit; the work goes on and nobody is called for it."""
    async with desk(
        Reply(calls=(("unlock_account", arguments),)),
        Reply(calls=(("unlock_account", {"user": "ana"}),)),
        Reply("Your account\u0000 is \ud800open."),
    ) as (office, _):
        office.say("ana", LOCKED)
        await office.hears("ana", "Did that fix it?")
        await office.case_is(state="resolved", outcome="verified")
        assert len(await office.journal("unlock_account")) == 1


@pytest.mark.parametrize(
    "text", ["<think>I wonder</think>", "<think>I won", "\u200b\u2060"], ids=["a thought", "half a thought", "nothing"]
)
async def test_an_answer_without_a_word_for_people_is_none(desk: Any, text: str) -> None:
    """Thoughts and invisible letters alone: the runbook goes on, and the requester hears what came of it."""
    async with desk(Reply(text)) as (office, _):
        office.say("ana", LOCKED)
        await office.hears("ana", "Did that fix it?")
        await office.case_is(state="resolved", outcome="verified")


async def test_a_very_long_answer_is_posted(desk: Any) -> None:
    """Cut visibly; nothing fails."""
    async with desk(Reply(calls=(("unlock_account", {"user": "ana"}),)), Reply(("x" * 99 + " ") * 400)) as (office, _):
        office.say("ana", LOCKED)
        await office.hears("ana", "Did that fix it?")
        await office.case_is(state="resolved", outcome="verified")
