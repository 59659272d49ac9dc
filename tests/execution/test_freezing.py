"""The kill switch: what is frozen by which word, by whom, and what is told of it."""

import dataclasses
from typing import Any

import pytest

from bot.errors import CommandError
from bot.execution.freezing import Freezing, SlackFreezing, Target
from bot.obligations import Freeze
from bot.words import freezewording
from tests.town import MIDNIGHT, NOW, TEAM
from tests.workshop import WORKS, Workshop

SYSTEMS = {"turn_on": "works", "press": "works", "open_door": "doors"}
ADMINS = WORKS + "admins: [admins]\n"


def switch(shop: Workshop) -> Freezing:
    return Freezing(shop.store.work, shop.town, SYSTEMS)


async def frozen(shop: Workshop, *targets: Target) -> list[Freeze]:
    return [await switch(shop).begin(one, " Phishing \n now ", "noor") for one in targets]


async def types(shop: Workshop, text: str, who: str = "U-NOOR", team: str = TEAM) -> str | None:
    return await SlackFreezing(switch(shop), shop.facts, shop.policies, shop.town).obey(text, who, team)


async def audit(shop: Workshop) -> list[Any]:
    return [row for (row,) in await shop.asked("SELECT data FROM audit WHERE what = 'freeze' AND \"case\" = '' ORDER BY position")]


@pytest.mark.parametrize(
    ("name", "target", "meant"),
    [
        ("turn_on", Target(tool="turn_on"), "turn_on"),
        ("works", Target(system="works"), "works"),
        ("everything", Target(), ""),
        ("ALL", Target(), ""),
        ("turn_of", None, "turn_on"),
        ("work", None, "works"),
        ("xyzxyz", None, ""),
        ("", None, ""),
    ],
)
async def test_what_a_word_names(shop: Workshop, name: str, target: Target | None, meant: str) -> None:
    assert switch(shop).target(name) == target
    if target is None or name in (target.tool, target.system):
        assert switch(shop).meant(name) == meant


async def test_a_freeze_is_written_down_with_who_and_when(shop: Workshop) -> None:
    tool, system, everything = await frozen(shop, Target(tool="turn_on"), Target(system="doors"), Target())
    assert tool == Freeze(tool.id, "Phishing now", "noor", "turn_on", "", NOW)
    assert (system.tool, system.system, everything.tool, everything.system) == ("", "doors", "", "")
    assert [one.id[:2] for one in (tool, system, everything)] == ["F-"] * 3
    assert list(await switch(shop).in_force()) == [tool, system, everything]
    assert await audit(shop) == [
        {"freeze": one.id, "tool": one.tool, "system": one.system, "by": "noor"} for one in (tool, system, everything)
    ]


@pytest.mark.parametrize(
    ("target", "because", "said"),
    [
        (Target(tool="turn_of"), "Phishing.", "there is no tool 'turn_of'; did you mean 'turn_on'?"),
        (Target(tool="xyz"), "Phishing.", "there is no tool 'xyz'"),
        (Target(system="work"), "Phishing.", "there is no system 'work'; did you mean 'works'?"),
        (Target(system="turn_on"), "Phishing.", "there is no system 'turn_on'"),
        (Target(), " \n", "say why: people who ask for it read the reason"),
    ],
)
async def test_what_cannot_be_frozen(shop: Workshop, target: Target, because: str, said: str) -> None:
    with pytest.raises(CommandError) as error:
        await switch(shop).begin(target, because, "noor")
    assert (str(error.value), await switch(shop).in_force(), await audit(shop)) == (said, [], [])


async def test_it_is_lifted_by_its_id_or_by_what_it_is_on(shop: Workshop) -> None:
    """One on a system is none on its tools; of several on the same it is said which; what is lifted is so for good."""
    one, two, three, system = await frozen(shop, *[Target(tool="turn_on")] * 3, Target(system="works"))
    with pytest.raises(CommandError) as error:
        await switch(shop).lift("turn_on", "ida")
    assert str(error.value) == f"several freezes are on 'turn_on': {one.id}, {two.id}, {three.id}; say which"
    assert await switch(shop).lift(one.id.lower(), "ida") == one
    with pytest.raises(CommandError, match="several freezes"):
        await switch(shop).lift("turn_on", "ida")
    assert await switch(shop).lift(two.id, "ida") == two
    for gone in (one.id, "F-900", "press", "nothing"):
        with pytest.raises(LookupError) as missing:
            await switch(shop).lift(gone, "ida")
        assert str(missing.value) == f"no freeze {gone!r} is in force; `policy freezes` lists them"
    assert [each.id for each in await switch(shop).on("turn_on")] == [three.id]
    assert await switch(shop).lift("turn_on", "ida") == three
    assert list(await switch(shop).in_force()) == [system]
    lifted = {"freeze": three.id, "tool": "turn_on", "system": "", "lifted_by": "ida"}
    assert (await audit(shop))[-1] == lifted


