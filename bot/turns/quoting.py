"""What no runbook is for, answered with an article's own words and its link, where one fits and the requester may read it."""

import dataclasses

from bot.cases import belonging
from bot.cases.house import House
from bot.domain import Case, Event, Plan, PlanState, Principal
from bot.quoted import Quote
from bot.reading.followup import in_context


class Quoting:
    """Answers without a model."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def answered(self, event: Event, case: Case, principal: Principal, words: str, number: int) -> Plan | None:
        """A plan that is done, its reason the answer; None where no article fits."""
        house = self._house
        async with house.work() as work:
            earlier = await belonging.said_before(work, event, case, house.clock.now())
        whole = in_context(words, earlier[:-1])  # the last of them is what was just said
        found = await house.articles.search(whole, principal, direct=case.direct, newest=words)
        fits = [one for one in found if one.cosine >= house.articles.floor]
        async with house.work() as work:
            noted = {"articles": [noted_down(one) for one in found], "query": whole}
            await work.say_once(case.id, "note", "articles", f"{event.key}#articles{number}", noted)
        if not fits:
            return None
        return Plan(
            id="",
            case=case.id,
            runbook="",
            version="",
            title=fits[0].title,
            words=words,
            opened_by=f"{event.key}#{number}",
            state=PlanState.DONE,
            reason=fits[0].said,
            score=fits[0].cosine,
        )


def noted_down(quote: Quote) -> dict[str, object]:
    """Of what was found: not its text, which stands in the article."""
    return {name: value for name, value in dataclasses.asdict(quote).items() if name != "text"}
