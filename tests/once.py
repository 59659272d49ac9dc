"""A process that opens hundreds of offices reads their policy once and compiles each SQL statement once: most of what opening one costs."""

from importlib import import_module
from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

from bot.gate.problems import Problems
from bot.gate.text import read_yaml

_read: dict[str, Any] = {}


def read_policies_once() -> None:
    """From now on in this process. What is measured (`tests.bench`) is not read so."""
    import_module("bot.gate.load").read_yaml = _once  # type: ignore[attr-defined]


def compile_statements_once() -> None:
    """From now on in this process: what one engine has compiled serves the next on the same server. SQLAlchemy keeps it with an engine."""
    compiled: LRUCache[Any, Any] = LRUCache(4000)
    Engine._compiled_cache = property(lambda engine: compiled, lambda engine, own: None)  # type: ignore[assignment]
    PGDialectAsync_psycopg.__hash__ = lambda dialect: hash(PGDialectAsync_psycopg)  # type: ignore[method-assign]
    PGDialectAsync_psycopg.__eq__ = lambda dialect, other: type(dialect) is type(other)  # type: ignore[method-assign]


def _once(text: str, found: Problems) -> Any:
    """As `read_yaml` does."""
    if text in _read:
        return _read[text]
    whole = read_yaml(text, found)
    if not found.found:
        _read[text] = whole
    return whole
