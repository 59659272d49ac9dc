"""The message on which the requester clicks: one exact call, every argument in full, what it touches, what cannot be undone. Pure.

Once it is over the same message says what came of it, and has no buttons any more.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.slack import blocks, cards
from bot.slack.blocks import Block, escape, inline
from bot.words.clickwording import DO_IT, LEAVE_IT

_HEADINGS = {
    "waiting": "Shall I do this?",
    "approved": "You said yes",
    "used": "You said yes",
    "expired": "Not done: no answer",
    "withdrawn": "Not done",
    "frozen": "Not done: stopped",
    "superseded": "Not done: replaced",
    "cancelled": "Not done: dropped",
    "taken_over": "A person does it",
    "done_by_hand": "A person did it",
    "handed_over": "Not done: people go on with it",
}


def text(content: Mapping[str, Any]) -> str:
    """What a notification shows and a screen reader says."""
    return f"{_heading(content)} {inline(_str(content, 'sentence'))}. {escape(_str(content, 'outcome'))}".strip()


def confirm(content: Mapping[str, Any]) -> list[Block]:
    """A confirmation as blocks; `content` is what `bot.approvals.card.card` writes."""
    made = [
        blocks.section(f"*{_heading(content)}*"),
        blocks.section(f"*{blocks.local(inline(_str(content, 'sentence')))}*"),
    ]
    if outcome := _str(content, "outcome"):
        made.append(blocks.section(escape(outcome)))
    if purpose := _str(content, "purpose"):
        made.append(blocks.section(blocks.quote(purpose)))
    made += (arguments := cards.arguments(content))
    made.append(blocks.section("\n".join(_touches(content))))
    if content.get("state") == "waiting":
        made.append(_buttons(content, yes=cards.UNSEEN not in str(arguments)))
    made.append(blocks.context(f"{_str(content, 'approval')} · {_str(content, 'case')}"))
    return made


def _touches(content: Mapping[str, Any]) -> Iterator[str]:
    resource = content.get("resource", {})
    if kind := _str(resource, "kind"):
        yield f"*Touches* the {inline(kind)} {inline(_str(resource, 'label') or _str(resource, 'id'))}"
    if beneficiary := _str(content, "beneficiary"):
        yield f"*For:* {inline(beneficiary)}"
    yield cards.undone(content)
    for because in content.get("because", ()):
        yield f"*Why I ask:* {inline(str(because))}"
    if content.get("state") == "waiting":
        wanted = " It asks you for the reason, which approvers and reviewers read." if content.get("wants_reason") else ""
        yield f"Only your own click counts, until {cards.moment(_str(content, 'expires'))}.{wanted}"


def _buttons(content: Mapping[str, Any], *, yes: bool) -> Block:
    """`yes`: the call is shown whole, so that it can be agreed to; else it is read first."""
    value = {"approval": _str(content, "approval"), "nonce": _str(content, "nonce")}
    named = {**value, "digest": _str(content, "digest")}
    does = blocks.button(DO_IT, "confirm", named, "primary") if yes else cards.read_all(content)
    return blocks.actions([does, blocks.button(LEAVE_IT, "leave", value)])


def _heading(content: Mapping[str, Any]) -> str:
    return _HEADINGS.get(_str(content, "state"), "Closed")


def _str(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return "" if value is None else str(value)
