"""A model that does the parts of a runbook in another order than it is written."""

from pathlib import Path

import pytest

from tests.books import written
from tests.e2e.conftest import model_at
from tests.e2e.test_model import Scripted
from tests.e2e.test_parts import DESK, HOLES, JOINED
from tests.e2e.test_plans import WORDS
from tests.office import opened_office
from tests.openai_double import Reply, opened_double

ORDER = """
steps:
  - {id: lead, title: Join, tool: join_mailing_list, args: {user: principal.id, list: "'leadership'"}}
  - {id: first, title: The desk, runbook: desk}
  - {id: whole, title: Look, tool: list_mailing_lists, args: {user: principal.id}, expect: "'leadership' in steps.whole.lists"}
done: Everything is there.
"""


def called(tool: str, **arguments: str) -> Reply:
    return Reply(calls=((tool, arguments),))


LEAD = called("join_mailing_list", user="ana", list="leadership")
RESTART = called("restart_device", user="ana", device="computer")


@pytest.mark.parametrize(
    ("order", "step"),
    [pytest.param((LEAD, RESTART), "first.restart", id="of a part"), pytest.param((RESTART, LEAD), "", id="its own")],
)
async def test_what_was_begun_of_a_runbook_that_was_denied_ends_with_it(
    database: str, tmp_path: Path, order: tuple[Reply, ...], step: str
) -> None:
    """A part was begun before the whole's own step was answered: after a no the message says that it is dropped, a click on it is
    answered so, and nothing is done.
    """
    written(tmp_path, DESK.replace(JOINED, "\nsteps:\n"), id="desk", symptoms=HOLES)
    books = written(tmp_path, ORDER)
    async with (
        opened_double(Scripted(*order, Reply("Both wait."))) as double,
        opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(books), **model_at(double)) as office,
    ):
        office.say("ana", WORDS)
        await office.hears("ana", "Both wait.")
        ts, button = await office.until(lambda: office.button("ana", "confirm"), "a question for ana")
        await office.deny("eva", "not for you")
        trail = await office.case_is(state="closed", outcome="denied")

        states = {call["tool"]: (call["step"], call["state"]) for call in trail["calls"]}
        assert states == {"join_mailing_list": ("lead", "denied"), "restart_device": (step, "cancelled")}
        assert {one["state"] for one in trail["approvals"]} == {"denied", "cancelled"}
        await office.hears("ana", "so this was not done either")
        assert office.button("ana", "confirm") is None

        message = office.server.workspace.message(office.place("ana"), ts)
        assert message is not None
        message["blocks"] = [{"type": "actions", "block_id": "b", "elements": [button]}]  # a window that was not brought up to date
        await office.press("ana", "confirm")
        await office.hears("ana", "is over already, so your click changed nothing")
        assert await office.journal("restart_device") == []
