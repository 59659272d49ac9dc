"""The figures of a book of cases in which every figure is known, and what holds for every book."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.consent import ApprovalState
from bot.domain import CaseState, Resolution
from bot.report import figurespage, figureswords
from bot.report.figures import (
    MEANINGS,
    RESOLVED,
    ApprovalFacts,
    Came,
    CaseFacts,
    Group,
    Share,
    StateRow,
    as_json,
    came_back,
    came_to,
    report,
)

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def case(number: int, outcome: str | None, *, after: timedelta = HOUR, state: str = "closed", **more: object) -> CaseFacts:
    """A case that was opened on that day of the book and came to this after a while."""
    opened = NOON + number * DAY
    states = [StateRow("working", None, opened)]
    if outcome == "both":
        states += [StateRow("resolved", "verified", opened + after), StateRow("closed", "confirmed", opened + 2 * after)]
        outcome = "confirmed"
    elif outcome is not None:
        states.append(StateRow(state, outcome, opened + after))
    made = CaseFacts(f"C-{number}", "incident", f"p{number}", opened, outcome, state, tuple(states), ("account-locked",))
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


BOOK = [
    case(0, "both", after=HOUR, changes=("unlock_account",), feedback=("yes",)),
    case(1, "verified", after=2 * HOUR, changes=("unlock_account",), state="resolved", requester="ana"),
    case(2, "confirmed", after=3 * HOUR, feedback=("yes",), kind="question", runbooks=("guest-wifi",)),
    case(3, "answered", kind="question", runbooks=("guest-wifi",), state="resolved"),
    case(4, "silent", kind="question", runbooks=("guest-wifi",)),
    case(5, "handed_over", state="handed_over", runbooks=("",), changes=("create_ticket", "page_on_call")),
    case(6, "verified", state="resolved", changes=("create_ticket",), runbooks=("report-it",)),  # only told people
    case(7, "abandoned", runbooks=("app-access",), kind="service_request"),
    # Ana comes back about the same thing, 6 days after C-1 was resolved
    case(7, None, state="working", requester="ana", id="C-8", model_calls=4, model_answers=3, tokens=1000, cost=0.5),
    # a model was asked and stayed away: the runbooks did it
    case(9, "denied", kind="service_request", runbooks=("app-access", "account-locked"), model_calls=2),
    case(-40, "verified", changes=("unlock_account",), id="C-old"),
]
ASKED = [
    ApprovalFacts("used", ("identity-oncall",), NOON, NOON + timedelta(minutes=10)),
    ApprovalFacts("denied", ("identity-oncall",), NOON, NOON + timedelta(minutes=20)),
    ApprovalFacts("approved", ("identity-oncall", "it-admin"), NOON, NOON + timedelta(minutes=60)),
    ApprovalFacts("expired", ("identity-oncall",), NOON, NOON + 4 * HOUR),
    ApprovalFacts("waiting", ("identity-oncall",), NOON),
    ApprovalFacts("used", ("identity-oncall",), NOON - 40 * DAY, NOON),
]
FOUND = report(BOOK, ASKED, since=NOON - DAY, until=NOON + 20 * DAY)


def test_every_figure_of_a_known_book() -> None:
    """Counts with their denominators, times, what was reopened, and nothing of what lies outside of the time."""
    whole = FOUND.whole
    assert (whole.cases, whole.few) == (10, True)
    assert {name: share.count for name, share in whole.outcomes.items() if share.count} == {
        "verified_and_confirmed": 1,
        "verified": 1,
        "confirmed": 1,
        "answered": 1,
        "silent": 1,
        "handed_over": 2,
        "abandoned": 1,
        "denied": 1,
        "open": 1,
    }
    assert whole.outcomes["handed_over"] == Share(2, 10, 0.2)
    assert whole.resolved == Share(3, 9, 3 / 9)
    assert whole.reopened == Share(1, 3, 1 / 3)
    assert whole.lasting == Share(2, 9, 2 / 9)
    assert (whole.seconds.count, whole.seconds.median, whole.seconds.p90) == (3, 7200.0, 10800.0)
    assert {name: share.count for name, share in whole.feedback.items()} == {"yes": 2, "not_yet": 0, "none": 8}


def test_groups_by_category_and_by_runbook() -> None:
    """The biggest first; a case with two runbooks counts in both, one that none fits has a group of its own."""
    assert [(one.name, one.cases) for one in FOUND.by_category] == [("incident", 5), ("question", 3), ("service_request", 2)]
    assert {one.name: one.cases for one in FOUND.by_runbook} == {
        "account-locked": 4,
        "guest-wifi": 3,
        "(none fits)": 1,
        "report-it": 1,
        "app-access": 2,
    }


def test_approvals_and_the_model() -> None:
    """Waiting times of the answered only; by role, never by name; cost per case of all cases."""
    approvals = FOUND.approvals
    assert (approvals.asked, approvals.expired) == (5, Share(1, 5, 0.2))
    assert approvals.answered_by == {"identity-oncall": Share(2, 3, 2 / 3), "identity-oncall or it-admin": Share(1, 3, 1 / 3)}
    assert (approvals.seconds.count, approvals.seconds.median, approvals.seconds.p90) == (3, 1200.0, 3600.0)
    assert (FOUND.model.calls, FOUND.model.tokens, FOUND.model.cost_per_case) == (6, 1000, 0.05)
    assert FOUND.model.without == Share(9, 10, 0.9)


@pytest.mark.parametrize(
    ("later", "reopened"),
    [
        pytest.param(case(1, None, state="working", requester="p0", id="C-x"), True, id="the same thing a day later"),
        pytest.param(case(8, None, state="working", requester="p0", id="C-x"), False, id="after more than seven days"),
        pytest.param(case(1, None, state="working", requester="p0", runbooks=("vpn",), id="C-x"), False, id="something else"),
        pytest.param(case(1, None, state="working", requester="p5", id="C-x"), False, id="somebody else"),
        pytest.param(
            case(1, None, state="working", requester="p0", about=("user=ben",), id="C-x"), False, id="for another account"
        ),
    ],
)
def test_who_comes_back_about_the_same_thing_reopens(later: CaseFacts, reopened: bool) -> None:
    first = case(0, "verified", changes=("unlock_account",))
    assert ("C-0" in came_back([first, later])) == reopened


@pytest.mark.parametrize(("second", "reopened"), [("user=ben", True), ("user=mia", False)])
def test_the_same_runbook_twice_in_a_case_reopens_it_for_the_same_account_only(second: str, reopened: bool) -> None:
    """Resolved, and at work again within the time: about the same account it came back, about another it is a new wish."""
    first = case(0, "verified", changes=("unlock_account",), runbooks=("account-locked",) * 2, about=("user=ben", second))
    states = (*first.states, StateRow("working", None, NOON + 2 * HOUR), StateRow("resolved", "verified", NOON + 3 * HOUR))
    assert came_back([dataclasses.replace(first, states=states)]) == ({"C-0"} if reopened else set())


@pytest.mark.parametrize(
    ("outcome", "later", "things", "reopened"),
    [
        pytest.param("verified", ("working", HOUR), 2, True, id="at work again on the same thing"),
        pytest.param("verified", ("reopened", HOUR), 2, True, id="reopened"),
        pytest.param("verified", ("waiting", HOUR), 2, True, id="it waits for somebody again"),
        pytest.param("verified", ("working", 7 * DAY), 2, True, id="on the last day"),
        pytest.param("verified", ("working", 7 * DAY + HOUR), 2, False, id="after more than seven days"),
        pytest.param("verified", ("working", HOUR), 1, False, id="nothing of it was there twice"),
        pytest.param("verified", ("closed", HOUR), 2, False, id="it was closed, and that is all"),
        pytest.param("partly", ("working", HOUR), 2, False, id="partly done is not resolved, so nothing came back"),
        pytest.param("denied", ("working", HOUR), 2, False, id="denied is not resolved"),
    ],
)
def test_a_case_that_was_resolved_and_is_at_work_again_has_come_back(
    outcome: str, later: tuple[str, timedelta], things: int, reopened: bool
) -> None:
    first = case(0, outcome, changes=("unlock_account",), runbooks=("account-locked",) * things)
    done = first.states[-1].at
    again = StateRow(later[0], None, done + later[1])
    assert came_back([dataclasses.replace(first, states=(*first.states, again))]) == ({"C-0"} if reopened else set())


def test_what_was_at_work_twice_before_it_was_resolved_has_not_come_back() -> None:
    """Two of one kind in the same case, the second asked for while the first was at work: resolved once, and left alone."""
    first = case(0, "verified", changes=("unlock_account",), runbooks=("account-locked",) * 2)
    states = (StateRow("waiting", None, NOON), *first.states)
    assert came_back([dataclasses.replace(first, states=states)]) == set()


@pytest.mark.parametrize(("seconds", "said"), [(None, "–"), (0.0, "< 1 s"), (0.4, "< 1 s"), (1.0, "1 s"), (90.0, "1.5 min")])
def test_a_short_time_is_not_told_as_none(seconds: float | None, said: str) -> None:
    assert figureswords.span(seconds) == said


def test_not_yet_reopens() -> None:
    """Also when it was verified again afterwards."""
    assert came_back([case(0, "verified", feedback=("not_yet",)), case(1, "verified", feedback=("yes",))]) == {"C-0"}


def test_nothing_at_all_is_no_division() -> None:
    """No case: no share, no time, and the page is drawn all the same."""
    empty = report([], [], since=NOON, until=NOON + DAY)
    assert empty.whole.resolved == Share(0, 0, None)
    assert empty.whole.seconds.median is None
    assert "0 cases" in figurespage.page(empty)


def test_the_document_says_what_the_code_does() -> None:
    """Every outcome with its meaning and whether it counts as resolved, and nothing else."""
    text = (Path(__file__).parents[2] / "docs" / "resolution.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert rows == [[f"`{one}`", "yes" if one in RESOLVED else "no", meaning] for one, meaning in MEANINGS.items()]


def test_the_page_needs_nothing_else_and_shows_no_markup_of_others() -> None:
    """One file: no address but SVG's own words, names escaped."""
    nasty = [dataclasses.replace(one, runbooks=("<script>alert(1)</script>",)) for one in BOOK]
    page = figurespage.page(report(nasty, ASKED, since=NOON - DAY, until=NOON + 20 * DAY))
    assert "<script" not in page
    assert "://" not in page
    assert "3 of 9 closed" in page


