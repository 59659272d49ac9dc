"""Read what a policy asks for: approvals, reasons, clicks, notices, reviews, limits and maxima."""

import re
from collections.abc import Mapping
from datetime import timedelta
from math import isfinite
from typing import Any

from bot.expressions import Kind
from bot.gate.model import Maximum, Role
from bot.gate.problems import Problems, known, line_of, near, start, told
from bot.obligations import Confirm, Limit, Notify, Obligation, Owed, Reason, Review

SPAN = re.compile(r"(\d{1,6})\s*(s|m|h|d|w)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LONGEST = timedelta(weeks=520)
PER = ("principal", "beneficiary", "resource", "tool")
BEYOND = ("deny", "approval")
CEILING_PER = ("case", "principal", "system")
QUORUM = 5
STEP_UP = ("target", "factor")
APPROVAL_KEYS = ("by", "count", "within", "remind", "then", "shorten", "step_up")
NOTIFY_KEYS = ("roles", "channel")
REVIEW_KEYS = ("by", "within")
LIMIT_KEYS = ("times", "within", "per", "beyond")
CEILING_KEYS = ("id", "times", "within", "per")
UNTRUSTED_KEYS = ("approval", "because")
UNTRUSTED = "untrusted"
"""The id that decisions have for it, so that no policy may have it beside it."""
UNNAMED = "Something in this did not come from the requester."
KEYS = ("approval", "reason", "confirm", "notify", "review", "limit", "max")
"""What a policy may ask for."""


def span(text: Any) -> timedelta | None:
    """``4h``, ``15m``, ``7d``, ten years at most; None when it is no span."""
    match = SPAN.fullmatch(str(text).strip())
    found = timedelta(seconds=int(match.group(1)) * SECONDS[match.group(2)]) if match and int(match.group(1)) else None
    return found if found is not None and found <= LONGEST else None


def _number(value: Any) -> bool:
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and isfinite(value)))


