"""A call that no card has room for: read to its end in a window, which alone takes the yes, by whoever may know of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import model_at
from tests.e2e.test_freezing import audited
from tests.e2e.test_page import Opens, opens, says, sees, shot
from tests.office import Office, opened_office, words
from tests.openai_double import Reply, opened_double
from tests.programs import ROOT

__all__ = ["opens"]

OWN = "when: resource.owner == principal.id\n    limit: {times: 5, within: 1d, per: principal}\n"
ASKED = OWN + "    approval: {by: [identity-oncall]}\n"
LONGEST = "".join(f"line {number:04} <&> of what happened\n" for number in range(700))[:19_980] + "the very last words"
"""Nearly what a ticket takes, a good deal of it in letters that Slack writes in five characters."""
TICKET = ("create_ticket", {"user": "ana", "title": "It is slow", "text": LONGEST})


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """A model writes a long ticket, for which somebody has to agree."""
    text = (ROOT / "policies.yaml").read_text()
    assert OWN in text
    policy = tmp_path / "policies.yaml"
    policy.write_text(text.replace(OWN, ASKED, 1))
    async with (
        opened_double([Reply(calls=(TICKET,)), Reply("That waits."), Reply("It is done.")]) as double,
        opened_office(database, tmp_path / "data", POLICY_FILE=str(policy), **model_at(double)) as office,
    ):
        yield office


async def test_all_of_a_long_argument_is_read_before_it_is_agreed_to(opens: Opens, office: Office) -> None:
    """The card has no Approve; *Read it all* has every character over several pages, and takes the yes at the end; each page that
    was read stands in the audit.
    """
    ana, omar = await opens("as=ana&channel=dm"), await opens("as=omar&channel=dm")
    await says(ana, "The coffee machine is making strange noises")
    await sees(omar, "Please decide")
    await shot(omar, "8-long-card")
    await expect(omar.get_by_test_id("button-Approve")).to_have_count(0)
    await expect(omar.get_by_test_id("button-Deny")).to_have_count(1)

    await omar.get_by_test_id("button-Read it all").click()
    read, turned = "", 0
    while (label := (view := await office.form("omar"))["submit"]["text"]).startswith("Next"):
        read, turned = read + words(view), turned + 1
        await expect(omar.get_by_test_id("modal-submit")).to_have_text(label)
        await omar.get_by_test_id("modal-submit").click()
        await expect(omar.get_by_test_id("modal-submit")).not_to_have_text(label)
    read += words(view)
    assert label == "Approve"
    await omar.get_by_test_id("see-more").last.click()
    await sees(omar, "the very last words")
    await shot(omar, "8-long-window")
    shown = read.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert turned >= 1
    assert all(line in shown for line in LONGEST.splitlines())
    assert await office.journal("create_ticket") == []

    await omar.get_by_test_id("modal-submit").click()
    await sees(ana, "It is done.")
    assert len(await office.journal("create_ticket")) == 1
    await expect(omar.get_by_test_id("button-Read it all")).to_have_count(0)
    approval = (await office.trail())["approvals"][0]["id"]
    reads = [one for one in await audited(office, "read") if one["of"] == "call"]
    assert reads == [{"by": "omar", "via": "slack", "of": "call", "approval": approval}] * (turned + 1)


async def test_who_may_not_know_of_it_reads_nothing(office: Office) -> None:
    """The card stands in the channel, where a colleague presses: refused, with a line in the audit; the requester may read, and has no yes."""
    office.say("ana", "The coffee machine is making strange noises")
    await office.press("ben", "act:read", "oncall")
    await office.hears("ben", "Either there is no such case", "oncall")
    assert not office.server.workspace.views

    await office.press("ana", "act:read", "oncall")
    view = await office.form("ana")
    while view.get("submit"):
        assert view["submit"]["text"].startswith("Next")
        await office.send_on("ana")
    assert "the very last words" in words(view)
    approval = (await office.trail())["approvals"][0]["id"]
    first, *others = [one for one in await audited(office, "read") if one["of"] == "call"]
    assert first == {"by": "ben", "via": "slack", "of": "call", "approval": approval, "refused": "ben"}
    assert {one["by"] for one in others} == {"ana"}


async def test_a_yes_to_what_was_not_shown_whole_is_not_taken(office: Office) -> None:
    """A payload with the approval's own id and nonce, but without the digest that only a whole call comes with, changes nothing."""
    office.say("ana", "The coffee machine is making strange noises")
    ts, element = await office.until(lambda: office.button("omar", "act:read"), "a card")
    problem = await office.server.interactions.click(
        office.who("omar"), office.place("omar"), ts, element["action_id"], forged={"action_id": "approve"}
    )
    assert problem == ""
    await office.hears("omar", "not all of the call was shown")
    assert (await office.trail())["approvals"][0]["state"] == "waiting"
    assert await office.journal("create_ticket") == []
