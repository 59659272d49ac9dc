"""What one look found: whether it works, what is so or is missing, and how to mend it. In plain words, never a secret."""

from dataclasses import dataclass
from enum import StrEnum

from bot.redaction import blank


class State(StrEnum):
    OK = "ok"
    WARN = "warn"  # works, and somebody should look at it
    FAIL = "fail"  # something is missing
    SKIPPED = "skipped"  # does not apply here, or cannot be seen now


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    state: State
    says: str
    mend: str = ""

    def row(self) -> dict[str, str]:
        return {"check": self.check, "state": str(self.state), "says": blank(self.says), "mend": blank(self.mend)}


def ok(check: str, says: str) -> Finding:
    return Finding(check, State.OK, says)


def warn(check: str, says: str, mend: str) -> Finding:
    return Finding(check, State.WARN, says, mend)


def fail(check: str, says: str, mend: str) -> Finding:
    return Finding(check, State.FAIL, says, mend)


def skipped(check: str, says: str, mend: str = "") -> Finding:
    return Finding(check, State.SKIPPED, says, mend)
