"""What tools may ask of a company's systems: promises, values and exceptions in one place.

Every system is asked by ids only (a person's handle, an application's id); names are resolved before (`tools.naming`).

Exceptions, all of them `tools.contract.ToolError`:

- `NotFound`    the id names nothing in this system
- `Refused`     the system said no; nothing was changed
- `SystemAway`  the system did not answer; after a change it is unknown whether it happened

Changes take the `Caller`. INVARIANT: a change with a `Caller.key` that was carried out before is answered with what came of it
then, before anything of the present is looked at; so one key has one effect at most. A change that finds nothing to do says
so (`Done.changed` is False) and leaves no trace. What ends in `_under` tells what came of a deed under a key, without doing
anything; None: nothing was done under it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.contract import Caller, Person
from tools.systems.done import Done
from tools.systems.engineering import CI, Deployments
from tools.systems.operations import Certificates, Nodes, Tokens
from tools.systems.supplies import Equipment, Licensing, Lists, Status

__all__ = [
    "Access",
    "Account",
    "App",
    "Comment",
    "Device",
    "Devices",
    "Directory",
    "Done",
    "Enrolment",
    "Factor",
    "Held",
    "Identity",
    "OnCall",
    "OneTimeLink",
    "Page",
    "Session",
    "Systems",
    "Ticket",
    "Tickets",
]

# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Directory(Protocol):
    """Who is who."""

    async def person(self, handle: str) -> Person | None:
        """By handle. Raises SystemAway."""

    async def by_slack(self, slack_id: str) -> Person | None:
        """By Slack id. Raises SystemAway."""

    async def by_email(self, email: str) -> Person | None:
        """By e-mail address, in any case of letters. Raises SystemAway."""

    async def find(self, words: str, most: int = 10) -> list[Person]:
        """People whose name, handle or address fits the words, the best first; perhaps nobody. Raises SystemAway."""


# ── accounts and sign-in factors ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. Status: ACTIVE | LOCKED_OUT | PASSWORD_EXPIRED | RECOVERY | SUSPENDED | DEPROVISIONED."""

    person: str
    status: str
    failed_logins: int = 0


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor to sign in with. Kind: push | totp | webauthn | sms; status: ACTIVE | PENDING."""

    id: str
    kind: str
    status: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is left after factors were removed: how many were, and the one-time link to enrol anew (for its owner only)."""

    removed: int
    link: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link that works once, for the account's owner only, and the account as it is meanwhile."""

    account: Account
    link: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A place where somebody is signed in."""

    device: str
    place: str
    since: datetime


class Identity(Protocol):
    """Accounts and how people prove who they are."""

    async def account(self, user: str) -> Account:
        """Raises NotFound, SystemAway."""

    async def factors(self, user: str) -> list[Factor]:
        """Raises NotFound, SystemAway."""

    async def unlock(self, user: str, caller: Caller) -> Done[Account]:
        """Let a locked account sign in again. Raises NotFound, Refused (it is closed by something else), SystemAway."""

    async def lock_again(self, user: str, caller: Caller) -> Done[Account]:
        """Take an unlocking back. Raises NotFound, Refused, SystemAway."""

    async def reset_factors(self, user: str, caller: Caller) -> Done[Enrolment]:
        """Remove every factor and make a one-time link to enrol a new one. Raises NotFound, Refused, SystemAway."""

    async def factors_reset_under(self, key: str) -> Enrolment | None:
        """What came of removing factors under this key. Raises SystemAway."""

    async def reset_password(self, user: str, caller: Caller) -> Done[OneTimeLink]:
        """The old password is void, and a one-time link sets the new one. Raises NotFound, Refused, SystemAway."""

    async def password_reset_under(self, user: str, key: str) -> OneTimeLink | None:
        """What came of resetting a password under this key. Raises SystemAway."""

    async def sessions(self, user: str) -> list[Session]:
        """Where somebody is signed in, the newest first. Raises NotFound, SystemAway."""

    async def end_sessions(self, user: str, caller: Caller) -> Done[int]:
        """Sign somebody out everywhere; how many sessions are left, and were there. Raises NotFound, SystemAway."""

    async def suspend(self, user: str, caller: Caller) -> Done[Account]:
        """Let nobody sign in with the account, and end its sessions. Raises NotFound, Refused (it is closed), SystemAway."""

    async def unsuspend(self, user: str, caller: Caller) -> Done[Account]:
        """Open a suspended account. Raises NotFound, Refused (it is closed by something else), SystemAway."""

    async def undo_suspend(self, user: str, status: str, caller: Caller) -> Done[Account]:
        """Take a suspension back: the account has its earlier status. Raises NotFound, Refused, SystemAway."""

    async def undo_unsuspend(self, user: str, caller: Caller) -> Done[Account]:
        """Take an unsuspension back. Raises NotFound, Refused, SystemAway."""


# ── applications ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class App:
    """An application that can be asked for. Risk: low | medium | high; `max_days` is the longest a grant may last: to the
    end of the day that lies so many days off, where the person is whom it is for.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    owner: str
    risk: str
    max_days: int


@dataclass(frozen=True, slots=True)
class Held:
    """Access that a person has: by a grant (`grant` is its id; `until` None means for good) or through a group."""

    person: str
    app: str
    until: datetime | None = None
    grant: str = ""
    through: str = ""


