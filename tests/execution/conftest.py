"""The workshop, for all that the executor does."""

from tests.workshop import house, shop

__all__ = ["house", "shop"]
