"""What there is to be named in a request, by kind: for whoever has to find it in somebody's words."""

from collections.abc import Sequence

from sqlmodel import select

from tools.systems.embedded.journal import Books
from tools.systems.embedded.models import CiRunRow, DeploymentRow, RepositoryRow

Thing = tuple[str, str, Sequence[str]]
"""(id, name, other names)"""

NAMESPACES = {"production": ("production", "prod"), "staging": ("staging", "stage")}
"""How people call them."""
NOUNS = ("", " deployment", " service", " pods")


class EmbeddedThings:
    """Lists of named things."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def things(self, kind: str) -> Sequence[Thing]:
        """Everything of a kind (deployment, repository, branch), by id; nothing for a kind that is not known."""
        async with self._books.reading() as session:
            match kind:
                case "deployment":
                    rows = await session.scalars(select(DeploymentRow).order_by(DeploymentRow.id))
                    return [(row.id, f"{row.name} in {row.namespace}", called(row.namespace, row.name)) for row in rows]
                case "repository":
                    repositories = await session.scalars(select(RepositoryRow).order_by(RepositoryRow.id))
                    return [(row.id, row.name, tuple(row.aliases)) for row in repositories]
                case "branch":
                    branches = await session.scalars(select(CiRunRow.branch).distinct().order_by(CiRunRow.branch))
                    return [(branch, branch, ()) for branch in branches]
                case _:
                    return []


def called(namespace: str, name: str) -> tuple[str, ...]:
    """How people name a deployment: alone, which may fit several, and with its namespace before or behind."""
    spaces = NAMESPACES.get(namespace, (namespace,))
    behind = [f"{name}{noun}{link}{space}" for space in spaces for noun in NOUNS for link in (" ", " in ", " on ")]
    return (name, *(f"{space} {name}" for space in spaces), *behind)
