"""Tickets for people to work on."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from tools.base import SystemsTool, UserArguments
from tools.contract import DETAIL, WORDS, Arguments, Caller, Check, Effect, NotFound, Resource, Result
from tools.naming import plain
from tools.systems.protocols import Comment, Ticket

KEY = re.compile(r"\b[A-Za-z]{2,10}-\d{1,9}\b")
STATUS = {"open": "open", "in_progress": "being worked on", "closed": "closed", "cancelled": "cancelled"}
MOST = 5
LONG_WORD = 4


class FindTicketArguments(UserArguments):
    query: Annotated[str, WORDS] = Field(
        default="",
        max_length=4_000,
        description="The ticket's key, such as IT-1004, or words of it; left out, all of the person's.",
    )


class FindTicket(SystemsTool[FindTicketArguments]):
    name = "find_ticket"
    description = "Look at the tickets that somebody reported: what they are about and how far they are."
    effect = Effect.READ
    system = "tickets"
    ids = frozenset({"user", "ticket", "tickets.ticket"})
    arguments = FindTicketArguments

    async def resource(self, args: FindTicketArguments) -> Resource:
        return await self.owned("ticket", args.user)

    async def run(self, args: FindTicketArguments, caller: Caller) -> Result:
        """A key finds that ticket or nothing; words find what they fit, and where they fit nothing, everything."""
        tickets = await self.systems.tickets.tickets_of(args.user)
        name = await self.full_name(args.user)
        if key := KEY.search(args.query):
            tickets = [one for one in tickets if one.key == key[0].upper()]
            if not tickets:
                return Result({"user": args.user, "tickets": []}, f"{name} has reported no ticket {key[0].upper()}.")
        elif fitting := _fitting(args.query, tickets):
            tickets = fitting
        told = [await self._told(one) for one in tickets[:MOST]]
        data: dict[str, Any] = {"user": args.user, "tickets": told}
        if not told:
            return Result(data, f"{name} has reported no ticket.")
        if len(told) == 1:
            data |= told[0]
        more = f" And {len(tickets) - MOST} older ones." if len(tickets) > MOST else ""
        return Result(data, " ".join(_sentence(one) for one in told) + more)

    async def _told(self, ticket: Ticket) -> dict[str, Any]:
        comments = await self.systems.tickets.comments(ticket.key)
        return {
            "ticket": ticket.key,
            "title": ticket.title,
            "status": ticket.status,
            "assignee": ticket.assignee,
            "comments": len(comments),
            "last_comment": comments[-1].text if comments else "",
        }


class CreateTicketArguments(UserArguments):
    title: Annotated[str, DETAIL] = Field(min_length=1, max_length=200, description="What it is about, in one line.")
    text: Annotated[str, DETAIL] = Field(
        max_length=20_000, description="What happened, what was looked at and tried, in plain words."
    )


class CreateTicket(SystemsTool[CreateTicketArguments]):
    name = "create_ticket"
    description = "Open a ticket on somebody's behalf, for people to work on."
    back = "by cancelling the ticket"
    effect = Effect.CHANGE
    plain = True
    system = "tickets"
    ids = frozenset({"ticket"})
    arguments = CreateTicketArguments

    async def resource(self, args: CreateTicketArguments) -> Resource:
        """The ticket is not there yet: it is named by whose it will be."""
        return await self.owned("ticket", args.user)

    async def run(self, args: CreateTicketArguments, caller: Caller) -> Result:
        return _opened((await self.systems.tickets.create(args.user, args.title, args.text, caller)).value)

    async def recall(self, args: CreateTicketArguments, key: str) -> Result | None:
        ticket = await self.systems.tickets.created_under(key)
        return _opened(ticket) if ticket else None

    async def check(self, args: CreateTicketArguments, result: Result | None) -> Check:
        ticket = await self.systems.tickets.ticket(str(result.data["ticket"])) if result else None
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


class CommentArguments(Arguments):
    ticket: str = Field(min_length=1, max_length=40, description="The ticket's key, such as IT-1004.")
    text: Annotated[str, WORDS] = Field(min_length=1, max_length=4_000, description="What to add, in the requester's words.")


class CommentTicket(SystemsTool[CommentArguments]):
    name = "comment_ticket"
    description = "Add a comment to a ticket, in the requester's name."
    back = "by taking the comment off the ticket"
    effect = Effect.CHANGE
    plain = True
    system = "tickets"
    arguments = CommentArguments

    async def canonical(self, args: CommentArguments) -> CommentArguments:
        return args.model_copy(update={"ticket": (await self._ticket(args.ticket)).key})

    async def resource(self, args: CommentArguments) -> Resource:
        ticket = await self._ticket(args.ticket)
        return Resource("ticket", ticket.key, label=ticket.title, owner=ticket.reporter)

    async def run(self, args: CommentArguments, caller: Caller) -> Result:
        return _added((await self.systems.tickets.comment(args.ticket, args.text, caller)).value)

    async def recall(self, args: CommentArguments, key: str) -> Result | None:
        comment = await self.systems.tickets.commented_under(key)
        return _added(comment) if comment else None

    async def check(self, args: CommentArguments, result: Result | None) -> Check:
        """The very comment is in the list."""
        comments = await self.systems.tickets.comments(args.ticket)
        found = [one for one in comments if result and (one.id, one.text) == (result.data["comment"], args.text)]
        observed = f"the comment {'stands' if found else 'does not stand'} in ticket {args.ticket}"
        return Check(bool(found), observed, "listed the comments again")

    async def undo(self, args: CommentArguments, result: Result, caller: Caller) -> Result:
        done = await self.systems.tickets.withdraw_comment(args.ticket, str(result.data["comment"]), caller)
        return Result({"ticket": args.ticket}, f"Took the comment off ticket {args.ticket}.", changed=done.changed)

    def sentence(self, args: CommentArguments) -> str:
        return f"Add to ticket {args.ticket}: “{' '.join(args.text.split())}”"

    async def _ticket(self, key: str) -> Ticket:
        found = await self.systems.tickets.ticket(key)
        if found is None:
            raise NotFound(f"there is no ticket {key}")
        return found


def _opened(ticket: Ticket) -> Result:
    return Result({"ticket": ticket.key, "title": ticket.title}, f"Opened ticket {ticket.key}: {ticket.title}")


def _added(comment: Comment) -> Result:
    return Result({"ticket": comment.ticket, "comment": comment.id}, f"Added the comment to ticket {comment.ticket}.")


def _fitting(words: str, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Tickets whose title holds one of the longer words."""
    wanted = {word for word in plain(words).split() if len(word) > LONG_WORD}
    return [ticket for ticket in tickets if wanted & set(plain(ticket.title).split())]


def _sentence(told: dict[str, Any]) -> str:
    with_whom = f", with {told['assignee']}" if told["assignee"] and told["status"] in ("open", "in_progress") else ""
    last = f" The last comment: “{told['last_comment'][:200]}”" if told["last_comment"] else ""
    return f"{told['ticket']} ({told['title']}) is {STATUS[told['status']]}{with_whom}.{last}"
