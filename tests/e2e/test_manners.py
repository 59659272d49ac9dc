"""Who gets tools and who gets a sentence; what is said where; and that nothing is met with silence or an exception."""

import asyncio

import pytest

from bot.execution.takenback import TAKEN_BACK
from bot.playground import Member
from bot.playground.workspace import BOT_USER
from tests.office import Office
from tests.openai_double import OpenAIDouble
from tools.systems.embedded import scene

LOCKED = "I'm locked out of my account"


async def settled(office: Office) -> None:
    """Nothing is unread and nothing waits to be posted."""
    import sqlalchemy as sa

    async def idle() -> bool:
        async with office.store.session() as session:
            unread = await session.scalar(sa.text("SELECT count(*) FROM inbox WHERE handled IS NULL"))
            pending = await session.scalar(sa.text("SELECT count(*) FROM outbox WHERE state = 'pending'"))
        return not unread and not pending and not office.server.workspace.events

    await asyncio.sleep(0.3)
    await office.until(idle, "quiet")


async def test_a_guest_gets_a_polite_sentence_and_no_tools(office: Office) -> None:
    """A guest asks for what every employee may have."""
    office.say("gus", LOCKED)
    await office.hears("gus", "only help full members")

    assert await office.cases() == []
    assert await office.journal("unlock_account") == []


async def test_a_stranger_gets_a_polite_sentence_and_no_tools(office: Office) -> None:
    """An account of another organisation, with a member's words."""
    office.server.workspace.members["USTRANGER"] = Member("USTRANGER", "stan", "Stan Stranger", kind="stranger")
    office.say("stan", LOCKED)
    await office.hears("stan", "another organisation")

    assert await office.cases() == []


async def test_another_bot_gets_nothing_at_all(office: Office) -> None:
    """Two bots must not talk for ever."""
    office.server.workspace.members["UOTHERBOT"] = Member("UOTHERBOT", "robby", "Robby", kind="bot")
    office.say("robby", LOCKED)
    office.say("robby", "@deskhand " + LOCKED, channel="general")
    await settled(office)

    assert office.heard("robby") == ""
    assert office.heard("robby", "general") == ""
    assert await office.cases() == []


async def test_a_mention_opens_a_thread_and_follow_ups_need_no_mention(office: Office) -> None:
    """In a channel: the mention is answered in its thread, once; what is said there without a mention goes on with it."""
    ts = office.say("ana", "@deskhand I need access to an application", channel="general")
    await office.hears("ana", "Which application is it?", "general", ts)
    office.say("ana", "figma", channel="general", thread=ts)
    await office.hears("ana", "needs a person's yes", "general", ts)
    await settled(office)

    assert len(await office.cases()) == 1
    assert office.heard("ana", "general").count("Which application is it?") == office.heard("ana", "general", ts).count(
        "Which application is it?"
    )


async def test_a_channel_is_left_alone_without_a_mention(office: Office) -> None:
    """People talk; the bot is not part of it."""
    ts = office.say("ana", LOCKED, channel="general")
    office.say("ben", "mine too", channel="general", thread=ts)
    await settled(office)

    assert office.heard("ana", "general") == ""
    assert await office.cases() == []


async def test_somebody_else_in_the_thread_steers_nothing(office: Office) -> None:
    """Ben's words in Ana's thread neither answer her question nor withdraw her request."""
    ts = office.say("ana", "@deskhand I need access to an application", channel="general")
    await office.hears("ana", "Which application", "general", ts)
    office.say("ben", "payments-admin", channel="general", thread=ts)
    office.say("ben", "never mind", channel="general", thread=ts)
    await settled(office)

    trail = await office.trail()
    assert (trail["state"], trail["plans"][0]["needs"].get("app")) == ("waiting", None)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param(":wave:", "Tell me in a sentence", id="only emoji"),
        pytest.param("hi there", "in your own words", id="a greeting"),
        pytest.param("thank you!", "You're welcome", id="thanks"),
        pytest.param("x" * 39_000, "I won't guess", id="39,000 letters"),
        pytest.param("Mein Konto ist gesperrt, ich komme nicht rein", "Account locked", id="another language"),
        pytest.param("<!channel> <https://evil.example|click> &amp; `code`", "ticket", id="markup"),
        pytest.param("never mind", "nothing to withdraw", id="nothing to withdraw"),
        pytest.param("help", "Access to an application", id="help"),
        pytest.param("what can you do?", "in your own words", id="what it can do"),
        pytest.param("Will you marry me?", "beyond me", id="a proposal"),
    ],
)
async def test_every_message_is_answered(office: Office, text: str, answer: str) -> None:
    """Whatever is written, something sensible comes back."""
    office.say("ben", text)
    await office.hears("ben", answer)


