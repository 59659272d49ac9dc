"""What the company's books say of people and things, read without the bot's eyes: neither `bot.facts` nor a tool's `resource()`.

The books are those that `python -m bot company --json` shows. Of people they know who works here, who leads whom, who is in which
group and who has which shift. What only Slack knows (user groups, whether an account is a guest there alone) they do not: a role
that rests on it is unknown here, and unknown never opens anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain import SYSTEM, Membership, PersonKind, Principal
from bot.gate import PolicySet, Role, membership

Row = Mapping[str, Any]
Books = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change touches. `targets`: the names that its row of the journal may have. `shows`: what that row must say afterwards."""

    targets: frozenset[str]
    kind: str
    id: str
    owner: str = ""
    label: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    beneficiary: str = ""
    shows: Mapping[str, Any] = field(default_factory=dict)

    @property
    def resource(self) -> dict[str, Any]:
        """As conditions of a policy look at it."""
        return {"kind": self.kind, "id": self.id, "label": self.label, "owner": self.owner, "facts": dict(self.facts)}


class Truth:
    """One state of the books."""

    def __init__(self, books: Books, policies: PolicySet) -> None:
        self.books = books
        self._policies = policies

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────

    def people(self) -> Iterator[str]:
        return (str(row["handle"]) for row in self.books["people"])

    def member(self, handle: str) -> bool:
        """An employee who has not left. Guests are no members."""
        person = self._one("people", handle=handle)
        return person is not None and person["kind"] == "employee" and bool(person["active"])

    def principal(self, handle: str) -> Principal:
        """Whoever is meant, with the rights that the books leave them."""
        person = self._one("people", handle=handle)
        if handle == SYSTEM.id or person is None:
            return SYSTEM if handle == SYSTEM.id else Principal(handle, kind=PersonKind.STRANGER)
        kind = PersonKind.MEMBER if self.member(handle) else PersonKind.GUEST if person["active"] else PersonKind.UNKNOWN
        return Principal(
            id=handle,
            slack_id=person["slack_id"],
            kind=kind,
            name=person["name"],
            email=person["email"],
            department=person["department"],
            title=person["title"],
            manager=person["manager"],
            zone=person["zone"],
        )

    def holds(self, role: str, who: str, at: datetime, requester: str, touched: Touched) -> Membership:
        """Whether somebody held the role at that time, for a call of this requester that touches this."""
        found = self._policies.roles.get(role)
        if found is None:
            return Membership.UNKNOWN
        known = {leaf.key: self.leaf(leaf, who, at, requester, touched) for leaf in found.leaves()}
        return membership(found, known)

    def leaf(self, found: Role, who: str, at: datetime, requester: str, touched: Touched) -> Membership:
        """The same of a role that is not made of others."""
        if found.kind == "system":
            return _yes(who == SYSTEM.id)
        if not self.member(who):
            return Membership.NO
        if found.kind == "usergroup":
            return Membership.UNKNOWN
        return _yes(self._has(found, who, at, requester, touched))

    def _has(self, role: Role, who: str, at: datetime, requester: str, touched: Touched) -> bool:
        match role.kind:
            case "members":
                return True
            case "people":
                return who in role.value
            case "group":
                group = self._one("groups", name=role.value)
                return group is not None and who in group["members"]
            case "oncall":
                mine = (
                    row
                    for row in self.books["shifts"]
                    if (row["schedule"], row["person"], row["tier"]) == (role.value, who, role.tier)
                )
                return any(moment(row["start"]) <= at < moment(row["end"]) for row in mine)
            case "manager_of":
                led = {"requester": requester, "beneficiary": touched.beneficiary, "owner": touched.owner}[role.value]
                person = self._one("people", handle=led)
                return person is not None and person["manager"] == who
            case "owner_of":
                return who == touched.owner
            case "department" | "title":
                person = self._one("people", handle=who)
                return person is not None and person[role.kind] == role.value
            case _:
                return False

    # ── things ───────────────────────────────────────────────────────────────────────────────────────────────────

    def touched(self, tool: str, args: Mapping[str, Any]) -> Touched | None:
        """What a change with these (canonical) arguments touches; None where the books have no such thing, or no such tool is known."""
        user = str(args.get("user", ""))
        match tool:
            case "unlock_account" | "reset_mfa" | "reset_password" | "unsuspend_account":
                return self._of_person("account", user, beneficiary=user)
            case "end_sessions" | "suspend_account":
                return self._of_person("account", user)
            case "create_ticket":
                return self._of_person("ticket", user)
            case "grant_access":
                return self._app(user, args, beneficiary=user, shows={"until": args["until"]} if "until" in args else {})
            case "revoke_access":
                return self._app(user, args, shows={"grant": args["grant"]} if args.get("grant") else {})
            case "assign_licence" | "release_licence":
                return self._licence(user, args, beneficiary=user if tool == "assign_licence" else "")
            case "join_mailing_list" | "leave_mailing_list":
                return self._list(user, args, beneficiary=user if tool == "join_mailing_list" else "")
            case "renew_certificate":
                return self._main_device(user)
            case "restart_device" | "lock_device":
                return self._device(user, str(args.get("device", "")))
            case "order_equipment":
                return self._item(user, args)
            case "cancel_order":
                return self._order(user, args)
            case "comment_ticket":
                return self._ticket(args)
            case "page_on_call":
                schedule = str(args.get("schedule", ""))
                known = self._one("shifts", schedule=schedule) is not None
                return Touched(frozenset({schedule}), "schedule", schedule, label=schedule) if known else None
            case "restart_deployment" | "rollback_deployment":
                return self._deployment(args)
            case "rerun_ci":
                return self._repository(args)
            case "roll_server_certificate":
                return self._operated("server_certificates", "certificate", args.get("server"))
            case "revoke_token":
                return self._operated("tokens", "token", args.get("token"), shows={"key": args.get("key")})
            case "issue_token":
                return self._operated("tokens", "token", args.get("token"), gains=True)
            case "drain_node" | "restore_node":
                return self._operated("nodes", "node", args.get("node"))
            case _:
                return None

    def _of_person(self, kind: str, user: str, *, beneficiary: str = "") -> Touched | None:
        """A thing of which a person has one; it has the person's name."""
        person = self._one("people", handle=user)
        if person is None:
            return None
        return Touched(frozenset({user}), kind, user, user, person["name"], self._facts(user), beneficiary)

    def _app(self, user: str, args: Mapping[str, Any], *, beneficiary: str = "", shows: Mapping[str, Any]) -> Touched | None:
        app = self._one("apps", id=args.get("app"))
        if app is None:
            return None
        facts = {"risk": app["risk"], "max_days": app["max_days"]}
        return Touched(frozenset({f"{user}:{app['id']}"}), "app", app["id"], app["owner"], app["name"], facts, beneficiary, shows)

    def _licence(self, user: str, args: Mapping[str, Any], *, beneficiary: str) -> Touched | None:
        """Whoever answers for the application answers for its seats."""
        app, licence = self._one("apps", id=args.get("app")), self._one("licences", app=args.get("app"))
        if app is None or licence is None:
            return None
        facts = {"seats": licence["seats"]}
        return Touched(frozenset({f"{user}:{app['id']}"}), "licence", app["id"], app["owner"], app["name"], facts, beneficiary)

    def _list(self, user: str, args: Mapping[str, Any], *, beneficiary: str) -> Touched | None:
        one = self._one("mailing_lists", id=args.get("list"))
        if one is None:
            return None
        facts = {"open": one["open"]}
        return Touched(frozenset({f"{user}:{one['id']}"}), "list", one["id"], one["owner"], one["name"], facts, beneficiary)

    def _main_device(self, user: str) -> Touched | None:
        mine = [row for row in self.books["devices"] if row["person"] == user]
        main = next(iter([row for row in mine if row["main"]] or mine), None)
        if main is None:
            return None
        return Touched(frozenset({main["serial"]}), "device", main["serial"], user, main["model"], self._facts(user), user)

    def _device(self, user: str, serial: str) -> Touched | None:
        """It belongs to whom the books say, and is not to be had under another's name."""
        device = self._one("devices", serial=serial, person=user)
        if device is None:
            return None
        facts = {**self._facts(user), "kind": device["kind"], "main": device["main"]}
        return Touched(frozenset({serial}), "device", serial, user, device["model"], facts)

    def _item(self, user: str, args: Mapping[str, Any]) -> Touched | None:
        item = self._one("items", id=args.get("item"))
        if item is None:
            return None
        target = frozenset({f"{user}:{item['id']}"})
        return Touched(target, "item", item["id"], "", item["name"], {"price": item["price"]}, user)

    def _order(self, user: str, args: Mapping[str, Any]) -> Touched | None:
        order = self._one("orders", order=args.get("order"), person=user)
        return Touched(frozenset({order["order"]}), "order", order["order"], order["person"]) if order is not None else None

    def _ticket(self, args: Mapping[str, Any]) -> Touched | None:
        ticket = self._one("tickets", ticket=args.get("ticket"))
        if ticket is None:
            return None
        return Touched(frozenset({ticket["ticket"]}), "ticket", ticket["ticket"], ticket["reporter"], ticket["title"])

    def _deployment(self, args: Mapping[str, Any]) -> Touched | None:
        one = self._one("deployments", id=args.get("deployment"))
        if one is None:
            return None
        facts = {"namespace": one["namespace"], "replicas": one["replicas"]}
        image = next((was["image"] for was in one["revisions"] if was["revision"] == args.get("revision")), None)
        shows = {"image": image} if image is not None else {}
        return Touched(frozenset({one["id"]}), "deployment", one["id"], one["owner"], one["name"], facts, shows=shows)

    def _operated(
        self, table: str, kind: str, id_: Any, *, shows: Mapping[str, Any] | None = None, gains: bool = False
    ) -> Touched | None:
        """A server's certificate, a token or a node; a new key of a token is its owner's."""
        one = self._one(table, id=id_)
        if one is None:
            return None
        facts = {"namespace": one["namespace"]} | ({"pool": one["pool"]} if "pool" in one else {})
        target, label = frozenset({one["id"]}), one.get("name", one["id"])
        return Touched(target, kind, one["id"], one["owner"], label, facts, one["owner"] if gains else "", shows or {})

    def _repository(self, args: Mapping[str, Any]) -> Touched | None:
        """The run must be one of this repository."""
        one, run = self._one("repositories", id=args.get("repo")), self._one("ci_runs", id=args.get("run"), repo=args.get("repo"))
        if one is None or run is None:
            return None
        return Touched(frozenset({run["id"]}), "repository", one["id"], one["owner"], one["name"], {"team": one["team"]})

    def _facts(self, user: str) -> dict[str, Any]:
        person = self._one("people", handle=user)
        return {} if person is None else {"guest": person["kind"] == "guest", "department": person["department"]}

    def _one(self, table: str, **fields: Any) -> Row | None:
        return next((row for row in self.books[table] if all(row[name] == value for name, value in fields.items())), None)


def moment(text: str) -> datetime:
    """A time of the books, the ledger or the double."""
    return datetime.fromisoformat(text)


def same(wanted: Any, found: Any) -> bool:
    """Whether two values of JSON say the same; times may be written in several ways."""
    if wanted == found:
        return True
    try:
        return moment(wanted) == moment(found)
    except (TypeError, ValueError):
        return False


def _yes(held: bool) -> Membership:
    return Membership.YES if held else Membership.NO
