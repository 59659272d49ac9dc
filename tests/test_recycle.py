"""A database that a test has used is given to the next one only as the template is."""

import psycopg
import pytest

from tests import postgres


def used(*statements: str) -> tuple[str, str]:
    """The database in which these were said, and the one that is given out after it."""
    with postgres.copied(postgres.WITH_COMPANY) as first, psycopg.connect(first, autocommit=True) as connection:
        for one in statements:
            connection.execute(one)
    with postgres.copied(postgres.WITH_COMPANY) as second:
        return first, second


def test_rows_and_numbers_are_put_back() -> None:
    """Changed, new and removed rows, whatever refers to them, and how far a sequence was."""
    with postgres.copied(postgres.WITH_COMPANY) as first, psycopg.connect(first, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'company'"
        ).fetchall()
        before = {one: connection.execute(f"SELECT * FROM {one} ORDER BY 1").fetchall() for (one,) in tables}
        [number] = connection.execute("SELECT nextval('procrastinate_jobs_id_seq')").fetchone() or [0]
        connection.execute("UPDATE company.accounts SET status = 'LOCKED_OUT'")
        for (one,) in tables[::2]:
            connection.execute(f"TRUNCATE {one} CASCADE")
    with postgres.copied(postgres.WITH_COMPANY) as second, psycopg.connect(second, autocommit=True) as connection:
        assert second == first
        assert {one: connection.execute(f"SELECT * FROM {one} ORDER BY 1").fetchall() for (one,) in tables} == before
        assert connection.execute("SELECT nextval('procrastinate_jobs_id_seq')").fetchone() == (number,)


@pytest.mark.parametrize(
    "changed",
    [
        "CREATE TABLE more (a int)",
        "ALTER TABLE company.accounts ALTER status DROP NOT NULL",
        "ALTER TABLE company.accounts ALTER status SET DEFAULT 'ACTIVE'",
        "DROP INDEX IF EXISTS {index}",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "GRANT SELECT ON company.accounts TO public",
        "CREATE SCHEMA more",
    ],
)
def test_what_was_done_to_the_tables_themselves_is_not(changed: str) -> None:
    """Then the database is gone, and another one is given out."""
    with postgres.copied(postgres.WITH_COMPANY) as url, psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT min(indexrelid::regclass::text) FROM pg_index WHERE NOT indisprimary AND indrelid > 16383 AND NOT indisunique"
        )
        [index] = found.fetchone() or [""]
    first, second = used(changed.format(index=index))
    assert first != second
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(first)
