"""A turn that is cut off while it takes an edit is taken again: what the edit asks for is there once, and the rest is over once."""

from typing import Any

import pytest
import sqlalchemy as sa

from bot.turns.endings import Endings
from bot.turns.openings import Openings
from tests.office import Office


class CutOffError(Exception):
    """The turn ends here, as by a crash."""


def cut_off(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, times: int = 1) -> list[str]:
    """So many turns come no further than to this method; a word for each that has come to it."""
    itself, done = getattr(owner, name), list[str]()

    async def instead(*args: Any, **more: Any) -> Any:
        if len(done) < times:
            done.append(name)
            raise CutOffError
        return await itself(*args, **more)

    monkeypatch.setattr(owner, name, instead)
    return done


async def approvals(office: Office) -> list[str]:
    """Each state with the application, if it is about one; sorted."""
    trail = await office.trail()
    apps = {one["id"]: one["arguments"].get("app") for one in trail["calls"]}
    return sorted(f"{one['state']} {apps[one['call']]}" for one in trail["approvals"])


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        pytest.param(Openings, "opened", id="before what it asks for is there"),
        pytest.param(Endings, "finish", id="after it was applied"),
    ],
)
@pytest.mark.parametrize(
    ("words", "edit", "states"),
    [
        pytest.param("figma please", "salesforce please", ["superseded figma", "waiting salesforce"], id="another one"),
        pytest.param("figma please", "figma and looker please", ["waiting figma", "waiting looker"], id="one more"),
    ],
)
async def test_an_edit_that_is_cut_off_is_applied_once(
    either: Office, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, words: str, edit: str, states: list[str]
) -> None:
    """Nothing that it asks for is lost or asked for twice, and people need not take over."""
    ts = either.say("ana", words)
    await either.until(lambda: _waiting(either, 1), "an approval")
    done = cut_off(monkeypatch, owner, name)
    either.server.workspace.edit(either.who("ana"), either.place("ana"), ts, edit)
    await either.until(lambda: done, "the turn to be cut off")
    await either.until(lambda: _again(either, states), lambda: f"{states}; they heard {either.heard('ana')}")
    await either.case_is(state="waiting")
    assert len(await either.cases()) == 1


async def test_of_two_edits_that_are_applied_again_the_last_one_holds(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first takes something away, the second asks for something else: cut off with both applied, and both are taken again."""
    ts = office.say("ana", "could I get figma and looker until friday?")
    await office.until(lambda: _waiting(office, 2), "two approvals")
    done = cut_off(monkeypatch, Endings, "finish", 2)
    office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, "could I get figma until friday?")
    await office.until(lambda: done, "the turn to be cut off")
    office.server.workspace.edit(
        office.who("ana"), office.place("ana"), ts, "could I get figma until friday, and please reset the password of ben"
    )
    await office.until(lambda: _unread(office, 2), "both edits to be there")
    states = ["superseded looker", "waiting None", "waiting figma"]
    await office.until(lambda: _again(office, states), f"{states}")
    assert len(done) == 2


@pytest.mark.parametrize(
    ("edit", "states"),
    [
        pytest.param("salesforce please", ["superseded figma", "waiting salesforce"], id="edited"),
        pytest.param("", ["withdrawn figma"], id="deleted"),
    ],
)
async def test_what_is_changed_before_its_turn_is_taken_again_is_what_it_says_now(
    office: Office, monkeypatch: pytest.MonkeyPatch, edit: str, states: list[str]
) -> None:
    """The message has been begun: that it is still unread leaves nothing of what it says by now unheard."""
    done = cut_off(monkeypatch, Endings, "finish")
    ts = office.say("ana", "figma please")
    await office.until(lambda: done, "the turn to be cut off")
    workspace, who, place = office.server.workspace, office.who("ana"), office.place("ana")
    assert workspace.edit(who, place, ts, edit) if edit else workspace.delete(who, place, ts)
    await office.until(lambda: _unread(office, 2), "both to be there")
    await office.until(lambda: _again(office, states), f"{states}")


async def test_an_edit_that_leaves_nothing_open_ends_its_case_though_it_was_cut_off(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done stays, what is left out ends, and the case is over: nothing of it runs that would take it up."""
    ts = office.say("ana", "I'm locked out of my account. I need figma")
    await office.until(lambda: _waiting(office, 1), "an approval")
    done = cut_off(monkeypatch, Endings, "finish")
    office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, "I'm locked out of my account")
    await office.until(lambda: done, "the turn to be cut off")
    await office.until(lambda: _again(office, ["superseded figma"]), "it to be taken again")
    await office.case_is(state="resolved", outcome="verified")


async def _again(office: Office, states: list[str]) -> bool:
    """Whether they are so by now; nobody has to wait for the next attempt at a turn."""
    async with office.engine.begin() as connection:
        again = "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND scheduled_at > now()"
        await connection.execute(sa.text(again))
    return not await _unread(office) and await approvals(office) == states


async def _unread(office: Office, number: int = 1) -> bool:
    async with office.store.session() as session:
        return int(await session.scalar(sa.text("SELECT count(*) FROM inbox WHERE handled IS NULL")) or 0) >= number


async def _waiting(office: Office, number: int) -> bool:
    """Whether so many approvals wait, and the turn that asked for them is over."""
    if await _unread(office) or not await office.cases():
        return False
    return sum(one.startswith("waiting") for one in await approvals(office)) == number
