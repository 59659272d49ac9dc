"""Approvals that owe more than a click."""

import dataclasses

import pytest

from bot.playground import limits
from bot.slack import clicks, dialogs
from bot.words import askwording
from tests.approvals.desk import ONE, Desk
from tests.town import TEAM


async def test_a_yes_without_the_name_is_none(desk: Desk) -> None:
    """No name, another one, and the name of another call are told so; a no needs none; what was clicked alone covers no step-up."""
    one = await desk.asks(dataclasses.replace(ONE, step_up="target"))
    for typed in ("", "looker", "C-1", "figma and more"):
        answer = await desk.yes(one, "U-OMAR", reason=typed)
        assert not answer.taken
    assert (await desk.now(one)).votes == ()
    assert (await desk.yes(one, "U-OMAR", reason=" Figma")).taken
    assert await desk.effects(one) == 1
    two = await desk.asks(dataclasses.replace(ONE, step_up="target"), number=2)
    assert (await desk.no(two, "U-IDA")).taken


@pytest.mark.parametrize(
    ("label", "wanted", "typed"),
    [
        pytest.param("Figma", "Figma", "FIGMA", id="as it is"),
        pytest.param("", "figma", "figma", id="without a label its id"),
        pytest.param("Design\n\ttools \u200b of  all", "Design tools of all", "design tools of all", id="of several lines"),
        pytest.param("long " * 700, "figma", "figma", id="longer than anybody types"),
        pytest.param("Caf\u00e9", "Caf\u00e9", "Cafe\u0301", id="in other letters for the same"),
    ],
)
async def test_the_name_is_one_that_can_be_shown_and_typed(desk: Desk, label: str, wanted: str, typed: str) -> None:
    """Whatever a system calls a thing: the form that asks for its name is one that Slack takes, and what it shows is what counts."""
    one = await desk.asks(dataclasses.replace(ONE, step_up="target"))
    async with desk.store.work() as work:
        call = await work.call(one.call)
        assert call is not None
        await work.save_call(dataclasses.replace(call, resource={**call.resource, "label": label}))
    asked = await desk.yes(one, "U-OMAR")
    assert asked.types == wanted
    view = dialogs.step_up(clicks.Vote(one.id, one.nonce), clicks.Place("U-OMAR", TEAM), asked)
    assert limits.wrong_view(view) == ""
    assert (await desk.yes(one, "U-OMAR", reason=typed)).taken


async def test_of_a_name_that_is_long_everywhere_the_beginning_is_typed(desk: Desk) -> None:
    one = await desk.asks(dataclasses.replace(ONE, step_up="target"))
    async with desk.store.work() as work:
        call = await work.call(one.call)
        assert call is not None
        await work.save_call(dataclasses.replace(call, resource={**call.resource, "label": "x\n" * 400, "id": "y" * 900}))
    asked = await desk.yes(one, "U-OMAR")
    assert asked.types == ("x " * 40).strip()
    assert not (await desk.yes(one, "U-OMAR", reason="x x")).taken
    assert (await desk.yes(one, "U-OMAR", reason=asked.types)).taken


async def test_where_nobody_asks_for_a_second_factor_no_such_approval_is_given(desk: Desk) -> None:
    """And whoever was asked is told so; they can still say no. The name alone is no second factor."""
    one = await desk.asks(dataclasses.replace(ONE, step_up="factor"))
    answer = await desk.yes(one, "U-OMAR", reason="figma")
    assert (answer.taken, answer.text, (await desk.now(one)).votes) == (False, askwording.NO_SECOND_FACTOR, ())
    assert (await desk.no(one, "U-IDA")).taken
