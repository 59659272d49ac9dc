"""The demo company as it stands at first: the same for the same seed and time, on every machine.

`rows` is pure; `ensure` puts its rows into the database once.
"""

import random
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tools.systems.embedded.cast import (
    APPS,
    CAST,
    CI_RUNS,
    COMPLAINTS,
    DEPARTMENTS,
    DEPLOYMENTS,
    DOMAIN,
    DUTY,
    EVERYBODY,
    GROUP_OF,
    GROUPS,
    MACHINES,
    MEMBERS,
    REPOSITORIES,
    SECOND,
    TITLES,
)
from tools.systems.embedded.models import SCHEMA, SHAPE, Table
from tools.systems.embedded.names import REGIONS
from tools.systems.embedded.running import operations
from tools.systems.embedded.stocktaking import supplies

PEOPLE = 120
SEED = 2026
SHIFT = timedelta(weeks=4)
SHIFTS_BEFORE = 2
SHIFTS_AFTER = 26
"""Two years of duty ahead, so that turning the clock does not leave a schedule empty."""

LOCK = 0x4445534B  # "DESK": the advisory lock under which the company is made

Rows = Mapping[str, list[dict[str, Any]]]


async def ensure(engine: AsyncEngine, *, now: datetime | None = None, seed: int = SEED) -> bool:
    """Make and fill the company's schema unless it stands; True when it was filled now.

    Several processes may do so at the same time. One look when it stands already. A company of another shape (an earlier
    version of Deskhand) is kept under another schema's name, and a new one made.
    """
    async with engine.connect() as connection:
        if await _shape(connection) == SHAPE:
            return False
    async with engine.begin() as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        shape = await _shape(connection)
        if shape == SHAPE:
            return False
        if shape is not None:
            await connection.execute(text(f"drop schema if exists {SCHEMA}_of_shape_{shape} cascade"))
            await connection.execute(text(f"alter schema {SCHEMA} rename to {SCHEMA}_of_shape_{shape}"))
        await connection.execute(text(f"create schema if not exists {SCHEMA}"))
        await connection.run_sync(Table.metadata.create_all)
        await fill(connection, now or datetime.now(UTC), seed)
    return True


async def fill(connection: AsyncConnection, now: datetime, seed: int = SEED) -> None:
    """Write the company as it is at this time into its tables, which are empty."""
    for table, rows_of_it in rows(now, seed).items():
        await connection.execute(insert(Table.metadata.tables[f"{SCHEMA}.{table}"]), rows_of_it)
    for table in ("grants", "tickets", "shifts", "orders", "ci_runs"):
        await connection.execute(
            text(
                f"select setval(pg_get_serial_sequence('{SCHEMA}.{table}', 'id'), "  # noqa: S608 - names of ours
                f"(select coalesce(max(id), 1) from {SCHEMA}.{table}))"
            )
        )


def rows(now: datetime, seed: int = SEED) -> Rows:
    """Every row of every table, by table, in an order that satisfies the references between them."""
    chance = random.Random(seed)  # noqa: S311 - a stage set, not a secret
    now = now.replace(microsecond=0)
    people = _people(chance)
    return {
        "people": [{"active": True, **person} for person in people],
        "accounts": _accounts(people, chance),
        "factors": _factors(people, chance),
        "groups": [{"name": name, "title": title} for name, title in GROUPS.items()],
        "memberships": _memberships(people),
        "apps": [dict(zip(("id", "name", "aliases", "owner", "group", "risk", "max_days"), app, strict=True)) for app in APPS],
        "grants": _grants(people, chance, now),
        "devices": _devices(people, chance, now),
        "tickets": _tickets(people, chance, now),
        "shifts": [*duty(now), *duty(now, SECOND, tier=2)],
        "repositories": [dict(zip(("id", "name", "aliases", "team", "owner"), one, strict=True)) for one in REPOSITORIES],
        "ci_runs": _ci_runs(now),
        "deployments": _deployments(now),
        **supplies(people, seed, now),
        **operations(now),
        "clock": [{"id": 1, "offset": 0}],
        "seeded": [{"shape": SHAPE, "seed": seed, "at": now}],
    }


