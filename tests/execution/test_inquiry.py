"""Why something was decided and what somebody may: told to whoever may know, and to nobody else."""

import dataclasses
from typing import Any

import pytest
import sqlalchemy as sa

from bot.approvals.card import card
from bot.consent import ApprovalState
from bot.domain import CallState, Post, PostKind
from bot.execution.inquiry import Inquiry, _matters
from bot.ports import ClickAnswer
from bot.provenance import Kind, Origin
from bot.words import askwording, originwording, whywording, wording
from tests.town import MIDNIGHT, NOW, SLACK, TEAM
from tests.workshop import ENGINEERS, WORKS, Workshop, owing, policy

ADMINS = "admins: [admins]\n"
OTHER = "T-OTHER"


def inquiry(shop: Workshop) -> Inquiry:
    people = shop.people.approvers
    return Inquiry(shop.tools, shop.policies, shop.facts, shop.town, people, shop.executor.decisions, shop.store.work, shop.town)  # type: ignore[arg-type]


async def why(shop: Workshop, who: str = "U-ANA", case: str = "C-1", team: str = TEAM) -> str:
    return await inquiry(shop).why(case, who, team)


async def typed(shop: Workshop, text: str, who: str = "U-ANA", team: str = TEAM) -> str | None:
    return await inquiry(shop).typed(text, who, team)


async def reads(shop: Workshop) -> list[dict[str, Any]]:
    """Who has looked, as the audit has it."""
    return [row for (row,) in await shop.asked("SELECT data FROM audit WHERE what = 'read' ORDER BY position")]


# ── who may know ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "team", "by", "told"),
    [
        pytest.param("U-ANA", TEAM, "ana", True, id="who asked"),
        pytest.param("U-IDA", TEAM, "ida", True, id="who may answer"),
        pytest.param("U-NOOR", TEAM, "noor", True, id="an admin"),
        pytest.param("U-BEN", TEAM, "ben", False, id="who gains by it"),
        pytest.param("U-MIA", TEAM, "mia", False, id="another colleague"),
        pytest.param("U-GUEST", TEAM, "U-GUEST", False, id="a guest"),
        pytest.param("U-ANA", OTHER, "ana", False, id="the account of who asked, from another company"),
        pytest.param("U-NOOR", OTHER, "noor", False, id="the account of an admin, from another company"),
    ],
)
async def test_who_may_read_of_a_call_that_waits(house: Workshop, who: str, team: str, by: str, told: bool) -> None:
    """The same in the window with all of it; each look stands in the audit, and that nothing was told."""
    house.reads(policy(pair="{by: [engineers], within: 4h}") + ADMINS)
    call = await house.opens()
    text = await why(house, who, team=team)
    assert (call.sentence in text, text == whywording.UNTOLD) == (told, not told)
    refused = {} if told else {"refused": by}
    assert (await reads(house))[-1] == {"by": by, "via": "slack", "of": "why", **refused}
    click = dataclasses.replace(await house.click(call.approval, who), team=team)
    answer = await inquiry(house).whole(click)
    assert (answer.taken, answer.text) == ((True, "") if told else (False, whywording.UNTOLD))
    assert bool(answer.shown) is told
    assert (await reads(house))[-1] == {"by": by, "via": "slack", "of": "call", "approval": call.approval, **refused}


async def test_who_has_had_a_part_in_it_may_know_for_ever(house: Workshop) -> None:
    """Whoever said yes or took it over, also once they are no engineers any more; who could only have answered may not any longer."""
    house.reads(policy(pair="{by: [engineers], within: 4h}"))
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR", approve=False)
    assert call.sentence in await why(house, "U-OMAR")
    assert await why(house, "U-IDA") == whywording.UNTOLD
    house.reads(policy(pair="{by: [engineers], within: 4h}").replace("[omar, ida]", "[noor]"))
    assert call.sentence in await why(house, "U-OMAR")
    other = await house.opens()
    one = await house.approval(other.approval)
    async with house.store.work() as work:
        await work.save_approval(dataclasses.replace(one, state=ApprovalState.TAKEN_OVER, taker="mia"))
    assert other.sentence in await why(house, "U-MIA")


