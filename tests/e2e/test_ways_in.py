"""Requests that do not come as messages: by the command, by the shortcuts, over either transport."""

import pytest

from bot.playground.workspace import BOT_USER
from bot.settings import load
from bot.slack.listeners import ABOUT_SHORTCUT, ASK_SHORTCUT
from tests.e2e.conftest import model_at
from tests.e2e.test_manners import settled
from tests.office import Office
from tests.openai_double import OpenAIDouble

LOCKED = "I'm locked out of my account"


async def test_what_stands_after_the_command_is_a_request_in_direct_messages(either_office: Office) -> None:
    """Typed in a channel: the channel sees nothing, the typist hears where it goes on, and it is done in a thread."""
    office = either_office
    await office.command("ana", LOCKED, channel="general")
    await office.hears("ana", "in our direct messages", "general")
    heard = await office.hears("ana", "Unlocked the account of Ana")

    assert "You asked me" in heard
    assert LOCKED in heard
    asked = next(one for one in office.place("ana").messages if "You asked me" in one["text"])
    assert "Unlocked the account of Ana" in office.heard("ana", thread=asked["ts"])
    assert office.heard("ben", "general") == ""
    assert (await office.trail())["requester"] == "ana"


async def test_the_command_says_what_it_can_and_what_is_open_to_its_typist_alone(either_office: Office) -> None:
    """help, status before and after, and nobody else's cases."""
    office = either_office
    await office.command("ana", "", channel="general")
    await office.hears("ana", "/deskhand status", "general")
    await office.command("ana", "status", channel="general")
    await office.hears("ana", "Nothing of yours is open", "general")
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")

    await office.command("ana", "Status!", channel="general")
    heard = await office.hears("ana", "A yes from whoever is on call for identity to: Give Ana Almeida access to Figma", "general")
    assert (await office.cases())[0]["id"] in heard
    assert "figma" in heard
    await office.command("ben", "status", channel="general")
    await office.hears("ben", "Nothing of yours is open", "general")
    assert "figma" not in office.heard("ben", "general")


async def test_a_person_by_command_takes_over_what_is_open(office: Office) -> None:
    """As if it had been said in direct messages."""
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    await office.command("ana", "person", channel="general")
    trail = await office.case_is(state="handed_over")

    assert trail["ticket"] in await office.hears("ana", "You asked for a person")
    assert len(await office.cases()) == 1
    await office.command("ana", "status")
    await office.hears("ana", f"it is with people, as ticket {trail['ticket']}")


async def test_a_guests_command_gets_a_guests_answer(office: Office) -> None:
    """The refusal is the same as for a message, and no tool is touched."""
    await office.command("gus", LOCKED, channel="general")
    await office.hears("gus", "only help full members")
    assert await office.cases() == []


async def test_the_shortcut_of_everywhere_opens_a_form_and_the_form_is_a_request(either_office: Office) -> None:
    """Nothing written: the form says so and stays. A sentence: done in direct messages."""
    office = either_office
    assert await office.server.interactions.shortcut(office.who("ana"), ASK_SHORTCUT) == ""
    await office.form("ana")
    assert list((await office.fill("ana", "   ")).values()) == ["This is needed."]
    assert await office.fill("ana", LOCKED) == {}
    await office.hears("ana", "Unlocked the account of Ana")

    assert [view for view in office.server.workspace.views.values() if view["viewer"] == office.who("ana").slack_id] == []


async def test_ones_own_message_becomes_the_request(office: Office) -> None:
    """Written in a channel without a mention, then given to Deskhand by the menu of the message."""
    ts = office.say("ana", LOCKED, channel="general")
    problem = await office.server.interactions.message_shortcut(
        office.who("ana"), office.place("ana", "general"), ts, ABOUT_SHORTCUT
    )
    assert problem == ""
    await office.hears("ana", "in our direct messages", "general")
    await office.hears("ana", "Unlocked the account of Ana")


async def test_somebody_elses_message_is_quoted_and_never_read_as_the_request(office: Office) -> None:
    """Ben says that he is locked out; Ana asks about it. Her own account is not touched: her words are what counts."""
    ts = office.say("ben", "I'm locked out of my account", channel="general")
    await office.server.interactions.message_shortcut(office.who("ana"), office.place("ana", "general"), ts, ABOUT_SHORTCUT)
    view = await office.form("ana")
    assert "these are not your words" in str(view)
    assert "locked out" in str(view)
    assert await office.cases() == []

    assert await office.fill("ana", "please reset the MFA of ben") == {}
    heard = await office.hears("ana", "needs a person's yes")
    assert "which is not yours" in heard
    trail = await office.trail()
    assert [line["text"] for line in trail["messages"] if line["role"] == "other"] == ["I'm locked out of my account"]
    assert [line["text"] for line in trail["messages"] if line["role"] == "requester"] == ["please reset the MFA of ben"]
    assert "unlock_account" not in [call["tool"] for call in trail["calls"]]
    assert await office.status("ana") == "LOCKED_OUT"


