"""What the requester reads: the live plan, questions, answers, private words, notes. Pure: content of a post in, blocks out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.consent import Act
from bot.slack import blocks
from bot.slack.blocks import Block, code, inline, linked
from bot.slack.clicks import ACT
from bot.slack.limits import ACTIONS, OPTION_VALUE, OPTIONS
from bot.words.wording import NEVER_MIND

BUTTONS_AT_MOST = 5
WORDS_TEXT = 7_000
"""Of a model's words, once escaped; what Slack takes of a whole message is in `bot.slack.limits`."""
ANSWER_SHOWN = 100
"""Characters of an answer that stand with its question; the whole of it stands where it was said."""
A_PERSON = "A person, please"
BUTTONS = {"withdraw": NEVER_MIND, "person": A_PERSON, "belongs": "Add it there", "apart": "It's something new"}
"""Below a note: action id → label."""
ABOUT_WORDS = ("belongs", "apart")
"""Those that are about a message of the requester, and name it."""

# How far a task is, in Slack's words and as a mark; what is not listed has not begun.
_STATUS = {
    **dict.fromkeys(("complete", "completed", "done", "verified", "taken_over", "unchanged", "skipped"), "complete"),
    **dict.fromkeys(("in_progress", "running", "started", "working", "waiting", "asking"), "in_progress"),
    **dict.fromkeys(
        (
            *("error", "failed", "denied", "expired", "unverified", "unknown"),
            *("frozen", "withdrawn", "superseded", "cancelled", "handed_over"),
        ),
        "error",
    ),
}
_MARKS = {"complete": "✓", "in_progress": "◐", "error": "✗", "pending": "○"}


# ── the plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def plan_text(content: Mapping[str, Any]) -> str:
    titles = ", ".join(inline(str(plan.get("title", ""))) for plan in content.get("plans", ()))
    return f"{inline(str(content.get('title', '')))}: {titles}"


def plan(content: Mapping[str, Any]) -> list[Block]:
    """Plan blocks with a card for each task. https://docs.slack.dev/reference/block-kit/blocks/plan-block/"""
    made = [blocks.section(f"*{inline(str(content.get('title', '')))}*")]
    for row, one in enumerate(content.get("plans", ())):
        tasks = [_task(task, f"{row}.{number}") for number, task in enumerate(one.get("tasks", ()))]
        made += [{"type": "plan", "title": str(one.get("title", "")) or "Plan", "tasks": tasks}, *_assumed(one), *_runbook(one)]
    return [*made, *_plan_buttons(content)]


def plan_in_words(content: Mapping[str, Any]) -> list[Block]:
    """The same in sections, with ✓ ◐ ○ ✗ for how far each task is."""
    made = [blocks.section(f"*{inline(str(content.get('title', '')))}*")]
    for one in content.get("plans", ()):
        lines = [f"*{inline(str(one.get('title', '')))}*", *map(_line, one.get("tasks", ()))]
        made += [*blocks.paragraphs("\n".join(lines)), *_assumed(one), *_runbook(one)]
    return [*made, *_plan_buttons(content)]


def _assumed(one: Mapping[str, Any]) -> list[Block]:
    """What was taken because the requester's words said nothing of it."""
    return [blocks.context(inline(str(said))) for said in one.get("assumed", ())]


def _runbook(one: Mapping[str, Any]) -> list[Block]:
    """Where the runbook that is followed is read, and whether somebody should have looked at it again."""
    link, review = str(one.get("link", "")), inline(str(one.get("review", "")))
    told = [f"<{link}|Runbook {inline(str(one.get('runbook', '')))}>" if link else "", review]
    return [blocks.context(" · ".join(part for part in told if part))] if any(told) else []


def _task(task: Mapping[str, Any], number: str) -> Block:
    made: Block = {
        "type": "task_card",
        "task_id": f"{number}.{task.get('id', '')}"[:255],
        "title": str(task.get("title", "")) or "Step",
        "status": _status(task),
    }
    if detail := str(task.get("detail") or ""):
        words = [{"type": "text", "text": blocks.cut(detail, 500)}]
        made["details"] = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": words}]}
    return made


def _line(task: Mapping[str, Any]) -> str:
    detail = inline(str(task.get("detail") or ""))
    return f"{_MARKS[_status(task)]} {inline(str(task.get('title', '')))}" + (f" · {detail}" if detail else "")


def _status(task: Mapping[str, Any]) -> str:
    return _STATUS.get(str(task.get("state", "")), "pending")


def _plan_buttons(content: Mapping[str, Any]) -> list[Block]:
    if not content.get("waiting"):
        return []
    return [blocks.actions([_never_mind(content)])]


# ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────────────


def answer_text(content: Mapping[str, Any]) -> str:
    told = [str(content.get("text", "")), *(str(one.get("text", "")) for one in content.get("sections", ()))]
    said = " ".join(mrkdwn(one) for one in told if one.strip())
    return said or f"News on {content.get('reference') or 'your request'}"


