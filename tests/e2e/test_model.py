"""What a language model may do, forgets, gets wrong, or leaves undone: the case goes on, nothing happens twice, and it is said."""

import contextlib
import itertools
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.e2e.conftest import model_at
from tests.good_model import GoodModel
from tests.office import Office, opened_office
from tests.openai_double import Failure, OpenAIDouble, Reply, opened_double

LOCKED = "hi, I'm locked out of my account after the weekend"
FIGMA = "could I get figma until friday?"
FOREIGN = "The coffee machine is making strange noises"


def results(body: dict[str, Any], tool: str) -> list[dict[str, Any]]:
    """The results of this tool's calls in a request."""
    names = {call["id"]: call["function"]["name"] for one in body["messages"] for call in one.get("tool_calls") or ()}
    return [json.loads(one["content"]) for one in body["messages"] if one["role"] == "tool" and names[one["tool_call_id"]] == tool]


def users(body: dict[str, Any]) -> list[str]:
    return [one["content"] for one in body["messages"] if one["role"] == "user"]


async def solved_once(office: Office) -> Any:
    """The locked account is open, by one change, and the case is resolved."""
    trail = await office.case_is(state="resolved", outcome="verified")
    assert await office.status("ana") == "ACTIVE"
    assert len(await office.journal("unlock_account")) == 1
    return trail


# ── a model that fails ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("after", [0, 1, 2, 3])
async def test_a_model_that_goes_away_is_followed_by_the_runbook(thinking: Office, double: OpenAIDouble, after: int) -> None:
    """In the same case, from where the model stopped: no call is made again, and the answer says how it was done."""
    double.fail(Failure.QUOTA, times=99, after=after)
    thinking.say("ana", LOCKED)
    heard = await thinking.hears("ana", "Did that fix it?")

    trail = await solved_once(thinking)
    assert "went by the runbook alone" in heard
    steps = [call["step"] for call in trail["calls"]]
    assert (sorted(steps), len(set(steps))) == (["again", "look", "unlock"], 3)
    assert trail["model"][-1]["state"] == "quota"


async def test_a_model_is_shown_what_lies_near_where_nothing_fits(thinking: Office, double: OpenAIDouble) -> None:
    """By title, to be read with the search; it is asked nothing by us, since it can ask for itself."""
    thinking.say("ana", "is slack down for everyone")
    await thinking.until(lambda: len(double.requests) > 0, "a request to the model")

    [told] = [one["content"] for one in double.requests[0]["messages"] if one["role"] == "tool"]
    assert "- Services and outages" in told
    assert "I'm not sure what you need" not in thinking.heard("ana")


async def test_no_runbook_goes_on_with_what_may_not_be_asked_for(thinking: Office, double: OpenAIDouble) -> None:
    """The model reads it by itself; where the model is away, people do."""
    double.fail(Failure.QUOTA, times=99)
    thinking.say("ana", "dont reset my password")
    await thinking.case_is(state="handed_over")

    assert await thinking.journal("reset_password") == []
    assert [plan["runbook"] for plan in (await thinking.trail())["plans"]] == [""]


async def test_every_answer_that_is_written_down_stands_there_with_its_cost(thinking: Office, double: OpenAIDouble) -> None:
    """Each request to the model left one row with its tokens, whether the answer asked for calls or were the last words."""
    thinking.say("ana", "I'm locked out of my account")
    await thinking.hears("ana", "Did that fix it?")
    trail = await thinking.case_is(state="resolved")

    assert len(trail["model"]) == len(double.requests) > 1
    assert all(one["state"] == "ok" and one["read"] > 0 for one in trail["model"])


async def test_a_model_that_is_well_again_goes_on_with_the_case(thinking: Office, double: OpenAIDouble) -> None:
    """The runbook asked and the person answered; the next word in the case is the model's again, with a valid history."""
    double.fail(Failure.REJECTED, times=1)
    thinking.say("ana", FIGMA)
    await thinking.hears("ana", "needs a person's yes")
    before = len(double.requests)
    await thinking.press("omar", "approve")
    await thinking.hears("ana", "Access to an application, for a while: that is done")

    assert len(double.requests) > before
    assert results(double.requests[-1], "call_outcome")[-1]["state"] == "verified"
    assert double.refused == []
    trail = await thinking.case_is(outcome="verified")
    assert [call["tool"] for call in trail["calls"]].count("grant_access") == 1


async def test_without_model_and_runbook_people_take_over(thinking: Office, double: OpenAIDouble) -> None:
    """The model is away and nothing fits: no guess."""
    double.fail(Failure.QUOTA, times=99)
    thinking.say("ana", FOREIGN)
    heard = await thinking.hears("ana", "ticket")

    assert "does not answer just now" in heard
    await thinking.case_is(state="handed_over", outcome="handed_over")


