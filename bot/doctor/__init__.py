"""`python -m bot doctor`: looks at everything that Deskhand needs, and says what works, what is missing, and how to mend it.

It only reads, and works while the bot runs and while it does not. A look that breaks is a finding like any other.
"""

from collections.abc import AsyncIterator, Callable

import structlog

from bot.doctor import database, machine, model, policy, slack
from bot.doctor.finding import Finding, State, fail
from bot.settings import Settings

log = structlog.get_logger(__name__)

Looks = Callable[[Settings], AsyncIterator[Finding]]

LOOKS: tuple[Looks, ...] = (slack.looks, database.looks, policy.looks, model.looks, machine.looks)


async def examined(settings: Settings) -> list[Finding]:
    """Every finding, in the order of the way of a message."""
    found: list[Finding] = []
    for looks in LOOKS:
        name = looks.__module__.rsplit(".", 1)[-1]
        try:
            found += [one async for one in looks(settings)]
        except Exception as error:
            log.debug("a look broke", name=name, exc_info=error)
            found.append(
                fail(name, f"this look broke off: {type(error).__name__}: {str(error)[:200]}", "report it, with this line")
            )
    return found


def healthy(found: list[Finding]) -> bool:
    """Whether nothing is missing."""
    return all(one.state is not State.FAIL for one in found)
