"""Who and what is always in the demo company: people that stories are told about, groups, applications, services.

Everybody here is invented. Slack ids begin with `UDESKHAND`: they have the form that Slack prescribes (`[UW][A-Z0-9]+`) and are
longer (13 characters) than the ids that Slack gives out (9 to 11), so no real workspace has them.
"""

from dataclasses import dataclass

DOMAIN = "harborline.example"
EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Part:
    """One of the named people. `certificate` is in how many days their VPN certificate ends."""

    handle: str
    name: str
    title: str
    department: str
    manager: str
    zone: str = "Europe/Berlin"
    kind: str = "employee"
    status: str = "ACTIVE"
    factors: tuple[str, ...] = ("push", "totp")
    certificate: int = 200


CAST = (
    Part("ana", "Ana Almeida", "Campaign Analyst", "Marketing", "mia", status="LOCKED_OUT", certificate=-3),
    Part("ben", "Ben Brandt", "Content Designer", "Marketing", "mia"),
    Part("omar", "Omar Haddad", "Identity Engineer", "IT", "noor"),
    Part("ida", "Ida Nyström", "Network Engineer", "IT", "noor", zone="Europe/Stockholm", factors=("push", "webauthn")),
    Part("pavel", "Pavel Dvořák", "Platform Engineer", "Engineering", "noor", zone="Europe/Prague"),
    Part("mia", "Mia Moretti", "Head of Marketing", "Marketing", "eva", zone="Europe/Rome"),
    Part("noor", "Noor Rahman", "Head of IT", "IT", "eva", factors=("push", "webauthn")),
    Part("eva", "Eva Lindqvist", "Managing Director", "Management", "", zone="Europe/Stockholm"),
    Part("tariq", "Tariq Aziz", "IT Administrator", "IT", "noor", factors=("push", "webauthn")),
    Part("gus", "Gus Okafor", "Contractor", "Marketing", "mia", zone="Europe/London", kind="guest", factors=("totp",)),
    Part("lena.fischer", "Lena Fischer", "Accountant", "Finance", "eva"),
    Part("lena.kowalska", "Lena Kowalska", "Recruiter", "People", "eva", zone="Europe/Warsaw"),
)

DEPARTMENTS = ("Engineering", "Sales", "Support", "Marketing", "Finance", "People", "Data")
TITLES = {
    "Engineering": ("Software Engineer", "Senior Engineer", "Test Engineer", "Engineering Lead"),
    "Sales": ("Account Executive", "Sales Engineer", "Sales Lead"),
    "Support": ("Support Specialist", "Support Lead"),
    "Marketing": ("Campaign Analyst", "Content Designer", "Event Planner"),
    "Finance": ("Accountant", "Controller"),
    "People": ("Recruiter", "People Partner"),
    "Data": ("Data Analyst", "Data Engineer"),
}

GROUPS = {
    EVERYBODY: "All employees",
    "it-admins": "IT administrators",
    "engineering": "Engineering",
    "sales": "Sales and support",
    "data": "Data team",
    "finance": "Finance team",
}
MEMBERS = {"it-admins": ("ida", "noor", "tariq")}
"""Members of groups that no department makes up."""
GROUP_OF = {
    "Engineering": "engineering",
    "Sales": "sales",
    "Support": "sales",
    "Data": "data",
    "Finance": "finance",
}

# id, name, other names, owner, the group that has it anyway, risk, longest grant in days
APPS = (
    ("analytics-warehouse", "Analytics Warehouse", ("warehouse", "analytics", "data warehouse"), "pavel", "data", "medium", 30),
    ("calendar", "Team Calendar", ("calendar",), "tariq", EVERYBODY, "low", 365),
    ("confluence", "Confluence", ("wiki",), "tariq", EVERYBODY, "low", 365),
    ("figma", "Figma", ("design tool",), "mia", "", "low", 180),
    ("github", "GitHub", ("git", "source code"), "pavel", "engineering", "medium", 90),
    ("grafana", "Grafana", ("dashboards", "metrics"), "pavel", "engineering", "low", 90),
    ("hr-records", "HR Records", ("personnel files",), "lena.kowalska", "", "high", 7),
    ("jira", "Jira", ("issue tracker",), "tariq", EVERYBODY, "low", 365),
    ("looker", "Looker", ("reports",), "pavel", "data", "low", 90),
    ("mailchimp", "Mailchimp", ("newsletter tool",), "mia", "", "low", 180),
    ("payments-admin", "Payments Admin", ("payments console", "refund tool"), "lena.fischer", "finance", "high", 2),
    ("production-shell", "Production Shell", ("prod shell", "bastion"), "pavel", "", "high", 1),
    ("salesforce", "Salesforce", ("crm",), "eva", "sales", "medium", 90),
    ("travel-desk", "Travel Desk", ("travel booking",), "lena.fischer", EVERYBODY, "low", 365),
    ("zendesk", "Zendesk", ("support inbox",), "eva", "sales", "medium", 90),
)  # fmt: skip