async def test_there_is_no_telling_whether_there_is_such_a_case(shop: Workshop) -> None:
    assert await why(shop, case="C-900") == whywording.UNTOLD
    assert await why(shop, case="") == whywording.UNTOLD
    assert await reads(shop) == []
    assert await why(shop, "U-MIA") == whywording.UNTOLD
    assert await why(shop) == whywording.NO_CALL


async def test_what_can_be_seen_of_all_of_a_call(house: Workshop) -> None:
    """What its card says, with the names of whoever has answered or asked, whose it is, and whether this reader may say yes now."""
    await house.stands("c0", state=CallState.VERIFIED, sentence="Turn the fan on")
    call = await house.opens()
    await house.people.asides.ask(await house.click(call.approval, "U-OMAR", words="Which door?"))
    one = await house.approval(call.approval)
    async with house.store.work() as work:
        case, calls = await work.case("C-1"), await work.calls("C-1")
    assert case is not None
    drawn = card(
        one,
        await house.call(call.call),
        case,
        requester=house.turn.principal,
        tool=house.door,
        names={"omar": "Omar"},
        others=calls,
    )
    assert drawn["so_far"] == ["Turn the fan on: done, and checked"]
    for who, may in (("U-OMAR", True), ("U-ANA", False)):
        answer = await inquiry(house).whole(await house.click(call.approval, who))
        assert answer == ClickAnswer(True, "", shown={**drawn, "own": False, "may": may})
    await house.yes(call.approval, "U-IDA")
    answer = await inquiry(house).whole(await house.click(call.approval, "U-IDA"))
    assert (answer.shown["may"], answer.shown["votes"][0]["name"]) == (False, "Ida")


async def test_of_several_calls_the_one_is_shown_that_the_button_is_about(house: Workshop) -> None:
    for call in [await house.opens() for _ in range(3)]:
        answer = await inquiry(house).whole(await house.click(call.approval, "U-OMAR"))
        assert (answer.shown["approval"], ["door", call.arguments["door"]] in answer.shown["arguments"]) == (call.approval, True)


async def test_whoever_may_answer_by_what_they_are_to_the_requester_may_know(house: Workshop) -> None:
    house.town.people_["ana"] = dataclasses.replace(house.town.people_["ana"], manager="mia")
    boss = policy(pair="{by: [boss], within: 4h}").replace("roles:\n", "roles:\n  boss: {manager_of: requester}\n", 1)
    house.reads(boss)
    call = await house.opens()
    assert call.sentence in await why(house, "U-MIA")
    answer = await inquiry(house).whole(await house.click(call.approval, "U-MIA"))
    assert answer.shown["may"]
    assert await why(house, "U-OMAR") == whywording.UNTOLD


async def test_of_the_requesters_own_click_only_they_may_say_yes(shop: Workshop) -> None:
    shop.reads(owing("confirm: true") + ADMINS)
    call = await shop.asks()
    for who, may in (("U-ANA", True), ("U-NOOR", False)):
        answer = await inquiry(shop).whole(await shop.click(call.confirmation, who))
        assert (answer.shown["own"], answer.shown["may"]) == (True, may)


@pytest.mark.parametrize("changed", [{"nonce": "guessed"}, {"nonce": "ünïcode"}, {"approval": "A-900"}])
async def test_a_button_that_is_none_of_ours_opens_nothing(house: Workshop, changed: dict[str, str]) -> None:
    call = await house.opens()
    click = await house.click(call.approval, "U-OMAR")
    answer = await inquiry(house).whole(dataclasses.replace(click, **changed))  # type: ignore[arg-type]
    assert answer == ClickAnswer(False, askwording.UNKNOWN_APPROVAL)
    assert await reads(house) == []