def answer(content: Mapping[str, Any]) -> list[Block]:
    """What was changed, what was verified and how, whether it helped, and the way to a person."""
    made = blocks.paragraphs(mrkdwn(shortened(str(content.get("text", "")))))
    for one in content.get("sections", ()):
        made += blocks.paragraphs("\n".join(_told(one)))
    case = {"case": content.get("case", "")}
    person = blocks.button(A_PERSON, "person", case)
    if content.get("feedback"):
        made.append(blocks.section(mrkdwn(str(content.get("asks") or "Did that fix it?"))))
        made.append(
            blocks.actions(
                [
                    blocks.button("Yes", "feedback_yes", case, "primary"),
                    blocks.button("Not yet", "feedback_not_yet", case),
                    person,
                ]
            )
        )
    elif content.get("person"):
        made.append(blocks.actions([person]))
    if reference := content.get("reference"):
        made.append(blocks.context(f"Reference {inline(str(reference))}"))
    return made


def shortened(text: str) -> str:
    """As much of a very long text as leaves room for the proof and the buttons below it."""
    first = next(blocks.pieces(text, WORDS_TEXT), "")
    return text if first == text else f"{first.rstrip()} {blocks.CUT}"


def _told(one: Mapping[str, Any]) -> Iterator[str]:
    if title := str(one.get("title", "")):
        yield f"*{inline(title)}*"
    if text := str(one.get("text", "")).strip():
        yield mrkdwn(text)
    for heading, name in (("Changed", "changed"), ("Already so", "unchanged"), ("Verified", "verified")):
        if lines := [str(line) for line in one.get(name, ()) if str(line).strip()]:
            yield f"*{heading}*"
            yield from (f"• {linked(line)}" for line in lines)


def mrkdwn(text: str) -> str:
    """Our texts and a runbook's Markdown as Slack's mrkdwn, escaped. A link is written out, so that it shows where it leads."""
    text = re.sub(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)", r"\1 (\2)", text)
    text = re.sub(r"^#{1,6}\s+(.+?)\s*#*$", r"*\1*", text, flags=re.MULTILINE)
    text = re.sub(r"\*\*(\S(?:[^\n]*?\S)?)\*\*", r"*\1*", text)
    text = re.sub(r"^(\s*)[-*+]\s+", r"\1• ", text, flags=re.MULTILINE)
    return linked(text)


# ── questions, notes, private words ──────────────────────────────────────────────────────────────────────────────────


def question(content: Mapping[str, Any]) -> list[Block]:
    """The question, with a button for each choice, or a list where there are many, and a way out; once answered, with the answer."""
    made = blocks.paragraphs(mrkdwn(str(content.get("text", ""))))
    if answer := str(content.get("answer", "")):
        return [*made, blocks.context(f"Answered: {blocks.inline(answer[:ANSWER_SHOWN])}")]
    choices = [(str(value), str(label)) for value, label in content.get("choices", ())]
    ids = {name: str(content.get(name, "")) for name in ("case", "plan", "need")}
    listed = len(choices) > BUTTONS_AT_MOST and all(0 < len(value) <= OPTION_VALUE for value, _ in choices)
    if listed:
        elements = [blocks.select("Choose", select_id(ids), choices)]
    else:
        elements = [blocks.button(label, f"choice:{n}", {**ids, "value": value}) for n, (value, label) in enumerate(choices)]
    elements += [_button(name, content) for name in content.get("buttons", ()) if name in BUTTONS]
    made += [blocks.actions(elements[start : start + ACTIONS]) for start in range(0, len(elements), ACTIONS)]
    if not choices:
        return made
    more = len(choices) > OPTIONS and listed
    made.append(
        blocks.context(f"The first {OPTIONS} are listed; for another, write it." if more else "Or write it in your own words.")
    )
    return made


def select_id(ids: Mapping[str, str]) -> str:
    """A list's values are short by Slack's rule, so the ids of its question stand in the action's id."""
    return f"choice:{ids['case']}:{ids['plan']}:{ids['need']}"


def note(content: Mapping[str, Any]) -> list[Block]:
    made = blocks.paragraphs(mrkdwn(shortened(str(content.get("text", "")))))
    for fact in content.get("facts", ()):
        made += blocks.paragraphs(mrkdwn(str(fact)))
    buttons = [_button(name, content) for name in content.get("buttons", ()) if name in BUTTONS]
    if reply := content.get("reply"):
        buttons.insert(0, blocks.button("Answer", f"{ACT}:{Act.REPLY}", {name: str(reply[name]) for name in ("approval", "nonce")}))
    return [*made, blocks.actions(buttons)] if buttons and content.get("case") else made


def private(content: Mapping[str, Any]) -> list[Block]:
    """A secret in full, where only its owner reads; the notification does not show it."""
    return [
        *blocks.paragraphs(mrkdwn(str(content.get("text", "")))),
        *(blocks.section(code(part)) for part in blocks.pieces(str(content.get("secret", "")), 2800)),
        blocks.context("Only you can see this. Delete it once you have used it."),
    ]


def private_in_words(content: Mapping[str, Any]) -> str:
    parts: Sequence[str] = [mrkdwn(str(content.get("text", ""))), code(str(content.get("secret", ""))), "Only you can see this."]
    return "\n".join(parts)


def _button(name: str, content: Mapping[str, Any]) -> Block:
    """It names the case, and the message that it is about, or of a question its plan: with that alone it is over."""
    names = ("case", "said") if name in ABOUT_WORDS else ("case", "plan") if content.get("plan") else ("case",)
    return blocks.button(BUTTONS[name], name, {one: content.get(one, "") for one in names})


def _never_mind(content: Mapping[str, Any]) -> Block:
    return blocks.button(NEVER_MIND, "withdraw", {"case": content.get("case", "")})