async def test_what_waits_goes_on_waiting_when_another_request_is_handed_over(thinking: Office) -> None:
    """People get what no runbook fits; the approval of the first request stands, and its yes still gives the access."""
    thinking.say("ana", FIGMA)
    await thinking.hears("ana", "waits for somebody's yes (A-1)")
    thinking.say("ana", FOREIGN)
    await thinking.hears("ana", "I've opened ticket")
    await thinking.press("omar", "approve")
    await thinking.hears("ana", "Access to an application, for a while: that is done")

    assert [row["target"] for row in await thinking.journal("grant_access")] == ["ana:figma"]
    [ticket] = await thinking.journal("create_ticket")
    states = {plan["words"]: plan["state"] for plan in (await thinking.trail(ticket["case"]))["plans"]}
    assert states == {FIGMA: "done", FOREIGN: "handed_over"}


async def test_an_answer_is_no_request_of_its_own(thinking: Office, double: OpenAIDouble) -> None:
    """What was asked for is known by the answer, also where its words alone would find another runbook."""
    thinking.say("pavel", "please restart the storefront deployment")
    await thinking.hears("pavel", "in which namespace?")
    thinking.say("pavel", "storefront in staging")
    trail = await thinking.case_is(state="resolved", outcome="verified")

    assert [(one["runbook"], one["needs"]["deployment"]["id"]) for one in trail["plans"]] == [
        ("restart-deployment", "staging/storefront")
    ]
    assert len(await thinking.journal("restart_deployment")) == 1


async def test_a_longer_word_to_a_question_is_read_as_a_request_too(thinking: Office) -> None:
    """It asks for another thing: that gets its own plan, and what was being asked for is not taken from it."""
    thinking.say("pavel", "please restart the storefront deployment")
    await thinking.hears("pavel", "in which namespace?")
    thinking.say("pavel", "and before that, could you tell me how orders-api is doing in production please?")

    async def both() -> bool:
        return {one["runbook"] for one in (await thinking.trail())["plans"]} == {"restart-deployment", "deployment-status"}

    await thinking.until(both, "a plan of its own")
    assert await thinking.journal("restart_deployment") == []


async def test_what_is_over_is_told_at_the_end_of_the_history(thinking: Office, double: OpenAIDouble) -> None:
    """Nobody answered in time: the model learns it as an outcome, and what it was told when it asked stays as it was."""
    thinking.say("ana", "Please reset the MFA of ben")
    await thinking.hears("ana", "needs a person's yes")
    for tier in (0, 1):
        await thinking.until(lambda tier=tier: at_tier(thinking, tier), "the tier")
        await thinking.company.clock.turn(timedelta(hours=5))
    await thinking.case_is(outcome="handed_over")

    assert [one["state"] for one in results(double.requests[-1], "reset_mfa")] == ["waiting"]
    assert [one["state"] for one in results(double.requests[-1], "call_outcome")] == ["expired"]


async def at_tier(office: Office, tier: int) -> bool:
    return bool((await office.trail())["approvals"][0]["terms"][0]["tier"] == tier)


async def test_what_the_model_would_have_asked_the_runbook_asks(thinking: Office, double: OpenAIDouble) -> None:
    """A need that is missing is asked for by the runbook when the model is away, and its answer is taken."""
    double.fail(Failure.QUOTA, times=99)
    thinking.say("ana", "I need access to an application")
    await thinking.hears("ana", "Which application is it?")
    thinking.say("ana", "figma")
    await thinking.hears("ana", "needs a person's yes")

    assert (await thinking.trail())["plans"][0]["needs"]["app"]["id"] == "figma"


# ── a model that does otherwise ──────────────────────────────────────────────────────────────────────────────────────


class Scripted:
    """Replies one after the other; the last one stays."""

    def __init__(self, *replies: Reply | Callable[[dict[str, Any]], Reply]) -> None:
        self._replies = list(replies)

    def __call__(self, body: dict[str, Any]) -> Reply:
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return reply if isinstance(reply, Reply) else reply(body)


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Any:
    """`async with desk(replies…) as (office, double)`."""

    @contextlib.asynccontextmanager
    async def opened(*replies: Any, **settings: str) -> Any:
        async with (
            opened_double(Scripted(*replies)) as double,
            opened_office(database, tmp_path, **model_at(double), **settings) as office,
        ):
            yield office, double

    return opened