# ── why ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_why_it_waits_and_then_why_it_was_done(house: Workshop) -> None:
    """The whole of it, line by line."""
    house.reads(policy(pair="{by: [engineers, managers], count: 2, within: 4h}"))
    call = await house.opens()
    one = await house.approval(call.approval)
    works, pair = house.policies.current.of("open_door")
    until = wording.moment(one.expires)

    def head(became: str) -> list[str]:
        return [
            f"*{call.sentence}* (C-1, `open_door`)",
            became,
            whywording.policy(works, []),
            whywording.policy(pair, [whywording.owed(owed) for owed in pair.owes]),
            *originwording.why(call.origins, "Ana", aside=False),
        ]

    waits = [f"Asked ({one.id}): Ida, Mia and Omar.", f"Needed now: a yes from {askwording.needed(one)}, until {until}."]
    assert (await why(house)).splitlines() == [*head(whywording.held(call)), *waits]
    await house.yes(one.id, "U-OMAR", words="Fine.")
    left = askwording.still_needed(one, (0,))
    assert (await why(house)).splitlines() == [
        *head(whywording.held(call)),
        f"Omar said yes ({one.id}) at {wording.moment(NOW)}: Fine.",
        waits[0],
        f"Needed now: a yes from {left}, until {until}; 1 said yes already.",
    ]
    await house.yes(one.id, "U-MIA")
    done = await house.performs(one.id)
    assert (await why(house)).splitlines() == [
        *head(whywording.held(done)),
        f"Omar said yes ({one.id}) at {wording.moment(NOW)}: Fine.",
        f"Mia said yes ({one.id}) at {wording.moment(NOW)}.",
        waits[0],
    ]


async def test_why_it_was_denied_by_a_person_or_by_the_policy(house: Workshop) -> None:
    """Of a policy's no those are named that would permit it, or what forbids it; of what is observed nothing."""
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR", approve=False, words="Not today.")
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(await house.call(call.call), state=CallState.DENIED, reason="Not today."))
    assert "It was *denied* by a person: Not today." in await why(house)
    never = "  - {id: never, because: Not this., tools: [turn_on], effect: forbid, roles: [employee]}\n"
    house.reads(WORKS + never)
    denied = await house.asks(name="c9")
    text = await why(house)
    assert text.splitlines()[:3] == [
        f"*{denied.sentence}* (C-1, `turn_on`)",
        "It was *denied*: Not this.",
        whywording.policy(house.policies.current.of("turn_on")[1], []),
    ]
    assert "permits this to" not in text
    house.reads(
        WORKS.replace("roles: [employee, deskhand]", "roles: [engineers]")
        + never.replace("forbid", "permit, mode: observe, since: 2026-11-16")
    )
    await house.asks(name="c10", thing="fan")
    permits = [one for one in house.policies.current.of("turn_on") if not one.observe]
    assert "The policy doesn't permit this. Who may ask for it: the engineers." in await why(house)
    assert (await why(house)).splitlines()[2:4] == whywording.might(permits)
    assert "never" not in await why(house)


async def test_what_a_freeze_stopped_and_who_has_left(house: Workshop) -> None:
    """A freeze is no policy that is gone; whoever answered is named by their handle once the directory knows them no more."""
    call = await house.opens()
    await house.yes(call.approval, "U-OMAR")
    del house.town.people_["omar"]
    assert f"\nomar said yes ({call.approval})" in await why(house)
    await house.frozen()
    await house.asks(name="c9")
    async with house.store.work() as work:
        await work.save_call(dataclasses.replace(await house.call(call.call), state=CallState.VERIFIED, approval="", decision=""))
    text = await why(house)
    assert "It was *stopped*" in text
    assert "no longer in the policy" not in text


async def test_a_policy_that_has_changed_since_is_said(shop: Workshop) -> None:
    """With what was decided by a policy that is gone, and with what stands over all changes."""
    ceilings = (
        "ceilings:\n  - {id: many, times: 60, within: 1h, per: principal}\n  - {id: all, times: 200, within: 1d, per: case}\n"
    )
    shop.reads(owing(ENGINEERS) + ceilings)
    call = await shop.asks()
    many, all_ = [whywording.owed(one) for one in shop.policies.current.ceilings]
    over = f"• over all changes: {many}; {all_}"
    assert over in (await why(shop)).splitlines()
    shop.reads(owing(ENGINEERS).replace("id: more", "id: other") + ceilings)
    lines = (await why(shop)).splitlines()
    assert whywording.unnamed("more") in lines
    assert whywording.since(call.policy_version, shop.policies.current.version) in lines
    shop.reads(owing("confirm: true"))
    assert not any("over all changes" in line for line in (await why(shop)).splitlines())


