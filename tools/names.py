"""Under which other names the directory and the catalogues know what an argument means, each of them for that one thing alone."""

from collections.abc import Iterable

from tools.contract import Ambiguous, Arguments, NotFound
from tools.naming import best_apps, one_named, one_person, plain
from tools.systems.protocols import Systems

Thing = tuple[str, str, Iterable[str]]
KINDS = {"computer": ("computer", "laptop", "notebook"), "phone": ("phone", "mobile", "smartphone")}
"""What people call a device of a kind, where somebody has one of it."""
SHORTEST = 2
"""Letters of a part of a name by which somebody may be called."""


async def names_of(systems: Systems, argument: str, args: Arguments) -> tuple[str, ...]:
    """Of the thing that this canonical argument names; nothing where there are none. Raises ToolError."""
    value = str(getattr(args, argument))
    match argument:
        case "user":
            return await _person(systems, value)
        case "app":
            apps = await systems.access.apps()
            mine = [name for app in apps if app.id == value for name in (app.name, *app.aliases)]
            return tuple(name for name in mine if [app.id for app in best_apps(name, apps)[0]] == [value])
        case "device":
            return await _device(systems, str(getattr(args, "user", "")), value)
        case "list":
            return _alone(value, [(one.id, one.name, one.aliases) for one in await systems.lists.mailing_lists()])
        case "item":
            return _alone(value, [(one.id, one.name, one.aliases) for one in await systems.equipment.items()])
        case "repo":
            return _alone(value, [(one.id, one.name, one.aliases) for one in await systems.ci.repositories()])
        case "deployment":
            every = await systems.deployments.deployments()
            return _alone(
                value, [(one.id, one.name, (f"{one.namespace} {one.name}", f"{one.name} {one.namespace}")) for one in every]
            )
        case "server":
            return _alone(value, [(one.id, one.id, one.aliases) for one in await systems.certificates.server_certificates()])
        case "token":
            return _alone(value, [(one.id, one.name, one.aliases) for one in await systems.tokens.tokens()])
        case _:
            return ()


async def _person(systems: Systems, handle: str) -> tuple[str, ...]:
    """Their whole name, address and Slack id; and a first or last name that is nobody else's."""
    person = await systems.directory.person(handle)
    if person is None:
        return ()
    names = [person.name, person.email, person.slack_id]
    for part in plain(person.name).split():
        try:
            alone = len(part) >= SHORTEST and (await one_person(systems.directory, part)).handle == handle
        except (Ambiguous, NotFound):
            alone = False
        names += [part] if alone else []
    return tuple(name for name in names if name)


async def _device(systems: Systems, user: str, serial: str) -> tuple[str, ...]:
    devices = await systems.devices.devices(user)
    mine = next((one for one in devices if one.serial == serial), None)
    if mine is None:
        return ()
    names = [mine.model] if sum(one.model == mine.model for one in devices) == 1 else []
    return (*names, *(KINDS.get(mine.kind, (mine.kind,)) if sum(one.kind == mine.kind for one in devices) == 1 else ()))


def _alone(value: str, things: list[Thing]) -> tuple[str, ...]:
    """The names of a thing that no other is called by."""
    names = [name for id_, called, others in things if id_ == value for name in (called, *others)]
    found = []
    for name in names:
        try:
            found += [name] if one_named(name, things, "thing") == value else []
        except (Ambiguous, NotFound):
            continue
    return tuple(found)
