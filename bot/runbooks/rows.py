"""What stands in a row with things of a runbook and is none of them: "a standing desk and a second monitor"."""

from collections.abc import Mapping

from bot.ports import Directory, Knowledge
from bot.reading import enumerations
from bot.runbooks import needs, requests
from bot.runbooks.bound import Bound
from bot.runbooks.requests import Understanding
from knowledge.parts import THINGS
from knowledge.runbook import Need, Runbook

MANY = tuple(source for source in THINGS if source not in (*needs.KEYED, "branch", "device"))
"""Sources of things that people ask for by name, one beside the other."""


def of_many(runbook: Runbook) -> Need | None:
    """What the runbook needs of which several may be asked for at once."""
    return next((need for need in runbook.needs.values() if need.source in MANY), None)


async def with_besides(
    understood: Understanding, runbooks: Mapping[str, Bound], directory: Directory, knowledge: Knowledge
) -> Understanding:
    """With these as requests of their own, or as unknown, in the words that ask for them: "I need a standing desk"."""
    found, unknown = list(understood.requests), list(understood.unknown)
    for request in understood.requests:
        need = of_many(runbooks[request.found[0].runbook].runbook)
        if need is None:
            continue
        how, others = enumerations.besides(request.words, await needs.things_of(need.source, directory))
        for words in (f"{how} {other}".strip() for other in others):
            known = {one.found[0].runbook for one in found}
            own = (await requests.understand(words, knowledge)).requests
            found += [one for one in own if one.found[0].runbook not in known]
            unknown += [] if any(one.found[0].runbook != request.found[0].runbook for one in own) else [words]
    return Understanding(found, unknown)