async def test_where_values_came_from_is_told_with_the_name_of_who_asked(shop: Workshop) -> None:
    origin = Origin("thing", "lamp", Kind.TEXT, "K-3 read_gauge")
    await shop.stands("c1", decision="permit", policies=("works",), policy_version="v0", origins=(origin,), facts={"aside": True})
    assert "\n".join(originwording.why((origin,), "Ana", aside=True)) in await why(shop)


async def test_of_a_click_nobody_is_named_as_asked(shop: Workshop) -> None:
    """It is whoever asked for it who clicks; what is needed now says so."""
    shop.reads(owing("confirm: true"))
    call = await shop.asks()
    lines = (await why(shop)).splitlines()
    assert not any(line.startswith("Asked") for line in lines)
    assert [line for line in lines if line.startswith("Needed now")] == [
        f"Needed now: the requester's own click on {call.confirmation}, until {wording.moment((await shop.approval(call.confirmation)).expires)}."
    ]


@pytest.mark.parametrize("state", [ApprovalState.WAITING, ApprovalState.APPROVED])
async def test_nothing_is_needed_of_what_waits_no_longer(shop: Workshop, state: ApprovalState) -> None:
    """Whatever stands on its approval."""
    shop.reads(owing(ENGINEERS))
    call = await shop.asks()
    assert "Needed now" in await why(shop)
    async with shop.store.work() as work:
        await work.save_call(dataclasses.replace(call, state=CallState.WITHDRAWN))
        await work.save_approval(dataclasses.replace(await shop.approval(call.approval), state=state))
    assert "Needed now" not in await why(shop)


@pytest.mark.parametrize("decision", ["permit", "deny"])
async def test_what_a_policy_asks_for_is_no_matter_of_what_it_denies(shop: Workshop, decision: str) -> None:
    """One that could not be evaluated denies: its reason is told, and nothing that could be done."""
    shop.reads(owing(ENGINEERS))
    version = shop.policies.current.version
    await shop.stands("c1", state=CallState.DENIED, decision=decision, policies=("more",), policy_version=version)
    more = next(one for one in shop.policies.current.of("turn_on") if one.id == "more")
    owes = [whywording.owed(one) for one in more.owes] if decision == "permit" else []
    assert whywording.policy(more, owes) in (await why(shop)).splitlines()


async def test_what_else_came_of_the_case_has_a_line(shop: Workshop) -> None:
    shop.reads(owing(ENGINEERS))
    await shop.stands("c0", state=CallState.VERIFIED, sentence="Turn the fan on")
    await shop.asks()
    assert (await why(shop)).splitlines()[-2:] == ["In the same case:", "• Turn the fan on: done, and checked"]


async def test_the_call_that_somebody_would_ask_about(shop: Workshop) -> None:
    """The newest that waits, else that was held or denied, else that was made, else the newest look."""
    look = await shop.stands("l", "read_gauge", CallState.DONE, effect="read")
    made = [await shop.stands(f"m{at}", state=CallState.VERIFIED, decision="permit") for at in range(2)]
    denied = await shop.stands("d", state=CallState.DENIED, decision="deny")
    held = await shop.stands("h", state=CallState.VERIFIED, decision="permit", approval="A-1")
    waits = [await shop.stands(f"w{at}", state=CallState.WAITING, decision="permit") for at in range(2)]
    assert _matters([*waits, held, denied, *made, look]) == waits[-1]
    assert _matters([held, denied, *made, look]) == denied
    assert _matters([denied, held, *made, look]) == held
    assert _matters([*made, look]) == made[-1]
    assert _matters([look]) == look
    assert _matters([]) is None


