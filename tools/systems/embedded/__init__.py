"""The embedded company: the systems of a small firm, kept in a schema of the bot's own database.

For trials, demonstrations and tests, on the same contract as real systems.
"""

from tools.systems.embedded.clock import CompanyClock
from tools.systems.embedded.company import Company
from tools.systems.embedded.seed import ensure

__all__ = ["Company", "CompanyClock", "ensure"]