async def test_what_stops_the_same(shop: Workshop) -> None:
    """Those on a tool, its system or everything stop the tool; those on another, or on one of its tools alone, stop less."""
    tool, works, doors, every = await frozen(shop, Target(tool="turn_on"), Target(system="works"), Target(system="doors"), Target())
    assert await switch(shop).stopping("turn_on") == [tool, works, every]
    assert await switch(shop).stopping("press") == [works, every]
    assert await switch(shop).stopping("works") == [works, every]
    assert await switch(shop).stopping("doors") == [doors, every]
    assert await switch(shop).stopping("everything") == await switch(shop).stopping("xyz") == [every]
    assert await switch(shop).still(dataclasses.replace(tool, id="F-900")) == [tool, works, every]
    assert await switch(shop).still(dataclasses.replace(works, id="F-900")) == [works, every]
    assert await switch(shop).still(dataclasses.replace(every, id="F-900")) == [every]


# ── as it is typed ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["please freeze my card", "freezer", "unfreeze it all now", "the freezes", "frozen"])
async def test_other_words_are_a_request(shop: Workshop, text: str) -> None:
    shop.reads(ADMINS)
    assert await types(shop, text) is None


async def test_an_admin_freezes_lists_and_lifts(shop: Workshop) -> None:
    shop.reads(ADMINS)
    assert await types(shop, "freezes") == "Nothing is frozen."
    told = await types(shop, " Freeze turn_on links go\nto strangers ")
    [one] = await switch(shop).in_force()
    assert (one.because, one.by, one.tool) == ("links go to strangers", "noor", "turn_on")
    assert told == freezewording.begun(one)
    assert await types(shop, "FREEZES!") == freezewording.listed([one], "Europe/Berlin", {"noor": "Noor"})
    assert await types(shop, "unfreeze press") == freezewording.none_on("press", [])
    assert await types(shop, f"unfreeze {one.id.lower()}.") == freezewording.lifted(one)
    assert await types(shop, f"unfreeze {one.id.lower()}") == freezewording.none_such(one.id)
    every, tool, second = await frozen(shop, Target(), *[Target(tool="turn_on")] * 2)
    assert await types(shop, "unfreeze press") == freezewording.none_on("press", [every])
    assert await types(shop, "unfreeze turn_on") == freezewording.several("turn_on", [tool, second])
    assert await types(shop, f"unfreeze {tool.id}") == freezewording.lifted(tool, [every, second])
    assert [each.id for each in await switch(shop).in_force()] == [every.id, second.id]
    assert await types(shop, "unfreeze everything!") == freezewording.lifted(every)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("freeze", freezewording.no_target("", "")),
        ("freeze turn_of why", freezewording.no_target("turn_of", "turn_on")),
        ("freeze xyzxyz why", freezewording.no_target("xyzxyz", "")),
        ("freeze turn_on", freezewording.WHY),
        ("unfreeze", freezewording.WHICH),
        ("unfreeze xyz", freezewording.WHICH),
    ],
)
async def test_a_slip_of_an_admin_is_told_and_of_anybody_else_is_a_request(shop: Workshop, text: str, told: str) -> None:
    """An admin in a hurry must not take it for a freeze; that somebody else may not is told only of what is one."""
    shop.reads(ADMINS)
    assert await types(shop, text) == told
    refused = freezewording.no_admin(["admins"])
    assert await types(shop, text, "U-BEN") == (refused if text == "freeze turn_on" else None)
    assert await switch(shop).in_force() == []


async def test_an_admin_of_a_shift_is_one_while_it_lasts(shop: Workshop) -> None:
    shop.reads(ADMINS.replace("admins: {people: [noor]}", "admins: {oncall: identity}"))
    assert await types(shop, "freezes", "U-OMAR") == "Nothing is frozen."
    shop.town.at = MIDNIGHT
    assert await types(shop, "freezes", "U-OMAR") == freezewording.no_admin(["admins"])


@pytest.mark.parametrize("text", ["freeze turn_on why", "freezes", "unfreeze F-1", "unfreeze everything"])
async def test_nobody_else_does(shop: Workshop, text: str) -> None:
    """Neither a colleague, nor the account of an admin in another company, nor anybody where the policy names no admins."""
    shop.reads(ADMINS)
    [one] = await frozen(shop, Target())
    refused = freezewording.no_admin(["admins"])
    assert await types(shop, text, "U-BEN") == refused
    assert await types(shop, text, "U-NOOR", "T-OTHER") == refused
    shop.reads(WORKS)
    assert await types(shop, text) == freezewording.NO_ADMINS
    shop.reads(ADMINS.replace("admins: {people: [noor]}", "admins: {group: it}"))
    assert await types(shop, text) == freezewording.ADMIN_UNKNOWN
    assert await switch(shop).in_force() == [one]
