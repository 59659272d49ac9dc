"""A message as its requests, over the real index and the runbooks that ship."""

from functools import cache
from pathlib import Path

import pytest

from bot.ports import Found
from bot.runbooks.requests import NEAR, near, understand
from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.parse import load
from tests.kept import vectors

NAMES = ["analytics-warehouse", "Analytics Warehouse", "figma", "Figma", "GitHub", "salesforce"]


class Shelf:
    """The shipped runbooks as `bot.ports.Knowledge`."""

    def __init__(self) -> None:
        self._index = Index(MiniLM(), vectors(), names=NAMES)
        self._index.build(load(Path(__file__).parents[2] / "knowledge" / "runbooks")[0])
        self.searched = 0

    @property
    def floor(self) -> float:
        return self._index.floor

    async def search(self, words: str, most: int = 3) -> list[Found]:
        self.searched += 1
        return [Found(h.runbook, h.title, h.score, h.cosine, h.lexical) for h in await self._index.search(words, most)]


@cache
def shelf() -> Shelf:
    return Shelf()


@pytest.mark.parametrize(
    ("text", "runbooks", "unknown"),
    [
        pytest.param("hi, I'm locked out of my account after the weekend", ["account-locked"], 0, id="one"),
        pytest.param(
            "ben's account was taken over, block the account of ben",
            ["account-suspend"],
            0,
            id="a name says nothing of the request",
        ),
        pytest.param(
            "could I get into the analytics warehouse until friday, and my vpn says certificate expired",
            ["app-access", "vpn-certificate"],
            0,
            id="two",
        ),
        pytest.param(
            "My VPN says certificate expired. Also I'm locked out of my account.",
            ["vpn-certificate", "account-locked"],
            0,
            id="two sentences",
        ),
        pytest.param(
            "I'm locked out of my account, my vpn certificate has expired, and I need a figma licence",
            ["account-locked", "vpn-certificate", "licence-for-app"],
            0,
            id="three",
        ),
        pytest.param("- reset my mfa please\n- my account is locked", ["new-phone-mfa", "account-locked"], 0, id="a list"),
        pytest.param("I'm locked out of my account. It started this morning.", ["account-locked"], 0, id="and when it began"),
        pytest.param("Good morning! I hope you are well. My account is locked.", ["account-locked"], 0, id="a preamble"),
        pytest.param(
            "I'm locked out of my account and the coffee machine is broken", ["account-locked"], 1, id="one known, one not"
        ),
        pytest.param("please restart my laptop, it is very slow", ["device-slow"], 0, id="what is asked and why"),
        pytest.param(
            "the vpn doesn't connect any more, I guess the certificate has run out",
            ["vpn-certificate"],
            0,
            id="a guess at the reason",
        ),
        pytest.param(
            "the vpn doesn't connect any more and the certificate of orders-api has expired",
            ["vpn-certificate", "certificate-roll"],
            0,
            id="no guess, another certificate",
        ),
        pytest.param("the coffee machine makes strange noises", [], 0, id="unknown"),
        pytest.param("", [], 0, id="nothing"),
    ],
)
async def test_what_is_asked(text: str, runbooks: list[str], unknown: int) -> None:
    """Which runbooks, in the order of the words, and how many parts no runbook is for."""
    found = await understand(text, shelf())

    assert [request.found[0].runbook for request in found.requests] == runbooks
    assert len(found.unknown) == unknown


async def test_each_request_keeps_its_own_words() -> None:
    """A date stays with what it belongs to."""
    found = await understand("could I get into figma until friday, and my vpn says certificate expired", shelf())

    assert "friday" in found.requests[0].words
    assert "friday" not in found.requests[1].words


async def test_a_long_message_costs_few_searches() -> None:
    """Each search embeds; a message is searched for a bounded number of times."""
    before = shelf().searched
    await understand("my vpn is slow today. " * 200, shelf())
    assert shelf().searched - before <= 16


async def test_what_lies_near_is_named_where_nothing_fits() -> None:
    """Three at most, best first, none twice, and none that is farther off than may be asked about."""
    words = "enough of the parents-group emails, make them stop coming to me"
    found = await near(words, shelf())

    assert (await understand(words, shelf())).requests == []
    assert {one.runbook for one in found} >= {"mailing-list-leave"}
    assert [one.cosine for one in found] == sorted((one.cosine for one in found), reverse=True)
    assert len({one.runbook for one in found}) == len(found) <= 3
    assert all(one.cosine >= shelf().floor - NEAR for one in found)
    assert await near("why is the moon round", shelf()) == []


async def test_a_sentence_of_a_long_story_lies_near_by_itself() -> None:
    """What the whole says of other things does not hide it."""
    words = "We had the auditors here all week and the canteen was shut. My machine just sits there."
    assert "device-slow" in {one.runbook for one in await near(words, shelf())}
