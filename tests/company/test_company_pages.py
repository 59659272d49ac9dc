"""The embedded company's pages that a server may have."""

from typing import Any

from bot.company.pages import CONFIRM, PHONE, CompanyPages


def test_phones_are_the_playgrounds_alone() -> None:
    """Elsewhere a visitor would read everybody's codes there."""
    nothing: Any = None
    assert {route.path.partition("{")[0] for route in CompanyPages(nothing, nothing, phones=False).routes()} == {CONFIRM}
    assert {route.path.partition("{")[0] for route in CompanyPages(nothing, nothing, phones=True).routes()} == {CONFIRM, PHONE}