async def test_the_last_words_are_posted_once_as_they_were_written(desk: Any) -> None:
    """In the thread of what was asked; the proof stands beside them."""
    words = "You can sign in again, Ana. If a phone still knows the old password, change it there too."
    async with desk(Reply(calls=(("unlock_account", {"user": "ana"}),)), Reply(words)) as (office, _):
        ts = office.say("ana", LOCKED)
        await office.hears("ana", "Did that fix it?", thread=ts)

        trail = await solved_once(office)
        posts = [one for one in office.place("ana").messages if one.get("thread_ts") == ts and words in one["text"]]
        assert len(posts) == 1
        assert [line["text"] for line in trail["messages"] if line["role"] == "bot"] == [words]
        assert [(c["tool"], c["step"]) for c in trail["calls"]] == [
            ("unlock_account", "unlock"),
            ("find_account", "look"),
            ("find_account", "again"),
        ]


async def test_a_model_that_only_talks_has_done_nothing(desk: Any) -> None:
    """It claims that all is well: the runbook's own look says otherwise, so nothing counts as resolved."""
    async with desk(Reply("All done, your account is unlocked!")) as (office, _):
        office.say("ana", LOCKED)
        await office.hears("ana", "All done")
        trail = await office.case_is(state="waiting")

        assert await office.status("ana") == "LOCKED_OUT"
        assert trail["outcome"] is None
        assert office.button("ana", "feedback_yes") is None


async def test_a_departure_is_gated_recorded_and_shown(desk: Any) -> None:
    """What is not in the runbook goes through the gate like everything, waits for the requester's click, stands in the trail, and is
    seen in the plan.
    """
    calls = Reply(
        "The certificate ends today as well.",
        calls=(("unlock_account", {"user": "ana"}), ("renew_certificate", {"user": "ana"}), ("reset_mfa", {"user": "ben"})),
    )
    async with desk(calls, Reply("The account is open; the rest waits.")) as (office, _):
        office.say("ana", LOCKED)
        await office.hears("ana", "not in the runbook")

        async def both_wait() -> bool:
            calls = (await office.trail())["calls"]
            return sum(bool(call["confirmation"]) for call in calls) == 2

        await office.until(both_wait, "two questions to ana")
        trail = await office.trail()
        stood = {call["tool"]: (call["state"], call["step"]) for call in trail["calls"]}
        assert stood["unlock_account"] == ("verified", "unlock")
        assert stood["renew_certificate"] == ("waiting", "")
        assert stood["reset_mfa"] == ("waiting", "")
        assert {one["tool"] for one in trail["departures"]} == {"renew_certificate", "reset_mfa"}
        assert {one["why"] for one in trail["departures"]} == {"The certificate ends today as well."}


async def test_nonsense_is_answered_through_the_door(desk: Any) -> None:
    """Tools that are not there, arguments that do not fit, another's account without leave: denied, each with a row."""
    bad = Reply(
        calls=(
            ("drop_database", {"now": True}),
            ("unlock_account", {"who": "ana"}),
            ("list_access", {"user": "ben"}),
            ("revoke_access", {"user": "ana", "app": "no such thing"}),
        )
    )
    async with desk(bad, Reply("I can't do that.")) as (office, double):
        office.say("ana", LOCKED)
        await office.hears("ana", "I can't do that")

        states = {call["tool"]: call["state"] for call in (await office.trail())["calls"]}
        assert (states["drop_database"], states["unlock_account"], states["list_access"]) == ("denied", "denied", "denied")
        assert states["revoke_access"] == "failed"
        assert double.refused == []
        assert "no tool called 'drop_database'" in results(double.requests[-1], "drop_database")[0]["reason"]


async def test_a_change_of_mind_while_an_approval_waits(desk: Any) -> None:
    """What was asked for gives way at once, the model withdraws it and asks for the other: one grant in the end, the old card is dead."""

    def other(body: dict[str, Any]) -> Reply:
        waiting = results(body, "grant_access")[0]["for"]
        return Reply(
            calls=(("withdraw", {"approval": waiting}), ("grant_access", {"user": "ana", "app": "looker", "until": "2026-11-27"}))
        )

    grant = Reply(calls=(("grant_access", {"user": "ana", "app": "figma", "until": "2026-11-27"}),))
    async with desk(grant, Reply("That waits."), other, Reply("Now Looker waits."), Reply("Looker is there.")) as (office, _):
        await office.company.clock.turn(datetime.fromisoformat("2026-11-23T09:00+01:00"))
        office.say("ana", FIGMA)
        await office.hears("ana", "That waits")
        office.say("ana", "sorry, I meant looker")
        await office.hears("ana", "Now Looker waits")
        await office.hears("omar", "Replaced: the requester changed")
        await office.press("omar", "approve")
        await office.hears("ana", "Looker is there")

        trail = await office.case_is(state="resolved", outcome="verified")
        assert [one["state"] for one in trail["approvals"]] == ["superseded", "used"]
        grants = [(one["app"], one["state"]) for one in (await office.books())["grants"] if one["person"] == "ana"]
        assert ("looker", "active") in grants
        assert "figma" not in dict(grants)
        assert [(one["needs"]["app"]["id"], one["state"]) for one in trail["plans"]] == [("figma", "withdrawn"), ("looker", "done")]