class Access(Protocol):
    """Applications, and who may use them until when."""

    async def app(self, app: str) -> App | None:
        """By id. Raises SystemAway."""

    async def apps(self) -> list[App]:
        """Everything that can be asked for, by id. Raises SystemAway."""

    async def held(self, user: str) -> list[Held]:
        """What the person can use now, by application. Raises NotFound, SystemAway."""

    async def grant(self, user: str, app: str, until: datetime | None, caller: Caller) -> Done[Held]:
        """Give access until a time; an earlier grant of the same application is replaced by the new one.

        Not changed: there already with this end, for good, or through a group. Raises NotFound, Refused (the end has passed
        or lies further off than the application allows; the account is closed), SystemAway.
        """

    async def revoke(self, user: str, app: str, caller: Caller, grant: str | None = None) -> Done[Held]:
        """End access; with `grant` only if it rests on that very grant.

        Raises NotFound, Refused (it comes with a group), SystemAway.
        """

    async def put_back(self, user: str, app: str, until: datetime | None, caller: Caller) -> Done[Held]:
        """Take a granting or revoking back: the access has the end again that it had before (None: for good).

        What was allowed once is not measured against the longest time again. Raises NotFound, Refused (that end has passed),
        SystemAway.
        """


# ── devices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Device:
    """A managed computer or phone and its VPN certificate (status: valid | expired).

    Kind: computer | phone. `compliant`: as the company's rules for devices want it; `booted`: when it was last started.
    """

    serial: str
    person: str
    model: str
    os: str
    main: bool
    certificate_status: str
    certificate_expires: datetime
    kind: str
    compliant: bool
    locked: bool
    last_seen: datetime
    booted: datetime


class Devices(Protocol):
    """Managed devices."""

    async def devices(self, user: str) -> list[Device]:
        """The main one first. Raises SystemAway."""

    async def renew_certificate(self, serial: str, caller: Caller) -> Done[Device]:
        """Issue a new VPN certificate; not changed while the present one is good for a month.

        Raises NotFound, Refused, SystemAway.
        """

    async def withdraw_certificate(self, serial: str, expires: datetime, caller: Caller) -> Done[Device]:
        """Take a renewal back: the certificate ends when the earlier one did. Raises NotFound, Refused, SystemAway."""

    async def restart(self, serial: str, caller: Caller) -> Done[Device]:
        """Start a device anew. Raises NotFound, Refused (it is locked), SystemAway."""

    async def device_restarted_under(self, key: str) -> Device | None:
        """The device that was started anew under this key, as it was then. Raises SystemAway."""

    async def lock(self, serial: str, caller: Caller) -> Done[Device]:
        """Let nobody use a device; not changed when it is locked. Raises NotFound, SystemAway."""


# ── tickets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Ticket:
    """A record for people to work on. Status: open | in_progress | closed | cancelled."""

    key: str
    reporter: str
    title: str
    text: str
    status: str
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """Something that was added to a ticket."""

    id: str
    ticket: str
    author: str
    text: str
    at: datetime


class Tickets(Protocol):
    """The ticket system."""

    async def ticket(self, key: str) -> Ticket | None:
        """Raises SystemAway."""

    async def create(self, user: str, title: str, text: str, caller: Caller) -> Done[Ticket]:
        """Raises NotFound, Refused, SystemAway."""

    async def created_under(self, key: str) -> Ticket | None:
        """The ticket that was created under this key. Raises SystemAway."""

    async def cancel(self, key: str, caller: Caller) -> Done[Ticket]:
        """Take a ticket back. Raises NotFound, Refused (somebody works on it), SystemAway."""

    async def tickets_of(self, user: str) -> list[Ticket]:
        """What somebody has reported, the newest first. Raises SystemAway."""

    async def comments(self, key: str) -> list[Comment]:
        """The oldest first. Raises NotFound, SystemAway."""

    async def comment(self, key: str, text: str, caller: Caller) -> Done[Comment]:
        """Add to a ticket, in the name of whoever calls. Raises NotFound, Refused (it is closed), SystemAway."""

    async def commented_under(self, key: str) -> Comment | None:
        """The comment that was added under this key, as it was added. Raises SystemAway."""

    async def withdraw_comment(self, key: str, comment: str, caller: Caller) -> Done[Comment]:
        """Take a comment back; not changed when it is gone. Raises NotFound, SystemAway."""


# ── on call ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Page:
    """A call to the people on duty of a schedule."""

    id: str
    schedule: str
    text: str
    people: tuple[str, ...]


class OnCall(Protocol):
    """Who is on duty, and calling them."""

    async def schedules(self) -> list[str]:
        """Raises SystemAway."""

    async def on_call(self, schedule: str, at: datetime, tier: int = 1) -> list[str] | None:
        """Handles on duty at that time; None when there is no such schedule or the system does not answer. Never raises."""

    async def page(self, schedule: str, text: str, caller: Caller) -> Done[Page]:
        """Call whoever is on duty now. Raises NotFound, Refused (nobody is), SystemAway."""

    async def paged(self, page: str) -> Page | None:
        """By id. Raises SystemAway."""

    async def paged_under(self, key: str) -> Page | None:
        """The page that was sent under this key. Raises SystemAway."""


@dataclass(frozen=True, slots=True)
class Systems:
    """Everything that tools talk to, one of each kind, and what time it is there."""

    directory: Directory
    identity: Identity
    access: Access
    devices: Devices
    tickets: Tickets
    oncall: OnCall
    deployments: Deployments
    ci: CI
    lists: Lists
    licensing: Licensing
    equipment: Equipment
    status: Status
    certificates: Certificates
    tokens: Tokens
    nodes: Nodes
    now: Callable[[], datetime]
