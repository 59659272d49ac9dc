"""A yes for less time than was asked for: new arguments, a new digest, gated again; the requester is told what changed and by whom."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.consent import Approval
from bot.store.work import StoredWork
from tests.e2e.conftest import model_at
from tests.e2e.test_freezing import office_with
from tests.office import Office, opened_office
from tests.openai_double import OpenAIDouble

FIGMA = "could I get figma for two weeks?"
ACCESS = "approval: {by: [identity-oncall], count: 1, within: 4h, remind: 15m, then: it-admin}\n    max: {until: 180d}"
SHORTER = ACCESS.replace("then: it-admin", "then: it-admin, shorten: allowed")


@pytest.fixture(params=["by the runbooks", "by a model"])
async def office(request: pytest.FixtureRequest, database: str, tmp_path: Path, double: OpenAIDouble) -> AsyncIterator[Office]:
    """The shipped policy, in which whoever approves access may give it for less time; by the runbooks, then by a model."""
    async with office_with(database, tmp_path, (ACCESS, SHORTER)) as made:
        if request.param == "by the runbooks":
            yield made
            return
    async with opened_office(database, tmp_path / "model", POLICY_FILE=str(tmp_path / "policies.yaml"), **model_at(double)) as made:
        yield made


async def choices(office: Office, who: str = "omar") -> list[tuple[str, str]]:
    """(value, label) of the times that the form offers."""
    view = await office.form(who)
    options = view["blocks"][-1]["element"]["options"]
    return [(one["value"], one["text"]["text"]) for one in options]


async def grants(office: Office) -> list[dict[str, Any]]:
    return [one for one in (await office.trail())["calls"] if one["tool"] == "grant_access"]


async def test_it_is_given_for_less_time_and_ends_then(office: Office) -> None:
    """The engineer chooses a day: exactly that is granted, the longer call is superseded, everybody is told, and it ends by itself."""
    office.say("ana", FIGMA)
    await office.press("omar", "act:shorten")
    offered = await choices(office)
    assert [label.split(" (")[0] for _, label in offered] == ["1 hour", "4 hours", "1 day", "3 days", "7 days", "14 days"]
    value = next(value for value, label in offered if label.startswith("1 day"))
    assert await office.fill("omar", value) == {}

    await office.hears("omar", "Approved for a shorter time, as A-")
    heard = await office.hears("ana", "Omar Haddad agreed to less time than you asked for")
    assert "instead of until" in heard
    await office.case_is(outcome="verified")
    longer, shorter = await grants(office)
    assert (longer["state"], shorter["state"]) == ("superseded", "verified")
    assert datetime.fromisoformat(shorter["arguments"]["until"]) == datetime.fromisoformat(value)
    assert longer["digest"] != shorter["digest"]
    assert {name: one for name, one in longer["arguments"].items() if name != "until"} == {
        name: one for name, one in shorter["arguments"].items() if name != "until"
    }
    first, second = (await office.trail())["approvals"]
    assert (first["state"], first["successor"], first["votes"]) == ("superseded", second["id"], [])
    assert (second["state"], [vote["by"] for vote in second["votes"]]) == ("used", ["omar"])
    assert len(await office.journal("grant_access")) == 1
    await office.hears("omar", f"Replaced by {second['id']}. This one was not done.")

    await office.company.clock.turn(timedelta(days=1, minutes=5))
    await office.hears("ana", "As agreed, this has ended")


async def test_less_time_is_agreed_to_only_below_what_is_shown_whole(office: Office) -> None:
    """The button's payload without the digest that stands with a whole call opens no form."""
    office.say("ana", FIGMA)
    ts, element = await office.until(lambda: office.button("omar", "act:shorten"), "the button")
    value = {name: one for name, one in json.loads(element["value"]).items() if name != "digest"}
    forged = {"value": json.dumps(value)}
    assert await office.server.interactions.click(office.who("omar"), office.place("omar"), ts, "act:shorten", forged=forged) == ""
    await office.hears("omar", "not all of the call was shown")
    assert not office.server.workspace.views


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param(lambda now: now - timedelta(hours=1), id="passed"),
        pytest.param(lambda now: now + timedelta(days=90), id="longer"),
        pytest.param(lambda now: now.replace(tzinfo=None), id="of no zone"),
        pytest.param(lambda now: "soon", id="no time"),
    ],
)
async def test_only_ever_less_and_in_the_future(database: str, tmp_path: Path, chosen: Any) -> None:
    """Whatever a forged form says: the core takes no other time, and the request waits as it did."""
    async with office_with(database, tmp_path, (ACCESS, SHORTER)) as office:
        office.say("ana", FIGMA)
        await office.press("omar", "act:shorten")
        view = await office.form("omar")
        made = chosen(office.company.clock.now())
        value = made if isinstance(made, str) else made.isoformat()
        state = {"values": {"reason": {"reason": {"type": "static_select", "selected_option": {"value": value}}}}}
        good = {"reason": {"reason": view["blocks"][-1]["element"]["options"][0]["value"]}}
        errors = await office.server.interactions.submit(office.who("omar"), view["id"], good, forged={"state": state})
        assert "not earlier than what was asked for" in str(errors)
        [one] = (await office.trail())["approvals"]
        assert (one["state"], one["votes"]) == ("waiting", [])


