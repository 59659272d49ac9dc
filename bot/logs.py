"""Logs: to stderr always, for people on a terminal and as JSON lines otherwise; tokens and passwords never."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot import redaction


def redact(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank out what looks like a secret, wherever it stands."""
    for key, value in entry.items():
        if isinstance(value, str):
            entry[key] = redaction.blank(value)
    return entry


def set_up(level: str = "INFO") -> None:
    """Once, at the start of a process."""
    terminal = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if terminal else "iso", utc=not terminal),
    ]
    drawn: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if terminal
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, redact, drawn] if not terminal else [*shared, redact, drawn],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True)
    for noisy in ("procrastinate", "slack_bolt", "slack_sdk", "aiohttp.access", "httpx", "bm25s"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
