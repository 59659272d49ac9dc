"""A model that does the parts of a runbook in another order than it is written."""

from pathlib import Path

from bot.domain import CallState
from tests.books import written
from tests.e2e.conftest import model_at
from tests.e2e.test_model import Scripted
from tests.e2e.test_parts import DESK, HOLES, JOINED
from tests.e2e.test_plans import WORDS, steps
from tests.office import opened_office
from tests.openai_double import Reply, opened_double

ORDER = """
steps:
  - {id: lead, title: Join, tool: join_mailing_list, args: {user: principal.id, list: "'leadership'"}}
  - {id: first, title: The desk, runbook: desk}
  - {id: whole, title: Look, tool: list_mailing_lists, args: {user: principal.id}, expect: "'leadership' in steps.whole.lists"}
done: Everything is there.
"""


async def test_a_plan_is_not_over_while_a_part_of_it_waits(database: str, tmp_path: Path) -> None:
    """A part was begun before the whole's own step was answered: what is denied ends the plan once nothing of it waits any more."""
    written(tmp_path, DESK.replace(JOINED, "\nsteps:\n"), id="desk", symptoms=HOLES)
    books = written(tmp_path, ORDER)
    replies = (
        Reply(calls=(("join_mailing_list", {"user": "ana", "list": "leadership"}),)),
        Reply(calls=(("restart_device", {"user": "ana", "device": "computer"}),)),
        Reply("Both wait."),
    )
    async with (
        opened_double(Scripted(*replies)) as double,
        opened_office(database, tmp_path / "data", RUNBOOK_DIR=str(books), **model_at(double)) as office,
    ):
        office.say("ana", WORDS)
        await office.hears("ana", "Both wait.")
        await office.deny("eva", "not for you")

        async def heard() -> bool:
            async with office.store.work() as work:
                case = await work.case("C-1")
                assert case is not None
                calls, unread = await work.calls(case.id), await work.unread(case.conversation)
            return CallState.DENIED in {call.state for call in calls} and not unread

        await office.until(heard, "the no")
        trail = await office.trail()
        assert steps(trail) == [("lead", "denied"), ("first.restart", "waiting")]
        assert (trail["state"], [plan["state"] for plan in trail["plans"]]) == ("waiting", ["waiting"])

        await office.press("ana", "leave")
        trail = await office.case_is(state="closed", outcome="denied")
        assert steps(trail) == [("lead", "denied"), ("first.restart", "withdrawn")]