async def test_where_the_policy_does_not_allow_it_there_is_no_button_and_no_way(database: str, tmp_path: Path) -> None:
    """The shipped policy: no button; and a forged click is answered, without effect."""
    async with opened_office(database, tmp_path) as office:
        office.say("ana", FIGMA)
        ts, element = await office.until(lambda: office.button("omar", "approve"), "a card")
        assert office.button("omar", "act:shorten") is None
        forged = {"action_id": "act:shorten"}
        place = office.place("omar")
        await office.server.interactions.click(office.who("omar"), place, ts, "approve", value=element["value"], forged=forged)
        await office.hears("omar", "does not let this be approved for a shorter time")
        assert [one["state"] for one in (await office.trail())["approvals"]] == ["waiting"]


async def test_with_a_quorum_the_others_answer_the_shorter_call(database: str, tmp_path: Path) -> None:
    """Two are needed: the first chooses less time, and the second is asked anew, for exactly that; the earlier card is void."""
    two = ACCESS.replace("by: [identity-oncall], count: 1", "by: [it-admin], count: 2").replace(
        ", then: it-admin", ", shorten: allowed"
    )
    async with office_with(database, tmp_path, (ACCESS, two)) as office:
        office.say("ana", FIGMA)
        await office.press("tariq", "approve")
        await office.hears("tariq", "still needs another person")
        await office.press("ida", "act:shorten")
        value = (await choices(office, "ida"))[0][0]
        assert await office.fill("ida", value) == {}
        await office.hears("ida", "It still needs another person")
        heard = await office.hears("ana", "It still needs a yes from the IT admin")
        assert "Tariq Aziz said yes to the longer time, which does not count for this, so they are asked anew" in heard
        first, second = (await office.trail())["approvals"]
        heard = await office.hears("tariq", f"So your yes to {first['id']} does not count: it was for the longer time")
        assert f"please answer {second['id']} anew" in heard
        await office.hears("noor", f"Instead of {first['id']}: Ida Nyström chose less time. Tariq Aziz said yes to the longer time")
        assert await office.journal("grant_access") == []
        await office.press("noor", "approve")
        await office.case_is(outcome="verified")
        first, second = (await office.trail())["approvals"]
        assert [vote["by"] for vote in second["votes"]] == ["ida", "noor"]
        assert (first["state"], second["state"]) == ("superseded", "used")


