"""Several things of one kind asked for at once, and another of the kind while one is open: each is a request of its own."""

import pytest

from tests.office import Office


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("figma and looker please", id="beside each other"),
        pytest.param("give me figma. also give me looker", id="one after the other"),
        pytest.param("could I get access to looker, figma and jira until friday?", id="one of them is there already"),
    ],
)
async def test_each_is_asked_for_and_given(office: Office, words: str) -> None:
    """Without a model: a plan for each, one card with both in full, one yes to both, and both are there."""
    office.say("ana", words)
    await office.until(lambda: office.button("omar", "approve_all"), "a card of two")
    card = office.heard("omar")
    assert "Give Ana Almeida access to Figma until" in card
    assert "Give Ana Almeida access to Looker until" in card
    await office.press("omar", "approve_all")
    await office.case_is(outcome="verified")
    done = [one for one in (await office.trail())["calls"] if one["tool"] == "grant_access" and one["state"] == "verified"]
    assert sorted(one["arguments"]["app"] for one in done) == ["figma", "looker"]
    assert len(await office.journal("grant_access")) == len(done)


async def test_each_has_its_own_time(office: Office) -> None:
    """What is said beside one thing is meant of it alone."""
    office.say("ana", "figma until friday and looker for two weeks please")
    await office.until(lambda: office.button("omar", "approve_all"), "a card of two")
    calls = [one["arguments"] for one in (await office.trail())["calls"] if one["tool"] == "grant_access"]
    until = {one["app"]: one["until"] for one in calls}
    assert set(until) == {"figma", "looker"}
    assert until["figma"] < until["looker"]


@pytest.mark.parametrize("words", ["figma or looker please", "give me figma, not looker, sorry, looker"])
async def test_one_of_several_is_asked_about(office: Office, words: str) -> None:
    """Where one is meant nobody guesses which."""
    office.say("ana", words)
    await office.hears("ana", "Which application is it?")
    assert (await office.trail())["approvals"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param("could I get looker until friday?", "access to Looker until", id="another"),
        pytest.param("could I get access to miro?", "Which application is it?", id="one that nobody knows"),
        pytest.param("could I get into the production until friday?", "Do you mean Production Shell?", id="a part of a name"),
    ],
)
async def test_another_while_one_is_done_by_hand(office: Office, words: str, told: str) -> None:
    """The engineer has taken the first over: what names something else is a request of its own."""
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    await office.pick("omar", "I'll do it by hand")
    await office.hears("ana", "does this by hand")
    office.say("ana", words)
    await office.hears("ana", told)
    assert "already on that" not in office.heard("ana")
    assert len(await office.cases()) == 2


@pytest.mark.parametrize("words", ["could I get access to figma?", "could I get my access please?"])
async def test_the_same_while_one_is_done_by_hand(office: Office, words: str) -> None:
    """What names the same, or nothing, is the same."""
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    await office.pick("omar", "I'll do it by hand")
    await office.hears("ana", "does this by hand")
    office.say("ana", words)
    await office.hears("ana", "It's something new")
    assert len(await office.cases()) == 1


async def test_what_nobody_knows_beside_it_is_not_lost(office: Office) -> None:
    """The monitor is ordered; the desk, for which there is no runbook, is named and goes to people."""
    office.say("ana", "I need a standing desk and a 2nd monitor")
    await office.hears("ana", "I don't know how to solve “I need a standing desk”")
    await office.hears("ana", "Monitor, 27 inch")
    plans = {plan["runbook"]: plan["words"] for plan in (await office.trail())["plans"]}
    assert plans == {"equipment-order": "I need a standing desk and a 2nd monitor", "": "I need a standing desk"}


async def test_a_thing_of_another_kind_beside_it_is_a_request_of_its_own(office: Office) -> None:
    """An application and a monitor in one row: two runbooks."""
    office.say("ana", "I need a monitor and figma until friday")
    await office.hears("ana", "Monitor, 27 inch")
    await office.hears("ana", "Figma")
    assert {plan["runbook"] for plan in (await office.trail())["plans"]} == {"equipment-order", "app-access"}


async def test_what_is_for_a_monitor_is_no_monitor(office: Office) -> None:
    """Asked about, and nobody is asked for a yes to it."""
    office.say("ana", "I need a monitor arm")
    await office.hears("ana", "Do you mean Monitor, 27 inch?")
    assert (await office.trail())["approvals"] == []


async def test_somebody_whom_nobody_knows_is_another(office: Office) -> None:
    """While one is done by hand: it is not the same once more."""
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    office.say("ana", "give Quentin access to figma")
    await office.hears("ana", "I don't know anybody called “Quentin”")
