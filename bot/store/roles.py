"""What the role that the bot works under may do: everything that its work needs, and of the audit only to read and to insert.

It makes, changes and drops no table, and neither updates nor deletes a row of the audit or a seal: migrations and retention run
under the owner. Where one role is all that there is, it owns everything, and only a trigger stands against it.
"""

from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from bot.store.schema import LOCK

SCHEMAS = ("public", "company")
INSERT_ONLY = {"audit": '(what, "case", data)', "audit_seal": ""}
"""Which columns may be inserted: nobody but the server says when a row was written, and where it stands."""
READ_ONLY = ("alembic_version",)

STANDS = """
SELECT NOT EXISTS (
  SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY(%(schemas)s) AND c.relkind = 'r'
    AND (NOT has_table_privilege(%(role)s, c.oid, 'SELECT')
      OR c.relname = ANY(%(kept)s) AND n.nspname = 'public'
        AND (has_table_privilege(%(role)s, c.oid, 'DELETE, TRUNCATE') OR has_any_column_privilege(%(role)s, c.oid, 'UPDATE')))
)
"""


async def let_work(owner_url: str, bot_url: str) -> None:
    """Let the role of `bot_url` work on all tables that there are; quick where it may already. Raises psycopg.Error."""
    role = urlsplit(bot_url).username or ""
    if role == urlsplit(owner_url).username:
        return
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True, connect_timeout=5) as connection:
        if await _stands(connection, role):
            return
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            for statement in await _statements(connection, role):
                await connection.execute(statement)


async def _stands(connection: psycopg.AsyncConnection[Any], role: str) -> bool:
    asked = {"schemas": list(SCHEMAS), "role": role, "kept": [*INSERT_ONLY, *READ_ONLY]}
    row = await (await connection.execute(STANDS, asked)).fetchone()
    return row is not None and bool(row[0])


async def _statements(connection: psycopg.AsyncConnection[Any], role: str) -> list[sql.Composed]:
    found = await connection.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", (list(SCHEMAS),))
    schemas = sql.SQL(", ").join(sql.Identifier(name) for (name,) in await found.fetchall())
    kept = sql.SQL(", ").join(sql.Identifier("public", name) for name in (*INSERT_ONLY, *READ_ONLY))
    templates = [
        "GRANT USAGE ON SCHEMA {schemas} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schemas} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schemas} TO {role}",
        "REVOKE ALL ON {kept} FROM {role}",
        "GRANT SELECT ON {kept} TO {role}",
        *(f"GRANT INSERT {columns} ON public.{table} TO {{role}}" for table, columns in INSERT_ONLY.items()),
    ]
    return [sql.SQL(one).format(schemas=schemas, role=sql.Identifier(role), kept=kept) for one in templates]


async def may_change_the_audit(connection: psycopg.AsyncConnection[Any], role: str = "") -> bool:
    """Whether this role, or that of the connection, could change or remove rows of the audit, or is its owner.

    Who owns the schema may drop every table in it: of `public` that is whoever owns the database.
    """
    question = """
        SELECT bool_or(has_table_privilege(who, c.oid, 'DELETE, TRUNCATE') OR has_any_column_privilege(who, c.oid, 'UPDATE')
          OR pg_has_role(who, c.relowner, 'MEMBER') OR pg_has_role(who, n.nspowner, 'MEMBER'))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, coalesce(nullif(%s, ''), current_user) AS who
        WHERE c.oid IN (to_regclass('public.audit'), to_regclass('public.audit_seal'))
    """
    row = await (await connection.execute(question, (role,))).fetchone()
    return row is not None and bool(row[0])
