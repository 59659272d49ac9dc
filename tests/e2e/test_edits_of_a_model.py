"""A message that no runbook is for is edited, and a model reads along."""

from pathlib import Path

from tests.e2e.conftest import model_at
from tests.e2e.test_manners import settled
from tests.e2e.test_model import FOREIGN, Scripted
from tests.office import opened_office
from tests.openai_double import Reply, opened_double

OTHER = "The copier is making strange noises"


async def test_an_edit_is_compared_with_the_newest_words(database: str, tmp_path: Path) -> None:
    """What it says anew the model reads once: the same words again (of their look alone) are nothing new, the first ones are."""
    replies = (Reply("Switch it off and on."), Reply("Open its lid."), Reply("As before: off and on."))
    async with (
        opened_double(Scripted(*replies)) as double,
        opened_office(database, tmp_path, **model_at(double)) as office,
    ):
        ts = office.say("ana", FOREIGN)
        await office.hears("ana", "Switch it off and on.")
        for words, read in ((OTHER, 2), (OTHER, 2), (FOREIGN, 3)):
            await settled(office)
            office.server.workspace.edit(office.who("ana"), office.place("ana"), ts, words)
            await office.hears("ana", replies[read - 1].text)
            await settled(office)
            assert [plan["words"] for plan in (await office.trail())["plans"]] == [FOREIGN, OTHER, FOREIGN][:read]
            assert len(double.requests) == read
