"""Tickets for people to work on."""

from pydantic import Field

from tools.base import SystemsTool, UserArguments
from tools.contract import Caller, Check, Effect, Resource, Result


class CreateTicketArguments(UserArguments):
    title: str = Field(min_length=1, max_length=200, description="What it is about, in one line.")
    text: str = Field(max_length=20_000, description="What happened, what was looked at and tried, in plain words.")


class CreateTicket(SystemsTool[CreateTicketArguments]):
    name = "create_ticket"
    description = "Open a ticket on somebody's behalf, for people to work on."
    effect = Effect.CHANGE
    system = "tickets"
    arguments = CreateTicketArguments

    async def resource(self, args: CreateTicketArguments) -> Resource:
        """The ticket is not there yet: it is named by whose it will be."""
        return await self.owned("ticket", args.user)

    async def run(self, args: CreateTicketArguments, caller: Caller) -> Result:
        ticket = (await self.systems.tickets.create(args.user, args.title, args.text, caller)).value
        return Result({"ticket": ticket.key, "title": ticket.title}, f"Opened ticket {ticket.key}: {ticket.title}")

    async def check(self, args: CreateTicketArguments, result: Result | None) -> Check:
        if result is None:
            ticket = await self.systems.tickets.lately(args.user, args.title, args.text)
        else:
            ticket = await self.systems.tickets.ticket(str(result.data["ticket"]))
        same = ticket and (ticket.reporter, ticket.title, ticket.text) == (args.user, args.title, args.text)
        if ticket is None or not same or ticket.status == "cancelled":
            return Check(held=False, observed="there is no such ticket", how="looked for the ticket")
        return Check(held=True, observed=f"ticket {ticket.key} is {ticket.status}", how="looked for the ticket")

    async def undo(self, args: CreateTicketArguments, result: Result, caller: Caller) -> Result:
        key = str(result.data["ticket"])
        done = await self.systems.tickets.cancel(key, caller)
        return Result({"ticket": key}, f"Cancelled ticket {key}.", changed=done.changed)

    def sentence(self, args: CreateTicketArguments) -> str:
        return f"Open a ticket for {args.user}: {args.title}"