def duty(now: datetime, schedules: Mapping[str, str] = DUTY, *, tier: int = 1, from_now: bool = False) -> list[dict[str, Any]]:
    """Shifts of four weeks from Mondays, from the past (or exactly from now) far into the future."""
    monday = (now - timedelta(days=now.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)
    first = monday if monday <= now else monday - timedelta(weeks=1)
    made: list[dict[str, Any]] = []
    for schedule, person in schedules.items():
        for number in range(0 if from_now else -SHIFTS_BEFORE, SHIFTS_AFTER):
            start = now if from_now and number == 0 else first + number * SHIFT
            end = first + (number + 1) * SHIFT
            made.append({"schedule": schedule, "tier": tier, "person": person, "start": start, "end": end})
    return made


def certificate_of_a_new_device(now: datetime) -> datetime:
    """A device that somebody gets today."""
    return now.replace(microsecond=0) + timedelta(days=365)


async def _shape(connection: AsyncConnection) -> int | None:
    """The shape of the company that stands, or None.

    It asks the catalogue's tables: `to_regclass` answers from the session's cache, which does not see what another process
    committed while this transaction waited for the lock.
    """
    there = text("select true from pg_catalog.pg_tables where schemaname = :schema and tablename = 'seeded'")
    if not await connection.scalar(there, {"schema": SCHEMA}):
        return None
    shape: int | None = await connection.scalar(text(f"select max(shape) from {SCHEMA}.seeded"))  # noqa: S608
    return shape


def _people(chance: random.Random) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = [
        {
            "handle": part.handle,
            "name": part.name,
            "kind": part.kind,
            "title": part.title,
            "department": part.department,
            "manager": part.manager,
            "zone": part.zone,
        }
        for part in CAST
    ]
    pool = [(zone, first, chance.choice(last.split())) for zone, firsts, last in REGIONS for first in firsts.split()]
    chance.shuffle(pool)
    leads: dict[str, str] = {"Marketing": "mia", "IT": "noor"}
    for zone, first, last in pool[: PEOPLE - len(CAST)]:
        department = chance.choice(DEPARTMENTS)
        handle = _plain(first)
        lead = leads.setdefault(department, handle)
        title = f"Head of {department}" if lead == handle else chance.choice(TITLES[department])
        people.append(
            {
                "handle": handle,
                "name": f"{first} {last}",
                "kind": "employee",
                "title": title,
                "department": department,
                "manager": "eva" if lead == handle else lead,
                "zone": zone,
            }
        )
    for number, person in enumerate(people, 1):
        person["email"] = f"{_plain(person['name']).replace(' ', '.')}@{DOMAIN}"
        person["slack_id"] = f"UDESKHAND{number:04d}"
    people[-1]["active"] = False
    return people


def _plain(name: str) -> str:
    """Lower-case ASCII of a name."""
    folded = name.casefold().replace("ł", "l").replace("ı", "i")
    return unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()


def _accounts(people: Sequence[Mapping[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    status = {part.handle: part.status for part in CAST}
    others = [person["handle"] for person in people[len(CAST) : -1]]
    troubled = chance.sample(others, 12)
    status |= dict.fromkeys(troubled[:2], "LOCKED_OUT")
    status |= dict.fromkeys(troubled[2:10], "PASSWORD_EXPIRED")
    status |= dict.fromkeys(troubled[10:], "SUSPENDED")
    status[people[-1]["handle"]] = "DEPROVISIONED"
    return [
        {
            "person": person["handle"],
            "status": (now := status.get(person["handle"], "ACTIVE")),
            "failed_logins": 6 if now == "LOCKED_OUT" else 0,
        }
        for person in people
    ]


def _factors(people: Sequence[Mapping[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    chosen: dict[str, Sequence[str]] = {part.handle: part.factors for part in CAST}
    made = []
    for person in people:
        handle = person["handle"]
        kinds = chosen.get(handle) or chance.choice((("push",), ("push", "totp"), ("totp",), ("push", "webauthn"), ("sms",)))
        made += [{"id": f"{handle}-{kind}", "person": handle, "kind": kind, "status": "ACTIVE"} for kind in kinds]
    return made


def _memberships(people: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    made = []
    for person in people:
        groups = [EVERYBODY] if person["kind"] == "employee" else []
        groups += [GROUP_OF[person["department"]]] if person["department"] in GROUP_OF else []
        groups += [group for group, members in MEMBERS.items() if person["handle"] in members]
        made += [{"group": group, "person": person["handle"]} for group in groups]
    return made


def _grants(people: Sequence[Mapping[str, Any]], chance: random.Random, now: datetime) -> list[dict[str, Any]]:
    """Some who have an application for good, and some for a while; none of the named people is among them."""
    lasting = [("figma", None), ("mailchimp", None), ("figma", 40), ("analytics-warehouse", 12), ("grafana", 25)]
    holders = chance.sample([person["handle"] for person in people[len(CAST) : -1]], len(lasting) * 3)
    return [
        {
            "id": number + 1,
            "person": holder,
            "app": lasting[number % len(lasting)][0],
            "until": now + timedelta(days=days) if (days := lasting[number % len(lasting)][1]) else None,
            "state": "active",
            "key": f"seed-{number + 1}",
        }
        for number, holder in enumerate(holders)
    ]


def _devices(people: Sequence[Mapping[str, Any]], chance: random.Random, now: datetime) -> list[dict[str, Any]]:
    days = {part.handle: part.certificate for part in CAST}
    midnight = now.replace(hour=0, minute=0, second=0)
    made: list[dict[str, Any]] = []
    for number, person in enumerate(people, 1):
        model, system = chance.choice(MACHINES)
        use = _use(number, now)
        made.append(
            {
                **use,
                "kind": "computer",
                "serial": f"HL-{4000 + number * 7}",
                "person": person["handle"],
                "model": model,
                "os": system,
                "main": True,
                "certificate_expires": midnight + timedelta(days=days.get(person["handle"]) or chance.randint(5, 360)),
            }
        )
        if number % 5 == 0:
            made.append(
                {
                    **use,
                    "kind": "phone",
                    "serial": f"HL-{9000 + number}",
                    "person": person["handle"],
                    "model": "iPhone 15",
                    "os": "iOS",
                    "main": False,
                    "certificate_expires": midnight + timedelta(days=chance.randint(60, 360)),
                }
            )
    return made


def _use(number: int, now: datetime) -> dict[str, Any]:
    """When a device was used last, and whether it is as the rules want it; every ninth misses updates."""
    return {
        "compliant": number % 9 != 0,
        "locked": False,
        "last_seen": now - timedelta(minutes=3 + number * 7 % 240),
        "booted": now - timedelta(days=2 + number * 5 % 30),
    }


def _tickets(people: Sequence[Mapping[str, Any]], chance: random.Random, now: datetime) -> list[dict[str, Any]]:
    reporters = chance.sample([person["handle"] for person in people[len(CAST) : -1]], len(COMPLAINTS) * 2)
    return [
        {
            "id": 1001 + number,
            "reporter": reporter,
            "title": title,
            "text": words,
            "status": chance.choice(("open", "in_progress", "closed")),
            "assignee": chance.choice(("", "tariq")),
            "created": now - timedelta(hours=(len(reporters) - number) * 31),
        }
        for number, reporter in enumerate(reporters)
        for title, words in [COMPLAINTS[number % len(COMPLAINTS)]]
    ]


def _ci_runs(now: datetime) -> list[dict[str, Any]]:
    names = ("id", "repo", "branch", "commit", "conclusion", "failed", "flaky")
    return [{**dict(zip(names, run, strict=True)), "started": now - timedelta(hours=2)} for run in CI_RUNS]


def _deployments(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{namespace}/{name}",
            "namespace": namespace,
            "name": name,
            "owner": owner,
            "replicas": replicas,
            "generation": history[-1][0],
            "history": [dict(zip(("revision", "image", "health", "log"), one, strict=True)) for one in history],
            "rolled_at": now - timedelta(hours=3),
        }
        for namespace, name, owner, replicas, history in DEPLOYMENTS
    ]
