"""Why something was decided, and what one may: told to those who may know, for their eyes only."""

import pytest

from bot.slack.listeners import LOOKING, WHY_SHORTCUT
from bot.words import whywording
from tests.office import Office, words

FIGMA = "could I get figma until friday?"


async def held(office: Office) -> str:
    """Ana's request for Figma waits; the case."""
    office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")
    return str((await office.cases())[0]["id"])


async def why(office: Office, who: str, text: str, channel: str = "") -> str:
    """What "Why?" in the menu of the newest message that says this tells somebody."""
    place = office.place(who, channel)
    ts = next(one["ts"] for one in reversed(place.messages) if text in words(one) and "ephemeral_to" not in one)
    views = office.server.workspace.views
    views.clear()
    assert await office.server.interactions.message_shortcut(office.who(who), place, ts, WHY_SHORTCUT) == ""
    await office.until(lambda: LOOKING not in words(next(iter(views.values()), {"text": LOOKING})), "an answer")
    return words(await office.form(who))


async def test_the_requester_reads_why_it_waits_and_then_why_it_was_done(office: Office) -> None:
    """The policy with its reason, what it asks for, who was asked and what is needed; once approved, nothing is needed."""
    case = await held(office)
    told = await why(office, "ana", "needs a person's yes")
    for part in (
        case,
        "held",
        "access-for-a-while",
        "given by the people on call for identity",
        "a yes of whoever is on call for identity",
        "Omar",
        "Needed now: a yes from",
    ):
        assert part in told, part

    await office.press("omar", "approve")
    await office.hears("ana", "figma")
    await office.case_is(state="resolved")
    told = await why(office, "ana", "needs a person's yes" if "needs a person's yes" in office.heard("ana") else "figma")
    assert "It was *permitted*" in told
    assert "Omar Haddad said yes (A-1) at " in told
    assert "Needed now" not in told


async def test_what_waits_for_the_requester_s_own_click_names_nobody_else(office: Office) -> None:
    office.say("ana", "please restart my laptop")
    await office.hears("ana", "It cannot be undone")
    await office.command("ana", "why C-1")
    told = await office.hears("ana", "Needed now: the requester's own click on A-1")
    assert "a yes from" not in told


async def test_an_admin_may_ask_about_others_and_about_any_case(office: Office) -> None:
    """Whoever holds one of the policy's `admins` roles, and nobody else who neither asked nor answers."""
    case = await held(office)
    await office.command("tariq", f"why {case}")
    await office.hears("tariq", "Needed now: a yes from")
    await office.command("tariq", "can ana reset_mfa user=ben")
    await office.hears("tariq", "*Yes, once somebody agrees*")
    await office.command("ben", "can ana reset_mfa user=ben")
    await office.hears("ben", whywording.ONLY_YOURSELF)


async def test_the_command_tells_the_same_to_whoever_may_answer_and_nothing_to_others(either_office: Office) -> None:
    """Omar may answer, so he may know; Ben may not, and cannot tell whether there is such a case."""
    office = either_office
    case = await held(office)
    await office.command("omar", f"why {case}")
    await office.hears("omar", "Needed now: a yes from")

    for asked in (f"why {case}", "why C-999999"):
        office.place("ben").messages.clear()
        await office.command("ben", asked)
        heard = await office.hears("ben", whywording.UNTOLD)
        assert "figma" not in heard.casefold()
        assert "access-for-a-while" not in heard


async def test_a_card_tells_its_approver_and_nobody_else_sees_the_answer(office: Office) -> None:
    """From the card in the approver's direct messages, in a window of their own."""
    await held(office)
    await office.until(lambda: office.button("omar", "approve"), "a card")
    assert "access-for-a-while" in await why(office, "omar", "ana")
    assert [view["viewer"] for view in office.server.workspace.views.values()] == [office.who("omar").slack_id]


