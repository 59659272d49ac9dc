"""Read the policies of one file: shapes first, with humane messages, then types against the real tools."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from bot.errors import ExpressionError
from bot.expressions import Expression, Kind, environment
from bot.gate import owing
from bot.gate.model import CHANNELS, EFFECTS, MADE_OF, Example, Policy, Role
from bot.gate.problems import Problems, item, known, line_of, near, place, start, told
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
EXAMPLE_KEYS = ("as", "tool", "args", "channel", "at", "runbooks", "untrusted", "expect", "owes")
FREEZE_KEYS = ("id", "because", "tools", "from", "until", "except")
EXPECTS = ("permit", "approval", "confirm", "deny")
OWES = ("approval", "reason", "confirm", "notify", "review", "limit")

A_TIME = "2026-12-24T18:00+01:00"

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
            said = f"{what}: `effect` must be permit, forbid or require, not {told(effect)}{near(effect, EFFECTS)}"
            self._add(body, "effect", said)
        named, selected = self._tools_of(body, at, what, effect)
        held = self._roles_of(body, at, what)
        when = self._conditions(body, named, what) if "when" in body else {}
        asks = owing.Owing(self._problems, self._roles, body, identity, {t: self._tools[t]["args"] for t in named})
        owes, most = asks.read(), asks.maxima()
        if effect == "forbid" and (owes or most):
            self._problems.add(at, f"{what}: a forbid denies; it cannot ask for anything", identity)
        if effect == "require" and not (owes or most):
            self._problems.add(at, f"{what}: a require must ask for something: {', '.join(owing.KEYS)}", identity)
        observe, since = self._mode(body, what)
        return Policy(
            id=identity,
            because=self._because(body, what),
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
            examples=self.examples(body.get("examples", []), what, identity, named, line_of(body, "examples")),
            line=at,
            file=self._problems.file,
            selected=selected,
        )

    # ── which calls ──────────────────────────────────────────────────────────────────────────────────────────────

    def _tools_of(self, body: Mapping[str, Any], at: int, what: str, effect: Any) -> tuple[tuple[str, ...], str]:
        """The tools by name, and how they were chosen where not by name."""
        found, identity = body.get("tools"), str(body["id"])
        line = line_of(body, "tools") or at
        if isinstance(found, Mapping):
            return self.chosen(found, line, what, identity), ", ".join(
                f"{key}: {value if isinstance(value, str) else told(value)}" for key, value in found.items()
            )
        if not isinstance(found, list) or not found:
            said = "`tools` must be a list of tool names, or properties such as {effect: change, system: identity}"
            self._problems.add(line, f"{what}: {said}", identity)
            return (), ""
        if "*" in found:
            if effect != "forbid":
                self._problems.add(line, f"{what}: `*` (every tool) is for a forbid only; name the tools", identity)
            if len(found) > 1:
                self._problems.add(line, f"{what}: `*` is every tool; leave the others out", identity)
            return tuple(self._tools), "*"
        for tool in found:
            if known(tool, self._tools):
                continue
            elsewhere = known(tool, self._every)
            said = f"the tool {told(tool)} was not given to this file" if elsewhere else f"there is no tool {told(tool)}"
            self._problems.add(line, f"{what}: {said}{'' if elsewhere else near(tool, self._tools)}", identity)
        return tuple(tool for tool in found if known(tool, self._tools)), ""

    def chosen(self, found: Mapping[str, Any], line: int, what: str, identity: str = "") -> tuple[str, ...]:
        """The tools that have all these properties. A property that no tool has is an error, but for a server that is away."""
        self._problems.known(found, PROPERTIES, f"{what}: tools", identity)
        if not found:
            self._problems.add(line, f"{what}: `tools` must say which: {', '.join(PROPERTIES)}", identity)
            return ()
        for key, value in found.items():
            if key not in PROPERTIES:
                continue
            there = ["true", "false"] if key == "reversible" else values(key, self._every)
            right = isinstance(value, bool) if key == "reversible" else known(value, there)
            if not right and not (key == "server" and isinstance(value, str) and value):
                said = f"{what}: tools: no tool has {key} {told(value)}{near(value, there)}"
                self._problems.add(
                    line_of(found, key) or line, said + (f"; there are {', '.join(there)}" if there else ""), identity
                )
        return tuple(n for n, tool in self._tools.items() if all(tool.get(key) == value for key, value in found.items()))

    def _roles_of(self, body: Mapping[str, Any], at: int, what: str) -> tuple[Role, ...]:
        identity, found = str(body["id"]), body.get("roles", [])
        line = line_of(body, "roles") or at
        if isinstance(found, Mapping):
            if self._usable is not None and (wrong := _foreign(found, self._usable)):
                self._problems.add(line, f"{what}: the role {told(wrong)} was not given to this file", identity)
            part = self._book.part(found, identity, line)
            return () if part is None else (part,)
        if not isinstance(found, list) or ("roles" in body and not found):
            said = "`roles` must be a list of roles, or a mapping that makes one of them with any, all or not"
            self._problems.add(line, f"{what}: {said}", identity)
            return ()
        if "roles" not in body and body.get("effect") == "permit":
            self._problems.add(at, f"{what}: a permit must say for which `roles`", identity)
        for role in found:
            if known(role, self._roles):
                continue
            elsewhere = known(role, self._book.read)
            said = f"the role {told(role)} was not given to this file" if elsewhere else f"there is no role {told(role)}"
            self._problems.add(line, f"{what}: {said}{'' if elsewhere else near(role, self._roles)}", identity)
        return tuple(self._roles[role] for role in found if known(role, self._roles))

    def _channels(self, body: Mapping[str, Any], what: str) -> tuple[str, ...]:
        found = body.get("channels", [])
        if not isinstance(found, list) or ("channels" in body and not found):
            self._add(body, "channels", f"{what}: `channels` must be a list of {', '.join(CHANNELS)}")
            return ()
        for one in found:
            if one not in CHANNELS:
                self._add(body, "channels", f"{what}: {_no_channel(one)}")
        return tuple(one for one in found if one in CHANNELS)

    def _conditions(self, body: Mapping[str, Any], named: Sequence[str], what: str) -> dict[str, Expression]:
        """Compiled once for each tool, so that an argument which one of them lacks is found now."""
        text, compiled = body["when"], {}
        if not isinstance(text, str) or not text.strip():
            self._add(body, "when", f"{what}: `when` must be a condition such as args.user == principal.id, not {told(text)}")
            return {}
        by_shape: dict[tuple[tuple[str, Kind], ...], Expression] = {}
        for name in named:
            arguments = () if "*" in body["tools"] else tuple((f"args.{n}", k) for n, k in self._tools[name]["args"].items())
            try:
                if arguments not in by_shape:
                    by_shape[arguments] = environment((*NAMES, *arguments)).compile(text, Kind.BOOL)
                compiled[name] = by_shape[arguments]
            except ExpressionError as error:
                line, column = place(self._problems.source, body, "when", error.line, error.column)
                where = f", column {column}" if column else ""
                self._problems.add(line, f"{what}: when{where}: {error} (for the tool {name})", str(body["id"]))
                break
        return compiled

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _mode(self, body: Mapping[str, Any], what: str) -> tuple[bool, date | None]:
        """Whether it is only observed, and since when. A permit that may not be seen to open is as good as one."""
        mode, since = body.get("mode", "enforce"), body.get("since")
        if mode not in ("enforce", "observe"):
            self._add(
                body, "mode", f"{what}: `mode` must be enforce or observe, not {told(mode)}{near(mode, ('enforce', 'observe'))}"
            )
        if mode == "observe" and not _day(since):
            said = f"{what}: `mode: observe` needs `since:`, a day such as 2026-11-27, not {told(since)}"
            self._add(body, "since" if "since" in body else "mode", said)
        if mode != "observe" and "since" in body:
            self._add(body, "since", f"{what}: `since` goes with `mode: observe`")
        return mode == "observe", _day(since)

    def _flag(self, body: Mapping[str, Any], key: str, what: str) -> bool:
        if key in body and body[key] is not True:
            self._add(body, key, f"{what}: `{key}` can only be true, not {told(body[key])}; leave it out where it is not meant")
        return body.get(key) is True

    def _because(self, body: Mapping[str, Any], what: str) -> str:
        found = body.get("because", "")
        if not isinstance(found, str):
            self._add(body, "because", f"{what}: `because` must be words for whoever is denied or asked, not {told(found)}")
        return str(found)

    def examples(
        self, found: Any, what: str, identity: str, named: Sequence[str] | None = None, line: int = 0
    ) -> tuple[Example, ...]:
        """The examples of a policy for the tools that it names, or of a test file (then each names its own); from this line on."""
        if not isinstance(found, list):
            self._problems.add(line, f"{what}: `examples` must be a list", identity)
            return ()
        read = [self._example(one, item(found, n), what, identity, named) for n, one in enumerate(found)]
        return tuple(one for one in read if one is not None)

    def _example(self, one: Any, line: int, what: str, identity: str, named: Sequence[str] | None) -> Example | None:
        if not isinstance(one, Mapping) or not {"as", "expect"} <= set(one):
            self._problems.add(line, f"{what}: an example says `as` whom, with which `args`, and what to `expect`", identity)
            return None
        what = f"{what}: example"
        self._problems.known(one, EXAMPLE_KEYS, what, identity)
        if one["expect"] not in EXPECTS:
            said = f"{what}: `expect` must be one of {', '.join(EXPECTS)}, not {told(one['expect'])}{near(one['expect'], EXPECTS)}"
            self._problems.add(line, said, identity)
        args, tool = one.get("args", {}), one.get("tool", "")
        if not isinstance(args, Mapping):
            self._problems.add(line, f"{what}: `args` must be a mapping", identity)
            return None
        mine = self._tools if named is None else named
        if tool and not known(tool, mine):
            said = f"there is no tool {told(tool)}" if named is None else f"the tool {told(tool)} is none of this policy's"
            self._problems.add(line, f"{what}: {said}{near(tool, mine)}", identity)
            return None
        if not tool and named is None:
            self._problems.add(line, f"{what}: `tool` must say which", identity)
        untrusted = one.get("untrusted", [])
        if not isinstance(untrusted, list) or not all(isinstance(key, str) for key in untrusted):
            self._problems.add(line, f"{what}: `untrusted` must be a list of arguments, such as [user]", identity)
            untrusted = []
        runbooks = one.get("runbooks", [])
        if not isinstance(runbooks, list) or not all(isinstance(key, str) for key in runbooks):
            self._problems.add(line, f"{what}: `runbooks` must be a list of ids, such as [account-locked]", identity)
            runbooks = []
        for name in [tool] if tool else (named or ()):
            kinds = self._tools[name]["args"]
            if unknown := [key for key in (*args, *untrusted) if key not in kinds]:
                self._problems.add(line, f"{what}: {name} has no argument {told(unknown[0])}{near(unknown[0], kinds)}", identity)
        channel, owes, at = one.get("channel", "direct"), one.get("owes"), one.get("at", "")
        if channel not in CHANNELS:
            self._problems.add(line, f"{what}: {_no_channel(channel)}", identity)
        if owes is not None and (not isinstance(owes, list) or any(kind not in OWES for kind in owes)):
            self._problems.add(line, f"{what}: `owes` must be a list of any of {', '.join(OWES)}", identity)
        if at and time_of(at) is None:
            self._problems.add(line, f"{what}: `at` must be a time with its offset such as {A_TIME}, not {told(at)}", identity)
        return Example(
            as_=str(one["as"]),
            args=dict(args),
            expect=str(one["expect"]),
            line=line,
            tool=str(tool),
            channel=str(channel),
            at=str(at),
            owes=tuple(map(str, owes)) if isinstance(owes, list) else None,
            file=self._problems.file,
            untrusted=tuple(untrusted),
            runbooks=tuple(runbooks),
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
                said = f"{what}: `{key}` must be a time with its offset such as {A_TIME}, not {told(body.get(key))}"
                self._add(body, key, said)
        begin, end = times["from"], times["until"]
        if begin is None or end is None:
            return None
        if end <= begin:
            self._add(body, "until", f"{what} ends before it begins")
        text = f"now >= timestamp('{_utc(begin)}') && now < timestamp('{_utc(end)}')"
        named, selected = self._tools_of(body, line, what, "forbid")
        shut = None
        if "except" in body:
            if isinstance(body["except"], list) and body["except"]:
                shut = self._book.part({"not": {"any": body["except"]}}, identity, line_of(body, "except") or line)
            else:
                self._add(body, "except", f"{what}: `except` must be a list of roles, such as [it-admin]")
        condition = environment(NAMES).compile(text, Kind.BOOL)
        return Policy(
            id=identity,
            because=self._because(body, what) or f"Nothing is changed here until {end:%d %B %Y, %H:%M %Z}.",
            tools=named,
            effect="forbid",
            roles=(shut,) if shut is not None else (),
            condition=text,
            when=dict.fromkeys(named, condition),
            line=line,
            file=self._problems.file,
            selected=selected,
        )

    def _add(self, body: Mapping[str, Any], key: str, message: str) -> None:
        self._problems.add(line_of(body, key) or start(body), message, str(body["id"]))


def _foreign(found: Any, usable: frozenset[str]) -> str:
    """What a role is made of that is none of these; empty when there is nothing."""
    if isinstance(found, Mapping):
        other = next((key for key in found if key not in MADE_OF), "")
        return other or next((wrong for one in found.values() if (wrong := _foreign(one, usable))), "")
    if isinstance(found, list):
        return next((wrong for one in found if (wrong := _foreign(one, usable))), "")
    return "" if known(found, usable) else str(found)


def _no_channel(found: Any) -> str:
    return f"there is no kind of channel {told(found)}{near(found, CHANNELS)}; there are {', '.join(CHANNELS)}"


def _utc(moment: datetime) -> str:
    """As CEL reads it: RFC 3339 knows whole minutes of offset only."""
    return moment.astimezone(UTC).isoformat()


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
        found = found.isoformat()
    try:
        moment = datetime.fromisoformat(found)
        return moment if moment.tzinfo is not None and moment.astimezone(UTC) else None
    except (TypeError, ValueError, OverflowError):
        return None
