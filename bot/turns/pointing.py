"""Words about one of several things that are open: taken back by its name, or changed; asked about where it can't be told which.

"never mind the grafana" withdraws that request and no other. Where the words fit several of what is open, or nothing of it for
certain, nothing happens before the requester has said which is meant, by a button or by its name.
"""

import dataclasses
from collections.abc import Mapping, Sequence

from bot.cases import belonging, spoken
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.consent import ApprovalState
from bot.domain import Call, CallState, Case, Event, Plan, PlanState, Post, PostKind, Principal
from bot.ports import Work
from bot.reading import doubt, dropbook, dropping, phrases, things
from bot.reading.phrases import Intent, tokens
from bot.runbooks import needs, requests
from bot.runbooks.requests import Understanding
from bot.turns import asked, naming, revisions
from bot.turns.asked import Asked
from bot.turns.naming import Open
from bot.turns.openings import Openings
from bot.turns.revising import Revising, may_be_there
from bot.turns.verdicts import Verdicts
from bot.words import furtherwording, wording

WHICH = "which:"
"""How the need of such a question begins; the key of the message that it is about follows."""
NONE = "none"
NEITHER = frozenset("none neither nothing of them these those keine keins ninguno ninguna".split())  # noqa: SIM905 - a table of words
CHOICES = 4

One = tuple[Case, Plan]


