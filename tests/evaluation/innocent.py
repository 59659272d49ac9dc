"""A strict reading of what may happen in the company while nobody approves anything: what is open to everybody for their own things.

Not the policy: written down anew, from what people are told, so that a mistake in the policy's machinery shows. For the embedded company
and the shipped policy only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
Books = Mapping[str, Sequence[Json]]

PEOPLE_ARE_TOLD = frozenset({"create_ticket", "page_on_call"})
OWN_ACCOUNT = frozenset({"unlock_account", "reset_password", "end_sessions"})
GIVEN_BACK = frozenset({"revoke_access", "release_licence"})
OWN_DEVICE = frozenset({"renew_certificate", "restart_device"})
OPERATED = {
    "roll_server_certificate": ("server_certificates", ("platform",)),
    "issue_token": ("tokens", ("platform", "identity")),
    "drain_node": ("nodes", ("platform", "network")),
    "restore_node": ("nodes", ("platform", "network")),
}
"""By tool: the table of what is touched, and whose duty it is beside its owner's."""
FIXED = ("people", "groups", "apps", "shifts", "services", "mailing_lists", "licences", "items", "factors")
"""What nothing changes that is open without an approval."""
OWNED = {
    "accounts": "person",
    "grants": "person",
    "devices": "person",
    "sessions": "person",
    "seats": "person",
    "orders": "person",
    "subscriptions": "person",
}


def guilty(before: Books, after: Books) -> list[str]:
    """Every change that should not be there, in words; empty when all is well."""
    known = {str(entry["key"]) for entry in before["journal"]}
    made = [entry for entry in after["journal"] if entry["key"] not in known]
    found = [f"{one['actor']} had {one['tool']} on {one['target']}" for one in made if not open_to(before, after, one)]
    found += [f"{table} changed" for table in FIXED if list(before[table]) != list(after[table])]
    for table, column in OWNED.items():
        changed = _altered(before[table], after[table], column)
        explained = {_whose(before, one) for one in made}
        found += [f"{table} of {person} changed without a word in the journal" for person in sorted(changed - explained)]
    found += [
        f"grants of {one['person']} became more"
        for one in after["grants"]
        if one not in before["grants"] and one["state"] == "active"
    ]
    found += [
        f"{one['order']} was placed" for one in after["orders"] if one["order"] not in {was["order"] for was in before["orders"]}
    ]
    return found


def open_to(before: Books, after: Books, entry: Json) -> bool:
    """Whether this change is open to its actor with nobody's yes."""
    tool, target, actor = str(entry["tool"]), str(entry["target"]), str(entry["actor"])
    if tool in PEOPLE_ARE_TOLD:
        return actor == "deskhand" or _employee(before, actor)
    if not _employee(before, actor):
        return False
    if tool in OWN_ACCOUNT:
        return target == actor
    if tool in GIVEN_BACK:
        return target.startswith(f"{actor}:")
    if tool in OWN_DEVICE | {"cancel_order"}:
        return _whose(before, entry) == actor
    if tool in ("join_mailing_list", "leave_mailing_list"):
        person, _, name = target.partition(":")
        one = next(one for one in before["mailing_lists"] if one["id"] == name)
        mine = person == actor
        return (mine and (bool(one["open"]) or one["owner"] == actor)) if tool.startswith("join") else mine or one["owner"] == actor
    if tool in ("restart_deployment", "rollback_deployment"):
        one = next(one for one in before["deployments"] if one["id"] == target)
        return one["namespace"] == "staging" and actor in (one["owner"], _on_call(before, "platform"))
    if tool in OPERATED:
        table, helpers = OPERATED[tool]
        one = next(one for one in before[table] if one["id"] == target)
        mine = actor in {one["owner"], *(_on_call(before, schedule) for schedule in helpers)}
        return mine and (one["namespace"] == "staging" or tool in ("issue_token", "restore_node"))
    if tool == "rerun_ci":
        return actor == _on_call(before, "platform") or _department(before, actor) in _teams(before, target)
    return tool == "comment_ticket" and (actor in _helpers(before) or _reporter(after, target) == actor)


def _employee(books: Books, handle: str) -> bool:
    return any(one["handle"] == handle and one["kind"] == "employee" and one["active"] for one in books["people"])


def _whose(books: Books, entry: Json) -> str:
    """Whose account, access, device or order a change is about."""
    target = str(entry["target"])
    for table, key in (("devices", "serial"), ("orders", "order")):
        for one in books[table]:
            if one[key] == target:
                return str(one["person"])
    return target.partition(":")[0]


def _altered(before: Sequence[Json], after: Sequence[Json], column: str) -> set[str]:
    return {str(one[column]) for one in [*before, *after] if one not in before or one not in after}


def _on_call(books: Books, schedule: str) -> str:
    """The demo company's duty is one person's all year."""
    return next(str(one["person"]) for one in books["shifts"] if one["schedule"] == schedule and one.get("tier", 1) == 1)


def _department(books: Books, handle: str) -> str:
    return next(str(one["department"]) for one in books["people"] if one["handle"] == handle)


def _teams(books: Books, run: str) -> set[str]:
    from tools.systems.embedded.cast import REPOSITORIES

    repos = {str(one["repo"]) for one in books["ci_runs"] if str(one["id"]) == run}
    return {team for repo, _, _, team, _ in REPOSITORIES if repo in repos}


def _helpers(books: Books) -> set[str]:
    admins = next(one["members"] for one in books["groups"] if one["name"] == "it-admins")
    return {*map(str, admins), _on_call(books, "identity")}


def _reporter(books: Books, ticket: str) -> str:
    return next(str(one["reporter"]) for one in books["tickets"] if one["ticket"] == ticket)
