"""The gate against the naive evaluator, and what must be true of every policy file and every question."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.gate import decide, observed, parse
from tests.gate import naive
from tests.gate.written import FACTS, LEAVES, SHAPES, TOOLS, Chance, files, policies, questions, said, text

ASKED = st.lists(questions(), min_size=1, max_size=12)


def answering(written: dict[str, Any]) -> Callable[[Chance], naive.Said]:
    """The gate with this file."""
    read = parse(text(written), TOOLS)
    return lambda chance: said(decide(read, chance.to_gate(read)))


@given(files(), ASKED)
def test_the_gate_answers_as_the_four_lines_say(written: dict[str, Any], asked: list[Chance]) -> None:
    """Permitted or not, what is owed, and whether a freeze is the cause."""
    read, plain = parse(text(written), TOOLS), naive.read(text(written))
    for chance in asked:
        assert said(decide(read, chance.to_gate(read))) == naive.answer(plain, SHAPES, chance.to_naive())


@given(files(), ASKED, st.randoms(use_true_random=False))
def test_the_order_of_the_file_means_nothing(written: dict[str, Any], asked: list[Chance], random: Any) -> None:
    """Policies, roles, freezes and ceilings shuffled: the same answers."""
    shuffled = dict(written)
    for key in ("policies", "freezes", "ceilings"):
        if key in written:
            shuffled[key] = random.sample(written[key], len(written[key]))
    shuffled["roles"] = dict(random.sample(list(written["roles"].items()), len(written["roles"])))
    one, other = parse(text(written), TOOLS), parse(text(shuffled), TOOLS)
    for chance in asked:
        assert said(decide(one, chance.to_gate(one))) == said(decide(other, chance.to_gate(other)))


@given(files(), policies(sorted(LEAVES), "new"), ASKED)
def test_adding_a_policy_takes_nothing_away(written: dict[str, Any], new: dict[str, Any], asked: list[Chance]) -> None:
    """What was owed is owed still, or it is denied; where a person's yes was owed for what nobody named, one is owed. Only a permit opens, and never what a forbid closed, a freeze stopped or nobody
    could make sure of: then a permit for the same people would have opened it as well."""
    without = answering(written)
    more = answering({**written, "policies": [*written["policies"], new]})
    for chance in asked:
        before, after = without(chance), more(chance)
        if before.permitted:
            unnamed = {one for one in before.owes if one[:2] == ("approval", "untrusted")}
            assert not after.permitted or before.owes - unnamed <= after.owes
            assert not (after.permitted and unnamed) or any(one[0] == "approval" for one in after.owes)
        elif after.permitted:
            assert new["effect"] == "permit"
            opened = {**OPEN, "tools": [chance.tool], "roles": new["roles"]}
            assert answering({**written, "policies": [*written["policies"], opened]})(chance).permitted


OPEN = {
    "id": "open",
    "because": "B.",
    "effect": "permit",
    "unattended": True,
}


@given(files(), ASKED)
def test_a_forbid_always_wins(written: dict[str, Any], asked: list[Chance]) -> None:
    """Whoever holds its role, and everybody where it names none."""
    never = {"id": "no", "because": "No.", "tools": ["*"], "effect": "forbid"}
    closed = answering({**written, "policies": [*written["policies"], never]})
    some = answering({**written, "policies": [*written["policies"], {**never, "roles": ["employee"]}]})
    for chance in asked:
        assert not closed(chance).permitted
        assert not (chance.held.get(naive.leaf(LEAVES["employee"])) and some(chance).permitted)


@given(files(), ASKED)
def test_not_knowing_never_permits_more(written: dict[str, Any], asked: list[Chance]) -> None:
    """Whatever is permitted while a role cannot be told is permitted, and owes the same, whether it is held or not."""
    read = parse(text(written), TOOLS)
    for chance in asked:
        doubted = said(decide(read, chance.to_gate(read)))
        if not doubted.permitted:
            continue
        for leaf in [leaf for leaf in sorted(FACTS) if chance.held.get(leaf) is None]:
            for held in (True, False):
                sure = replace(chance, held={**chance.held, leaf: held})
                assert said(decide(read, sure.to_gate(read))) == doubted


@given(files(), ASKED)
def test_observing_changes_nothing(written: dict[str, Any], asked: list[Chance]) -> None:
    """Without what is only observed the answers are the same; and what is told as observed is what they would be if it counted."""
    nobody = {
        "id": "nothing",
        "because": "B.",
        "tools": ["find_account"],
        "effect": "permit",
        "roles": {"any": [{"people": ["nobody"]}]},
    }
    enforced = answering({**written, "policies": [nobody, *(one for one in written["policies"] if "mode" not in one)]})
    counted = answering({**written, "policies": [{**one, "mode": "enforce"} for one in map(_undated, written["policies"])]})
    read = parse(text(written), TOOLS)
    for chance in asked:
        question = chance.to_gate(read)
        assert said(decide(read, question)) == enforced(replace(chance, held={**chance.held, ("people", "['nobody']", 1): False}))
        seen = observed(read, question)
        assert (seen is None) == (not any(one.observe for one in read.of(chance.tool)))
        assert seen is None or said(seen) == counted(chance)


def _undated(policy: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in policy.items() if key != "since"}


@given(files(), ASKED)
def test_a_freeze_denies_what_it_names(written: dict[str, Any], asked: list[Chance]) -> None:
    """By its own name whatever it does; by its system, or all together, where it changes something."""
    read = parse(text(written), TOOLS)
    for chance in asked:
        shape = SHAPES.get(chance.tool, {"system": "", "effect": "unknown"})
        for stop in [(chance.tool, ""), ("", shape["system"]), ("", "")]:
            answer = said(decide(read, replace(chance, freezes=(stop,)).to_gate(read)))
            stops = chance.tool in SHAPES and (stop[0] or shape["effect"] == "change")
            assert (answer == naive.Said(False, frozen=True)) == bool(stops)