@pytest.mark.parametrize("words", ["help", "what can you do?", "Will you marry me?", "tell me a joke", "thanks"])
async def test_small_talk_opens_no_ticket_and_pages_nobody(office: Office, words: str) -> None:
    """Nobody is woken for a joke, and it is answered."""
    before = len((await office.books())["tickets"])
    office.say("ben", words)
    await settled(office)

    assert await office.cases() == []
    assert await office.journal("page_on_call") == []
    assert len((await office.books())["tickets"]) == before
    assert office.heard("ben") != ""


async def test_help_needs_no_model(thinking: Office, double: OpenAIDouble) -> None:
    """The same answer with a model, which is not asked for it."""
    thinking.say("ben", "what can you do?")
    await thinking.hears("ben", "Access to an application")

    assert await thinking.cases() == []
    assert double.requests == []


async def test_never_mind_about_what_people_have_stands_on_the_ticket(either: Office) -> None:
    """The ticket stays open, and says that it is no longer needed."""
    either.say("ana", "The coffee machine is making strange noises")
    await either.hears("ana", "opened ticket")
    either.say("ana", "never mind, it stopped")
    await either.hears("ana", "can't close it myself")

    ticket = (await either.case_is(state="handed_over"))["ticket"]
    books = await either.books()
    found = next(one for one in books["tickets"] if one["ticket"] == ticket)
    assert [one["text"] for one in found["comments"]] == ["Ana Almeida adds in Slack:\n> no longer needed. never mind, it stopped"]
    assert found["status"] == "open"


async def test_an_account_that_was_not_locked_is_said_to_be_so(office: Office) -> None:
    """Nothing was changed, so looking again would show the same: "not yet" leads to a person, not to the same answer."""
    office.say("ben", "I think my account is locked")
    heard = await office.hears("ben", "was not locked, so I changed nothing")
    assert "I forgot my password" in heard
    office.say("ben", "not yet")
    await office.hears("ben", "opened ticket")
    await office.case_is(state="handed_over")

    assert office.heard("ben").count("was not locked") == heard.count("was not locked")
    assert await office.journal("unlock_account") == []


async def test_how_it_stands_names_what_waits_and_for_whom(office: Office) -> None:
    """All that is open, and what people have; nothing of anybody else's."""
    office.say("ben", "The coffee machine is making strange noises")
    await office.hears("ben", "opened ticket")
    office.say("ana", "I need access to Figma until Friday")
    await office.hears("ana", "needs a person's yes")
    office.say("ana", "any news?")
    heard = await office.hears("ana", "How it stands")

    assert "A yes from whoever is on call for identity" in heard
    assert "coffee" not in heard


async def test_only_a_file_is_answered(office: Office) -> None:
    """A file without words."""
    office.say("ben", "", files=("screenshot.png",))
    await office.hears("ben", "can't open files yet")


async def test_a_question_is_answered_and_asked_whether_it_helped(office: Office) -> None:
    """An answer without a change is *answered*, not resolved as verified."""
    office.say("ben", "how do guests get on the wifi?")
    await office.hears("ben", "Guests use the")
    await office.case_is(state="resolved", outcome="answered")


async def test_an_ambiguous_name_is_asked_about_with_buttons(office: Office) -> None:
    """Nothing is assumed about which of two people is meant."""
    people = (await office.books())["people"]
    first = {}
    for one in people:
        first.setdefault(one["name"].split()[0], []).append(one)
    name, twins = next((name, found) for name, found in first.items() if len(found) == 2)
    office.say("ana", f"please reset the MFA of {name}")
    _, element = await office.until(lambda: office.button("ana", "choice"), "buttons to choose from")
    assert await office.journal("reset_mfa") == []
    await office.press("ana", element["action_id"])
    await office.hears("ana", "needs a person's yes")

    asked = (await office.trail())["calls"][-1]["arguments"]["user"]
    assert asked in [one["handle"] for one in twins]


async def test_an_unknown_person_is_never_taken_for_the_requester(office: Office) -> None:
    """A name that nobody has."""
    office.say("ana", "please reset the MFA of zorro")
    await office.hears("ana", "zorro")
    await settled(office)

    assert [call for call in (await office.trail())["calls"] if call["tool"] == "reset_mfa"] == []