async def test_a_question_of_the_model_waits_for_the_requester(desk: Any) -> None:
    """Nothing fits and the model asks: the case waits, the answer goes to the model, and the end counts as answered only."""
    async with desk(Reply("Which machine do you mean?"), Reply("Please call facilities about that one.")) as (office, double):
        office.say("ana", FOREIGN)
        await office.hears("ana", "Which machine")
        assert (await office.case_is(state="waiting"))["plans"][0]["state"] == "asking"
        office.say("ana", "the one on the third floor")
        await office.hears("ana", "facilities")

        await office.case_is(state="resolved", outcome="answered")
        assert users(double.requests[-1])[-1] == "the one on the third floor"


async def test_whom_people_help_is_not_asked_whether_it_helped(desk: Any) -> None:
    """The model fetched people and said so: its words stand, and nothing claims to be solved."""
    fetch = Reply(calls=(("hand_over", {"reason": "That is for facilities."}),))
    async with desk(fetch, Reply("Colleagues take over from here.")) as (office, _):
        office.say("ana", FOREIGN)
        await office.hears("ana", "Colleagues take over")
        await office.case_is(state="handed_over", outcome="handed_over")

        assert office.button("ana", "feedback_yes") is None
        assert "That is for facilities." in office.heard("ana")


async def test_what_is_with_people_stays_with_them(desk: Any) -> None:
    """A further word in a case that was handed over is kept for them; the model is not asked again."""
    fetch = Reply(calls=(("hand_over", {"reason": "That is for facilities."}),))
    async with desk(fetch, Reply("Colleagues take over from here.")) as (office, double):
        thread = office.say("ana", FOREIGN)
        await office.case_is(state="handed_over")
        asked = len(double.requests)
        office.say("ana", "the one in the kitchen upstairs as well", thread=thread)
        await office.hears("ana", "This is with people already", thread=thread)

        assert len(double.requests) == asked


async def test_words_of_a_turn_that_gave_way_do_not_stay(desk: Any) -> None:
    """The model was writing when the requester wrote again: what was shown is taken back, the next answer stands alone."""
    words = " ".join(["Let me have a look at your account first, which takes a moment."] * 12)
    first = Reply(words, calls=(("find_account", {"user": "ana"}),), pace=0.02)
    async with desk(first, Reply("I read both of your messages.")) as (office, _):
        office.say("ana", LOCKED)
        await office.hears("ana", "Let me have a look")
        office.say("ana", "and by the way, it began this morning")
        await office.hears("ana", "I read both")

        await office.until(lambda: "Let me have a look" not in office.heard("ana"), "the half words to go")


async def test_a_ticket_is_a_hand_over_and_no_solution(desk: Any) -> None:
    """A model that opens a ticket has given the case to people."""
    ticket = Reply(calls=(("create_ticket", {"user": "ana", "title": "Coffee machine", "text": "It makes noises."}),))
    async with desk(ticket, Reply("I have opened a ticket.")) as (office, _):
        office.say("ana", FOREIGN)
        await office.hears("ana", "I have opened a ticket")
        trail = await office.case_is(state="handed_over", outcome="handed_over")

        assert trail["ticket"] == trail["calls"][0]["result"]["ticket"]
        assert office.button("ana", "feedback_yes") is None


async def test_words_are_shown_as_they_come_and_one_message_stands(desk: Any) -> None:
    """A long answer begins to stand in the thread before it is whole; at the end it is one message, with its proof and buttons."""
    words = " ".join(["Your account is open again and here is what happened in some more detail."] * 12)
    async with desk(Reply(calls=(("unlock_account", {"user": "ana"}),)), Reply(words, pace=0.02)) as (office, _):
        ts = office.say("ana", LOCKED)
        await office.hears("ana", "Your account is open again", thread=ts)
        assert office.button("ana", "feedback_yes") is None, "it is not whole yet"
        await office.hears("ana", "Did that fix it?", thread=ts)

        calls = [method for method, _ in office.server.workspace.calls]
        assert calls.count("chat.startStream") == 1
        standing = [one for one in office.place("ana").messages if words[:40] in one["text"]]
        assert len(standing) == 1
        assert "*Verified*" in str(standing[0]["blocks"])


