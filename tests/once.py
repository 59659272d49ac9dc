"""A process that opens hundreds of offices with one policy reads its text once; that is half of the work of opening them."""

from importlib import import_module
from typing import Any

from bot.gate.problems import Problems
from bot.gate.text import read_yaml

_read: dict[str, Any] = {}


def read_policies_once() -> None:
    """From now on in this process. What is measured (`tests.bench`) is not read so."""
    import_module("bot.gate.load").read_yaml = _once  # type: ignore[attr-defined]


def _once(text: str, found: Problems) -> Any:
    """As `read_yaml` does."""
    if text in _read:
        return _read[text]
    whole = read_yaml(text, found)
    if not found.found:
        _read[text] = whole
    return whole
