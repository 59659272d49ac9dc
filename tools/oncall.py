"""Who is on call, and calling them."""

from typing import Annotated

from pydantic import Field

from tools.base import SystemsTool
from tools.contract import DETAIL, Arguments, Caller, Check, Effect, NotFound, Resource, Result, SystemAway
from tools.systems.protocols import Page, Systems


class ScheduleArguments(Arguments):
    schedule: str = Field(min_length=1, max_length=100, description="The on-call schedule, such as identity.")


class PageArguments(ScheduleArguments):
    text: Annotated[str, DETAIL] = Field(
        min_length=1, max_length=2_000, description="What the person on call has to know, in plain words."
    )


class WhoIsOnCall(SystemsTool[ScheduleArguments]):
    name = "who_is_on_call"
    description = "Say who is on call for a schedule now."
    effect = Effect.READ
    system = "oncall"
    ids = frozenset({"schedule"})
    arguments = ScheduleArguments

    async def canonical(self, args: ScheduleArguments) -> ScheduleArguments:
        return args.model_copy(update={"schedule": await _schedule(self.systems, args.schedule)})

    async def resource(self, args: ScheduleArguments) -> Resource:
        return Resource("schedule", args.schedule, label=args.schedule)

    async def run(self, args: ScheduleArguments, caller: Caller) -> Result:
        people = await self.systems.oncall.on_call(args.schedule, self.systems.now())
        if people is None:
            raise SystemAway(f"the on-call system did not say who is on call for {args.schedule}")
        names = [await self.full_name(person) for person in people]
        summary = f"On call for {args.schedule}: {', '.join(names)}." if names else f"Nobody is on call for {args.schedule}."
        return Result({"schedule": args.schedule, "people": people}, summary)


class PageOnCall(SystemsTool[PageArguments]):
    """Not reversible: who was called has been called."""

    name = "page_on_call"
    description = "Call whoever is on call for a schedule now."
    effect = Effect.CHANGE
    plain = True
    system = "oncall"
    reversible = False
    arguments = PageArguments

    async def canonical(self, args: PageArguments) -> PageArguments:
        return args.model_copy(update={"schedule": await _schedule(self.systems, args.schedule)})

    async def resource(self, args: PageArguments) -> Resource:
        return Resource("schedule", args.schedule, label=args.schedule)

    async def run(self, args: PageArguments, caller: Caller) -> Result:
        return await self._paged((await self.systems.oncall.page(args.schedule, args.text, caller)).value)

    async def recall(self, args: PageArguments, key: str) -> Result | None:
        page = await self.systems.oncall.paged_under(key)
        return await self._paged(page) if page else None

    async def check(self, args: PageArguments, result: Result | None) -> Check:
        page = await self.systems.oncall.paged(str(result.data["page"])) if result else None
        if page is None or (page.schedule, page.text) != (args.schedule, args.text):
            return Check(held=False, observed=f"nobody was paged for {args.schedule}", how="looked for the page")
        return Check(held=True, observed=f"{', '.join(page.people)} were paged", how="looked for the page")

    async def _paged(self, page: Page) -> Result:
        names = [await self.full_name(person) for person in page.people]
        data = {"page": page.id, "schedule": page.schedule, "people": list(page.people)}
        return Result(data, f"Paged {', '.join(names)} (on call for {page.schedule}).")

    def sentence(self, args: PageArguments) -> str:
        return f"Call whoever is on call for {args.schedule}"


async def _schedule(systems: Systems, words: str) -> str:
    schedules = await systems.oncall.schedules()
    wanted = words.strip().lower()
    if wanted in schedules:
        return wanted
    raise NotFound(f"there is no on-call schedule {words!r}; there are {', '.join(schedules)}")
