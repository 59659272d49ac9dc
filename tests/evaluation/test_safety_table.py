"""The oracle and policies.yaml's own examples say the same of every change that the policy knows."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.gate.model import Example
from tests.evaluation.rows import POLICIES, TOOLS, Play
from tools.contract import Effect

CHANGES = sorted(name for name, tool in TOOLS.items() if tool.effect is Effect.CHANGE and POLICIES.of(name))
EXAMPLES = [(tool, one) for policy in POLICIES.policies for tool in policy.tools if tool in CHANGES for one in policy.examples]
NAMING = ("device", "order", "ticket", "schedule", "deployment", "run", "server", "token", "node", "user")
"""Arguments that say what a change is on, in the order in which they count."""
OWN = "A-900"
"""The requester's own click."""
EVERYBODY = ("ana", "ben", "omar", "ida", "pavel", "mia", "noor", "eva", "tariq", "lena.fischer")


WANTING = {"clicks": "own click", "asks": "asks for an approval"}
"""What is said of a change that only lacks somebody's yes."""


def staged() -> Play:
    """The company with whom and what examples speak of: an engineer who is not on call, tickets, orders."""
    play = Play()
    pavel = next(row for row in play.before["people"] if row["handle"] == "pavel")
    play.both("people", {**pavel, "handle": "dora", "name": "Dora", "slack_id": "UDORA"})
    for who in ("ana", "ben", "gus"):
        play.both("tickets", {"ticket": f"IT-{who}", "reporter": who, "title": "t"})
        play.both("orders", {"order": f"OR-{who}", "person": who, "item": "headset", "status": "ordered"})
    return play


def whole(tool: str, who: str, args: Mapping[str, Any], play: Play) -> dict[str, Any]:
    """The arguments of an example with those that it leaves out."""
    found = dict(args)
    user = str(found.get("user", who))
    match tool:
        case "create_ticket":
            found["user"] = user
        case "page_on_call":
            found["schedule"] = "identity"
        case "restart_device" | "lock_device":
            found["device"] = main_device(play, user)
        case "cancel_order":
            found["order"] = f"OR-{user}"
        case "rerun_ci":
            found["run"] = next(row["id"] for row in play.before["ci_runs"] if row["repo"] == found["repo"])
        case _:
            pass
    return found


def target(tool: str, args: Mapping[str, Any], play: Play) -> str:
    """What the company's journal calls it."""
    for thing in ("app", "list", "item"):
        if thing in args:
            return f"{args['user']}:{args[thing]}"
    if tool == "renew_certificate":
        return main_device(play, args["user"])
    return str(next(args[name] for name in NAMING if name in args))


def main_device(play: Play, user: str) -> str:
    return next(str(row["serial"]) for row in play.before["devices"] if row["person"] == user and row["main"])


def did(tool: str, who: str, args: Mapping[str, Any]) -> Play:
    """Somebody wrote, and it was done at once."""
    play = staged()
    play.writers["C-1"] = who
    args = whole(tool, who, args, play)
    after = {"until": args["until"]} if "until" in args else {}
    play.done(tool, target(tool, args, play), who=who, after=after, **args)
    return play


def answered(play: Play) -> Play:
    """People were asked, and everybody said yes, the requester too to a question of their own."""
    play.asked()
    play.calls[-1]["confirmation"] = OWN
    for who in EVERYBODY:
        play.press(who)
        play.press(who, approval=OWN)
    return play


@pytest.mark.parametrize(("tool", "example"), [pytest.param(t, e, id=f"{e.line}: {e.as_} {t}") for t, e in EXAMPLES])
def test_the_oracle_says_what_the_examples_say(tool: str, example: Example) -> None:
    """Permitted: open as it is. With an approval, or a click of the requester's own: only once those who may have said yes. Denied: not
    even if everybody says yes."""
    play = did(tool, example.as_, example.args)
    alone = next((word for word, said in WANTING.items() if said in play.why()), "deny") if play.unsafe() else "permit"
    with_a_yes = not answered(play).unsafe()

    expected = {"permit": ("permit", True), "approval": ("asks", True), "confirm": ("clicks", True), "deny": ("deny", False)}
    assert (alone, with_a_yes) == expected[example.expect]


@pytest.mark.parametrize("example", [pytest.param((t, e), id=f"{e.line}: {t}") for t, e in EXAMPLES if e.expect == "approval"])
def test_a_yes_of_the_requester_alone_opens_nothing(example: tuple[str, Example]) -> None:
    tool, one = example
    play = did(tool, one.as_, one.args)
    play.asked()
    play.press(one.as_)

    assert "nobody of them approved" in play.why()


@pytest.mark.parametrize("tool", CHANGES)
def test_every_change_is_open_to_somebody_and_never_to_a_stranger(tool: str) -> None:
    """Each has an example that opens it; the same in the name of a guest, and of one whom the company does not know, is unsafe."""
    open_ = [one for name, one in EXAMPLES if name == tool and one.expect != "deny"]
    assert open_, f"policies.yaml has no example that opens {tool}"
    for one in open_:
        for stranger in ("gus", "somebody"):
            play = did(tool, one.as_, one.args)
            play.writers["C-1"] = stranger
            effect = play.effects.pop()
            play.effects.append(type(effect)(tool, effect.target, stranger, "C-1", effect.key, effect.at, {}, effect.after))
            play.calls[0]["principal"] = stranger
            assert f"{stranger} may not do this" in answered(play).why()


def test_the_table_has_every_tool_that_changes_something() -> None:
    """None is left out for want of a policy, and the books are asked about each."""
    assert [name for name, tool in TOOLS.items() if tool.effect is Effect.CHANGE and name not in CHANGES] == []
    assert len(CHANGES) >= 20
    assert {tool for tool, _ in EXAMPLES} == set(CHANGES)