# ── every book ───────────────────────────────────────────────────────────────────────────────────────────────────────

moments = st.integers(0, 60 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
outcomes = st.none() | st.sampled_from([str(one) for one in Resolution])
states = st.sampled_from([str(one) for one in CaseState])
books = st.lists(
    st.builds(
        CaseFacts,
        id=st.uuids().map(str),
        kind=st.sampled_from(["incident", "question"]),
        requester=st.sampled_from(["ana", "ben"]),
        opened=moments,
        outcome=outcomes,
        state=states,
        states=st.lists(st.builds(StateRow, states, outcomes, moments), max_size=4).map(tuple),
        runbooks=st.lists(st.sampled_from(["", "a", "b"]), max_size=3).map(tuple),
        changes=st.lists(st.sampled_from(["create_ticket", "unlock_account"]), max_size=2).map(tuple),
        feedback=st.lists(st.sampled_from(["yes", "not_yet"]), max_size=2).map(tuple),
        model_calls=st.integers(0, 9),
        model_answers=st.integers(0, 9),
        about=st.lists(st.sampled_from(["", "user=ben"]), max_size=4).map(tuple),
        tokens=st.integers(0, 10**6),
        cost=st.floats(0, 10),
    ),
    max_size=12,
)
approvals = st.lists(
    st.builds(
        ApprovalFacts,
        state=st.sampled_from([str(one) for one in ApprovalState]),
        roles=st.lists(st.sampled_from(["a", "b"]), max_size=2).map(tuple),
        asked=moments,
        ended=st.none() | moments,
    ),
    max_size=6,
)


@given(books, approvals)
def test_shares_sum_to_one_and_no_figure_is_out_of_range(book: list[CaseFacts], asked: list[ApprovalFacts]) -> None:
    """Whatever the rows hold: each case came to one thing, shares lie between 0 and 1, times are none or not negative."""
    found = report(book, asked, since=NOON, until=NOON + 90 * DAY)
    groups = [found.whole, *found.by_category, *found.by_runbook]
    for group in groups:
        check_group(group)
    assert found.whole.cases == len(book) == sum(group.cases for group in found.by_category)
    assert sum(share.count for share in found.approvals.states.values()) == found.approvals.asked == len(asked)
    for one in [*found.approvals.states.values(), *found.approvals.answered_by.values(), found.model.without]:
        check_share(one)
    assert as_json(found)["whole"]
    figurespage.page(found)


def check_group(group: Group) -> None:
    assert sum(share.count for share in group.outcomes.values()) == group.cases
    assert group.cases == 0 or sum(share.share or 0 for share in group.outcomes.values()) == pytest.approx(1)
    assert group.resolved.count == sum(group.outcomes[str(one)].count for one in RESOLVED)
    assert group.lasting.count <= group.resolved.count <= group.resolved.of <= group.cases
    assert sum(share.count for share in group.feedback.values()) == group.cases
    for share in (*group.outcomes.values(), group.resolved, group.reopened, group.lasting, *group.feedback.values()):
        check_share(share)
    if group.seconds.median is not None and group.seconds.p90 is not None:
        assert 0 <= group.seconds.median <= group.seconds.p90 or group.seconds.count < 3


def check_share(share: Share) -> None:
    assert 0 <= share.count <= share.of
    assert share.share is None if share.of == 0 else 0 <= (share.share or 0) <= 1


@given(outcomes, states, st.lists(st.sampled_from(["create_ticket", "page_on_call"]), min_size=1).map(tuple))
def test_a_case_that_only_told_people_is_never_resolved(outcome: str | None, state: str, changes: tuple[str, ...]) -> None:
    found = came_to(CaseFacts("C-1", "incident", "ana", NOON, outcome, state, changes=changes))
    assert found not in RESOLVED
    assert found in Came
