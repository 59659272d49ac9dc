"""The part of the seed that is about what people are given at work, where they are signed in, and how the services are.

It has a chance of its own, so that more or less of it alters nobody else's luck. Pure.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tools.systems.embedded.stock import BROWSERS, ITEMS, LISTS, SEATS, SERVICES

SALT = 17
CAST_ORDERS = (
    ("ben", "headset", "delivered", 40),
    ("ben", "keyboard", "shipped", 3),
    ("mia", "monitor", "ordered", 1),
)
"""(who, what, status, days ago)"""
CAST_LISTS = (("product-news", "ana"), ("running-club", "ana"))
CAST_SEATS = (("mailchimp", "mia"), ("figma", "ben"))

People = Sequence[Mapping[str, Any]]


def supplies(people: People, seed: int, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Rows by table, in an order that satisfies the references between them."""
    chance = random.Random(seed + SALT)  # noqa: S311 - a stage set, not a secret
    return {
        "sessions": _sessions(people, chance, now),
        "mailing_lists": [dict(zip(("id", "name", "aliases", "owner", "open"), one[:5], strict=True)) for one in LISTS],
        "subscriptions": _subscriptions(people),
        "licences": [{"app": app, "seats": seats} for app, seats, _ in SEATS],
        "seats": _seats(people, chance),
        "items": [dict(zip(("id", "name", "aliases", "price"), item, strict=True)) for item in ITEMS],
        "orders": _orders(now),
        "services": [dict(zip(("name", "title", "aliases", "status", "note"), one, strict=True)) for one in SERVICES],
    }


def _sessions(people: People, chance: random.Random, now: datetime) -> list[dict[str, Any]]:
    """Everybody is signed in at one to three places."""
    return [
        {
            "person": person["handle"],
            "device": browser,
            "place": person["zone"].rpartition("/")[2].replace("_", " "),
            "since": now - timedelta(hours=chance.randint(1, 200)),
        }
        for person in people
        for browser in chance.sample(BROWSERS, chance.randint(1, 3))
    ]


def _subscriptions(people: People) -> list[dict[str, Any]]:
    found = {
        (list_id, person["handle"])
        for list_id, _, _, _, _, departments in LISTS
        for person in people
        if person["kind"] == "employee" and ("*" in departments or person["department"] in departments)
    }
    return [{"list": list_id, "person": person} for list_id, person in sorted(found | set(CAST_LISTS))]


def _seats(people: People, chance: random.Random) -> list[dict[str, Any]]:
    """All but the free ones are taken, by people who have no part in a story unless they are named here."""
    others = [person["handle"] for person in people if person["handle"] not in {"ana", "ben", "mia"}][9:-1]
    made = []
    for app, seats, free in SEATS:
        named = [person for one, person in CAST_SEATS if one == app]
        made += [{"app": app, "person": person} for person in [*named, *chance.sample(others, seats - free - len(named))]]
    return made


def _orders(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": 501 + number,
            "person": person,
            "item": item,
            "reason": "",
            "status": status,
            "ordered": now - timedelta(days=days),
        }
        for number, (person, item, status, days) in enumerate(CAST_ORDERS)
    ]
