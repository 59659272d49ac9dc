"""Counters, gauges and histograms in Prometheus' text format. Small, and of our own. No label names a person or a case.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
WAITS = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0)

Labels = tuple[str, ...]


class Family:
    """A counter or a gauge: one number for each combination of its labels' values."""

    def __init__(self, name: str, kind: str, meaning: str, labels: Labels = ()) -> None:
        self.name, self.kind, self.meaning, self.labels = name, kind, meaning, labels
        self._values: dict[Labels, float] = {} if labels else {(): 0.0}

    def add(self, amount: float = 1.0, *values: str) -> None:
        self._values[values] = self._values.get(values, 0.0) + amount

    def put(self, found: Mapping[Labels, float]) -> None:
        """All of a gauge's numbers at once; what is not among them is gone."""
        self._values = dict(found)

    def lines(self) -> Iterator[str]:
        yield from _head(self.name, self.kind, self.meaning)
        for values, number in sorted(self._values.items()):
            yield f"{self.name}{_labels(zip(self.labels, values, strict=True))} {_number(number)}"


class Histogram:
    """How long things took, in buckets of seconds."""

    kind = "histogram"

    def __init__(self, name: str, meaning: str, bounds: tuple[float, ...] = SECONDS) -> None:
        self.name, self.meaning, self._bounds = name, meaning, bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def lines(self) -> Iterator[str]:
        yield from _head(self.name, self.kind, self.meaning)
        total = 0
        for bound, count in zip((*map(_number, self._bounds), "+Inf"), self._counts, strict=True):
            total += count
            yield f'{self.name}_bucket{{le="{bound}"}} {total}'
        yield f"{self.name}_sum {_number(self._sum)}"
        yield f"{self.name}_count {total}"


class Meter:
    """Everything that is measured in this process."""

    def __init__(self) -> None:
        self.turns = Family("deskhand_turns_total", "counter", "Turns that were taken, by how they ended.", ("outcome",))
        self.turn_seconds = Histogram("deskhand_turn_seconds", "How long a turn took.")
        self.calls = Family("deskhand_calls_total", "counter", "Tool calls that came to a state.", ("tool", "state"))
        self.approvals = Family("deskhand_approvals_total", "counter", "Approvals that came to a state.", ("state",))
        self.approval_seconds = Histogram("deskhand_approval_wait_seconds", "From asked to answered.", WAITS)
        self.model = Family("deskhand_model_requests_total", "counter", "Times the model was asked.", ("state",))
        self.model_seconds = Histogram("deskhand_model_seconds", "How long the model took.")
        self.tokens = Family("deskhand_model_tokens_total", "counter", "Tokens of the model.", ("kind",))
        self.cost = Family("deskhand_model_cost_dollars_total", "counter", "What the model cost, where prices are known.")
        self.outbox = Family("deskhand_outbox_posts", "gauge", "Posts that do not stand in Slack as they should.", ("state",))
        self.inbox = Family("deskhand_inbox_unread", "gauge", "Events that no turn has handled yet.")
        self.inbox_age = Family("deskhand_inbox_oldest_seconds", "gauge", "Age of the oldest unread event.")
        self.due = Family("deskhand_due_late", "gauge", "Times that have come and were not acted upon yet.")
        self.waiting = Family("deskhand_approvals_waiting", "gauge", "Approvals that wait for a person now.")
        self.cases = Family("deskhand_cases", "gauge", "Cases by state.", ("state",))
        self.connected = Family("deskhand_slack_connected", "gauge", "1 while the connection to Slack stands.")
        self.policy_refused = Family(
            "deskhand_policy_file_refused", "gauge", "1 while the policy file is broken and an older policy stays in force."
        )
        self.database = Family("deskhand_database_up", "gauge", "1 while the database answers.")

    def text(self) -> str:
        """Everything, as it is scraped."""
        return "\n".join(line for one in vars(self).values() for line in one.lines()) + "\n"


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"


def _labels(pairs: Iterable[tuple[str, str]]) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)
    return f"{{{inside}}}" if inside else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
