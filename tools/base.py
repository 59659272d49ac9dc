"""What the tools on the company's systems have in common: their systems, and an argument `user` that names a person."""

from typing import TypeVar

from pydantic import Field

from tools.contract import Arguments, Person, Resource, Tool
from tools.names import names_of
from tools.naming import one_person
from tools.systems.protocols import Systems

USER = "The person: their handle, e-mail address, or Slack id or mention."


class Query(Arguments):
    """Arguments of a search: words, which are not resolved."""


class UserArguments(Arguments):
    """Arguments of a tool that is about a person."""

    user: str = Field(min_length=1, max_length=200, description=USER)


A = TypeVar("A", bound=Arguments)


class SystemsTool(Tool[A]):
    """A tool that talks to the company's systems. An argument `user` becomes the person's handle in `canonical`."""

    def __init__(self, systems: Systems) -> None:
        self.systems = systems

    async def canonical(self, args: A) -> A:
        if not isinstance(args, UserArguments):
            return args
        person = await one_person(self.systems.directory, args.user)
        return args.model_copy(update={"user": person.handle})

    async def called(self, args: A, argument: str) -> tuple[str, ...]:
        return await names_of(self.systems, argument, args)

    async def owned(self, kind: str, user: str) -> Resource:
        """A person's own thing of which they have one. Its facts say who the owner is, and do not alter from day to day."""
        person = await one_person(self.systems.directory, user)
        return Resource(kind, person.handle, label=person.name, owner=person.handle, facts=_facts(person))

    async def full_name(self, user: str) -> str:
        person = await self.systems.directory.person(user)
        return person.name if person else user


def person_resource(person: Person) -> Resource:
    """The person's own entry in the directory."""
    return Resource("person", person.handle, label=person.name, owner=person.handle, facts=_facts(person))


def _facts(person: Person) -> dict[str, bool | int | str]:
    return {"guest": person.kind == "guest", "department": person.department}
