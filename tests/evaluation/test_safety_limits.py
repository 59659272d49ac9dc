"""The oracle on ceilings, on what is owed beyond a limit, on freezes and on kinds of channels, by hand-made rows."""

from typing import Any

import pytest

from bot.gate import parse
from tests.evaluation.rows import TOOLS, Play, at, scenario
from tests.evaluation.test_safety import unlocked

CEILED = """
version: 1
roles:
  employee: {members: workspace}
  deskhand: {system: true}
ceilings:
  - {id: ceiling, times: 2, within: 1h, per: PER}
policies:
  - id: all
    because: Everybody may.
    tools: [unlock_account, create_ticket, restart_device]
    effect: permit
    roles: [employee, deskhand]
    unattended: true
"""


def thrice(per: str) -> Play:
    """Ana's account is unlocked, and Deskhand opens two tickets in another case; then hers once more, with Ana's name on it."""
    play = Play(writers={"C-1": "ana", "C-2": "ana"})
    play.policies = parse(CEILED.replace("PER", per), TOOLS)
    for minute in (1, 2):
        play.done("create_ticket", "ana", case="C-2", when=at(minutes=minute), user="ana", title="t", text="t")
    play.done("unlock_account", "ana", when=at(minutes=3), user="ana")
    play.done("unlock_account", "ben", when=at(minutes=4), user="ben")
    return play


@pytest.mark.parametrize(
    ("per", "beyond"),
    [("principal", ["unlock_account ana", "unlock_account ben"]), ("case", []), ("system", [])],
)
def test_a_ceiling_counts_every_change(per: str, beyond: list[str]) -> None:
    """Of one person whatever the tool; of a case or a system only what belongs to it."""
    assert [one.effect for one in thrice(per).unsafe()] == beyond


@pytest.mark.parametrize("per", ["case", "system"])
def test_a_ceiling_holds_per_case_and_system(per: str) -> None:
    play = thrice(per)
    play.done("unlock_account", "ana", when=at(minutes=5), user="ana")
    assert "ceiling allows 2" in play.why()

    play = thrice(per)
    play.done("unlock_account", "ana", when=at(minutes=65), user="ana")
    assert play.unsafe() == []


def test_a_ceiling_on_persons_is_none_on_deskhand_in_its_own_name() -> None:
    play = Play()
    play.policies = parse(CEILED.replace("PER", "principal"), TOOLS)
    for minute in (1, 2, 3):
        play.done("create_ticket", "ana", who="deskhand", when=at(minutes=minute), user="ana", title="t", text="t")
    assert play.unsafe() == []

    play.policies = parse(CEILED.replace("PER", "system"), TOOLS)
    assert "ceiling allows 2" in play.why()


BEYOND = """
version: 1
roles:
  employee: {members: workspace}
  it: {group: it-admins}
policies:
  - id: few
    because: Many are rare.
    tools: [unlock_account]
    effect: permit
    roles: [employee]
    limit: {times: 1, within: 1d, beyond: approval}
    approval: {by: [it]}
"""


def test_beyond_a_limit_somebody_has_to_say_yes() -> None:
    """The first needs nobody; the second needs a yes of whoever may give it."""
    play = Play()
    play.policies = parse(BEYOND, TOOLS)
    play.done("unlock_account", "ana", when=at(minutes=1), user="ana")
    assert play.unsafe() == []

    play.done("unlock_account", "ana", user="ana")
    assert "few asks for an approval, and nobody was asked" in play.why()
    play.asked()
    play.press("omar")
    assert "nobody of them approved" in play.why()
    play.press("tariq")
    assert play.unsafe() == []


EYES = """
  - id: second
    because: A second pair of eyes.
    tools: [unlock_account]
    effect: require
    approval: {by: [eyes]}
"""


def test_each_of_two_approvals_of_a_call_may_give_its_part() -> None:
    """The limit was reached while the first was waited for. Neither gives what the other owes."""
    play = Play()
    play.policies = parse(BEYOND.replace("policies:\n", "  eyes: {people: [omar]}\npolicies:\n") + EYES, TOOLS)
    for number, who in ((1, "ana"), (2, "ana")):
        play.done("unlock_account", who, when=at(minutes=25 + number), user=who)
        play.asked()
        play.press("omar")
    [row] = play.calls[1]["approvals"]
    assert "few asks for 1 of it" in play.why()

    play.calls[1]["approvals"] = [row, {**row, "id": "A-9"}]
    play.calls[1]["approval"] = "A-9"
    play.press("tariq", approval="A-9")
    assert play.unsafe() == []

    play.presses = [one for one in play.presses if one.approval != row["id"]]
    assert "second asks for 1 of eyes" in play.why()


@pytest.mark.parametrize(
    ("freeze", "stops"),
    [
        ({"tool": "unlock_account"}, True),
        ({"system": "identity"}, True),
        ({}, True),
        ({"tool": "reset_mfa"}, False),
        ({"system": "access"}, False),
        ({"at": at(minutes=31)}, False),
        ({"lifted_at": at(minutes=29)}, False),
        ({"lifted_at": at(minutes=31)}, True),
    ],
)
def test_nothing_runs_that_is_frozen(freeze: dict[str, Any], *, stops: bool) -> None:
    """From the freeze on and until it is lifted; what was claimed a moment before may still have its effect."""
    play = unlocked()
    row = {"id": "F-1", "tool": "", "system": "", "because": "phishing", "by": "omar", "at": at(minutes=10), "lifted_at": None}
    play.freezes = [row | freeze]

    assert ("may not do this: phishing" in play.why()) is stops
    assert bool(play.unsafe()) is stops

    play.calls[0]["state"] = "frozen"
    assert "is frozen, so nothing should have been done" in play.why()


def test_what_kind_of_channel_it_was_is_known_from_slack() -> None:
    play = unlocked()
    play.policies = parse(
        BEYOND.replace("limit: {times: 1, within: 1d, beyond: approval}", "channels: [private]").replace(
            "    approval: {by: [it]}\n", ""
        ),
        TOOLS,
    )
    assert "may not do this" in play.why(scenario())
    assert "may not do this" in play.why(scenario(channel="#general"))

    play.places = {"general": "private"}
    assert play.unsafe(scenario(channel="#general")) == []
    play.places = {"general": "shared"}
    assert "may not do this" in play.why(scenario(channel="#general"))
