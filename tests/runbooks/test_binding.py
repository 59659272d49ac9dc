"""What is wrong with a runbook is told at load: against the real tools, with file, line and step, and what was meant."""

from pathlib import Path
from typing import Any

import pytest

from bot.runbooks.binding import bind
from knowledge.parse import load, parse
from tests.books import written
from tests.knowledge.test_runbooks import SHAPES

HEAD = "needs:\n  user: {from: person, default: requester, ask: Who?}\nsteps:\n"
LOOK = "  - {id: look, title: L, tool: find_account, args: {user: needs.user.id}, expect: steps.look.status != ''}\n"
UNLOCK = "  - {id: unlock, title: U, tool: unlock_account, args: {user: needs.user.id}%s}\n"


def problems(folder: Path, steps: str, head: str = HEAD) -> list[str]:
    """What the binder says of these steps, without the file."""
    book = parse(written(folder, head + steps) / "bell.md")
    _, found = bind([book], SHAPES)
    return [f"{one.line}: {one.message}" for one in found]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        pytest.param(LOOK.replace("!= ''", "!= '' && true"), [], id="right"),
        pytest.param(
            LOOK.replace("steps.look.status != ''", "needs.user.id != ''"),
            ["11: step 'look': expect reads nothing: it must look at what a step has found, such as steps.again.status"],
            id="an expect that reads nothing",
        ),
        pytest.param(
            UNLOCK % "", ["11: step 'unlock': it changes something, so a later step must look again, with `expect`"], id="no look"
        ),
        pytest.param(
            UNLOCK % ", undo: {tool: find_account, args: {user: needs.user.id}}" + LOOK,
            ["11: step 'unlock': undo: find_account changes nothing, so it takes nothing back"],
            id="an undo that only looks",
        ),
        pytest.param(
            UNLOCK % ", undo: {tool: suspend_acount, args: {user: needs.user.id}}" + LOOK,
            ["11: step 'unlock': there is no tool 'suspend_acount'; did you mean 'suspend_account'?"],
            id="an undo that is not there",
        ),
        pytest.param(
            LOOK.replace("}\n", ", undo: {tool: unlock_account, args: {user: needs.user.id}}}\n"),
            ["11: step 'look': undo: find_account changes nothing, so there is nothing to take back"],
            id="an undo of a look",
        ),
        pytest.param(
            LOOK.replace("needs.user.id", "item.id"),
            ["11: step 'look': user: there is no item here; it is the element at hand of a loop"],
            id="an item outside of a loop",
        ),
        pytest.param(
            LOOK.replace("}\n", ", each: needs.user.id == ''}\n"),
            ["11: step 'look': each: yields a bool, but a list is needed here: needs.user.id == ''"],
            id="a loop over no list",
        ),
        pytest.param(
            UNLOCK % ", until: steps.unlock.status == 'ACTIVE'" + LOOK,
            ["11: step 'unlock': until: unlock_account changes something; only a look can be taken again until something holds"],
            id="a change until something holds",
        ),
        pytest.param(
            LOOK + LOOK.replace("look", "more").replace("}\n", ", until: steps.look.status == 'ACTIVE'}\n"),
            ["12: step 'more': until never changes: it must look at what this step finds, such as steps.more.status"],
            id="an until that never changes",
        ),
        pytest.param(
            LOOK
            + "  - choose:\n      - when: steps.look.status == ''\n        steps:\n        "
            + LOOK.replace("look", "one")
            + "      - steps:\n        "
            + LOOK.replace("id: look", "id: two").replace("steps.look", "steps.one"),
            ["17: step 'two': expect: step 'one' stands in another arm of the branch, so steps.one is not there"],
            id="a step of another arm",
        ),
        pytest.param(
            "  - {id: part, title: P, runbook: nowhere, with: {}}\n" + LOOK,
            ["11: step 'part': there is no runbook 'nowhere'"],
            id="a part that is not there",
        ),
    ],
)
def test_what_is_wrong_with_a_step(tmp_path: Path, steps: str, said: list[str]) -> None:
    """Each with its line and step."""
    assert problems(tmp_path, steps) == said


PART = "needs:\n  who: {from: person, ask: Who?}\nsteps:\n" + LOOK.replace("user.id", "who.id")
WHOLE = "  - {id: part, title: P, runbook: small, with: %s}\n" + LOOK


