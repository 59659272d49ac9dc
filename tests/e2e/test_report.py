"""The report over what really happened."""

from datetime import timedelta

from bot.report import figures
from bot.report.figures import Came
from bot.store.figures import facts
from tests.office import Office


async def test_stories_in_figures(office: Office) -> None:
    """Verified and confirmed, handed over, denied, still open: each as it was, with its times on the company's clock."""
    office.say("ana", "I'm locked out of my account")
    await office.press("ana", "feedback_yes")
    await office.case_is(outcome="confirmed")
    office.say("ben", "The coffee machine is making strange noises")
    await office.case_is(requester="ben", outcome="handed_over")
    office.say("mia", "Please reset the MFA of ben")
    await office.deny("omar", "Ben has to ask himself")
    await office.case_is(requester="mia", outcome="denied")
    office.say("ben", "@deskhand could I get salesforce until friday?", channel="general")
    await office.case_is(requester="ben", state="waiting")

    since, until = figures.last_days(office.company.clock.now(), 30)
    cases, _, _ = await facts(office.store, since)
    assert {case.requester: case.about for case in cases if case.requester in ("ana", "mia")} == {
        "ana": ("user=ana",),
        "mia": ("user=ben",),
    }
    found = figures.report(*await facts(office.store, since), since=since, until=until)
    assert {name: share.count for name, share in found.whole.outcomes.items() if share.count} == {
        str(Came.VERIFIED_AND_CONFIRMED): 1,
        str(Came.HANDED_OVER): 1,
        str(Came.DENIED): 1,
        str(Came.OPEN): 1,
    }
    assert (found.approvals.asked, found.approvals.answered_by["identity-oncall"].count) == (2, 1)
    assert found.whole.feedback["yes"].count == 1
    assert (found.whole.seconds.count, found.model.without.count) == (1, 4)
    assert {group.name for group in found.by_runbook} == {"account-locked", "(none fits)", "new-phone-mfa", "app-access"}

    await office.company.clock.turn(timedelta(days=40))
    since, until = figures.last_days(office.company.clock.now(), 30)
    assert figures.report(*await facts(office.store, since), since=since, until=until).whole.cases == 0
