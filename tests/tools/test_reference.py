"""The page about tools says what the tools are."""

from tools.catalog import TOOLS
from tools.reference import PAGE, page


def test_the_page_is_made_from_the_catalogue() -> None:
    """`python -m tools.reference` would alter nothing."""
    text = PAGE.read_text(encoding="utf-8")

    assert page(text) == text


def test_every_tool_says_what_it_answers() -> None:
    """The hand-written part names each of them too."""
    _, _, after = PAGE.read_text(encoding="utf-8").partition("## What a tool answers")

    assert [tool.name for tool in TOOLS if f"`{tool.name}`" not in after] == []
