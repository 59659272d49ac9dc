"""The people of the embedded company as the playground's members."""

from bot.playground import Member, Workspace
from bot.settings import Settings
from tools.systems.embedded import Company

AT_HAND = ("ana", "ben", "omar", "ida", "mia", "gus")
SCHEDULES = ("identity", "network", "platform")


async def of(company: Company, settings: Settings) -> Workspace:
    """Everybody, with a few at hand: employees, engineers on call, a manager, a guest."""
    duty: dict[str, str] = {}
    for schedule in SCHEDULES:
        for handle in await company.on_call(schedule, company.clock.now()) or ():
            duty.setdefault(handle, f"on call: {schedule}")
    members = [
        Member(
            slack_id=person.slack_id,
            handle=person.handle,
            name=person.name,
            title=person.title,
            kind="guest" if person.kind == "guest" else "member" if person.active else "deactivated",
            zone=person.zone,
            note=duty.get(person.handle, "guest" if person.kind == "guest" else ""),
            featured=person.handle in AT_HAND,
        )
        for person in await company.people()
    ]
    order = {handle: position for position, handle in enumerate(AT_HAND)}
    members.sort(key=lambda one: order.get(one.handle, len(order)))
    channels = ("general", settings.oncall_channel)
    return Workspace(members, channels, keep=settings.bot_data_dir / "playground.json")
