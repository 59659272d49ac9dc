"""The embedded company's pages that a server may have: also while the company, or the bot's own database, does not answer."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.company.pages import CONFIRM, PHONE, CompanyPages
from bot.errors import StoreAway
from tools.contract import NotFound, SystemAway
from tools.systems.embedded.secondfactor import Asked, Taken

ASKED = Asked("A-1", "omar", "Omar <Haddad>", "Open \u202eit", datetime(2026, 11, 28, tzinfo=UTC), passed=False)
PASSED = dataclasses.replace(ASKED, passed=True)
AWAY = (503, "do not answer. Try again in a moment.")


def test_phones_are_the_playgrounds_alone() -> None:
    """Elsewhere a visitor would read everybody's codes there."""
    nothing: Any = None
    assert {route.path.partition("{")[0] for route in CompanyPages(nothing, nothing, phones=False).routes()} == {CONFIRM}
    assert {route.path.partition("{")[0] for route in CompanyPages(nothing, nothing, phones=True).routes()} == {CONFIRM, PHONE}


class Company:
    """Says what it is told to, in order and the last of it for ever; an exception is raised."""

    def __init__(self) -> None:
        self.asks: list[Any] = [ASKED]
        self.takes: Any = Taken.YES
        self.shows: Any = ("123456", 7)
        self.told: list[bool] = []
        self.wrong: Exception | None = None

    async def asked(self, code: str) -> Asked | None:
        found: Asked | None = _given(self.asks.pop(0) if len(self.asks) > 1 else self.asks[0])
        return found

    async def confirm(self, code: str, digits: str) -> Taken:
        found: Taken = _given(self.takes)
        return found

    async def shown(self, handle: str) -> tuple[str, int]:
        found: tuple[str, int] = _given(self.shows)
        return found

    async def wrong_code(self, key: str, /, *, last: bool) -> None:
        if self.wrong is not None:
            raise self.wrong
        self.told.append(last)


def _given(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


Opens = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
async def opens(company: Company) -> AsyncIterator[Opens]:
    """(status, text) of a page; with `data` a form is sent."""
    served: Any = company
    app = web.Application()
    app.router.add_routes(CompanyPages(served, company.wrong_code, phones=True).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:

        async def page(path: str, data: Any = None, **more: Any) -> tuple[int, str]:
            method = "GET" if data is None else "POST"
            async with session.request(method, base + path, data=data, **more) as answer:
                return answer.status, await answer.text()

        yield page
    await runner.cleanup()


@pytest.mark.parametrize(
    ("asks", "status", "said"),
    [
        pytest.param(ASKED, 200, "Hello Omar &lt;Haddad&gt;", id="open"),
        pytest.param(None, 410, "This link has run out", id="over"),
        pytest.param(SystemAway("no"), *AWAY, id="the company is away"),
    ],
)
async def test_what_a_link_shows(company: Company, opens: Opens, asks: Any, status: int, said: str) -> None:
    """Without what turns the rest of a line around."""
    company.asks = [asks]
    found, text = await opens(f"{CONFIRM}x")
    assert (found, said in text) == (status, True)
    assert "\u202e" not in text
    assert 'role="alert"' not in text


@pytest.mark.parametrize(
    ("asks", "takes", "wrong", "status", "said", "told"),
    [
        pytest.param([ASKED], Taken.WRONG, None, 403, "not the code", [False], id="wrong"),
        pytest.param([ASKED], Taken.LAST, None, 403, "too many wrong codes", [True], id="the last wrong one"),
        pytest.param([ASKED], Taken.LOCKED, None, 403, "too many wrong codes", [], id="not looked at"),
        pytest.param([ASKED, PASSED], Taken.YES, None, 200, "Thank you, Omar &lt;Haddad&gt;.", [], id="right"),
        pytest.param([ASKED], Taken.OVER, None, 410, "run out", [], id="over meanwhile"),
        pytest.param([None], LookupError("it was looked at"), None, 410, "run out", [], id="over"),
        pytest.param([ASKED, None], Taken.YES, None, 410, "run out", [], id="gone afterwards"),
        pytest.param([SystemAway("no")], Taken.YES, None, *AWAY, [], id="the company is away"),
        pytest.param([ASKED], SystemAway("no"), None, *AWAY, [], id="away when the code is looked at"),
        pytest.param([ASKED, SystemAway("no")], Taken.YES, None, *AWAY, [], id="away afterwards"),
        pytest.param([ASKED], Taken.WRONG, StoreAway("no"), *AWAY, [], id="the bot's database is away"),
    ],
)
async def test_what_becomes_of_a_code(
    company: Company, opens: Opens, asks: list[Any], takes: Any, wrong: Exception | None, status: int, said: str, told: list[bool]
) -> None:
    """A wrong one is told of before it is said to be wrong: where that cannot be written down, none of it is said."""
    company.asks, company.takes, company.wrong = asks, takes, wrong
    found, text = await opens(f"{CONFIRM}x", {"code": "123456"})
    assert (found, said in text, company.told) == (status, True, told)
    assert ('role="alert"' in text) == (status == 403)


async def test_what_is_no_form_is_not_looked_at(company: Company, opens: Opens) -> None:
    company.takes = AssertionError("it was looked at")
    found, text = await opens(f"{CONFIRM}x", b"x", headers={"Content-Type": "multipart/form-data"})
    assert (found, "no form of this page" in text) == (400, True)


@pytest.mark.parametrize(
    ("shows", "status", "said"),
    [
        pytest.param(("123456", 7), 200, "123 456", id="its code"),
        pytest.param(NotFound("nobody has an authenticator <there>"), 404, "authenticator &lt;there&gt;.", id="none"),
        pytest.param(SystemAway("no"), *AWAY, id="the company is away"),
    ],
)
async def test_what_a_phone_shows(company: Company, opens: Opens, shows: Any, status: int, said: str) -> None:
    company.shows = shows
    found, text = await opens(f"{PHONE}omar")
    assert (found, said in text) == (status, True)
