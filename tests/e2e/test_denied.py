"""What the policy refuses: why, who may, and what happens next, once and with a reference; to nobody is told more than that."""

from tests.office import Office

REFUSED = "The policy doesn't permit this. Who may ask for it: "
NEXT = "press *A person, please*: they read what you asked for, as C-1."


async def test_a_refusal_says_why_and_who_may(office: Office) -> None:
    """Of a look that comes before the change as of the change itself; what happens next is said once."""
    office.say("ana", "please suspend the account of ben")
    heard = await office.hears("ana", NEXT)

    who = "the IT admin, whoever is on call for identity or the manager of whoever it is about."
    assert f"Suspend the account of Ben Brandt: nobody can sign in with it: {REFUSED}{who}" in heard
    assert "Reference C-1" in heard
    trail = await office.case_is(outcome="denied")
    assert await office.journal("suspend_account") == await office.journal("create_ticket") == trail["approvals"] == []

    await office.press("ana", "person")
    await office.hears("ana", "opened ticket")
    ticket = next(call for call in (await office.trail())["calls"] if call["tool"] == "create_ticket")["arguments"]
    assert "please suspend the account of ben" in ticket["text"]


async def test_a_refused_look_is_named(office: Office) -> None:
    """Who may look at a deployment is not who may restart it."""
    office.say("ana", "restart the orders api in production")
    heard = await office.hears("ana", NEXT)
    assert "Look at the deployment: The policy doesn't permit this." in heard
    assert "or the IT admin." in heard


async def test_the_refused_parts_of_a_bundle_say_who_may(office: Office) -> None:
    """What else was asked for is done; the refusal of each part names who may, and the way on stands once."""
    office.say("ana", "onboard ben, marketing")
    heard = await office.hears("ana", NEXT)
    assert f"The team's first application: not done. {REFUSED}" in heard
    assert "the manager of whoever it is about" in heard
    assert "The team's mailing lists: done." in heard
    await office.case_is(outcome="partly")


async def test_what_is_forbidden_to_all_names_nobody(office: Office) -> None:
    """A rule in its own words: who else may do otherwise is not told."""
    office.say("ana", "@deskhand I need access to payments admin until tomorrow", channel="general")
    heard = await office.hears("ana", NEXT, "general")
    assert "Access to payment systems is asked for in a direct message, not in a channel." in heard
    assert "Who may ask" not in heard


async def test_a_persons_no_is_no_refusal_of_the_policy(office: Office) -> None:
    """Somebody was asked, and has said why."""
    office.say("ana", "could I get figma until friday?")
    await office.hears("ana", "needs a person's yes")
    await office.deny("omar", "Not this week")
    heard = await office.hears("ana", "Reference C-1")
    assert "Not this week" in heard
    assert "What was refused" not in heard
