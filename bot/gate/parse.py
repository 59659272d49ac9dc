"""Read the policies of one file: shapes first, with humane messages, then types against the real tools."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.errors import ExpressionError
from bot.expressions import Expression, Kind, environment
from bot.gate import owing
from bot.gate.model import CHANNELS, EFFECTS, MADE_OF, Example, Policy, Role
from bot.gate.problems import Problems, item, line_of, near, place, start
from bot.gate.roles import Roles
from bot.gate.shapes import NAMES, PROPERTIES, values

POLICY_KEYS = (
    "id",
    "because",
    "tools",
    "effect",
    "roles",
    "channels",
    "when",
    *owing.KEYS,
    "unattended",
    "mode",
    "since",
    "examples",
)
EXAMPLE_KEYS = ("as", "tool", "args", "channel", "at", "expect", "owes")
FREEZE_KEYS = ("id", "because", "tools", "from", "until", "except")
EXPECTS = ("permit", "approval", "confirm", "deny")
OWES = ("approval", "reason", "confirm", "notify", "review", "limit")

Shapes = Mapping[str, Mapping[str, Any]]


class Reader:
    """Reads the bodies of policies. `tools` are those that this file may name, `every` all there are."""

    def __init__(
        self, problems: Problems, tools: Shapes, every: Shapes, roles: Roles, usable: frozenset[str] | None = None
    ) -> None:
        self._problems = problems
        self._tools = tools
        self._every = every
        self._book = roles
        self._usable = usable
        self._roles = {name: role for name, role in roles.read.items() if usable is None or name in usable}

    def policies(self, found: Any, line: int) -> list[Policy]:
        if not isinstance(found, list) or not found:
            self._problems.add(line, "`policies` must be a list with at least one policy")
            return []
        read = []
        for position, body in enumerate(found):
            at = item(found, position) or line
            if not isinstance(body, Mapping):
                self._problems.add(at, "a policy must be a mapping that begins with `- id:`")
            elif (policy := self._policy(body, at)) is not None:
                read.append(policy)
        return read

    def _policy(self, body: Mapping[str, Any], at: int) -> Policy | None:
        identity = body.get("id")
        if not isinstance(identity, str) or not identity:
            self._problems.add(at, "a policy needs an `id`")
            return None
        what = f'policy "{identity}"'
        self._problems.known(body, POLICY_KEYS, what, identity)
        effect = body.get("effect")
        if effect not in EFFECTS:
            said = f"{effect!r}{near(str(effect), EFFECTS)}" if "effect" in body else "nothing"
            self._add(body, "effect", f"{what}: effect must be permit, forbid or require, not {said}", at)
        named, selected = self._tools_of(body, at, what, str(effect))
        held = self._roles_of(body, at, what)
        when = self._conditions(body, named, what) if "when" in body else {}
        asks = owing.Owing(
            self._problems, self._roles, body, identity, {t: self._tools[t]["args"] for t in named if t in self._tools}
        )
        owes, most = asks.read(), asks.maxima()
        if effect == "forbid" and (owes or most):
            self._problems.add(at, f"{what}: a forbid denies; it cannot ask for anything", identity)
        if effect == "require" and not (owes or most):
            self._problems.add(at, f"{what}: a require must ask for something: {', '.join(owing.KEYS)}", identity)
        observe, since = self._mode(body, at, what)
        return Policy(
            id=identity,
            because=str(body.get("because", "")),
            tools=named,
            effect=str(effect),
            roles=held,
            channels=self._channels(body, what),
            condition=str(body.get("when", "")),
            when=when,
            owes=owes,
            most=most,
            unattended=self._flag(body, "unattended", what),
            observe=observe,
            since=since,
            examples=self.examples(body.get("examples", []), what, identity, named),
            line=at,
            file=self._problems.file,
            selected=selected,
        )

    # ── which calls ──────────────────────────────────────────────────────────────────────────────────────────────

    def _tools_of(self, body: Mapping[str, Any], at: int, what: str, effect: str) -> tuple[tuple[str, ...], str]:
        """The tools by name, and how they were chosen where not by name."""
        found, identity = body.get("tools"), str(body["id"])
        line = line_of(body, "tools") or at
        if isinstance(found, Mapping):
            return self.chosen(found, line, what, identity), ", ".join(f"{key}: {value}" for key, value in found.items())
        if not isinstance(found, list) or not found:
            said = "`tools` must be a list of tool names, or properties such as {effect: change, system: identity}"
            self._problems.add(line, f"{what}: {said}", identity)
            return (), ""
        if "*" in found:
            if effect != "forbid":
                self._problems.add(line, f"{what}: `*` (every tool) is for a forbid only; name the tools", identity)
            return tuple(self._tools), "*"
        for tool in found:
            if tool in self._every and tool not in self._tools:
                self._problems.add(line, f"{what}: the tool {tool!r} was not given to this file", identity)
            elif tool not in self._tools:
                self._problems.add(line, f"{what}: there is no tool {str(tool)!r}{near(str(tool), self._tools)}", identity)
        return tuple(str(tool) for tool in found), ""

    def chosen(self, found: Mapping[str, Any], line: int, what: str, identity: str = "") -> tuple[str, ...]:
        """The tools that have all these properties. A property that no tool has is an error, but for a server that is away."""
        self._problems.known(found, PROPERTIES, f"{what}: tools", identity)
        if not found:
            self._problems.add(line, f"{what}: `tools` must say which: {', '.join(PROPERTIES)}", identity)
        for key, value in found.items():
            known = ["true", "false"] if key == "reversible" else values(str(key), self._every) if key in PROPERTIES else []
            right = isinstance(value, bool) if key == "reversible" else isinstance(value, str) and value in known
            if not right and key in PROPERTIES and not (key == "server" and isinstance(value, str)):
                said = f"{what}: tools: no tool has {key} {value!r}{near(str(value), known)}; there are {', '.join(known)}"
                self._problems.add(line_of(found, key) or line, said, identity)
        return tuple(n for n, tool in self._tools.items() if all(tool.get(key) == value for key, value in found.items()))

    def _roles_of(self, body: Mapping[str, Any], at: int, what: str) -> tuple[Role, ...]:
        identity, found = str(body["id"]), body.get("roles", [])
        line = line_of(body, "roles") or at
        if isinstance(found, Mapping):
            if self._usable is not None and (wrong := _foreign(found, self._usable)):
                self._problems.add(line, f"{what}: the role {wrong!r} was not given to this file", identity)
            part = self._book.part(found, identity, line)
            return () if part is None else (part,)
        if not isinstance(found, list) or ("roles" in body and not found):
            said = "`roles` must be a list of roles, or made of some with any, all or not"
            self._problems.add(line, f"{what}: {said}", identity)
            return ()
        if "roles" not in body and body.get("effect") == "permit":
            self._problems.add(at, f"{what}: a permit must say for which `roles`", identity)
        for role in found:
            if role in self._book.read and role not in self._roles:
                self._problems.add(line, f"{what}: the role {str(role)!r} was not given to this file", identity)
            elif role not in self._roles:
                self._problems.add(line, f"{what}: nobody has the role {str(role)!r}{near(str(role), self._roles)}", identity)
        return tuple(self._roles[role] for role in found if role in self._roles)

    def _channels(self, body: Mapping[str, Any], what: str) -> tuple[str, ...]:
        found = body.get("channels", [])
        if not isinstance(found, list) or ("channels" in body and not found):
            self._add(body, "channels", f"{what}: `channels` must be a list of {', '.join(CHANNELS)}")
            return ()
        for one in found:
            if one not in CHANNELS:
                said = (
                    f"{what}: there is no kind of channel {str(one)!r}{near(str(one), CHANNELS)}; there are {', '.join(CHANNELS)}"
                )
                self._add(body, "channels", said)
        return tuple(str(one) for one in found)

    def _conditions(self, body: Mapping[str, Any], named: Sequence[str], what: str) -> dict[str, Expression]:
        """Compiled once for each tool, so that an argument which one of them lacks is found now."""
        text, compiled = body["when"], {}
        if not isinstance(text, str) or not text.strip():
            self._add(body, "when", f"{what}: `when` must be a condition, not {text!r}")
            return {}
        by_shape: dict[tuple[tuple[str, Kind], ...], Expression] = {}
        for name in named:
            if name not in self._tools:
                continue
            arguments = () if "*" in body["tools"] else tuple((f"args.{n}", k) for n, k in self._tools[name]["args"].items())
            try:
                if arguments not in by_shape:
                    by_shape[arguments] = environment((*NAMES, *arguments)).compile(text, Kind.BOOL)
                compiled[name] = by_shape[arguments]
            except ExpressionError as error:
                line, column = place(body, "when", error.column)
                where = f", column {column}" if column else ""
                self._problems.add(line, f"{what}: when{where}: {error} (for the tool {name})", str(body["id"]))
                break
        return compiled

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _mode(self, body: Mapping[str, Any], at: int, what: str) -> tuple[bool, date | None]:
        """Whether it is only observed, and since when. A permit that may not be seen to open is as good as one."""
        mode, since = body.get("mode", "enforce"), body.get("since")
        if mode not in ("enforce", "observe"):
            self._add(
                body, "mode", f"{what}: mode must be enforce or observe, not {mode!r}{near(str(mode), ('enforce', 'observe'))}"
            )
        if mode == "observe" and not _day(since):
            said = "not given" if since is None else f"{since!r}"
            self._add(
                body,
                "since" if "since" in body else "mode",
                f"{what}: observe needs `since:`, a day such as 2026-11-27; it is {said}",
            )
        if mode != "observe" and "since" in body:
            self._add(body, "since", f"{what}: `since` goes with `mode: observe`")
        return mode == "observe", _day(since)

    def _flag(self, body: Mapping[str, Any], key: str, what: str) -> bool:
        if key in body and body[key] is not True:
            self._add(body, key, f"{what}: `{key}` can only be true, not {body[key]!r}")
        return body.get(key) is True

    def examples(self, found: Any, what: str, identity: str, named: Sequence[str] = ()) -> tuple[Example, ...]:
        """The examples of a policy, or of a test file (then each names its tool)."""
        if not isinstance(found, list):
            self._problems.add(start(found), f"{what}: `examples` must be a list", identity)
            return ()
        read = [self._example(one, item(found, n), what, identity, named) for n, one in enumerate(found)]
        return tuple(one for one in read if one is not None)

    def _example(self, one: Any, line: int, what: str, identity: str, named: Sequence[str]) -> Example | None:
        if not isinstance(one, Mapping) or not {"as", "expect"} <= set(one):
            self._problems.add(line, f"{what}: an example says `as` whom, with which `args`, and what to `expect`", identity)
            return None
        what = f"{what}: example"
        self._problems.known(one, EXAMPLE_KEYS, what, identity)
        if one["expect"] not in EXPECTS:
            said = f"{what} expects {', '.join(EXPECTS)}, not {one['expect']!r}{near(str(one['expect']), EXPECTS)}"
            self._problems.add(line, said, identity)
        args, tool = one.get("args", {}), one.get("tool", "")
        if not isinstance(args, Mapping):
            self._problems.add(line, f"{what}: `args` must be a mapping", identity)
            return None
        if tool and tool not in (named or self._tools):
            said = f"the tool {tool!r} is none of this policy's" if named else f"there is no tool {tool!r}"
            self._problems.add(line, f"{what}: {said}{near(str(tool), named or self._tools)}", identity)
        elif not tool and not named:
            self._problems.add(line, f"{what}: `tool` must say which", identity)
        for name in [tool] if tool else named:
            kinds = self._tools.get(name, {}).get("args", {})
            if name in self._tools and (unknown := [str(key) for key in args if key not in kinds]):
                self._problems.add(line, f"{what}: {name} has no argument {unknown[0]!r}{near(unknown[0], kinds)}", identity)
        channel, owes, at = one.get("channel", "direct"), one.get("owes"), one.get("at", "")
        if channel not in CHANNELS:
            self._problems.add(line, f"{what}: there is no kind of channel {channel!r}{near(str(channel), CHANNELS)}", identity)
        if owes is not None and (not isinstance(owes, list) or any(kind not in OWES for kind in owes)):
            self._problems.add(line, f"{what}: `owes` must be a list of {', '.join(OWES)}, not {owes!r}", identity)
            owes = None
        if at and time_of(at) is None:
            self._problems.add(line, f"{what}: `at` must be a time such as 2026-11-27T18:00+01:00, not {at!r}", identity)
            at = ""
        return Example(
            as_=str(one["as"]),
            args={str(key): value for key, value in args.items()},
            expect=str(one["expect"]),
            line=line,
            tool=str(tool),
            channel=str(channel),
            at=str(at),
            owes=None if owes is None else tuple(map(str, owes)),
            file=self._problems.file,
        )

    def freeze(self, body: Any, line: int) -> Policy | None:
        """A window in which nothing that it names is done: a forbid with two times."""
        if not isinstance(body, Mapping) or not isinstance(body.get("id"), str):
            self._problems.add(line, "a freeze must be a mapping such as {id: year-end, tools: [deploy], from: …, until: …}")
            return None
        identity = str(body["id"])
        what = f'freeze "{identity}"'
        self._problems.known(body, FREEZE_KEYS, what, identity)
        times = {key: time_of(body.get(key)) for key in ("from", "until")}
        for key, moment in times.items():
            if moment is None:
                said = f"{what}: {key} must be a time such as 2026-12-24T18:00+01:00, not {body.get(key)!r}"
                self._add(body, key, said, line)
        begin, end = times["from"], times["until"]
        if begin is None or end is None:
            return None
        if end <= begin:
            self._add(body, "until", f"{what} ends before it begins", line)
        text = f"now >= timestamp('{begin.isoformat()}') && now < timestamp('{end.isoformat()}')"
        named, selected = self._tools_of(body, line, what, "forbid")
        shut = (
            self._book.part({"not": {"any": list(body["except"])}}, identity, line)
            if isinstance(body.get("except"), list)
            else None
        )
        if "except" in body and shut is None:
            self._add(body, "except", f"{what}: `except` must be a list of roles", line)
        condition = environment(NAMES).compile(text, Kind.BOOL)
        return Policy(
            id=identity,
            because=str(body.get("because", "")) or f"Nothing is changed here until {end:%d %B %Y, %H:%M %Z}.",
            tools=named,
            effect="forbid",
            roles=(shut,) if shut is not None else (),
            condition=text,
            when=dict.fromkeys(named, condition),
            line=line,
            file=self._problems.file,
            selected=selected,
        )

    def _add(self, body: Mapping[str, Any], key: str, message: str, at: int = 0) -> None:
        self._problems.add(line_of(body, key) or at, message, str(body.get("id", "")))


def _foreign(found: Any, usable: frozenset[str]) -> str:
    """What a role is made of that is none of these; empty when there is nothing."""
    if isinstance(found, Mapping):
        other = next((str(key) for key in found if key not in MADE_OF), "")
        return other or next((wrong for one in found.values() if (wrong := _foreign(one, usable))), "")
    if isinstance(found, list):
        return next((wrong for one in found if (wrong := _foreign(one, usable))), "")
    return "" if str(found) in usable else str(found)


def _day(found: Any) -> date | None:
    if isinstance(found, datetime):
        return found.date()
    if isinstance(found, date):
        return found
    try:
        return date.fromisoformat(found)
    except (TypeError, ValueError):
        return None


def time_of(found: Any) -> datetime | None:
    """A time with its offset. YAML's own times are in UTC when they name none, which nobody means."""
    if isinstance(found, datetime):
        found = str(found) if found.tzinfo is None else found.isoformat()
    try:
        moment = datetime.fromisoformat(found)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None
