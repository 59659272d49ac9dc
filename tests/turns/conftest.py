"""The workshop, for what becomes of a case's plans."""

from tests.workshop import shop

__all__ = ["shop"]