class Owing:
    """Reads the obligations of one policy: `body` is its mapping, `args` the kinds of its tools' arguments, by tool.

    `what` tells a fault's place where that is no policy, `because` stands in where the mapping says nothing.
    """

    def __init__(
        self,
        problems: Problems,
        roles: Mapping[str, Role],
        body: Mapping[str, Any],
        identity: str,
        args: Mapping[str, Mapping[str, Kind]],
        what: str = "",
        because: str = "",
    ) -> None:
        self._problems = problems
        self._roles = roles
        self._body = body
        self._id = identity
        self._what = what or f'policy "{identity}"'
        self._because = str(body.get("because", because))
        self._args = args

    def read(self) -> tuple[Obligation, ...]:
        body = self._body
        owes: list[Obligation | None] = []
        limits = self._limits() if "limit" in body else ()
        beyond = any(owed for _, owed in limits)
        approval = self._approval(body["approval"]) if "approval" in body else None
        if beyond and "approval" not in body:
            self._add("limit", "`beyond: approval` needs an `approval` that is owed then")
        if approval is not None and not beyond:
            owes.append(approval)
        owes += [self._beyond(limit, approval if owed else None) for limit, owed in limits]
        if self._yes("reason"):
            owes.append(Reason(self._id, self._because))
        if self._yes("confirm"):
            owes.append(Confirm(self._id, self._because))
        if "notify" in body:
            owes.append(self._notify(body["notify"]))
        if "review" in body:
            owes.append(self._review(body["review"]))
        return tuple(one for one in owes if one is not None)

    def maxima(self) -> tuple[Maximum, ...]:
        found = self._body.get("max", {})
        if not isinstance(found, Mapping) or ("max" in self._body and not found):
            self._add("max", "`max` must be a mapping from an argument to the most that it may be, such as {until: 30d}")
            return ()
        read = [self._maximum(name, most, line_of(found, name)) for name, most in found.items()]
        return tuple(one for one in read if one is not None)

    def _maximum(self, name: str, most: Any, line: int) -> Maximum | None:
        for tool, kinds in self._args.items():
            kind = kinds.get(name)
            if kind is None:
                self._problems.add(line, f"{self._what}: max: {tool} has no argument {told(name)}{near(name, kinds)}", self._id)
                return None
            if kind in (Kind.BOOL, Kind.LIST, Kind.MAP):
                self._problems.add(line, f"{self._what}: max: {told(name)} of {tool} is neither a number nor a time", self._id)
                return None
            if kind in (Kind.INT, Kind.DOUBLE) and not _number(most):
                said = f"{self._what}: max: {told(name)} of {tool} is a number, so its most must be one, not {told(most)}"
                self._problems.add(line, said, self._id)
                return None
            if kind is Kind.STRING and span(most) is None:
                said = f"{self._what}: max: the most of {told(name)} must be a time such as 12h or 30d, not {told(most)}"
                self._problems.add(line, said, self._id)
                return None
        far = span(most)
        if far is None and not _number(most):
            said = f"{self._what}: max: the most of {told(name)} must be a number, or a time such as 12h or 30d, not {told(most)}"
            self._problems.add(line, said, self._id)
            return None
        return Maximum(name, most if far is None else far, str(most))

    def _yes(self, key: str) -> bool:
        """Whether it is asked for; no other word than true asks, and none is let pass."""
        if key in self._body and self._body[key] is not True:
            self._add(key, f"`{key}` can only be true, not {told(self._body[key])}; leave it out where it is not needed")
        return key in self._body

    def _approval(self, found: Any) -> Owed | None:
        if not isinstance(found, Mapping):
            self._add("approval", "`approval` must be a mapping such as {by: [identity-oncall], within: 4h}")
            return None
        self._problems.known(found, APPROVAL_KEYS, f"{self._what}: approval", self._id)
        by = self._by(found, "approval")
        if "then" in found:
            self._role(found["then"], line_of(found, "then"), "approval")
        count = found.get("count", 1)
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= QUORUM:
            said = f"{self._what}: approval: `count` must be a number from 1 to {QUORUM}, not {told(count)}"
            self._problems.add(line_of(found, "count"), said, self._id)
        if found.get("shorten", "allowed") != "allowed":
            said = f"{self._what}: approval: `shorten` can only be `allowed`, not {told(found['shorten'])}"
            self._problems.add(line_of(found, "shorten"), said, self._id)
        step_up = found.get("step_up", "")
        if step_up not in ("", *STEP_UP) or ("step_up" in found and not step_up):
            said = f"{self._what}: approval: `step_up` can be `target` or `factor`, not {told(step_up)}"
            self._problems.add(line_of(found, "step_up"), said, self._id)
        within = self._span(found, "within", "4h")
        remind = self._span(found, "remind") if "remind" in found else None
        then = str(found.get("then", ""))
        means = tuple(self._roles[role].key for role in (*by, then) if role in self._roles)
        return Owed(self._id, self._because, by, count, within, remind, then, "shorten" in found, means, str(step_up))

    def _notify(self, found: Any) -> Notify | None:
        if not isinstance(found, Mapping) or not found:
            self._add("notify", "`notify` must be a mapping such as {roles: [it-admin]} or {channel: security}")
            return None
        self._problems.known(found, NOTIFY_KEYS, f"{self._what}: notify", self._id)
        roles = self._by(found, "notify", "roles") if "roles" in found else ()
        channel = found.get("channel", "")
        if not isinstance(channel, str) or ("channel" in found and not channel):
            said = f"notify: `channel` must be the name of a channel in quotes or without its #, not {told(channel)}"
            self._add("notify", said)
            return None
        return Notify(self._id, self._because, roles, channel.lstrip("#"))

    def _review(self, found: Any) -> Review | None:
        if not isinstance(found, Mapping):
            self._add("review", "`review` must be a mapping such as {by: [it-admin], within: 3d}")
            return None
        self._problems.known(found, REVIEW_KEYS, f"{self._what}: review", self._id)
        by = self._by(found, "review")
        return Review(self._id, self._because, by, self._span(found, "within", "3d"))

    def _limits(self) -> tuple[tuple[Limit, bool], ...]:
        """Each with whether an approval is owed beyond it."""
        found = self._body["limit"]
        read = [self._limit(one) for one in (found if isinstance(found, list) else [found])]
        if not read:
            self._add("limit", "`limit` must be a mapping such as {times: 3, within: 1d, per: principal}")
        return tuple(one for one in read if one is not None)

    def _limit(self, found: Any) -> tuple[Limit, bool] | None:
        if not isinstance(found, Mapping):
            self._add("limit", "`limit` must be a mapping such as {times: 3, within: 1d, per: principal}")
            return None
        what, line = self._what, start(found)
        self._problems.known(found, LIMIT_KEYS, f"{what}: limit", self._id)
        times, per, beyond = found.get("times"), found.get("per", "principal"), found.get("beyond", "deny")
        if not isinstance(times, int) or isinstance(times, bool) or times < 1:
            said = f"{what}: limit must say how many `times`, a number from 1, not {told(times)}"
            self._problems.add(line_of(found, "times") or line, said, self._id)
            return None
        if per not in PER:
            said = f"{what}: limit: `per` must be one of {', '.join(PER)}, not {told(per)}{near(per, PER)}"
            self._problems.add(line_of(found, "per"), said, self._id)
        if beyond not in BEYOND:
            said = f"{what}: limit: `beyond` must be deny or approval, not {told(beyond)}{near(beyond, BEYOND)}"
            self._problems.add(line_of(found, "beyond"), said, self._id)
        return Limit(self._id, times, self._span(found, "within"), str(per)), beyond == "approval"

    @staticmethod
    def _beyond(limit: Limit, owed: Owed | None) -> Limit:
        return Limit(limit.policy, limit.times, limit.within, limit.per, beyond=owed)

    def _by(self, found: Mapping[str, Any], what: str, key: str = "by") -> tuple[str, ...]:
        by, line = found.get(key), line_of(found, key) or start(found)
        if not isinstance(by, list) or not by:
            self._problems.add(line, f"{self._what}: {what}: `{key}` must be a list of roles, such as [it-admin]", self._id)
            return ()
        for role in by:
            self._role(role, line, what)
        return tuple(map(str, by))

    def _role(self, role: Any, line: int, what: str) -> None:
        if not known(role, self._roles):
            said = f"{self._what}: {what}: there is no role {told(role)}{near(role, self._roles)}"
            self._problems.add(line, said, self._id)

    def _span(self, found: Mapping[str, Any], key: str, default: str = "") -> timedelta:
        """Zero where it is none: that is told, and no file with it is used."""
        said = found.get(key, default)
        read = span(said)
        if read is None:
            line = line_of(found, key) or start(found)
            problem = f"{self._what}: `{key}` must be a time such as 15m, 4h or 7d, ten years at most, not {told(said or None)}"
            self._problems.add(line, problem, self._id)
        return read or timedelta()

    def _add(self, key: str, message: str) -> None:
        self._problems.add(line_of(self._body, key), f"{self._what}: {message}", self._id)


