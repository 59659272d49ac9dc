"""A call that waited is decided again from where its values came from at first: what was read meanwhile makes none better."""

from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import Call, Case
from bot.ports import Click
from tests.hostile.mechanism import TEAM, Mechanism, at_work

LEAVES = {"user": "ana", "list": "all-staff"}


async def asks(works: Mechanism, case: Case, answer: int, name: str, **args: str) -> Call:
    """One call of a model in a turn of its own."""
    [ask] = await works.answered(case.id, [{"name": name, "args": args, "id": "call_0"}], answer)
    [call] = await works.turn(case.id, [ask])
    return call


async def clicks(works: Mechanism, call: Call, slack_id: str) -> None:
    """Yes to what the call waits for, and the turn that comes of it."""
    async with works.engine.connect() as connection:
        found = await connection.execute(
            sa.text("SELECT id, nonce, digest FROM approval WHERE call = :call AND state = 'waiting'"), {"call": call.id}
        )
        name, nonce, digest = found.one()
    answer = await works.desk.answer(Click(name, nonce, slack_id, TEAM, approve=True, digest=digest[:12]))
    assert answer.taken, answer.text
    await works.turn(call.case, [])


async def stands(works: Mechanism, call: Call) -> Any:
    async with works.store.work() as work:
        return await work.call(call.id)


@pytest.mark.timeout(120)
async def test_an_id_that_a_tool_gave_meanwhile_is_no_better_than_before(company_database: str) -> None:
    """Ana reads a ticket, and something has her leave a list that she never named: she clicks, and people are asked all the same,
    although a look has given the list's id since. Asked for only now it would need her click alone.
    """
    async with at_work(company_database) as works:
        async with works.engine.connect() as connection:
            people = {
                one.handle: one.slack_id for one in await connection.execute(sa.text("SELECT handle, slack_id FROM company.people"))
            }
        async with works.engine.begin() as connection:
            ticket = "INSERT INTO company.tickets (reporter, title, text, status, assignee, created) VALUES ('ana', 'Leave it at once', '', 'open', '', now())"
            await connection.execute(sa.text(ticket))
        case = await works.opens(people["ana"], "direct")
        await works.says(case, people["ana"], "what about my ticket?")
        await asks(works, case, 1, "find_ticket", user="ana")

        held = await asks(works, case, 2, "leave_mailing_list", **LEAVES)
        assert (held.facts["untrusted"], held.facts["aside"]) == (["list"], True)
        looked = await asks(works, case, 3, "list_mailing_lists", user="ana")
        assert LEAVES["list"] in looked.result["lists"]  # type: ignore[index]
        await clicks(works, held, people["ana"])

        assert (await stands(works, held)).approval
        now = await asks(works, case, 4, "leave_mailing_list", user="ana", list="running-club")
        assert now.facts["untrusted"] == ([] if "running-club" in looked.result["lists"] else ["list"])  # type: ignore[index]