DUTY = {"identity": "omar", "network": "ida", "platform": "pavel"}
"""On-call schedules and who has the duty."""
SECOND = {"identity": "ida", "network": "tariq", "platform": "noor"}
"""Who is asked when whoever has the duty cannot be: the second tier of the same schedules, never the same person."""

MACHINES = (
    ("MacBook Pro 14", "macOS"),
    ("MacBook Air 13", "macOS"),
    ("ThinkPad X1 Carbon", "Windows"),
    ("ThinkPad T14", "Linux"),
    ("Latitude 7450", "Windows"),
)

COMPLAINTS = (
    ("Monitor flickers", "The left screen goes black for a second every few minutes."),
    ("Printer on the second floor is out of toner", "Both trays; the spare one is gone too."),
    ("Cannot hear anything in meetings", "The headset works with the phone, not with the notebook."),
    ("New colleague starts on Monday", "A notebook and the usual accounts, please."),
    ("Calendar shows the wrong time zone", "Since the trip last week everything is an hour late."),
    ("Please delete an old mailing list", "Nobody has written to it for two years."),
)

_RESET = "the identity provider of the tests closed the connection"

# id, name, other names, team (a department), owner
REPOSITORIES = (
    ("data-pipelines", "Data Pipelines", ("pipelines repository",), "Data", "pavel"),
    ("network-config", "Network Config", ("netconf",), "IT", "ida"),
    ("orders-api", "Orders API", ("orders service",), "Engineering", "pavel"),
    ("sso-gateway", "SSO Gateway", ("sso proxy",), "IT", "omar"),
    ("storefront", "Storefront", ("web shop", "shop frontend"), "Engineering", "pavel"),
)

# id, repository, branch, commit, conclusion, what failed, whether it is flaky
CI_RUNS = (
    (4101, "storefront", "main", "9f31c07", "failure", "browser-tests: no answer within 30 s", True),
    (4102, "storefront", "checkout-redesign", "b20e4d1", "failure", "unit-tests: test_basket_is_emptied", False),
    (4103, "orders-api", "main", "47ac9e2", "failure", "unit-tests: test_total_with_discount", False),
    (4104, "orders-api", "release", "d8830fa", "success", "", False),
    (4105, "sso-gateway", "main", "13be6f8", "failure", f"integration-tests: {_RESET}", True),
    (4106, "network-config", "main", "e5f0b94", "success", "", False),
    (4107, "data-pipelines", "main", "7c21dd3", "failure", "lint: 3 problems in jobs/orders.py", False),
)

# namespace, name, owner, replicas, what it ran as (revision, image, health, last line of its log), oldest first
DEPLOYMENTS = (
    ("production", "orders-api", "pavel", 3, (
        (40, "orders-api:2026.11.4", "healthy", ""),
        (41, "orders-api:2026.11.5", "crash_loop", "KeyError: 'ORDERS_QUEUE_URL'"))),
    ("production", "report-builder", "ida", 1, (
        (11, "report-builder:5.1", "crash_loop", "no space left on /var/reports"),
        (12, "report-builder:5.2", "crash_loop", "no space left on /var/reports"))),
    ("production", "sso-gateway", "omar", 2, ((7, "sso-gateway:3.2.0", "healthy", ""), (8, "sso-gateway:3.2.1", "healthy", ""))),
    ("production", "storefront", "pavel", 4, ((97, "storefront:812", "healthy", ""), (98, "storefront:815", "healthy", ""))),
    ("staging", "orders-api", "pavel", 2, (
        (61, "orders-api:2026.11.5", "healthy", ""),
        (62, "orders-api:2026.11.6-rc1", "degraded", "connection pool exhausted"))),
    ("staging", "sso-gateway", "omar", 2, (
        (21, "sso-gateway:3.2.1", "healthy", ""),
        (22, "sso-gateway:3.3.0-rc2", "degraded", "stale signing keys"))),
    ("staging", "storefront", "pavel", 2, ((131, "storefront:815", "healthy", ""), (132, "storefront:820", "healthy", ""))),
)  # fmt: skip
"""Two that a restart mends, one that only rolling back does, and one that neither does."""