async def test_of_several_the_one_that_waited_is_explained(office: Office) -> None:
    """Not what was done by the way after it: that has a line. So also once it was answered."""
    office.say("ana", "could I get figma until friday, and my vpn says certificate expired")
    await office.hears("ana", "needs a person's yes")
    await office.hears("ana", "The VPN certificate is valid")
    await office.command("ana", "why C-1")
    heard = await office.hears("ana", "It is *held*")
    assert "*Give Ana Almeida access to Figma until" in heard
    assert "In the same case:\n• Renew the VPN certificate of Ana Almeida's main device: done, and checked" in heard
    await office.press("omar", "approve")
    await office.case_is(outcome="verified")
    await office.command("ana", "why C-1")
    await office.hears("ana", "Omar Haddad said yes (A-1)")


async def test_a_denial_by_the_policy_names_what_would_permit_it(office: Office) -> None:
    """Ana may not look at Ben's device; she reads for whom the policy opens that."""
    await office.command("ana", "can get_device user=ben")
    heard = await office.hears("ana", "*No*")
    assert "`get_device user=ben`" in heard
    assert "`look-for-others`, to" in heard


async def test_can_tells_oneself_and_others_only_about_themselves(office: Office) -> None:
    """What is owed and who would be asked; about somebody else only admins read it; nothing is done or recorded."""
    await office.command("ana", "can grant_access app=figma until=2026-12-01")
    heard = await office.hears("ana", "*Yes, once somebody agrees*")
    assert "a yes of whoever is on call for identity within 4 hours" in heard
    assert "identity-oncall" not in heard
    assert "I would ask" in heard
    assert "Omar" in heard
    await office.command("ana", "can unlock_account")
    await office.hears("ana", "*Yes, at once*")

    await office.command("ben", "can ana unlock_account")
    await office.hears("ben", whywording.ONLY_YOURSELF)
    await office.command("gus", "can unlock_account")
    await office.hears("gus", whywording.NOT_A_MEMBER)
    assert await office.cases() == []
    assert {one["person"]: one["status"] for one in (await office.books())["accounts"]}["ana"] == "LOCKED_OUT"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("can grant_access app=figma", "`/deskhand can grant_access app=figma until=…`"),
        ("can @ana grant_access app=figma", "`/deskhand can ana grant_access app=figma until=…`"),
        ("can reset_mf user=ben", "There is no tool `reset_mf` (did you mean 'reset_mfa'?)"),
        ("can ana unlock_acount", "There is no tool `unlock_acount` (did you mean 'unlock_account'?)"),
        ("can", whywording.HOW),
        ("why", whywording.WHICH),
        ("can restart_device", "*Yes, once whoever asks clicks it*"),
    ],
)
async def test_a_slip_after_the_command_is_told_and_no_request(office: Office, typed: str, told: str) -> None:
    """What is missing or mistyped is named; it opens no case, and does not stand before an approver as somebody's words."""
    await office.command("ana", typed)
    await office.hears("ana", told)
    assert await office.cases() == []


@pytest.mark.parametrize("text", ["can you unlock my account", "why is my vpn so slow", "can I get figma until friday?"])
async def test_other_sentences_that_begin_so_are_requests(office: Office, text: str) -> None:
    await office.command("ana", text, channel="general")
    await office.hears("ana", "in our direct messages", "general")


async def test_who_asked_about_a_case_is_recorded_whether_they_were_told_or_not(office: Office) -> None:
    """Each look leaves a row with who it was, and no text; a case that there is not leaves none."""
    case = await held(office)
    for who, told in (("ana", "Needed now"), ("ben", whywording.UNTOLD)):
        await office.command(who, f"why {case}")
        await office.hears(who, told)
    await office.command("ben", "why C-999")
    trail = await office.trail()
    assert [one["data"] for one in trail["audit"] if one["what"] == "read"] == [
        {"by": "ana", "via": "slack", "of": "why"},
        {"by": "ben", "via": "slack", "of": "why", "refused": "ben"},
    ]