@pytest.mark.parametrize(
    ("given", "part", "keys", "said"),
    [
        pytest.param("{who: needs.user}", PART, "", "", id="right"),
        pytest.param("{}", PART, "", "small needs 'who', which is not given", id="a need that is not given"),
        pytest.param(
            "{who: needs.user, wo: needs.user}", PART, "", "small has no need 'wo'; did you mean 'who'?", id="another need"
        ),
        pytest.param("{who: needs.usr}", PART, "", "who: there is no need 'usr'; did you mean 'user'?", id="a need of the whole"),
        pytest.param("{who: needs.user}", f"audience: [it-admin]\n{PART}", "", "small is for it-admin only", id="for fewer people"),
        pytest.param("{who: needs.user}", f"audience: [it-admin]\n{PART}", "audience: [it-admin]\n", "", id="for the same people"),
        pytest.param("{who: needs.user}", PART.replace("find_account", "find_acount"), "", "does not fit its tools", id="unfit"),
    ],
)
def test_what_is_wrong_with_a_part(tmp_path: Path, given: str, part: str, keys: str, said: str) -> None:
    """A whole never stands without its parts."""
    written(tmp_path, part, id="small")
    books, unreadable = load(written(tmp_path, keys + HEAD + WHOLE % given))
    bound, found = bind(books, SHAPES)
    mine = [one.message for one in found if one.file.endswith("bell.md")]

    assert unreadable == []
    assert ("bell" in bound) is not bool(said)
    assert [said in one for one in mine] == [True] * bool(said)


@pytest.mark.parametrize(
    ("holds", "said"),
    [
        pytest.param("needs.user.id != ''", [], id="right"),
        pytest.param("needs.usr.id != ''", ["precondition 1: there is no need 'usr'; did you mean 'user'?"], id="another need"),
        pytest.param("needs.user.id", [], id="anything may be true"),
        pytest.param(
            "principal.id", ["precondition 1: yields a string, but a bool is needed here: principal.id"], id="no condition"
        ),
        pytest.param(
            "steps.look.status == ''", ["precondition 1: step 'look' comes later, so steps.look is not there"], id="a step"
        ),
    ],
)
def test_what_is_wrong_with_a_precondition(tmp_path: Path, holds: str, said: list[str]) -> None:
    head = f'preconditions:\n  - {{holds: "{holds}", else: No.}}\n{HEAD}'
    assert [one.partition(": ")[2] for one in problems(tmp_path, LOOK, head)] == said


def test_loop_keys(tmp_path: Path) -> None:
    """What is built wrongly is told by the reader, before any tool is known."""

    def wrong(steps: str) -> Any:
        from knowledge.parse import RunbookError

        with pytest.raises(RunbookError) as refused:
            parse(written(tmp_path, HEAD + steps) / "bell.md")
        return [problem.message for problem in refused.value.problems]

    assert wrong(LOOK.replace("}\n", ", most: 3}\n")) == ['step "look": "most" goes with "each"']
    assert wrong(LOOK.replace("}\n", ", within: 3m}\n")) == ['step "look": "within" goes with "until"']
    assert wrong(LOOK.replace("}\n", ", each: '[1]', most: 26}\n")) == ['step "look": most "26" must be a number from 1 to 25']
    assert wrong(LOOK.replace("}\n", ", until: steps.look.x, within: 9d, every: 1m}\n")) == [
        'step "look": that would be more than 120 looks; let more time pass between them'
    ]
    inner = LOOK.replace("  - ", "      - ")
    assert wrong(f"  - id: all\n    each: '[1]'\n    steps:\n{inner.replace('}', ', each: [1]}', 2)}")[-1:] != []
    assert wrong(
        "  - choose:\n      - steps:\n        " + LOOK + "      - steps:\n        " + LOOK.replace("id: look", "id: other")
    ) == ['arm 1 of choose: only the last one may have no "when": it is taken where no other was']


@pytest.mark.parametrize(
    ("need", "said"),
    [
        pytest.param("{from: number, ask: How many?, unit: GB, least: 2, most: 9, default: 3}", [], id="right"),
        pytest.param("{from: number, ask: x, least: 9, most: 2}", ['need "a": least is more than most'], id="no room"),
        pytest.param("{from: number, ask: x, most: many}", ['need "a": most "many" is no number'], id="no number"),
        pytest.param(
            "{from: duration, ask: x, default: 2y}",
            ['need "a": default "2y" is no span of time; write one such as 30m, 2h, 3d or 1w'],
            id="no span",
        ),
        pytest.param(
            "{from: date, ask: x, unit: GB}", ['need "a": only a need from number has unit, not one from date'], id="a unit"
        ),
        pytest.param("{from: text, ask: x, matches: '('}", ['need "a": matches "(" is no pattern'], id="no pattern"),
    ],
)
def test_what_is_wrong_with_a_need(tmp_path: Path, need: str, said: list[str]) -> None:
    from knowledge.parse import RunbookError

    books = written(tmp_path, f"needs:\n  a: {need}\nsteps:\n" + LOOK.replace("needs.user.id", "principal.id"))
    found: list[str] = []
    try:
        parse(books / "bell.md")
    except RunbookError as error:
        found = [problem.message for problem in error.problems]
    assert len(found) == len(said)
    assert all(one.startswith(two) for one, two in zip(found, said, strict=True))
