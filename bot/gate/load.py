"""Read a policy: one file, or a folder of them. All problems are told at once, each with its file and line.

A folder's main file is its `policies.yaml`; any main file may include others, one a team, each with the tools and roles that it may
name. Only the main file defines roles, admins, ceilings and freezes.
"""

import hashlib
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.errors import PolicyError
from bot.gate.model import CALL_BOUND, Policy, PolicySet, Role
from bot.gate.owing import UNTRUSTED, ceiling, untrusted
from bot.gate.parse import Reader
from bot.gate.problems import Problem, Problems, item, known, line_of, near, start, told
from bot.gate.roles import Roles
from bot.gate.shapes import irreversible, shape
from bot.gate.text import read_yaml
from tools.contract import Tool

MAIN = "policies.yaml"
MAIN_KEYS = ("version", "include", "roles", "admins", "ceilings", "untrusted", "freezes", "policies")
TEAM_KEYS = ("version", "policies")
INCLUDE_KEYS = ("file", "tools", "roles")
LARGEST = 5_000_000
"""Bytes of a file; who needs more has named the wrong one."""


def load(path: Path, tools: Mapping[str, Tool[Any]]) -> PolicySet:
    """The policy in this file or folder. Raises PolicyError with every problem, one a line."""
    main = main_of(path)
    problems: list[Problem] = []
    text = _text(main, str(main), problems)
    if text is None:
        raise PolicyError(str(problems[0]), problems)
    return _Loader(tools, main.parent).read(main.name, text)


def files(path: Path) -> list[Path]:
    """The files that a policy is read from, the main one first; that one alone when it cannot be read."""
    main = main_of(path)
    text = _text(main, str(main), [])
    whole = read_yaml(text, Problems(main.name)) if text is not None and "include" in text else None
    included = whole.get("include") if isinstance(whole, Mapping) else None
    named = [one.get("file") for one in included if isinstance(one, Mapping)] if isinstance(included, list) else []
    return [main, *(main.parent / one for one in named if isinstance(one, str))]


def main_of(path: Path) -> Path:
    """The main file of a folder; itself where it is none."""
    try:
        return path / MAIN if path.is_dir() else path
    except OSError:
        return path


def parse(text: str, tools: Mapping[str, Tool[Any]], name: str = MAIN) -> PolicySet:
    """The policy in this text, which includes nothing. Raises PolicyError."""
    return _Loader(tools, None).read(name, text)


def _text(path: Path, said: str, problems: list[Problem]) -> str | None:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            problems.append(Problem(said, 0, "", "cannot be read: it is no file"))
        elif found.st_size > LARGEST:
            problems.append(Problem(said, 0, "", f"is larger than {LARGEST // 1_000_000} MB; that is no policy"))
        else:
            return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(Problem(said, 0, "", f"cannot be read: byte {error.start + 1} is not UTF-8"))
    except OSError as error:
        problems.append(Problem(said, 0, "", f"cannot be read: {error.strerror}"))
    except ValueError:
        problems.append(Problem(said, 0, "", "cannot be read: there is no file of such a name"))
    return None


