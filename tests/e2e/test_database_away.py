"""The database goes away and comes back: Slack gets no ack meanwhile, clickers are told, and then everything goes on."""

import asyncio
import contextlib
from pathlib import Path

from bot.store import postgres
from tests.office import opened_office

ROUNDS = 2


async def test_what_is_said_while_the_database_is_away_is_answered_when_it_is_back(open_folder: Path, tmp_path: Path) -> None:
    """No ack without a row: the event is delivered again. A click says that it was not recorded, and works later."""
    with contextlib.ExitStack() as first:
        server = first.enter_context(postgres.own(open_folder, durable=False))
        async with opened_office(server.url, tmp_path, bot_url=server.bot_url) as office:
            office.server.sockets._retries = (0.5,) * 60
            office.server.sockets._ack_seconds = 1.0
            office.say("ana", "could I get figma until friday?")
            await office.until(lambda: office.button("omar", "approve"), "a card")

            await asyncio.to_thread(first.close)  # PostgreSQL ends, as in a restart of it
            office.say("ben", "how do guests get on the wifi?")
            ts, element = office.button("omar", "approve") or ("", {})
            with contextlib.suppress(AssertionError):
                await office.server.interactions.click(
                    office.who("omar"), office.place("omar"), ts, "approve", value=element["value"]
                )
            await office.hears("omar", "not recorded")
            assert "Guests use the" not in office.heard("ben")

            with postgres.own(open_folder, durable=False):
                await office.until(lambda: "Guests use the" in office.heard("ben"), "the answer", 60)
                await office.press("omar", "approve")
                await office.until(lambda: "Gave Ana Almeida access to Figma" in office.heard("ana"), "the grant", 60)
                posts = [one for one in office.place("ben").messages if "Guests use the" in str(one)]
                assert len(posts) == 1
                await office.close()
