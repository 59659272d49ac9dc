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


class _Redacting(logging.Formatter):
    """Likewise for what libraries log, with its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return redaction.blank(super().format(record))


def set_up(level: str = "INFO") -> None:
    """Once, at the start of a process."""
    terminal = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if terminal else "iso", utc=not terminal),
    ]
    plain = structlog.dev.plain_traceback  # its text is made before it is redacted; a prettier one would be drawn afterwards
    drawn: Any = structlog.dev.ConsoleRenderer(exception_formatter=plain) if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, redact, drawn],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for noisy in ("procrastinate", "slack_bolt", "slack_sdk", "aiohttp.access", "httpx", "bm25s"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
