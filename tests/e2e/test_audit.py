"""The audit: a line for every state that a call or an answer comes to, enough to see later what happened, and no text."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.audit import exported
from bot.audit.record import hidden
from bot.calls import ledger
from bot.domain import Call, CallState
from bot.store.seals import Seals, everything
from tests.cli.policycommands.jsonschema import errors
from tests.cli.test_audit_cli import SCHEMA
from tests.e2e import stories
from tests.e2e.test_clicks import RESTART, agree, policy
from tests.office import Office, opened_office

CAME_TO = """
CREATE TABLE came_to (kind text, id text, state text);
CREATE FUNCTION came_to() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'INSERT' OR NEW.state <> OLD.state THEN
    INSERT INTO came_to VALUES (TG_ARGV[0], NEW.id, NEW.state);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER came_to AFTER INSERT OR UPDATE ON tool_call FOR EACH ROW EXECUTE FUNCTION came_to('call');
CREATE TRIGGER came_to AFTER INSERT OR UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION came_to('approval');
GRANT INSERT ON came_to TO PUBLIC;
"""


async def rows(office: Office) -> list[Any]:
    async with office.store.session() as session:
        return list(await session.execute(sa.text('SELECT what, "case", data FROM audit ORDER BY position')))


async def watch(office: Office) -> None:
    """From now on the database itself writes down to which states calls and answers come."""
    async with await psycopg.AsyncConnection.connect(office.store.url) as connection:
        await connection.execute(CAME_TO)


async def unwritten(office: Office) -> set[tuple[str, str]]:
    """States that were come to without a line in the audit."""
    async with office.store.session() as session:
        came = {(row.id, row.state) for row in await session.execute(sa.text("SELECT DISTINCT id, state FROM came_to"))}
    assert came
    found = [row.data for row in await rows(office) if row.what in ("call", "approval", "confirmation")]
    return came - {(data["call"] if "tool" in data else data["approval"], data["state"]) for data in found}


async def superseded(office: Office) -> None:
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    office.say("ana", "wait, make that Looker instead")
    await office.hears("omar", "Replaced: the requester changed")
    await office.hears("ana", "something else took its place")


async def frozen(office: Office) -> None:
    office.say("ana", RESTART)
    await office.until(lambda: office.button("ana", "confirm"), "the click")
    await office.command("tariq", "freeze restart_device they do not come up again")
    await office.hears("tariq", "Frozen: ")
    await office.press("ana", "confirm")
    await office.case_is(outcome="frozen")


async def left(office: Office) -> None:
    office.say("ana", RESTART)
    await office.press("ana", "leave")
    await office.case_is(outcome="withdrawn")


async def no_click(office: Office) -> None:
    office.say("ana", RESTART)
    await office.hears("ana", "Shall I do this?")
    await office.company.clock.turn(timedelta(hours=25))
    await office.case_is(outcome="expired")


@pytest.mark.parametrize(
    "story",
    [
        stories.locked_out,
        stories.two_requests,
        stories.denied,
        stories.withdrawn,
        stories.expired,
        stories.unknown,
        stories.silent_failure,
        superseded,
        frozen,
        left,
        no_click,
    ],
    ids=lambda one: one.__name__,
)
async def test_no_state_is_come_to_without_its_line(office: Office, story: stories.Story) -> None:
    """Whatever happens to a call or an answer to it, the same transaction leaves a line of it, as the schema of the export has it."""
    await watch(office)
    await story(office)
    assert await unwritten(office) == set()
    await Seals(office.store).seal()
    lines = [exported.row(one, 1) async for _, records in everything(office.store) for one in records]
    assert len(lines) > 1
    assert [error for line in lines for error in errors(line, SCHEMA, SCHEMA)] == []


async def test_a_call_can_be_shown_years_later(office: Office) -> None:
    """Who asked, by which policies of which version, the digest that the yes was bound to, whose yes it was, and what was seen."""
    office.say("ana", stories.OTHERS)
    await office.press("omar", "approve")
    await office.hears("ana", "Did that fix it?")

    lines = [row.data for row in await rows(office) if row.what == "call" and row.data["tool"] == "reset_mfa"]
    [asked] = [row.data for row in await rows(office) if row.what == "approval" and "digest" in row.data]
    answers = [row.data for row in await rows(office) if row.what == "approval" and row.data["votes"]]
    assert [one["state"] for one in lines] == ["waiting", "started", "verified"]
    last = lines[-1]
    assert (last["principal"], last["resource"], last["beneficiary"], last["held"]) == ("ana", "account:ben", "ben", True)
    assert last["policies"] == ["sign-in-factors"]
    assert len(last["policy_version"]) >= 12
    assert {one["digest"] for one in lines} == {asked["digest"]}
    assert [(one["state"], one["votes"]) for one in answers] == [
        ("approved", [{"by": "omar", "approve": True}]),
        ("used", [{"by": "omar", "approve": True}]),
    ]
    assert {one["call"] for one in answers} == {last["call"]}


MARK = "Zwetschgenmus"


async def test_no_text_is_in_it(database: str, tmp_path: Path) -> None:
    """A word is put into everything that people, models and systems can write: in no row does it stand, and in others it does."""
    async with opened_office(database, tmp_path / "data", POLICY_FILE=str(policy(tmp_path))) as office:
        office.say("ana", f"could I get figma until friday? {MARK}")
        await agree(office, "ana", f"{MARK} needs it")
        await office.deny("omar", f"no {MARK}")
        await office.hears("ana", "I couldn't do this")
        office.say("ben", f"The {MARK} machine is making strange noises")
        await office.hears("ben", "ticket")
        await office.command("tariq", f"freeze restart_device {MARK}")
        await office.hears("tariq", "Frozen: ")
        await office.command("tariq", "unfreeze F-1")
        await office.hears("tariq", "Lifted: ")
        office.say("mia", "is the vpn down?")
        await office.hears("mia", "VPN")

        async with office.store.session() as session:
            for table in ("audit", "inbox", "transcript", "tool_call", "approval", "outbox", '"freeze"'):
                found = "".join(await session.scalars(sa.text(f"SELECT row_to_json(t)::text FROM {table} t")))
                assert (MARK in found) == (table != "audit"), table
        assert {"call", "approval", "confirmation", "freeze"} <= {row.what for row in await rows(office)}


async def test_what_has_the_look_of_words_stands_as_its_digest(office: Office) -> None:
    """A model may call a tool by any name, and a policy or person may have a strange one."""
    async with office.store.work() as work:
        await work.audit("call", "C-1", {"tool": "give me everything", "of": ["own-account", "two words"], "digest": "ab" * 32})
    [row] = [one for one in await rows(office) if one.what == "call"]
    assert row.data == {"tool": hidden("give me everything"), "of": ["own-account", hidden("two words")], "digest": "ab" * 32}


async def test_a_name_that_a_model_made_up_is_no_tool(office: Office) -> None:
    """A tool that there is not has a name that is a text, even where it is one word."""
    async with office.store.work() as work:
        await ledger.audit(work, Call("K-1", "C-1", "call_1", MARK, {}, CallState.DENIED, "ana", datetime.now(UTC)))
    [row] = [one for one in await rows(office) if one.what == "call"]
    assert row.data["tool"] == hidden(MARK)
