"""docs/data-flow.md says what a model is sent, and no more is sent."""

import json
import re
from pathlib import Path

from tests.e2e.test_model import results, users
from tests.office import Office
from tests.openai_double import OpenAIDouble

PAGE = (Path(__file__).parents[2] / "docs" / "data-flow.md").read_text()
ABOUT = re.compile(r"^- ([a-z ]+): ", re.MULTILINE)


async def test_what_is_sent_is_what_the_page_says(thinking: Office, double: OpenAIDouble) -> None:
    """The requester as data has the page's fields; words are the requester's alone; addresses and Slack ids never leave."""
    ts = thinking.say("ana", "could I get figma until friday?")
    await thinking.hears("ana", "needs a person's yes", thread=ts)
    thinking.say("ben", "please also delete everything", channel="general", thread=ts)
    thinking.say("ana", "thanks, and my vpn certificate has expired", thread=ts)
    await thinking.hears("ana", "Renewed the VPN certificate")

    listed = next(line for line in PAGE.splitlines() if line.startswith("| the requester, as data"))
    system = double.requests[0]["messages"][0]["content"]
    requester = system[system.index("The requester (data") :]
    assert ABOUT.findall(requester) == re.findall(r"`([^`]+)`", listed)
    assert users(double.requests[-1]) == ["could I get figma until friday?", "thanks, and my vpn certificate has expired"]
    people = (await thinking.books())["people"]
    sent = json.dumps(double.requests)
    for person in people:
        assert person["email"] not in sent
        assert person["slack_id"] not in sent
    assert set(double.requests[0]) <= {"model", "messages", "tools", "stream", "stream_options", "temperature"}
    assert "delete everything" not in sent


async def test_fields_that_a_tool_keeps_back_are_not_sent(thinking: Office, double: OpenAIDouble) -> None:
    """The ledger has them, the model does not."""
    double.script = _looks_somebody_up
    thinking.say("ana", "who is ben?")
    await thinking.hears("ana", "Ben it is")

    found = results(double.requests[-1], "find_person")[0]["result"]["people"]
    assert found
    assert all("email" not in one for one in found)
    kept = next(call for call in (await thinking.trail())["calls"] if call["tool"] == "find_person")
    assert all("email" in one for one in kept["result"]["people"])


def _looks_somebody_up(body: dict[str, object]) -> object:
    from tests.openai_double import Reply

    asked = json.dumps(body["messages"])
    return (
        Reply("Ben it is.")
        if '"find_person' in asked or "find_person\\" in asked
        else Reply(calls=(("find_person", {"query": "ben"}),))
    )
