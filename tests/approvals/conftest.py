"""The workshop and the desk, for all that is about approvals."""

from tests.approvals.desk import desk
from tests.workshop import house, shop

__all__ = ["desk", "house", "shop"]
