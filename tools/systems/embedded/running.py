"""The part of the seed that keeps services going: certificates of servers, tokens of programs, nodes. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tools.systems.embedded.calling import called
from tools.systems.embedded.cast import DOMAIN

# host, which program it serves, namespace, owner, in how many days its certificate ends
CERTIFICATES = (
    ("login", "sso-gateway", "production", "omar", 75),
    ("login.staging", "sso-gateway", "staging", "omar", 12),
    ("orders", "orders-api", "production", "pavel", -1),
    ("reports", "report-builder", "production", "ida", 20),
    ("shop", "storefront", "production", "pavel", 5),
    ("shop.staging", "storefront", "staging", "pavel", -2),
)

# id, name, other names, namespace, owner, keys that are dead, the key that works
TOKENS = (
    ("ci-deploy", "CI Deploy Token", ("deploy token", "ci token", "ci deploy"), "production", "pavel", ("TK-310",), "TK-411"),
    ("netconf-reader", "Netconf Reader Token", ("netconf token", "netconf reader"), "production", "ida", (), "TK-412"),
    ("orders-webhook", "Orders Webhook Token", ("webhook token", "orders webhook"), "production", "pavel", (), "TK-413"),
    ("shop-tests", "Storefront Tests Token", ("storefront test token", "test token"), "staging", "pavel", (), "TK-414"),
    ("sso-probe", "SSO Probe Token", ("sso probe", "probe token"), "staging", "omar", (), "TK-415"),
)

# id, pool, namespace, owner, how much runs there, how many of the pool have to serve, seconds until it is empty, out of it at first
NODES = (
    ("batch-1", "batch", "production", "ida", 3, 1, 900, False),
    ("batch-2", "batch", "production", "ida", 2, 1, 900, False),
    ("report-1", "reports", "production", "ida", 2, 1, 0, False),
    ("shop-1", "shop", "production", "pavel", 14, 2, 0, False),
    ("shop-2", "shop", "production", "pavel", 11, 2, 0, False),
    ("shop-3", "shop", "production", "pavel", 12, 2, 0, False),
    ("stage-1", "stage", "staging", "pavel", 5, 1, 0, False),
    ("stage-2", "stage", "staging", "pavel", 4, 1, 0, False),
    ("stage-3", "stage", "staging", "pavel", 6, 1, 0, True),
)


def operations(now: datetime) -> Mapping[str, list[dict[str, Any]]]:
    """Rows by table."""
    midnight = now.replace(hour=0, minute=0, second=0)
    return {
        "server_certificates": [
            {
                "id": f"{host}.{DOMAIN}",
                "aliases": list(called(namespace, program)),
                "namespace": namespace,
                "owner": owner,
                "issued": [{"serial": f"SC-{number}", "expires": (midnight + timedelta(days=days)).isoformat()}],
                "served": f"SC-{number}",
            }
            for number, (host, program, namespace, owner, days) in enumerate(CERTIFICATES, 701)
        ],
        "tokens": [
            {
                "id": id_,
                "name": name,
                "aliases": list(aliases),
                "namespace": namespace,
                "owner": owner,
                "keys": [*({"key": key, "works": False} for key in dead), {"key": works, "works": True}],
            }
            for id_, name, aliases, namespace, owner, dead, works in TOKENS
        ],
        "nodes": [
            {
                **dict(zip(("id", "pool", "namespace", "owner", "running", "least", "drains"), one[:-1], strict=True)),
                "drained": now - timedelta(days=1) if one[-1] else None,
            }
            for one in NODES
        ],
    }