async def test_an_edited_request_replaces_what_waits(office: Office) -> None:
    """The message asks for another application now: the old call is replaced, the new one asks anew."""
    ts = office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, "could I get salesforce until friday?")
    await office.hears("ana", "started over")
    await office.hears("omar", "Replaced: the requester changed")
    await office.press("omar", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Salesforce")

    apps = [one["app"] for one in (await office.books())["grants"] if one["person"] == "ana" and one["state"] == "active"]
    assert "salesforce" in apps
    assert "figma" not in apps
    assert "figma" in await taken_back(office)


@pytest.mark.parametrize("deleted", [False, True], ids=["edited", "deleted"])
async def test_what_is_edited_twice_is_what_it_says_last(office: Office, deleted: bool) -> None:
    """What the first edit asked for is replaced by the second, and dropped with the message."""
    ts = office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    for number, app in enumerate(("salesforce", "looker"), 1):
        office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, f"could I get {app} until friday?")
        await office.until(lambda number=number: _waiting(office, 1, number), "one approval, after those that were replaced")
    if deleted:
        office.server.workspace.delete(office.who("ana"), office.place("ana"), ts)
        await office.until(lambda: _waiting(office, 0), "none")

    trail = await office.trail()
    apps = {one["id"]: one["arguments"]["app"] for one in trail["calls"] if one["tool"] == "grant_access"}
    came = {apps[one["call"]]: one["state"] for one in trail["approvals"]}
    assert came == {"figma": "superseded", "salesforce": "superseded", "looker": "withdrawn" if deleted else "waiting"}


async def test_an_edit_leaves_alone_what_it_says_still(office: Office) -> None:
    """Of two requests in one message one becomes another: the other waits on, under its own approval."""
    ts = office.say("ana", "could I get figma until friday, and please reset the password of ben")
    await office.until(lambda: _waiting(office, 2), "two approvals")
    before = [one["id"] for one in (await office.trail())["approvals"]]
    words = "could I get salesforce until friday, and please reset the password of ben"
    office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, words)
    await office.hears("ana", "started over")
    await office.until(lambda: _waiting(office, 2), "two approvals again")

    trail = await office.trail()
    tools = {one["id"]: one["tool"] for one in trail["calls"]}
    states = sorted((tools[one["call"]], one["id"] in before, one["state"]) for one in trail["approvals"])
    assert states == [
        ("grant_access", False, "waiting"),
        ("grant_access", True, "superseded"),
        ("reset_password", True, "waiting"),
    ]


@pytest.mark.parametrize("last", ["figma and looker please", "figma and salesforce please"], ids=["the same", "another"])
async def test_what_one_edit_drops_the_next_may_ask_for_again(office: Office, last: str) -> None:
    """It is asked for anew, or the other in its place; what was in all of them goes on."""
    ts = office.say("ana", "figma and looker please")
    for number, (words, waiting) in enumerate([("figma please", ["figma"]), (last, ["figma", last.split()[2]])], 1):
        await office.until(lambda: office.heard("ana").count("needs a person's yes"), "an approval")
        office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, words)

        async def waits(count: int = number, apps: list[str] = waiting) -> bool:
            trail = await office.trail()
            of = {call["id"]: call["arguments"].get("app") for call in trail["calls"]}
            return sorted(of[one["call"]] for one in trail["approvals"] if one["state"] == "waiting") == apps

        await office.until(waits, f"approvals of {waiting}")


@pytest.mark.parametrize(
    ("words", "states", "told"),
    [
        pytest.param("figma please", ["superseded looker", "waiting figma"], "The rest goes on", id="one of them less"),
        pytest.param("looker and figma please", ["waiting figma", "waiting looker"], "", id="in another order"),
        pytest.param(
            "figma and salesforce please",
            ["superseded looker", "waiting figma", "waiting salesforce"],
            "started over",
            id="one of them another",
        ),
    ],
)
async def test_an_edit_tells_two_requests_of_one_kind_apart(office: Office, words: str, states: list[str], told: str) -> None:
    """By what they name, not by their runbook alone, and whatever is assumed of them: only what is named no more ends."""
    ts = office.say("ana", "figma and looker please")
    await office.until(lambda: _waiting(office, 2), "two approvals")
    before = [one["id"] for one in (await office.trail())["approvals"]]
    office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, words)
    if told:
        await office.hears("ana", told)
    else:
        await settled(office)
        assert "You changed your message" not in office.heard("ana")
    await office.until(lambda: _waiting(office, sum("waiting" in one for one in states)), "the approvals that are left")
    trail = await office.trail()
    apps = {one["id"]: one["arguments"].get("app") for one in trail["calls"]}
    assert sorted(f"{one['state']} {apps[one['call']]}" for one in trail["approvals"]) == states
    assert {one["id"] for one in trail["approvals"]} >= set(before)


async def _waiting(office: Office, number: int, over: int = 0) -> bool:
    """Whether so many approvals wait, and at least so many are over."""
    states = [one["state"] for one in (await office.trail())["approvals"]] if await office.cases() else []
    return states.count("waiting") == number and len(states) - number >= over


async def taken_back(office: Office) -> list[str]:
    """Names of what the case's requester wants no more."""
    async with office.store.work() as work:
        case = await work.case("C-1")
    assert case is not None
    return [name for one in case.data[TAKEN_BACK] for name in one["names"]]