@pytest.mark.parametrize("way", ["command", "form"])
async def test_a_request_that_could_not_be_recorded_says_so(office: Office, way: str) -> None:
    """Slack does not deliver these again, so whoever asked hears it: in the form, or by the command's answer."""
    office.server.workspace.fail("conversations.open", "error", "internal_error", times=20)
    if way == "command":
        await office.command("ben", LOCKED, channel="general")
        await office.hears("ben", "not recorded", "general")
    else:
        await office.server.interactions.shortcut(office.who("ben"), ASK_SHORTCUT)
        await office.form("ben")
        assert "not recorded" in str(await office.fill("ben", LOCKED))
    assert await office.cases() == []


async def test_a_shortcut_whose_form_cannot_be_opened_is_answered(office: Office) -> None:
    office.server.workspace.fail("views.open", "error", "expired_trigger_id", times=5)
    await office.server.interactions.shortcut(office.who("ben"), ASK_SHORTCUT)
    await office.hears("ben", "not recorded")


async def test_a_member_is_told_once_what_is_recorded(either_office: Office) -> None:
    """With two messages at once, in two places, and again later: one notice, in direct messages, for their eyes only."""
    office = either_office
    office.say("ana", "@deskhand how do guests get on the wifi?", channel="general")
    office.say("ana", LOCKED)
    await office.hears("ana", "Before we begin")
    await office.hears("ana", "Unlocked the account")
    await office.hears("ana", "Guests use the", "general")
    office.say("ana", "how do guests get on the wifi?")
    await settled(office)

    assert office.heard("ana").count("Before we begin") == 2, "the text and its block, once"
    assert "Before we begin" not in office.heard("ana", "general")
    notice = next(one for one in office.place("ana").messages if "Before we begin" in one["text"])
    assert "The people who run Deskhand tell you how this works in full" in notice["text"]
    assert "docs/" not in notice["text"]
    assert "language model" not in notice["text"], "none is configured"


async def test_guests_strangers_and_bystanders_are_not_told(office: Office) -> None:
    """A guest gets the refusal alone; who writes in a channel to others is left alone."""
    office.say("gus", LOCKED)
    await office.hears("gus", "only help full members")
    office.say("ben", "lunch?", channel="general")
    await settled(office)

    assert "Before we begin" not in office.heard("gus")
    assert office.heard("ben") == ""


async def test_an_approver_is_told_once_their_answer_was_taken(office: Office) -> None:
    """Who approved is recorded, so whoever approves learns it; a refused click tells nothing."""
    office.say("ana", "could I get figma until friday?")
    await office.press("ana", "approve", "oncall")
    await office.hears("ana", "somebody else has to answer", "oncall")
    await office.press("omar", "approve", "oncall")
    await office.hears("omar", "Before we begin")
    await settled(office)

    told = [one for one in office.place("omar").messages if "Before we begin" in one["text"]]
    assert len(told) == 1


async def test_with_a_model_people_learn_that_it_reads_along() -> None:
    from bot.words import wording

    assert "language model" in wording.notice(has_model=True)
    assert "language model" not in wording.notice(has_model=False)


async def test_a_model_that_is_switched_on_later_is_told_of_once(office: Office, double: OpenAIDouble) -> None:
    """Whoever was told before hears of the model alone, once; whoever comes new hears all in one."""
    ts = office.say("ana", "how do guests get on the wifi?")
    await office.hears("ana", "Guests use the", thread=ts)
    await settled(office)
    await office.close()
    office.settings = load({"BOT_DATA_DIR": str(office.settings.bot_data_dir), **model_at(double)})
    await office.open()
    for who in ("ana", "ben", "ana", "ben"):
        ts = office.say(who, "how do guests get on the wifi?")
        await office.hears(who, "Guests use the", thread=ts)
    await settled(office)

    def told(who: str) -> list[tuple[bool, bool]]:
        notices = [one["text"] for one in office.place(who).messages if "once:" in one["text"]]
        return [("Before we begin" in text, "language model" in text) for text in notices]

    assert told("ana") == [(True, False), (False, True)]
    assert told("ben") == [(True, True)]


async def test_a_pasted_secret_is_kept_nowhere_and_its_writer_is_told_kindly(office: Office) -> None:
    """Blanked before the first row; the person hears once to delete and change it, for their eyes only; the request goes on."""
    import sqlalchemy as sa

    office.say("ana", "@deskhand I'm locked out of my account, my password is Sommer2024!", channel="general")
    await office.hears("ana", "Unlocked the account of Ana", "general")
    await office.hears("ana", "please delete that message")
    await office.command("ana", "how do guests get on the wifi? password: Sommer2024", channel="general")
    await office.hears("ana", "Guests use the")
    await settled(office)

    assert "delete that message" not in office.heard("ana", "general")
    assert len([one for one in office.place("ana").messages if "delete that message" in one["text"]]) == 2
    assert "Sommer2024" not in "".join(str(one) for one in office.place("ana").messages if one["user"] == BOT_USER)
    async with office.store.session() as session:
        for table in ("outbox", "transcript", "tool_call", "audit", "inbox", "plan", '"case"', "procrastinate_jobs"):
            rows = (await session.execute(sa.text(f"SELECT row_to_json(t)::text FROM {table} t"))).scalars().all()
            assert "Sommer2024" not in "".join(rows), table