async def test_the_card_says_who_set_the_end(database: str, tmp_path: Path) -> None:
    """Nobody named an end: the card says that the runbook assumes it; named, in which words; set by an approver, by whom."""
    two = SHORTER.replace("by: [identity-oncall], count: 1", "by: [it-admin], count: 2").replace(", then: it-admin", "")
    async with office_with(database, tmp_path, (ACCESS, two)) as office:
        office.say("ana", "could I get figma?")
        heard = await office.hears("noor", "*assumed* by the runbook app-access: Ana Almeida did not say it")
        assert "*Until when:* Ana Almeida did not say until when: the runbook app-access assumes it." in heard
        office.say("ana", "actually until friday please")
        heard = await office.hears("noor", "from Ana Almeida's own message: “until friday”")
        waiting = next(one for one in (await office.trail())["approvals"] if one["state"] == "waiting")
        assert "did not say" not in heard.partition(waiting["id"])[0].rpartition("Please decide")[2]
        await office.press("ida", "act:shorten")
        assert await office.fill("ida", (await choices(office, "ida"))[0][0]) == {}
        await office.hears("noor", "set by Ida Nyström, who chose less time")


async def test_what_is_withdrawn_in_the_moment_of_the_shorter_yes_is_not_done(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The yes is committed after the withdrawal has read what there is to end: the shorter call ends with it."""
    held = StoredWork.held
    async with office_with(database, tmp_path, (ACCESS, SHORTER)) as office:
        office.say("ana", FIGMA)
        await office.press("omar", "act:shorten")
        value = (await choices(office))[0][0]

        async def shorter_first(self: StoredWork, calls: Sequence[str]) -> list[Approval]:
            monkeypatch.setattr(StoredWork, "held", held)
            assert await office.fill("omar", value) == {}
            await office.hears("omar", "Approved for a shorter time")
            return await held(self, calls)

        monkeypatch.setattr(StoredWork, "held", shorter_first)
        office.say("ana", "never mind")

        async def over() -> bool:
            states = [one["state"] for one in await grants(office)]
            return len(states) > 1 and not {"waiting", "started"} & set(states)

        await office.until(over, "both calls to be over")
        assert [one["state"] for one in await grants(office)] == ["superseded", "withdrawn"]
        assert await office.journal("grant_access") == []


async def test_it_is_gated_again_with_the_policy_as_it_is_then(database: str, tmp_path: Path) -> None:
    """A policy that came since wants the manager for anything under a day as well: the yes counts for one, and she is asked."""
    async with office_with(database, tmp_path, (ACCESS, SHORTER)) as office:
        office.say("ana", FIGMA)
        await office.until(lambda: office.button("omar", "act:shorten"), "a card")
        policy = tmp_path / "policies.yaml"
        more = """
  - id: manager-too
    because: Short access is asked for by its manager too.
    tools: [grant_access]
    effect: require
    approval: {by: [line-manager], count: 1, within: 4h}
"""
        version = office.running.policies.current.version if office.running else ""
        policy.write_text(policy.read_text() + more)
        await office.until(lambda: office.running and office.running.policies.current.version != version, "the new policy")
        await office.press("omar", "act:shorten")
        assert await office.fill("omar", (await choices(office))[0][0]) == {}
        await office.hears("omar", "It still needs another person")
        assert await office.journal("grant_access") == []
        await office.press("mia", "approve")
        await office.case_is(outcome="verified")
        assert [vote["by"] for vote in (await office.trail())["approvals"][-1]["votes"]] == ["omar", "mia"]


async def test_twice_at_once_is_once(database: str, tmp_path: Path) -> None:
    """The same form sent twice, and an ordinary yes at the same moment: one grant, and an answer for each."""
    import asyncio

    async with office_with(database, tmp_path, (ACCESS, SHORTER)) as office:
        office.say("ana", FIGMA)
        await office.press("omar", "act:shorten")
        view = await office.form("omar")
        good = {"reason": {"reason": view["blocks"][-1]["element"]["options"][0]["value"]}}
        me = office.who("omar")
        await asyncio.gather(
            office.server.interactions.submit(me, view["id"], good),
            office.server.interactions.submit(me, view["id"], good),
            office.press("omar", "approve"),
            return_exceptions=True,
        )
        await office.case_is(outcome="verified")
        assert len(await office.journal("grant_access")) == 1
