"""Who confirms that it is them: codes that count once, links that run out, and no trying of all codes."""

import asyncio

import pytest

from tests.tools.desk import Desk
from tools.contract import NotFound, Refused, SystemAway
from tools.systems.embedded import Company
from tools.systems.embedded.scene import set_fault
from tools.systems.embedded.secondfactor import LASTS, LOCKED, TRIES, Taken

ABOUT = "Give Ana access to Figma (A-1, 0123456789ab)"


@pytest.fixture
def company(desk: Desk) -> Company:
    return desk.company


async def wrong(company: Company, person: str) -> str:
    """Six digits that the person's app does not show, nor just did."""
    code, _ = await company.shown(person)
    return f"{(int(code) + 111_111) % 1_000_000:06d}"


async def test_a_code_confirms_once(company: Company) -> None:
    """The same challenge while it runs; confirmed by the code, and that code is no good for another."""
    one = await company.challenge("omar", ABOUT, "A-1:omar")
    assert await company.challenge("omar", ABOUT, "A-1:omar") == one
    asked = await company.asked(one.code)
    assert asked is not None
    assert (asked.person, asked.name, asked.about, asked.passed) == ("omar", "Omar Haddad", ABOUT, False)
    code, _ = await company.shown("omar")
    assert await company.confirm(one.code, f"{code[:3]} {code[3:]}") is Taken.YES
    assert (await company.challenge("omar", ABOUT, "A-1:omar")).passed
    two = await company.challenge("omar", ABOUT, "A-2:omar")
    assert (two.code == one.code, two.passed) == (False, False)
    assert await company.confirm(two.code, code) is Taken.WRONG
    assert not (await company.challenge("omar", ABOUT, "A-2:omar")).passed


async def test_nobody_else_confirms(company: Company) -> None:
    """Another person's code is none; the same key for another person is another challenge."""
    one = await company.challenge("omar", ABOUT, "A-1")
    code, _ = await company.shown("mia")
    assert await company.confirm(one.code, code) is Taken.WRONG
    assert (await company.challenge("mia", ABOUT, "A-1")).code != one.code
    assert await company.confirm(one.code, (await company.shown("omar"))[0]) is Taken.OVER


async def test_codes_cannot_be_tried_out(company: Company) -> None:
    """So many wrong ones, over however many challenges, and nothing is taken for a while, the right code neither."""
    for number in range(TRIES - 1):
        one = await company.challenge("omar", ABOUT, f"A-{number}")
        assert await company.confirm(one.code, await wrong(company, "omar")) is Taken.WRONG
    assert await company.confirm(one.code, await wrong(company, "omar")) is Taken.LAST
    assert await company.confirm(one.code, (await company.shown("omar"))[0]) is Taken.LOCKED
    with pytest.raises(Refused, match="too many wrong codes"):
        await company.challenge("omar", ABOUT, "A-9")
    await company.clock.turn(LOCKED)
    one = await company.challenge("omar", ABOUT, "A-9")
    assert await company.confirm(one.code, await wrong(company, "omar")) is Taken.WRONG
    assert await company.confirm(one.code, (await company.shown("omar"))[0]) is Taken.YES


async def test_all_who_ask_at_the_same_moment_get_the_same(company: Company) -> None:
    """Two presses of one button, the first time and after the link ran out: one challenge, and nobody meets an error."""
    for _ in range(2):
        asked = await asyncio.gather(*(company.challenge("omar", ABOUT, "A-1:omar") for _ in range(12)))
        assert len({one.code for one in asked}) == 1
        await company.clock.turn(LASTS)


async def test_time_runs_out(company: Company) -> None:
    """For a link that nobody used, and for what was confirmed a while ago."""
    one = await company.challenge("omar", ABOUT, "A-1")
    await company.clock.turn(LASTS)
    assert await company.asked(one.code) is None
    assert await company.confirm(one.code, (await company.shown("omar"))[0]) is Taken.OVER
    two = await company.challenge("omar", ABOUT, "A-1")
    assert two.code != one.code
    assert await company.confirm(two.code, (await company.shown("omar"))[0]) is Taken.YES
    await company.clock.turn(LASTS)
    assert not (await company.challenge("omar", ABOUT, "A-1")).passed


async def test_who_cannot_be_asked(company: Company, desk: Desk) -> None:
    """Nobody, who has no app (any more), whose account is closed, and while the system is away."""
    with pytest.raises(NotFound):
        await company.challenge("nobody", ABOUT, "A-1")
    await company.shown("ana")
    before = await company.authenticator("ana")
    await company.reset_factors("ana", desk.caller("K-1"))
    with pytest.raises(Refused, match="no authenticator app"):
        await company.challenge("ana", ABOUT, "A-1")
    await company.suspend("omar", desk.caller("K-2"))
    with pytest.raises(Refused, match="closed"):
        await company.challenge("omar", ABOUT, "A-1")
    assert before.startswith("otpauth://totp/")
    await set_fault(desk.engine, "confirm_identity", "away")
    with pytest.raises(SystemAway):
        await company.challenge("mia", ABOUT, "A-1")