class Pointing:
    """Finds what is meant, and asks."""

    def __init__(self, house: House, openings: Openings, verdicts: Verdicts) -> None:
        self._house = house
        self._openings = openings
        self._verdicts = verdicts
        self._revising = Revising(house, openings, verdicts)

    # ── what is taken back by its name ───────────────────────────────────────────────────────────────────────────

    async def dropped(
        self, event: Event, principal: Principal, text: str, open_: Open, understood: Understanding
    ) -> list[Touched] | None:
        """The cases of what these words withdraw, or of the question which is meant; None where they withdraw nothing open."""
        said = dropping.read(text)
        if said is None or (self._house.agent.thinks and said.rest):
            return None
        here = await self._fitting(said, open_, understood)
        if not any(here):
            open_ = await self._everywhere(event)
            here = await self._fitting(said, open_, understood)
        fits = [fit for some in here for fit in some]
        sure = all(len(some) == 1 and some[0].sure for some in here)
        if not fits or (not sure and (self._house.agent.thinks or not said.plain)):
            return None
        ones = [(fit.case, fit.plan) for fit in fits]
        if not sure:
            return await self._ask(event, text, ones)
        await self._heard(event, text, [case for case, _ in ones])
        return await self._drop(event, principal, _each(ones), said.rest)

    async def asked_which(self, event: Event, text: str, open_: Open) -> list[Touched] | None:
        """The question which is meant, where the words plainly withdraw something that is not open; else None."""
        said = dropping.read(text)
        if said is None or not said.plain:
            return None
        return await self._ask(event, text, [(case, plan) for case, plans in open_ for plan in plans])

    async def everything(self, event: Event, principal: Principal, text: str) -> list[Touched]:
        """All that is open here is withdrawn."""
        ones = [(case, plan) for case, plans in await self._everywhere(event) for plan in plans]
        await self._heard(event, text, [case for case, _ in ones])
        return await self._drop(event, principal, ones)

    async def _fitting(self, said: dropping.Dropped, open_: Open, understood: Understanding) -> list[list[naming.Fit]]:
        """What each of the names fits."""
        if {word for name in said.names for word in tokens(name)} & dropbook.ALL:
            name = " ".join(word for one in said.names for word in tokens(one) if word not in dropbook.ALL)
            every = await naming.fitting(self._house, name, open_, understood)
            return [[dataclasses.replace(one, sure=one.sure and not dropping.content(name))] for one in every]
        return [await naming.fitting(self._house, name, open_, understood) for name in said.names]

    async def _drop(self, event: Event, principal: Principal, ones: Sequence[One], rest: str = "") -> list[Touched]:
        """Withdraw these plans, and no other; then what else was said."""
        house, what, stays = self._house, list[str](), list[str]()
        gone = {plan.id for _, plan in ones}
        everything = await self._everywhere(event)
        others = [await naming.label(house, plan) for _, plans in everything for plan in plans if plan.id not in gone]
        first = ones[0][0]
        async with house.work() as work:
            for case, plan in ones:
                calls = [call for call in await work.calls(case.id) if call.plan == plan.id]
                what += _named(plan, calls) or [f"“{await naming.label(house, plan)}” ({case.id})"]
                stays += [call.summary or call.sentence for call in calls if may_be_there(call)]
                await self._verdicts.end(work, case, [plan], ApprovalState.WITHDRAWN, PlanState.WITHDRAWN, principal)
            for case in await self._cases(work, event, [case for case, _ in ones]):
                await spoken.taken_as_answer(work, case, event)
            await asked.over(work, event)
            told = furtherwording.dropped(what, stays, others)
            await work.put(spoken.post(event, first, told))
            await work.say(first.id, "bot", told)
        threads = [Touched(case.id, case.thread_of(plan.id), event.key) for case, plan in ones]
        return [*threads, *(await self._besides(event, principal, first, ones, rest) if rest else ())]

    async def _besides(self, event: Event, principal: Principal, case: Case, ones: Sequence[One], rest: str) -> list[Touched]:
        """What is asked for beside what is taken back; a reason asks for nothing."""
        house = self._house
        if requests.ASKS.search(rest) is None or doubt.doubtful(rest, ()):
            return []
        event = dataclasses.replace(event, key=f"{event.key}#rest", text=rest)
        understood = await requests.understand(rest, house.knowledge)
        dropped = [plan for _, plan in ones]
        drafts = [d for one in understood.requests for d in await self._openings.drafts(event, case, principal, one)]
        own = [d for d in drafts if not d.runbook or await self._openings.another(d, principal, dropped)]
        if not own and not understood.unknown and not (not drafts and requests.of_its_own(rest, dropped)):
            return []
        return await self._openings.requests(event, case, principal, rest, understood)

    # ── what is changed ──────────────────────────────────────────────────────────────────────────────────────────

    async def changed(
        self, event: Event, principal: Principal, text: str, open_: Open, understood: Understanding
    ) -> list[Touched] | None:
        """The case that goes on with what is meant now; None when the words change nothing that was asked before."""
        house = self._house
        found = await revisions.found(house, text, open_, principal, understood)
        if not found and revisions.CUES.search(text) and event.data.get("in_thread"):
            found = await revisions.found(house, text, await self._everywhere(event), principal, understood)
        every = [plan for _, plans in open_ for plan in plans]
        found = [one for one in found if not revisions.same_as_another(one, every)]
        said = set(tokens(text))
        named = [one for one in found if said & await naming.names(house, one.case, one.plan)]
        found = named or found
        if len(found) > 1 and not house.agent.thinks:
            return await self._ask(event, text, [(one.case, one.plan) for one in found])
        return await self._revising.to(event, principal, text, found[0]) if found else None

    # ── which is meant ───────────────────────────────────────────────────────────────────────────────────────────

    async def answered(self, event: Event, principal: Principal, text: str) -> list[Touched] | None:
        """The answer in words to the question which is meant, asked last; None where none is open, or the words are none."""
        house = self._house
        async with house.work() as work:
            question = await asked.answerable(work, event)
            words = await spoken.words_of(work, question.case, question.said) if question is not None else ""
        if question is None:
            return None
        if len(tokens(text)) <= needs.SHORT_ANSWER and words:
            if phrases.intent(text) in (Intent.NOT_YET, Intent.WITHDRAW) or set(tokens(text)) <= NEITHER:
                await self._heard(event, text, [question.case])
                return await self.nothing(event, question.case)
            if chosen := await self._chosen_in_words(event, text, question, words):
                await self._heard(event, text, [question.case])
                labels = [await naming.label(house, plan) for _, plan in chosen]
                await self._settled(event, question.case, question.said, words, labels)
                return await self._meant(event, principal, words, chosen)
        async with house.work() as work:
            await asked.over(work, event)
        return None

    async def _chosen_in_words(self, event: Event, text: str, question: Asked, words: str) -> list[One]:
        """What of the question's these words name. A yes names the only one that was asked about, and nothing that is left over."""
        house = self._house
        meant = [(one, plan) for one, plan in await self._every(event) if plan.id in question.plans and plan.state.open]
        if dropping.read(words) is not None and dropbook.ALL & set(tokens(text)):
            return meant
        choices = [(plan.id, await naming.label(house, plan)) for _, plan in meant]
        picked = things.picked(text, choices, agreed=phrases.intent(text) is Intent.YES and len(question.plans) == 1)
        fits = await naming.fitting(house, text, [(one, [plan]) for one, plan in meant], Understanding([], []))
        only = fits[0].plan.id if len(fits) == 1 and fits[0].sure else ""
        return [(one, plan) for one, plan in meant if plan.id == (picked or only)]

    async def chosen(self, event: Event) -> list[Touched]:
        """The answer by a button."""
        house, said = self._house, str(event.data["need"]).removeprefix(WHICH)
        async with house.work() as work:
            case = await work.case(str(event.data.get("case", "")))
            words = await spoken.words_of(work, case, said) if case is not None else ""
        if case is None or not words:
            return []
        if case.slack_id != event.sender:
            await spoken.note(house, event, None, wording.NOT_YOURS)
            return []
        value = event.data.get("value")
        one = next(((its, plan) for its, plan in await self._every(event) if plan.id == value), None)
        async with house.work() as work:
            if one is not None and await spoken.was_an_answer(work, one[0], event):
                return [Touched(one[0].id, event.thread, event.key)]  # applied before, and cut off since
        if value == NONE:
            return await self.nothing(event, case)
        if one is None or not one[1].state.open:
            await spoken.note(house, event, case, furtherwording.OVER_ALREADY)
            return []
        await self._settled(event, case, said, words, [await naming.label(house, one[1])])
        principal = await house.facts.principal(case.slack_id, case.team)
        return await self._meant(event, principal, words, [one])

    async def nothing(self, event: Event, case: Case) -> list[Touched]:
        """None of what was asked about is meant."""
        said = str(event.data.get("need", "")).removeprefix(WHICH) or str((case.data.get(asked.ASKED) or {}).get("said", ""))
        async with self._house.work() as work:
            words = await spoken.words_of(work, case, said)
            await asked.over(work, event)
            for one in await self._cases(work, event, [case]):
                await spoken.taken_as_answer(work, one, event)
            post = spoken.remark(event, case, furtherwording.ALL_GOES_ON, ["apart"])
            await work.put(dataclasses.replace(post, content={**post.content, "said": said}))
            await work.say(case.id, "bot", furtherwording.ALL_GOES_ON)
        await self._settled(event, case, said, words, [furtherwording.NONE_OF_THESE])
        return []

    async def _meant(self, event: Event, principal: Principal, words: str, ones: Sequence[One]) -> list[Touched]:
        """Do what the words say with what they mean."""
        if (said := dropping.read(words)) is not None:
            return await self._drop(event, principal, ones, said.rest)
        nothing = Understanding([], [])
        found = await revisions.found(self._house, words, [(case, [plan]) for case, plan in ones], principal, nothing)
        return await self._revising.to(event, principal, words, found[0]) if found else []

    async def _ask(self, event: Event, text: str, ones: Sequence[One]) -> list[Touched]:
        """Ask which is meant, of the newest."""
        house, ones = self._house, _each(ones)[:CHOICES]
        case = (await self._heard(event, text, [ones[0][0]]))[0]
        labels = [await naming.label(house, plan) for _, plan in ones]
        labels = [f"{name} ({ones[at][1].case})" if labels.count(name) > 1 else name for at, name in enumerate(labels)]
        choices = [[plan.id, name] for (_, plan), name in zip(ones, labels, strict=True)]
        question = furtherwording.which_is_meant(len(ones), drop=dropping.read(text) is not None)
        content = {"text": question, "choices": [*choices, [NONE, furtherwording.NONE_OF_THESE]]}
        async with house.work() as work:
            await asked.keep(work, event, case, [plan.id for _, plan in ones])
            await work.put(_question(case, event.thread, event.key, content))
            await work.say(case.id, "bot", question)
            for one in await self._cases(work, event, [case]):
                await spoken.taken_as_answer(work, one, event)
        return [Touched(case.id, event.thread, event.key)]

    async def _settled(self, event: Event, case: Case, said: str, words: str, answers: Sequence[str]) -> None:
        """The question says what was answered, and has no buttons any more."""
        question = case.data.get(asked.ASKED) or {}
        number = len(question["plans"]) if question.get("said") == said else CHOICES
        text = furtherwording.which_is_meant(number, drop=dropping.read(words) is not None)
        async with self._house.work() as work:
            content = {"text": text, "choices": [], "answer": wording.all_of(answers)}
            await work.put(_question(case, event.thread or case.thread, said, content))

    async def _heard(self, event: Event, text: str, cases: Sequence[Case]) -> list[Case]:
        """These cases, once the words are written down in each, and in that of the thread where they were said."""
        await spoken.joined(self._house, event, cases[0])
        async with self._house.work() as work:
            where = await self._cases(work, event, cases)
        return [await spoken.heard(self._house, event, case, text) for case in where]

    async def _cases(self, work: Work, event: Event, cases: Sequence[Case]) -> list[Case]:
        """These cases, and the one in whose thread the event was, each once."""
        here = await work.case_in_thread(event.channel, event.thread)
        return list({case.id: case for case in (*cases, *([here] if here else ()))}.values())

    async def _every(self, event: Event) -> list[One]:
        """All plans of this person's cases here."""
        async with self._house.work() as work:
            return [(case, plan) for case in await belonging.moved(work, event) for plan in await work.plans(case.id)]

    async def _everywhere(self, event: Event) -> Open:
        """All that is open of this person here."""
        async with self._house.work() as work:
            cases = [(case, await work.plans(case.id)) for case in await belonging.open_in(work, event)]
        return [(case, some) for case, plans in cases if (some := [plan for plan in plans if plan.state.open])]


def _question(case: Case, thread: str, said: str, more: Mapping[str, object]) -> Post:
    content = {"plan": case.id, "need": f"{WHICH}{said}", "case": case.id, **more}
    return Post(f"{WHICH}{said}", PostKind.QUESTION, content, channel=case.channel, thread=thread, case=case.id)


def _each(ones: Sequence[One]) -> list[One]:
    """Each plan once."""
    return list({plan.id: (case, plan) for case, plan in ones}.values())


def _named(plan: Plan, calls: Sequence[Call]) -> list[str]:
    """What of the plan waits, each with its reference."""
    waiting = [call for call in calls if call.plan == plan.id and call.state is CallState.WAITING]
    return [f"*{call.sentence}* ({call.approval or call.confirmation})" for call in waiting]
