"""What a model is told when it looks for runbooks and none fits: the titles that lie near, of those that can be followed for the asker."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.ports import Found
from bot.runbooks import guides
from bot.turns.conversation import SearchArguments, SearchRunbooks

FLOOR = 0.5


class Knowledge:
    """Two runbooks, so near."""

    def __init__(self, cosine: float) -> None:
        self.floor = FLOOR
        self._found = [Found("vpn", "The VPN", 1, cosine, 0), Found("gone", "No longer there", 1, cosine, 0)]

    async def search(self, text: str) -> list[Found]:
        return self._found


@pytest.mark.parametrize(
    ("cosine", "titles"),
    [pytest.param(FLOOR - 0.05, ["The VPN"], id="it lies near"), pytest.param(0.05, [], id="nothing lies near")],
)
async def test_where_nothing_fits_the_nearest_titles_are_told(cosine: float, titles: list[str]) -> None:
    """None of what the search finds below the floor is given as a plan."""
    bound = SimpleNamespace(runbook=SimpleNamespace(audience=()))
    desk: Any = SimpleNamespace(knowledge=Knowledge(cosine), runbooks={"vpn": bound})
    caller: Any = SimpleNamespace(case="C-1")

    found = await SearchRunbooks(desk).run(SearchArguments(query="the tunnel does not open"), caller)

    assert found.data == {"runbooks": [], "note": guides.nothing(titles)}
    assert guides.nothing(["The VPN"]) != guides.nothing([])
