"""Which of what is open a name fits: never another, and for certain only where nothing of it is left over."""

import contextlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.cases.house import House
from bot.domain import Case, Plan, PlanState
from bot.ports import Found
from bot.runbooks.requests import Request, Understanding
from bot.turns.naming import fitting, label
from knowledge.parse import load

BOOKS = {one.id: SimpleNamespace(runbook=one) for one in load(Path(__file__).parents[2] / "knowledge" / "runbooks")[0]}
APPS = [("grafana", "Grafana", ("dashboards",)), ("zendesk", "Zendesk", ()), ("dwh", "Analytics Warehouse", ("warehouse",))]
ITEMS = [("monitor", "Monitor, 27 inch", ("screen", "display")), ("keyboard", "Keyboard", ())]
ANA = {"id": "ana", "label": "Ana Almeida"}
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def opened(number: int, runbook: str, words: str, **known: Any) -> tuple[Case, list[Plan]]:
    case = Case(f"C-{number}", "c", "T", "D", f"{number}.0", "ana", "UANA", NOON, NOON)
    title = BOOKS[runbook].runbook.title if runbook else words
    return case, [Plan(f"P-{number}", case.id, runbook, "v", title, words, "e", PlanState.WAITING, {"user": ANA, **known})]


GRAFANA = opened(1, "app-access", "I need grafana for two weeks", app={"id": "grafana", "label": "Grafana"})
MONITOR = opened(2, "equipment-order", "order a second monitor for me", item={"id": "monitor", "label": "Monitor, 27 inch"})
KEYBOARD = opened(3, "equipment-order", "a keyboard please", item={"id": "keyboard", "label": "Keyboard"})
LUNCH = opened(4, "", "order lunch for the team")
ALL = [GRAFANA, MONITOR, KEYBOARD]


class Shop:
    """The directory, what is known, and the ledger, as far as a name needs them."""

    floor = 0.5

    async def catalogue(self) -> list[Any]:
        return APPS

    async def things(self, kind: str, _of: str = "") -> list[Any]:
        return ITEMS if kind == "item" else []

    async def search(self, words: str, most: int = 3) -> list[Found]:
        return [Found("app-access", "", 0, 0.9, 0)][:most] if re.search("permission|zendesk|salesforce", words) else []

    async def calls(self, case: str) -> list[Any]:
        return [SimpleNamespace(plan=case.replace("C", "P"), approval=case.replace("C-", "A-1"), confirmation="")]


def house() -> House:
    shop = Shop()

    @contextlib.asynccontextmanager
    async def work() -> AsyncIterator[Shop]:
        yield shop

    return cast(House, SimpleNamespace(runbooks=BOOKS, directory=shop, knowledge=shop, work=work))


async def fits(name: str, open_: Any = ALL, other: str = "") -> list[tuple[str, bool]]:
    understood = Understanding([Request(name, [Found(other, "", 0, 0.9, 0)])] if other else [], [])
    return [(fit.plan.id, fit.sure) for fit in await fitting(house(), name, open_, understood)]


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("the grafana", "P-1"),
        ("the grafanna thing", "P-1"),
        ("my request for access to grafana", "P-1"),
        ("the dashboards", "P-1"),
        ("the second monitor", "P-2"),
        ("the monitors", "P-2"),
        ("the order of the screen", "P-2"),
        ("a12", "P-2"),
        ("c3", "P-3"),
        ("the access", "P-1"),
    ],
)
async def test_a_name_that_fits_one(name: str, plan: str) -> None:
    """By each name of its thing, what it is for, or its number; with a slip of the keyboard as well."""
    assert await fits(name) == [(plan, True)]


@pytest.mark.parametrize("name", ["the zendesk thing", "the warehouse", "a99", "the meeting", "the mouse"])
async def test_a_name_that_fits_nothing(name: str) -> None:
    """Another thing of the same kind, a number of nothing, anything else."""
    assert await fits(name) == []


async def test_a_name_that_fits_several() -> None:
    assert await fits("the order") == [("P-2", True), ("P-3", True)]
    assert await fits("the request") == [("P-1", True), ("P-2", True), ("P-3", True)]


async def test_what_is_left_over_makes_it_uncertain() -> None:
    """A meeting about Grafana is not Grafana, nor what only a symptom names; an order may be one of before."""
    assert await fits("the meeting about grafana") == [("P-1", False)]
    assert await fits("the salesforce thing") == [("P-1", False)]
    assert await fits("the permissions") == [("P-1", False)]
    assert await fits("the order", [GRAFANA, MONITOR], other="order-cancel") == [("P-2", False)]
    assert await fits("the order of the monitor", [GRAFANA, MONITOR], other="order-cancel") == [("P-2", True)]


async def test_whoever_asks_is_no_name_of_what_they_ask_for() -> None:
    """Every request is Ana's; one for Ben is named by his name."""
    ben = opened(
        5, "app-access", "figma for ben", app={"id": "zendesk", "label": "Zendesk"}, user={"id": "ben", "label": "Ben Brandt"}
    )
    assert await fits("ana", [MONITOR, ben]) == []
    assert await fits("the thing for ben", [MONITOR, ben]) == [("P-5", True)]


async def test_what_no_runbook_is_for_is_named_by_its_own_words() -> None:
    assert await fits("the lunch", [GRAFANA, LUNCH]) == [("P-4", True)]


async def test_what_a_button_says() -> None:
    assert await label(house(), MONITOR[1][0]) == "Order equipment: Monitor, 27 inch"
    assert await label(house(), LUNCH[1][0]) == "order lunch for the team"
