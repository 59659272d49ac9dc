"""The demo company as it is at first, to be looked up without a database: people, groups, duty, and what tools can touch.

For trying a policy out where no system is. It has the reading half of `tools.systems.protocols`, as far as a tool needs it to
say what a call touches and who gains; nothing can be changed here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tools.contract import Person
from tools.naming import best_people
from tools.systems.embedded.certificates import as_it_is as certificate_as_it_is
from tools.systems.embedded.ci import as_it_is as ci_run_as_it_is
from tools.systems.embedded.deployments import as_it_is as deployment_as_it_is
from tools.systems.embedded.devices import device
from tools.systems.embedded.models import CiRunRow, DeploymentRow, DeviceRow
from tools.systems.embedded.nodes import as_it_is as node_as_it_is
from tools.systems.embedded.operation_models import NodeRow, ServerCertificateRow, TokenRow
from tools.systems.embedded.seed import rows
from tools.systems.embedded.tokens import as_it_is as token_as_it_is
from tools.systems.engineering import CiRun, Deployment, Repository, Revision
from tools.systems.operations import Node, ServerCertificate, Token
from tools.systems.protocols import App, Device, Systems, Ticket
from tools.systems.supplies import Item, Licences, MailingList, Order, Service


class SeededCompany:
    """The company at a time. `people` come to those of the seed, or take the place of those who have their handle."""

    def __init__(self, now: datetime, people: Mapping[str, Person]) -> None:
        self._now = now
        self._rows = rows(now)
        self._people = {row["handle"]: Person(**row) for row in self._rows["people"]} | dict(people)

    def systems(self) -> Systems:
        """The company as what tools look things up in."""
        every: Any = self
        kinds = ("directory", "identity", "access", "devices", "tickets", "oncall", "deployments", "ci")
        operations = ("certificates", "tokens", "nodes")
        supplies = ("lists", "licensing", "equipment", "status")
        return Systems(**dict.fromkeys((*kinds, *supplies, *operations), every), now=lambda: self._now)

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def person(self, handle: str) -> Person | None:
        return self._people.get(handle)

    async def by_slack(self, slack_id: str) -> Person | None:
        return next((one for one in self._people.values() if one.slack_id == slack_id), None)

    async def by_email(self, email: str) -> Person | None:
        return next((one for one in self._people.values() if one.email.lower() == email.lower()), None)

    async def find(self, words: str, most: int = 10) -> list[Person]:
        return best_people(words, await self.people())[:most]

    async def people(self) -> Sequence[Person]:
        return sorted(self._people.values(), key=lambda one: one.handle)

    async def group(self, group: str) -> Sequence[str] | None:
        """Handles of its members; None when there is no such group."""
        if all(row["name"] != group for row in self._rows["groups"]):
            return None
        return [row["person"] for row in self._rows["memberships"] if row["group"] == group]

    async def schedules(self) -> list[str]:
        return sorted({row["schedule"] for row in self._rows["shifts"]})

    async def on_call(self, schedule: str, at: datetime, tier: int = 1) -> Sequence[str] | None:
        """Handles; None when there is no such schedule."""
        shifts = [row for row in self._rows["shifts"] if row["schedule"] == schedule]
        duty = [row["person"] for row in shifts if row.get("tier", 1) == tier and row["start"] <= at < row["end"]]
        return duty if shifts else None

    # ── what tools touch ─────────────────────────────────────────────────────────────────────────────────────────

    async def app(self, app: str) -> App | None:
        return next((one for one in await self.apps() if one.id == app), None)

    async def apps(self) -> list[App]:
        names = ("id", "name", "owner", "risk", "max_days")
        return [App(aliases=tuple(row["aliases"]), **{name: row[name] for name in names}) for row in self._rows["apps"]]

    async def devices(self, user: str) -> list[Device]:
        """The main one first."""
        mine = [device(DeviceRow(**row), self._now) for row in self._rows["devices"] if row["person"] == user]
        return sorted(mine, key=lambda one: not one.main)

    async def deployment(self, deployment: str) -> Deployment | None:
        return next((one for one in await self.deployments() if one.id == deployment), None)

    async def deployments(self) -> list[Deployment]:
        return [deployment_as_it_is(DeploymentRow(**row), self._now) for row in self._rows["deployments"]]

    async def revisions(self, deployment: str) -> list[Revision]:
        """The newest first."""
        history: list[dict[str, Any]] = next((row["history"] for row in self._rows["deployments"] if row["id"] == deployment), [])
        return [Revision(one["revision"], one["image"]) for one in reversed(history)]

    async def repository(self, repo: str) -> Repository | None:
        return next((one for one in await self.repositories() if one.id == repo), None)

    async def repositories(self) -> list[Repository]:
        return [Repository(**{"branch": "main", **row, "aliases": tuple(row["aliases"])}) for row in self._rows["repositories"]]

    async def ci_run(self, run: str) -> CiRun | None:
        return next((one for one in self._ci_runs() if one.id == run), None)

    async def newest_run(self, repo: str, branch: str) -> CiRun | None:
        return next((one for one in reversed(self._ci_runs()) if (one.repo, one.branch) == (repo, branch)), None)

    def _ci_runs(self) -> list[CiRun]:
        return [ci_run_as_it_is(CiRunRow(**{"attempt": 1, **row}), self._now) for row in self._rows["ci_runs"]]

    async def server_certificate(self, host: str) -> ServerCertificate | None:
        return next((one for one in await self.server_certificates() if one.id == host), None)

    async def server_certificates(self) -> list[ServerCertificate]:
        return [certificate_as_it_is(ServerCertificateRow(**row), self._now) for row in self._rows["server_certificates"]]

    async def token(self, token: str) -> Token | None:
        return next((one for one in await self.tokens() if one.id == token), None)

    async def tokens(self) -> list[Token]:
        return [token_as_it_is(TokenRow(**row)) for row in self._rows["tokens"]]

    async def nodes(self) -> list[Node]:
        every = [NodeRow(**row) for row in self._rows["nodes"]]
        return [node_as_it_is(row, every, self._now) for row in every]

    async def mailing_list(self, list_id: str) -> MailingList | None:
        return next((one for one in await self.mailing_lists() if one.id == list_id), None)

    async def mailing_lists(self) -> list[MailingList]:
        return [MailingList(**{**row, "aliases": tuple(row["aliases"])}) for row in self._rows["mailing_lists"]]

    async def licences(self) -> list[Licences]:
        apps, taken = {one.id: one for one in await self.apps()}, Counter(row["app"] for row in self._rows["seats"])
        return [
            Licences(app, apps[app].name, apps[app].owner, row["seats"], taken[app])
            for row in self._rows["licences"]
            for app in [row["app"]]
        ]

    async def licences_of(self, user: str) -> list[str]:
        return sorted(row["app"] for row in self._rows["seats"] if row["person"] == user)

    async def items(self) -> list[Item]:
        return [Item(**{**row, "aliases": tuple(row["aliases"])}) for row in self._rows["items"]]

    async def order(self, number: str) -> Order | None:
        names = {one.id: one.name for one in await self.items()}
        for row in self._rows["orders"]:
            if f"OR-{row['id']}" == number:
                told = (row["person"], row["item"], names[row["item"]], row["reason"], row["status"], row["ordered"])
                return Order(number, *told)
        return None

    async def services(self) -> list[Service]:
        return [
            Service(row["name"], row["title"], tuple(row["aliases"]), row["status"], row["note"]) for row in self._rows["services"]
        ]

    async def ticket(self, key: str) -> Ticket | None:
        for row in self._rows["tickets"]:
            if f"IT-{row['id']}" == key:
                return Ticket(key, row["reporter"], row["title"], row["text"], row["status"], row["assignee"])
        return None