def untrusted(problems: Problems, roles: Mapping[str, Role], found: Any, line: int) -> Owed | None:
    """What is owed for a target that the requester did not name, such as ``{approval: {by: [it-admin], within: 4h}}``."""
    if not isinstance(found, Mapping) or "approval" not in found:
        problems.add(line, "`untrusted` must be a mapping such as {approval: {by: [it-admin], within: 4h}}")
        return None
    problems.known(found, UNTRUSTED_KEYS, "untrusted", UNTRUSTED)
    owed = Owing(problems, roles, found, UNTRUSTED, {}, "untrusted", UNNAMED).read()
    return next((one for one in owed if isinstance(one, Owed)), None)


def ceiling(problems: Problems, found: Any, line: int) -> Limit | None:
    """A limit over every change, such as ``{id: per-case, times: 20, within: 1d, per: case}``."""
    if not isinstance(found, Mapping) or not isinstance(found.get("id"), str):
        problems.add(line, "a ceiling must be a mapping such as {id: per-case, times: 20, within: 1d, per: case}")
        return None
    identity = found["id"]
    what = f'ceiling "{identity}"'
    problems.known(found, CEILING_KEYS, what, identity)
    times, per, within = found.get("times"), found.get("per"), span(found.get("within"))
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        problems.add(line, f"{what} must say how many `times`, a number from 1, not {told(times)}", identity)
    elif per not in CEILING_PER:
        said = f"{what}: `per` must be one of {', '.join(CEILING_PER)}, not {told(per)}{near(per, CEILING_PER)}"
        problems.add(line_of(found, "per") or line, said, identity)
    elif within is None:
        said = f"{what}: `within` must be a time such as 1h or 7d, ten years at most, not {told(found.get('within'))}"
        problems.add(line_of(found, "within") or line, said, identity)
    else:
        return Limit(identity, times, within, str(per), every=True)
    return None