async def test_a_new_message_ends_the_models_turn(desk: Any) -> None:
    """The requester writes while the model thinks: what it would say next is not said, the next turn reads both."""
    slow = Reply(calls=(("find_account", {"user": "ana"}),), delay=1.0)
    async with desk(slow, Reply("I read both of your messages.")) as (office, double):
        office.say("ana", LOCKED)
        await office.until(lambda: len(double.requests) == 1, "the first request")
        office.say("ana", "and by the way, it began this morning")
        await office.hears("ana", "I read both")

        assert users(double.requests[-1]) == [LOCKED, "and by the way, it began this morning"]
        assert len(double.requests) == 2


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "setting", [{"MODEL_STEPS_PER_TURN": "6"}, {"MODEL_CALLS_PER_CASE": "6"}, {"MODEL_TOKENS_PER_CASE": "9000"}], ids=str
)
async def test_a_model_without_end_is_stopped_and_the_runbook_goes_on(desk: Any, setting: dict[str, str]) -> None:
    """It looks and looks: past its share the runbook finishes the work, and the answer says so."""
    async with desk(Reply(calls=(("find_account", {"user": "ana"}),)), **setting) as (office, double):
        office.say("ana", LOCKED)
        heard = await office.hears("ana", "Did that fix it?")

        await solved_once(office)
        assert "used up" in heard
        assert len(double.requests) <= 7


# ── what the model is shown ──────────────────────────────────────────────────────────────────────────────────────────


async def test_the_model_sees_its_requesters_tools_and_no_secret(thinking: Office, double: OpenAIDouble) -> None:
    """Only tools that the policy could ever permit; no address, no Slack id, no private result, no other person's words."""
    thinking.say("ana", "Please reset the MFA of ben")
    await thinking.hears("ana", "needs a person's yes")
    await thinking.press("omar", "approve")
    await thinking.hears("ana", "that is done")

    link = next(line for line in thinking.heard("ben").splitlines() if "http" in line).split("/")[-1].split(" ")[0].strip("`<> ")
    sent = json.dumps(double.requests)
    assert len(link) > 8
    for secret in (link, thinking.who("ana").slack_id, thinking.who("ben").slack_id, "@", "xoxb-"):
        assert secret not in sent, secret
    names = {tool["function"]["name"] for tool in double.requests[-1]["tools"]}
    assert {"unlock_account", "search_runbooks", "hand_over"} <= names
    offered = await thinking.offered("ana")
    assert names == offered
    assert offered < await thinking.offered("omar")


async def test_the_prompt_is_stable_in_front(thinking: Office, double: OpenAIDouble) -> None:
    """Within a case each request begins with the whole one before it: servers keep what they have read."""
    thinking.say("ana", FIGMA)
    await thinking.hears("ana", "needs a person's yes")
    await thinking.press("omar", "approve")
    await thinking.hears("ana", "that is done")

    bodies = double.requests
    assert len(bodies) >= 4
    for before, after in itertools.pairwise(bodies):
        assert after["messages"][: len(before["messages"])] == before["messages"]
        assert after["tools"] == before["tools"]
    ids = [call["id"] for one in bodies[-1]["messages"] for call in one.get("tool_calls") or ()]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not re.fullmatch(r"[a-z0-9]{9}", one)] == []


async def test_a_change_that_the_system_refuses_goes_to_people(desk: Any) -> None:
    """The model says that it could not do it, and asks nothing: the case does not wait for anybody, people take over."""
    async with desk(GoodModel()) as (office, _):
        await exhausted(office, "looker")
        office.say("ana", "I need a licence for looker")
        trail = await office.case_is(state="handed_over", outcome="handed_over")

        assert [call["state"] for call in trail["calls"] if call["tool"] == "assign_licence"] == ["failed"]
        assert trail["ticket"]


async def test_words_that_sound_like_an_end_and_are_none_are_not_left_alone(desk: Any) -> None:
    """The model claims that all is well and has done nothing: the person reads beside it that this is not finished."""
    async with desk(Reply("All done, your account is open!")) as (office, _):
        office.say("ana", LOCKED)
        heard = await office.hears("ana", "All done")

        assert "This is not finished: Account locked" in heard
        assert await office.status("ana") == "LOCKED_OUT"


async def exhausted(office: Office, app: str) -> None:
    """No licence of this application is left, and none was ever bought."""
    async with office.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE company.licences SET seats = 0 WHERE app = :app"), {"app": app})