class _Loader:
    """Reads the main file and whatever it includes from the folder; includes nothing without one."""

    def __init__(self, tools: Mapping[str, Tool[Any]], folder: Path | None) -> None:
        self._tools = {tool.name: shape(tool) for tool in tools.values()}
        self._folder = folder
        self._problems: list[Problem] = []

    def read(self, name: str, text: str) -> PolicySet:
        found = Problems(name, text)
        whole = read_yaml(text, found)
        read = self._main(whole, found, name, text) if not found.found else None
        self._problems = [*found.found, *self._problems]
        if self._problems or read is None:
            raise PolicyError("\n".join(map(str, self._problems)), self._problems)
        return read

    def _main(self, whole: Any, found: Problems, name: str, text: str) -> PolicySet | None:
        if not isinstance(whole, Mapping):
            found.add(1, "is empty, or no mapping; it begins with `version: 1`, then `roles:` and `policies:`")
            return None
        found.known(whole, MAIN_KEYS, "the file")
        if whole.get("version") != 1 or isinstance(whole.get("version"), bool):
            found.add(line_of(whole, "version") or 1, f"`version` must be 1, not {told(whole.get('version'))}")
        named = whole.get("roles")
        if not isinstance(named, Mapping) or not named:
            found.add(line_of(whole, "roles") or 1, "`roles` must name at least one role, such as `employee: {members: workspace}`")
        roles = Roles(found, named if isinstance(named, Mapping) else {})
        reader = Reader(found, self._tools, self._tools, roles)
        policies: list[Policy] = []
        texts: dict[str, str] = {}
        if "policies" in whole or "include" not in whole:
            policies += reader.policies(whole.get("policies"), line_of(whole, "policies") or 1)
        for position, one in enumerate(_listed(whole, "freezes", found)):
            if (freeze := reader.freeze(one, item(whole["freezes"], position))) is not None:
                policies.append(freeze)
        for position, one in enumerate(_listed(whole, "include", found)):
            policies += self._included(one, item(whole["include"], position), found, reader, roles, texts)
        lined = [(item(whole["ceilings"], n), one) for n, one in enumerate(_listed(whole, "ceilings", found))]
        read = [(line, ceiling(found, one, line)) for line, one in lined]
        ceilings = tuple(one for _, one in read if one is not None)
        taken = [(line, one.policy) for line, one in read if one is not None]
        unnamed = None
        if UNTRUSTED in whole:
            line = line_of(whole, UNTRUSTED)
            unnamed, taken = untrusted(found, roles.read, whole[UNTRUSTED], line), [(line, UNTRUSTED), *taken]
        self._unique(policies, taken, found)
        self._unapproved(policies, found)
        version = _digest("\0".join((text, *(part for pair in texts.items() for part in pair))))[:12]
        admins = _admins(whole, roles.read, found)
        files = {file: _digest(one) for file, one in {name: text, **texts}.items()}
        return PolicySet(version, roles.read, tuple(policies), self._tools, name, ceilings, admins, unnamed, files)

    def _included(self, body: Any, line: int, found: Problems, main: Reader, roles: Roles, texts: dict[str, str]) -> list[Policy]:
        """The policies of a team's file, which may name only what it was given."""
        if not isinstance(body, Mapping) or not isinstance(body.get("file"), str) or not {"tools", "roles"} <= set(body):
            said = "an include must say which `file`, and which `tools` and `roles` it may name"
            found.add(line, f"{said}: {{file: teams/payments.yaml, tools: {{system: payments}}, roles: [employee]}}")
            return []
        file = body["file"]
        what = f'include "{file}"'
        found.known(body, INCLUDE_KEYS, what)
        given = self._given(body, line, what, found, main)
        usable = self._usable(body, line, what, found, roles.read)
        if self._folder is None or not _lies_in(self._folder / file, self._folder):
            found.add(line, f"{what}: the file must lie in the folder of this one")
            return []
        problems: list[Problem] = []
        text = _text(self._folder / file, file, problems)
        theirs = Problems(file, text or "")
        if text is not None:
            texts[file] = text
            whole = read_yaml(text, theirs)
            if isinstance(whole, Mapping):
                theirs.known(whole, TEAM_KEYS, "an included file")
                reader = Reader(theirs, given, self._tools, roles, usable)
                policies = reader.policies(whole.get("policies"), line_of(whole, "policies") or 1)
                self._problems += theirs.found
                return policies
            if not theirs.found:
                theirs.add(1, "is empty, or no mapping; it begins with `policies:`")
        for one in problems:
            found.add(line, f"{what} {one.message}")
        self._problems += theirs.found
        return []

    def _given(self, body: Mapping[str, Any], line: int, what: str, found: Problems, main: Reader) -> dict[str, Mapping[str, Any]]:
        tools = body["tools"]
        if isinstance(tools, Mapping):
            return {name: self._tools[name] for name in main.chosen(tools, line, what)}
        if not isinstance(tools, list) or not tools:
            found.add(line, f"{what}: `tools` must be a list of tool names, or properties such as {{system: payments}}")
            return {}
        for tool in tools:
            if not known(tool, self._tools):
                found.add(line, f"{what}: there is no tool {told(tool)}{near(tool, self._tools)}")
        return {tool: self._tools[tool] for tool in tools if known(tool, self._tools)}

    @staticmethod
    def _usable(body: Mapping[str, Any], line: int, what: str, found: Problems, roles: Mapping[str, Role]) -> frozenset[str]:
        named = body["roles"]
        if not isinstance(named, list) or not named:
            found.add(line, f"{what}: `roles` must be a list of the roles that it may name")
            return frozenset()
        for role in named:
            if not known(role, roles):
                found.add(line, f"{what}: there is no role {told(role)}{near(role, roles)}")
        return frozenset(role for role in named if known(role, roles))

    @staticmethod
    def _unique(policies: Sequence[Policy], others: Sequence[tuple[int, str]], found: Problems) -> None:
        """An id is said in every decision, so it names one thing: a policy, a freeze, a ceiling, or what is owed as `untrusted`."""
        places: dict[str, str] = {}
        told_of = [(one.id, one.file, one.line) for one in policies] + [(identity, found.file, line) for line, identity in others]
        for identity, file, line in told_of:
            if identity in places:
                found.found.append(Problem(file, line, identity, f'the id "{identity}" is taken already, in {places[identity]}'))
            places.setdefault(identity, f"line {line}" if file == found.file else f"{file}, line {line}")

    def _unapproved(self, policies: Sequence[Policy], found: Problems) -> None:
        """What cannot be undone needs a person, unless the policy says in so many words that it does not."""
        always = {
            tool
            for one in policies
            if one.effect == "require" and one.approval and not (one.condition or one.roles or one.channels or one.observe)
            for tool in one.tools
        }
        for policy in policies:
            if policy.effect != "permit" or policy.approval is not None or policy.unattended:
                continue
            for name in policy.tools:
                if irreversible(self._tools[name]) and name not in always:
                    said = (
                        f'policy "{policy.id}" permits {name}, which cannot be undone, without an approval; '
                        "add one, or say `unattended: true`"
                    )
                    found.found.append(Problem(policy.file, policy.line, policy.id, said))


def _lies_in(file: Path, folder: Path) -> bool:
    """Wherever links lead. What the system cannot make a path of lies nowhere."""
    try:
        return file.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def _admins(whole: Mapping[str, Any], roles: Mapping[str, Role], found: Problems) -> tuple[str, ...]:
    """The roles of those who may freeze; none of them hangs on a call, since there is none."""
    named = _listed(whole, "admins", found)
    if whole.get("admins") == []:
        found.add(line_of(whole, "admins"), "`admins` must be a list of roles, such as [it-admin]; leave it out for nobody")
    for position, role in enumerate(named):
        line = item(named, position) or line_of(whole, "admins")
        if not known(role, roles):
            found.add(line, f"admins: there is no role {told(role)}{near(role, roles)}")
        elif any(leaf.kind in CALL_BOUND for leaf in roles[role].leaves()):
            found.add(line, f"admins: the role {told(role)} hangs on what a call is about, so it cannot say who an admin is")
    return tuple(map(str, named))


def _listed(whole: Mapping[str, Any], key: str, found: Problems) -> Sequence[Any]:
    listed = whole.get(key, [])
    if isinstance(listed, list):
        return listed
    found.add(line_of(whole, key) or start(listed), f"`{key}` must be a list")
    return ()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
