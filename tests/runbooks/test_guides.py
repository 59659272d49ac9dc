"""A runbook as a language model reads it."""

from pathlib import Path

from bot.domain import PersonKind, Plan, PlanState, Principal
from bot.runbooks import guides, progress
from bot.toolbox import shown
from knowledge.parse import load
from tests.gate.policy import TOOLS

MIA = Principal("mia", "UMIA", kind=PersonKind.MEMBER, name="Mia")
BOUND, _ = progress.bind(load(Path(__file__).parents[2] / "knowledge" / "runbooks")[0], {one.name: one for one in shown(TOOLS)})


def shown(runbook: str, **needs: object) -> list[str]:
    plan = Plan("P-1", "C-1", runbook, "v", runbook, "words", "key", PlanState.RUNNING, needs)
    return guides.guide(BOUND[runbook], plan, MIA).splitlines()


def test_a_step_that_is_spoken_of_has_the_name_by_which_it_is() -> None:
    """A condition says `steps.now`, so the guide says which step that is; a step of which nobody speaks has no name."""
    lines = shown("offboarding", user={"id": "ben", "label": "Ben"})
    assert '1. See what there is to end: steps.now = list_access(user="ben")' in lines
    each = (
        '2. End the access to {item.app}: revoke_access(user="ben", app=<item.app>) for each item of steps.now.grants, 25 at most'
    )
    assert each in lines


def test_a_choice_is_shown_with_what_people_call_it() -> None:
    """The requester answers with the label, the runbook goes by the value; what is known is not asked."""
    [choices] = [line for line in shown("onboarding") if line.startswith("  one of")]
    assert choices.startswith("  one of: marketing (Marketing); engineering (Engineering); ")
    assert not [line for line in shown("onboarding", team="sales") if line.startswith("  one of")]


def test_where_nothing_fits_the_nearest_titles_are_named() -> None:
    """And that it must not be guessed."""
    told = guides.nothing(["Services and outages"])
    assert told.splitlines()[1:2] == ["- Services and outages"]
    assert told.endswith(guides.NOTHING)
    assert guides.nothing([]) == guides.NOTHING
