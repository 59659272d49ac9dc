"""The role that the bot works under: it does all its work, and can neither change nor remove what the audit says."""

import contextlib
from pathlib import Path

import psycopg
import pytest

from bot.databases import Database
from bot.errors import StoreAway
from bot.store import postgres
from bot.store.roles import let_work, may_change_the_audit
from bot.store.schema import migrate
from bot.store.seals import Seals
from bot.store.work import Store
from tests.postgres import for_the_bot

FORBIDDEN = [
    "UPDATE audit SET what = 'x'",
    "UPDATE audit SET data = '{}' WHERE false",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "TRUNCATE audit CASCADE",
    "UPDATE audit_seal SET digest = 'x'",
    "DELETE FROM audit_seal",
    "TRUNCATE audit_seal",
    "ALTER TABLE audit DISABLE TRIGGER audit_insert_only",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "ALTER TABLE audit ADD COLUMN x int",
    "ALTER TABLE audit_seal OWNER TO CURRENT_USER",
    "DROP TABLE audit",
    "DROP TRIGGER audit_to_be_sealed ON audit",
    "DROP FUNCTION audit_is_insert_only CASCADE",
    "CREATE OR REPLACE FUNCTION audit_is_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "CREATE TABLE public.mine (n int)",
    "CREATE RULE r AS ON INSERT TO audit DO INSTEAD NOTHING",
    "CREATE POLICY p ON audit USING (false)",
    "SET session_replication_role = replica",
    "SET ROLE deskhand",
    "SET SESSION AUTHORIZATION deskhand",
    "SELECT * FROM audit FOR UPDATE",
    "INSERT INTO audit (position, what, \"case\", data) OVERRIDING SYSTEM VALUE VALUES (1, 'x', '', '{}')",
    "INSERT INTO audit (at, what, \"case\", data) VALUES ('2020-01-01', 'x', '', '{}')",
    "SELECT setval('audit_position_seq', 1)",
    "UPDATE alembic_version SET version_num = '0001'",
]


@pytest.fixture
def bot(database: str) -> str:
    return for_the_bot(database)


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_bots_role_cannot_touch_what_is_written(database: str, bot: str, statement: str) -> None:
    """Not by any statement; the server refuses it for want of a right, before any trigger is asked."""
    async with Store(bot) as store:
        async with store.work() as work:
            await work.audit("call", "C-1", {"call": "K-1"})
        await Seals(store).seal()
    with psycopg.connect(bot) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)
    with psycopg.connect(database) as owner:
        assert owner.execute('SELECT what, "case", data FROM audit').fetchall() == [("call", "C-1", {"call": "K-1"})]
        assert owner.execute("SELECT count(*) FROM audit_seal").fetchone() == (1,)


def test_a_table_of_its_own_does_not_take_the_place_of_ours(database: str, bot: str) -> None:
    """What waits for its seal is written by name and schema, so a temporary table of that name keeps nothing from it."""
    with psycopg.connect(bot) as connection:
        connection.execute("CREATE TEMP TABLE audit_unsealed (position bigint)")
        connection.execute("INSERT INTO audit (what, \"case\", data) VALUES ('call', '', '{}')")
    with psycopg.connect(database) as owner:
        assert owner.execute("SELECT count(*) FROM audit_unsealed").fetchone() == (1,)


async def test_who_could_change_the_audit_is_known(database: str, bot: str) -> None:
    for url, could in ((database, True), (bot, False)):
        async with await psycopg.AsyncConnection.connect(url) as connection:
            assert await may_change_the_audit(connection) is could


@pytest.mark.parametrize(
    "statement",
    ["GRANT UPDATE (data) ON audit TO deskhand_bot", "ALTER SCHEMA public OWNER TO deskhand_bot"],
    ids=["one column", "the schema, so that it may drop every table in it"],
)
async def test_a_right_that_is_given_by_another_way_is_known(database: str, bot: str, statement: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute(statement)
    async with await psycopg.AsyncConnection.connect(bot) as connection:
        assert await may_change_the_audit(connection)


async def test_rights_follow_new_tables_and_are_taken_back(database: str, bot: str) -> None:
    """A table that a later migration makes is open to the bot at the next start; a right too much is gone."""
    with psycopg.connect(database) as owner:
        owner.execute("CREATE TABLE later (n int)")
        owner.execute("GRANT UPDATE ON audit TO deskhand_bot")
    await let_work(database, bot)
    with psycopg.connect(bot) as connection:
        connection.execute("INSERT INTO later VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE audit SET what = 'x'")


async def test_one_role_for_both_keeps_its_rights(database: str) -> None:
    """Where DATABASE_URL is all that there is, nothing is taken from its role."""
    await Database(database, "", embedded=False, owner=database).prepare()
    await let_work(database, database)
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO audit (what, \"case\", data) VALUES ('x', '', '{}')")


async def test_a_role_that_may_not_migrate_says_who_does(database: str, bot: str) -> None:
    """An older database under the bot's role alone: a sentence with the command, and nothing is half done."""
    with psycopg.connect(database) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '0009' WHERE false")
        owner.execute("DELETE FROM alembic_version")
        owner.execute("INSERT INTO alembic_version VALUES ('0006')")
    with pytest.raises(StoreAway, match="python -m bot migrate"):
        await migrate(bot)


async def test_the_embedded_server_has_both_roles(open_folder: Path) -> None:
    """Each with its own password; a folder from before gets the second one; the bot's role is no superuser."""
    folder = open_folder
    with postgres.own(folder, durable=False) as server:
        data = Database(server.bot_url, "", embedded=True, owner=server.url)
        await data.prepare()
        with psycopg.connect(server.bot_url) as connection:
            found = connection.execute("SELECT current_user, usesuper FROM pg_user WHERE usename = current_user").fetchone()
            assert found == ("deskhand_bot", False)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DELETE FROM audit")
        assert (server.where / "bot-password").stat().st_mode & 0o077 == 0
        password = (server.where / "bot-password").read_text()
    (server.where / "bot-password").unlink()
    with postgres.own(folder, durable=False) as again:
        assert (server.where / "bot-password").read_text() != password
        with contextlib.closing(psycopg.connect(again.bot_url)) as connection:
            assert connection.execute("SELECT count(*) FROM audit").fetchone() == (0,)
