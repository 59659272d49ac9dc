"""Mailing lists: which somebody is on, joining and leaving."""

from pydantic import Field

from tools.base import SystemsTool, UserArguments, person_resource
from tools.contract import Caller, Check, Effect, NotFound, Resource, Result
from tools.naming import one_named, one_person
from tools.systems.supplies import MailingList


class ListArguments(UserArguments):
    list: str = Field(min_length=1, max_length=200, description="The mailing list: its id, name, or another name of it.")


class ListMailingLists(SystemsTool[UserArguments]):
    name = "list_mailing_lists"
    description = "List the mailing lists that somebody is on, and those that there are."
    effect = Effect.READ
    system = "lists"
    ids = frozenset({"user", "lists"})
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return person_resource(await one_person(self.systems.directory, args.user))

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        mine = await self.systems.lists.lists_of(args.user)
        every = await self.systems.lists.mailing_lists()
        data = {
            "user": args.user,
            "lists": mine,
            "others": [{"list": one.id, "name": one.name, "open": one.open} for one in every if one.id not in mine],
        }
        name = await self.full_name(args.user)
        names = ", ".join(one.name for one in every if one.id in mine)
        return Result(data, f"{name} is on these mailing lists: {names}." if mine else f"{name} is on no mailing list.")


class _ListTool(SystemsTool[ListArguments]):
    """What joining and leaving have in common."""

    effect = Effect.CHANGE
    plain = True
    system = "lists"
    arguments = ListArguments

    async def canonical(self, args: ListArguments) -> ListArguments:
        args = await super().canonical(args)
        every = [(one.id, one.name, one.aliases) for one in await self.systems.lists.mailing_lists()]
        return args.model_copy(update={"list": one_named(args.list, every, "mailing list")})

    async def resource(self, args: ListArguments) -> Resource:
        """The list; its owner answers for it."""
        one = await self._list(args.list)
        return Resource("list", one.id, label=one.name, owner=one.owner, facts={"open": one.open})

    async def _list(self, list_id: str) -> MailingList:
        found = await self.systems.lists.mailing_list(list_id)
        if found is None:
            raise NotFound(f"there is no mailing list {list_id!r}")
        return found

    async def _check(self, args: ListArguments, *, there: bool) -> Check:
        on_it = args.list in await self.systems.lists.lists_of(args.user)
        return Check(on_it is there, f"{args.user} is {'on' if on_it else 'not on'} {args.list}", "listed the mailing lists again")


class JoinMailingList(_ListTool):
    name = "join_mailing_list"
    description = "Put somebody on a mailing list, so that they get what is written to it."
    back = "by leaving the list"

    async def beneficiary(self, args: ListArguments) -> str:
        return args.user

    async def run(self, args: ListArguments, caller: Caller) -> Result:
        done = await self.systems.lists.join_list(args.user, args.list, caller)
        name, the_list = await self.full_name(args.user), (await self._list(args.list)).name
        summary = f"Put {name} on the mailing list {the_list}." if done.changed else f"{name} was on {the_list} already."
        return Result({"user": args.user, "list": args.list}, summary, changed=done.changed)

    async def check(self, args: ListArguments, result: Result | None) -> Check:
        return await self._check(args, there=True)

    async def undo(self, args: ListArguments, result: Result, caller: Caller) -> Result:
        data = {"user": args.user, "list": args.list}
        if not result.changed:
            return Result(data, "There was nothing to take back.", changed=False)
        done = await self.systems.lists.undo_join(args.user, args.list, caller)
        return Result(data, f"Took {args.user} off {args.list} again.", changed=done.changed)

    def sentence(self, args: ListArguments) -> str:
        return f"Put {args.user} on the mailing list {args.list}"


class LeaveMailingList(_ListTool):
    name = "leave_mailing_list"
    description = "Take somebody off a mailing list."
    back = "by joining the list again"

    async def run(self, args: ListArguments, caller: Caller) -> Result:
        done = await self.systems.lists.leave_list(args.user, args.list, caller)
        name, the_list = await self.full_name(args.user), (await self._list(args.list)).name
        summary = f"Took {name} off the mailing list {the_list}." if done.changed else f"{name} was not on {the_list}."
        return Result({"user": args.user, "list": args.list}, summary, changed=done.changed)

    async def check(self, args: ListArguments, result: Result | None) -> Check:
        return await self._check(args, there=False)

    async def undo(self, args: ListArguments, result: Result, caller: Caller) -> Result:
        data = {"user": args.user, "list": args.list}
        if not result.changed:
            return Result(data, "There was nothing to take back.", changed=False)
        done = await self.systems.lists.undo_leave(args.user, args.list, caller)
        return Result(data, f"Put {args.user} on {args.list} again.", changed=done.changed)

    def sentence(self, args: ListArguments) -> str:
        return f"Take {args.user} off the mailing list {args.list}"