async def test_of_a_message_of_ours_the_case_that_it_is_about(house: Workshop) -> None:
    """By the post itself, else by the thread in which it stands, else none."""
    call = await house.opens()
    async with house.store.work() as work:
        await work.add_thread("C-1", "D", "1.1")
        await work.put(Post("p", PostKind.NOTE, {"text": "x"}, channel="D", thread="1.1", case="C-1"))
    async with house.store.session() as session:
        await session.execute(sa.text("UPDATE outbox SET posted_channel = 'D', posted_ts = '5.5' WHERE key = 'p'"))
    about = inquiry(house).about
    assert call.sentence in await about("D", "5.5", "", "U-ANA", TEAM)
    assert call.sentence in await about("D", "9.9", "1.1", "U-ANA", TEAM)
    assert call.sentence in await about("D", "1.1", "", "U-ANA", TEAM)
    assert await about("D", "9.9", "", "U-ANA", TEAM) == whywording.UNTOLD
    assert await about("D", "5.5", "", "U-MIA", TEAM) == whywording.UNTOLD


# ── can ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

LAMP = "thing=lamp"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("why", whywording.WHICH),
        (" Can ", whywording.HOW),
        ("why c-900?", whywording.UNTOLD),
        ("can turn_of", whywording.no_such_tool("turn_of", " (did you mean 'turn_on'?)")),
        ("can turn_on", whywording.needs("", "turn_on", "", ["thing"])),
        ("can ana turn_on", whywording.needs("ana", "turn_on", "", ["thing"])),
        ("can turn_on note=x", whywording.needs("", "turn_on", "note=x", ["thing"])),
        ('can turn_on thing="lamp', whywording.HOW),
        ("can you turn it on", None),
        ("why is it dark", None),
        ("please turn_on the lamp", None),
    ],
)
async def test_what_is_typed_and_is_no_request(shop: Workshop, text: str, told: str | None) -> None:
    assert await typed(shop, text) == told


async def test_a_case_is_asked_about_in_either_letters(house: Workshop) -> None:
    call = await house.opens()
    assert call.sentence in (await typed(house, "why c-1?") or "")
    assert await typed(house, "why C-1", "U-MIA") == whywording.UNTOLD
    assert await typed(house, "why C-1", "U-ANA", OTHER) == whywording.UNTOLD


