"""People by Slack id in a workspace, and a clock to turn: as much of a company as the core's own tests need."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.domain import Membership, PersonKind
from bot.ports import Profile
from tools.contract import Person

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
TEAM = "T"
SLACK = {
    "U-ANA": "ana",
    "U-BEN": "ben",
    "U-OMAR-2": "omar",
    "U-OMAR": "omar",
    "U-IDA": "ida",
    "U-NOOR": "noor",
    "U-MIA": "mia",
    "U-LEFT": "left",
}


@dataclass
class Town:
    """Implements `bot.ports.Directory`, `Workspace` and `Clock`, as far as answers need them: people by Slack id, a clock to turn."""

    at: datetime = NOW
    groups: dict[str, list[str]] = field(default_factory=dict)
    people_: dict[str, Person] = field(
        default_factory=lambda: {
            handle: Person(handle, handle.title(), f"{handle}@x.example", slack_id, active=handle != "left")
            for slack_id, handle in SLACK.items()
        }
    )

    def now(self) -> datetime:
        return self.at

    async def refresh(self) -> None:
        """It is turned by hand."""

    async def profile(self, slack_id: str, team: str) -> Profile:
        kinds = {"U-GUEST": PersonKind.GUEST, "U-BOT": PersonKind.BOT}
        kind = PersonKind.STRANGER if team != TEAM else kinds.get(slack_id, PersonKind.MEMBER)
        return Profile(slack_id, kind, team)

    async def has(self, slack_id: str) -> Membership:
        return Membership.YES

    async def by_slack(self, slack_id: str) -> Person | None:
        return self.people_.get(SLACK.get(slack_id, ""))

    async def person(self, handle: str) -> Person | None:
        return self.people_.get(handle)

    async def people(self) -> Sequence[Person]:
        return list(self.people_.values())

    async def adopt(self, slack_id: str, name: str, zone: str) -> Person | None:
        return None

    async def on_call(self, schedule: str, at: datetime, tier: int = 1) -> Sequence[str] | None:
        """Omar until midnight, Ida from then on."""
        return ["omar"] if at < MIDNIGHT else ["ida"]

    async def group(self, group: str) -> Sequence[str] | None:
        return self.groups.get(group)

    async def in_group(self, handle: str, group: str) -> Membership:
        members = self.groups.get(group)
        return Membership.UNKNOWN if members is None else Membership.YES if handle in members else Membership.NO