async def test_a_deleted_request_is_dropped(office: Office) -> None:
    """The message is gone: so is what it asked for."""
    ts = office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    office.server.workspace.delete(office.who("ana"), office.place("ana"), ts)
    await office.hears("ana", "You deleted your message")

    assert (await office.trail())["approvals"][0]["state"] == "withdrawn"


async def test_buttons_belong_to_whoever_asked(office: Office) -> None:
    """In a channel everybody sees the buttons; a colleague's press confirms and withdraws nothing."""
    office.say("ana", "@deskhand could I get figma until friday?", channel="general")
    await office.until(lambda: office.button("ana", "withdraw", "general"), "a button to withdraw")
    await office.press("ben", "withdraw", "general")
    await office.hears("ben", "belongs to the person who asked", "general")

    assert (await office.trail())["approvals"][0]["state"] == "waiting"


@pytest.mark.parametrize(
    ("how", "value"),
    [
        pytest.param("status", 429, id="too many requests"),
        pytest.param("status", 500, id="Slack is broken"),
        pytest.param("error", "internal_error", id="Slack says so"),
        pytest.param("drop", None, id="posted, and the answer is lost"),
    ],
)
async def test_a_reply_that_does_not_go_through_is_sent_later_and_once(office: Office, how: str, value: object) -> None:
    """Slack's troubles neither lose nor double a post."""
    office.server.workspace.fail("chat.postMessage", how, value, times=2)
    office.say("ben", "how do guests get on the wifi?")
    await office.hears("ben", "Guests use the")
    await settled(office)

    posts = [one for one in office.place("ben").messages if one["user"] == BOT_USER]
    assert len([one for one in posts if "Guests use the" in str(one)]) == 1
    assert len([one for one in posts if "Before we begin" in str(one)]) == 1
    assert len(posts) == 2


async def test_two_engineers_at_once_make_one_effect(office: Office) -> None:
    """Both press Approve in the same moment, one of them twice: one grant, and an answer for everybody."""
    await scene.set_on_call(office.engine, "identity", "omar")
    office.say("ana", "could I get figma until friday?")
    ts, element = await office.until(lambda: office.button("omar", "approve", "oncall"), "a card")
    await asyncio.gather(
        *(
            office.server.interactions.click(
                office.who(handle), office.place(handle, "oncall"), ts, element["action_id"], value=element["value"]
            )
            for handle in ("omar", "omar", "ida", "ana")
        )
    )
    await office.hears("ana", "Gave Ana Almeida access to Figma")
    await settled(office)

    assert len(await office.journal("grant_access")) == 1
    assert len((await office.trail())["approvals"][0]["votes"]) == 1
    assert "can answer this request" in office.heard("ida", "oncall")


async def test_a_second_press_of_not_yet_is_no_second_complaint(office: Office) -> None:
    """Pressed twice at once, and once more in a window that was not brought up to date after it was looked at: handed over only when the
    next question is answered so, too.
    """
    office.say("ana", LOCKED)
    ts, element = await office.until(lambda: office.button("ana", "feedback_not_yet"), "the buttons")
    await asyncio.gather(
        *(
            office.server.interactions.click(
                office.who("ana"), office.place("ana"), ts, element["action_id"], value=element["value"]
            )
            for _ in range(2)
        )
    )
    await office.hears("ana", "I'll look once more")

    def asked_anew() -> bool:
        found = office.button("ana", "feedback_not_yet")
        return found is not None and found[0] != ts

    await office.until(asked_anew, "the question whether it helped this time")
    await settled(office)
    message = office.server.workspace.message(office.place("ana"), ts)
    assert message is not None
    message["blocks"] = [{"type": "actions", "block_id": "b", "elements": [element]}]
    await office.server.interactions.click(office.who("ana"), office.place("ana"), ts, element["action_id"], value=element["value"])
    await settled(office)

    assert (await office.trail())["state"] == "resolved"
    assert (await office.trail())["ticket"] == ""
    await office.press("ana", "feedback_not_yet")
    assert (await office.case_is(state="handed_over"))["ticket"]


async def test_what_is_added_to_a_case_that_is_with_people_opens_no_second_ticket(office: Office) -> None:
    """One request, one ticket."""
    ts = office.say("ana", "The coffee machine is making strange noises")
    await office.hears("ana", "I won't guess")
    tickets = len((await office.books())["tickets"])
    office.say("ana", "it is the one on the third floor", thread=ts)
    await office.hears("ana", "with people already")

    assert len((await office.books())["tickets"]) == tickets
    assert "third floor" in str((await office.trail())["messages"])


async def test_why_people_take_over_is_a_sentence(office: Office) -> None:
    """Also where a tool says it, which ends with no full stop."""
    office.say("ben", "I lost my phone")
    await office.hears("ben", "(computer). I've opened ticket")