async def test_a_value_may_have_its_own_sign_of_equality_and_a_person_is_mentioned(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.reads(WORKS + ADMINS)
    monkeypatch.setitem(SLACK, "U0OMAR", "omar")
    assert (await typed(shop, "can turn_on thing=a=b=c") or "").startswith("*Yes, at once* (Ana): turn_on a=b=c for Ana")
    told = await typed(shop, "can <@U0OMAR|omar> turn_on thing=lamp", "U-NOOR")
    assert (told or "").startswith("*Yes, at once* (Omar): turn_on lamp for Omar")


async def test_what_one_may_oneself(shop: Workshop) -> None:
    """At once, once one has clicked, once somebody agrees (who that would be), or not: by the words that were typed."""
    mine = whywording.may("Ana", "turn_on lamp for Ana", clicked=False, agreed=False)
    works = whywording.policy(shop.policies.current.of("turn_on")[0], [])
    for text in (
        f"can turn_on {LAMP}",
        f"can I turn_on {LAMP}",
        f"can me turn_on {LAMP}",
        f"can @ana turn_on {LAMP}",
        f"can <@U-ANA> turn_on {LAMP}",
    ):
        if "<@" not in text:
            assert await typed(shop, text) == f"{mine}\n{works}"
    shop.reads(owing("confirm: true"))
    clicked = whywording.may("Ana", "turn_on lamp for Ana", clicked=True, agreed=False)
    assert (await typed(shop, f"can turn_on {LAMP}") or "").splitlines()[0] == clicked
    shop.reads(owing(ENGINEERS))
    told = (await typed(shop, f"can turn_on {LAMP}") or "").splitlines()
    assert told[0] == whywording.may("Ana", "turn_on lamp for Ana", clicked=False, agreed=True)
    assert told[-1] == whywording.would_ask(["Ida", "Omar"], unknown=False)
    shop.reads(WORKS + "  - {id: never, because: Not this., tools: [turn_on], effect: forbid, roles: [employee]}\n")
    told = (await typed(shop, f"can turn_on {LAMP}") or "").splitlines()
    assert told[0] == whywording.may_not("Ana", f"turn_on {LAMP}", "Not this.")
    assert await typed(shop, f"can turn_on {LAMP} colour=red") == wording.bad_arguments(
        "turn_on", [{"loc": ("colour",), "msg": "Extra inputs are not permitted"}]
    )
    assert shop.lamp.ran == []


async def test_whom_one_would_ask(shop: Workshop) -> None:
    """Who may answer to this person, about this person: nobody agrees to what is for themselves, and a manager is that of who asks."""
    boss = owing("approval: {by: [boss], within: 4h}").replace("roles:\n", "roles:\n  boss: {manager_of: requester}\n", 1)
    shop.reads(boss + ADMINS)
    for handle, manager in (("ana", "mia"), ("noor", "ida")):
        shop.town.people_[handle] = dataclasses.replace(shop.town.people_[handle], manager=manager)
    told = [await typed(shop, f"can {who} turn_on {LAMP}", "U-NOOR") or "" for who in ("ana", "noor")]
    assert [one.splitlines()[-1] for one in told] == [whywording.would_ask([name], unknown=False) for name in ("Mia", "Ida")]
    shop.reads(owing(ENGINEERS))
    told = [await typed(shop, f"can turn_on {LAMP} user=ida") or "", await typed(shop, f"can turn_on {LAMP}", "U-OMAR") or ""]
    assert [one.splitlines()[-1] for one in told] == [whywording.would_ask([name], unknown=False) for name in ("Omar", "Ida")]
    nobody = owing("approval: {by: [nobody], within: 4h}").replace("roles:\n", "roles:\n  nobody: {people: [left]}\n", 1)
    shop.reads(nobody)
    assert (await typed(shop, f"can turn_on {LAMP}") or "").splitlines()[-1] == whywording.would_ask([], unknown=False)
    unknown = owing("approval: {by: [away], within: 4h}").replace("roles:\n", "roles:\n  away: {group: away}\n", 1)
    shop.reads(unknown)
    assert (await typed(shop, f"can turn_on {LAMP}") or "").splitlines()[-1] == whywording.would_ask([], unknown=True)


async def test_what_others_may_is_told_to_admins_alone(shop: Workshop) -> None:
    """Of whom the directory knows, and by their rights, not by those of who asks."""
    shop.reads(WORKS.replace("roles: [employee, deskhand]", "roles: [engineers]") + ADMINS)
    assert await typed(shop, f"can omar turn_on {LAMP}") == whywording.ONLY_YOURSELF
    assert (await typed(shop, f"can omar turn_on {LAMP}", "U-NOOR") or "").startswith("*Yes, at once* (Omar)")
    assert (await typed(shop, f"can @omar turn_on {LAMP} user=ben", "U-NOOR") or "").startswith(
        "*Yes, at once* (Omar): turn_on lamp for Ben"
    )
    assert (await typed(shop, f"can turn_on {LAMP}", "U-NOOR") or "").startswith("*No* (Noor)")
    assert await typed(shop, f"can nobody turn_on {LAMP}", "U-NOOR") == "The directory knows nobody called nobody."
    for who, team in (("U-GUEST", TEAM), ("U-NOOR", OTHER), ("U-NOBODY", TEAM)):
        assert await typed(shop, f"can turn_on {LAMP}", who, team) == whywording.NOT_A_MEMBER


async def test_an_admin_of_a_shift_is_told_while_it_lasts(shop: Workshop) -> None:
    shop.reads(WORKS.replace("admins: {people: [noor]}", "admins: {oncall: identity}") + ADMINS)
    assert (await typed(shop, f"can ben turn_on {LAMP}", "U-OMAR") or "").startswith("*Yes, at once* (Ben)")
    shop.town.at = MIDNIGHT
    assert await typed(shop, f"can ben turn_on {LAMP}", "U-OMAR") == whywording.ONLY_YOURSELF


async def test_nothing_of_what_was_asked_about_is_kept(shop: Workshop) -> None:
    await typed(shop, f"can turn_on {LAMP}")
    assert (await shop.asked("SELECT 1 FROM tool_call"), await shop.posts(), await reads(shop)) == ([], {}, [])
