"""The card on which somebody decides: one exact call, every argument in full, what it touches, and what cannot be undone. Pure.

Once it is over the same message says what came of it, and has no buttons any more.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.consent import Act
from bot.slack import blocks
from bot.slack.blocks import Block, code, escape, inline, mention
from bot.slack.clicks import ACT, ALL, MORE
from bot.slack.limits import ALL_TEXT, BLOCKS, fit, weight

ARGUMENT_TEXT = 8_500  # of all arguments together; what is longer is kept under the case
WORDS_TEXT = 4_500
"""What the requester's words have for certain, so that the longest message stands there whole; the arguments give way to that."""
BEGINNING = 600
"""Of words that are too many: how much of the first is shown before the newest."""
SPARE = 200
ORIGINS, ORIGIN_VALUE = 12, 120
"""Lines about where values come from, and characters of each value there; the arguments above have them whole."""
PIECE = 2_800

_HEADINGS = {
    "waiting": "Please decide",
    "approved": "Approved",
    "used": "Approved and carried out",
    "denied": "Denied",
    "expired": "Expired",
    "withdrawn": "Withdrawn",
    "superseded": "Replaced",
    "frozen": "Approved, then frozen",
    "taken_over": "Taken over",
    "handed_over": "Handed over",
}


_BUTTONS = {Act.SHORTEN: "Approve for less time", Act.DONE: "Done", Act.BACK: "Give it back"}
_MENU = {Act.ASK: "Ask them first", Act.TAKE: "I'll do it by hand", Act.WHY: "Why me?", Act.LATER: "Remind me later"}


def text(card: Mapping[str, Any]) -> str:
    """What a notification shows and a screen reader says."""
    if several := card.get("cards"):
        return "; ".join(text(one) for one in several)
    heading = f"{_heading(card)}: {inline(_str(card, 'sentence'))}"
    if _waiting(card):
        return f"{heading} (asked by {_who(card)})"
    return f"{heading}. {escape(_str(card, 'outcome'))}".strip()


def card(card: Mapping[str, Any], most: int = ALL_TEXT) -> list[Block]:
    """An approval as blocks; `card` is the content that `bot.card.card` or `bot.card.joint` writes.

    All of it stays within what Slack takes of one message, so that nothing is cut behind it, where the newest words stand.
    """
    if several := card.get("cards"):
        return _together(card, several, most)
    head = [
        blocks.header(f"{_heading(card)}: {_str(card, 'approval')}"),
        blocks.section(f"*{blocks.local(inline(_str(card, 'sentence')))}*"),
    ]
    if outcome := _str(card, "outcome"):
        head.append(blocks.section(escape(outcome)))
    head += [_asked(card), *_purpose(card)] if not _str(card, "words") else [*_purpose(card), _asked(card)]
    foot = [*origins(card), blocks.section("\n".join(_touches(card)))]
    if link := _str(card, "link"):
        foot.insert(0, blocks.section(blocks.linked(link)))
    if votes := [_vote(vote) for vote in card.get("votes", ())]:
        foot.append(blocks.section("\n".join(votes)))
    if questions := [line for one in card.get("questions", ()) for line in _question(one)]:
        foot.append(blocks.section("\n".join(questions)))
    if _waiting(card):
        foot.append(blocks.section(_needed(card)))
    if _waiting(card) or card.get("offers"):
        foot.append(_buttons(card))
    foot.append(blocks.context(_reference(card)))
    words, left = _str(card, "words"), most - SPARE - weight(head) - weight(foot)
    shown = arguments(card, min(ARGUMENT_TEXT, left - min(WORDS_TEXT, weight(_quoted(words)))))
    return [*head, *_words(card, words, left - weight(shown)), *shown, *foot]


def _together(content: Mapping[str, Any], several: Sequence[Mapping[str, Any]], most: int) -> list[Block]:
    """Several approvals of one case: what is over in a line, what waits with its share of the room, and a yes to all that waits.

    INVARIANT: that yes stands there only below calls that are shown whole.
    """
    made: list[Block] = []
    share, count, whole = most // len(several) - SPARE, (BLOCKS - 1) // len(several) - 1, True
    for one in several:
        if _waiting(one) or one.get("offers"):
            shown = fit(card(one, share), most=count, text=share)
            whole = whole and shown == fit(card(one), most=BLOCKS, text=ALL_TEXT) and not _left_out(one)
            made += [*shown, {"type": "divider"}]
        else:
            made.append(
                blocks.section(f"*{_heading(one)}:* {blocks.local(inline(_str(one, 'sentence')))}. {escape(_str(one, 'outcome'))}")
            )
    if whole and (all_ := content.get("all")):
        made.append(blocks.actions([blocks.button(f"Approve all {len(all_)}", ALL, {"all": all_}, "primary")]))
    return made


def _left_out(one: Mapping[str, Any]) -> bool:
    """Whether some of its arguments are read elsewhere, however much room there is."""
    return arguments(one) != arguments(one, 10 * ALL_TEXT)


def in_words(content: Mapping[str, Any]) -> list[Block]:
    """The same with nothing but sections and buttons, for a Slack that refuses the card."""
    made = []
    for block in card(content):
        match block["type"]:
            case "header":
                made.append(blocks.section(f"*{escape(block['text']['text'])}*"))
            case "context":
                made.append(blocks.section("\n".join(one["text"] for one in block["elements"])))
            case _:
                made.append(block)
    return made


def arguments(card: Mapping[str, Any], left: int = ARGUMENT_TEXT) -> list[Block]:
    """Every argument with its exact value; a long one goes over several sections, none is shortened unseen."""
    made: list[Block] = []
    lines: list[str] = []
    for name, value in card.get("arguments", ()):
        label = f"*{inline(str(name))}*"
        parts = list(blocks.pieces(str(value), PIECE)) or [""]
        for number, part in enumerate(parts, 1):
            line = f"{label}  {code(part)}" if len(parts) == 1 else f"{label} ({number} of {len(parts)})\n{code(part)}"
            if len(line) > left:
                lines.append(_not_all(label, value, card))
                return [*made, *blocks.paragraphs("\n".join(lines))]
            left -= len(line)
            if lines and sum(map(len, lines)) + len(line) + len(lines) > PIECE:
                made.append(blocks.section("\n".join(lines)))
                lines = []
            lines.append(line)
    if lines:
        made.append(blocks.section("\n".join(lines)))
    return made


def _not_all(label: str, value: Any, card: Mapping[str, Any]) -> str:
    whole = f"`case {_str(card, 'case')}`"
    return f"{label} {blocks.CUT} :warning: it has {len(str(value))} characters; read it in full with {whole} before you decide."


def _asked(card: Mapping[str, Any]) -> Block:
    who = mention(_str(card.get("requester", {}), "slack_id"))
    return blocks.section(f"Asked by {_who(card)}" + (f" ({who})" if who else "") + (", who wrote:" if _str(card, "words") else ""))


def _purpose(card: Mapping[str, Any]) -> list[Block]:
    """Why the requester needs it; it is short, and shown whole."""
    words = _str(card, "purpose")
    return [blocks.section(f"*Why they need it, in their own words:*\n{blocks.quote(words)}")] if words else []


def _words(card: Mapping[str, Any], words: str, most: int) -> list[Block]:
    """The requester's words, oldest first, whole where they fit; else the newest lines whole, and of the others the beginning."""
    if weight(whole := _quoted(words)) <= most:
        return whole
    lines, newest, left = words.splitlines(), list[str](), most - BEGINNING - SPARE
    while len(lines) > 1 and (size := len(blocks.quote(lines[-1])) + 1) <= left:
        newest.insert(0, lines.pop())
        left -= size
    rest = "\n".join(lines)
    shown = next(blocks.pieces(rest, min(BEGINNING + left, most) // 2), "")
    mark = (
        f":warning: {len(rest) - len(shown)} more characters were written here that do not fit; read them with "
        f"`case {_str(card, 'case')}` before you decide."
    )
    return [*_quoted(shown), blocks.section(mark), *_quoted("\n".join(newest))]


def _quoted(words: str) -> list[Block]:
    """As many sections as they take; each part is a quotation of its own, so that no words leave it."""
    return [blocks.section(blocks.quote(part)) for part in blocks.pieces(words, PIECE // 2)]


def origins(card: Mapping[str, Any]) -> list[Block]:
    """Where what it is about comes from, a line each, what the requester did not say before all else."""
    rows = card.get("origins") or ()
    lines = [f"• {inline(str(path))} {code(_cut(str(value)))}: {inline(str(told))}" for path, value, told in rows[:ORIGINS]]
    if more := len(rows) - ORIGINS if len(rows) > ORIGINS else 0:
        lines.append(f"• and {more} more; read them with `case {_str(card, 'case')}` before you decide")
    return blocks.paragraphs("*Where it comes from*\n" + "\n".join(lines)) if lines else []


def _cut(value: str) -> str:
    return value if len(value) <= ORIGIN_VALUE else f"{value[:ORIGIN_VALUE]}{blocks.CUT}"


def _touches(card: Mapping[str, Any]) -> Iterator[str]:
    resource = card.get("resource", {})
    if kind := _str(resource, "kind"):
        label, id_, owner = _str(resource, "label"), _str(resource, "id"), _str(resource, "owner")
        named = inline(label) + (f" ({code(id_)})" if id_ and id_ != label else "") if label else code(id_)
        yield f"*Touches* the {inline(kind)} {named}" + (f", which belongs to {code(owner)}" if owner else "")
    if beneficiary := _str(card, "beneficiary"):
        yield f"*Gains by it:* {code(beneficiary)}"
    yield undone(card)
    for because in card.get("because", ()):
        yield f"*Why you are asked:* {inline(str(because))}"


def undone(card: Mapping[str, Any]) -> str:
    """Whether it can be."""
    return ":leftwards_arrow_with_hook: It can be undone." if card.get("reversible") else ":warning: *It cannot be undone.*"


def _vote(vote: Mapping[str, Any]) -> str:
    said = "approved" if vote.get("approve") else "denied"
    reason = _str(vote, "reason")
    return f"{inline(_str(vote, 'name'))} {said}" + (f": “{inline(reason)}”" if reason else ".")


def _needed(card: Mapping[str, Any]) -> str:
    given = sum(bool(vote.get("approve")) for vote in card.get("votes", ()))
    so_far = f", {given} yes so far" if given else ""
    until = f" · until {moment(_str(card, 'expires'))}" if card.get("expires") else ""
    return f"*Needs* {inline(_str(card, 'needed'))}{so_far}{until}"


def moment(iso: str) -> str:
    """A time in the reader's own zone, with UTC for whatever cannot do that."""
    try:
        at = datetime.fromisoformat(iso).astimezone(UTC)
    except ValueError:
        return inline(iso)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{at:%d %b %H:%M} UTC>"


def _buttons(card: Mapping[str, Any]) -> Block:
    value = {"approval": _str(card, "approval"), "nonce": _str(card, "nonce")}
    offered = [Act(one) for one in card.get("offers", ())]
    made = [blocks.button("Approve", "approve", value, "primary")] if _waiting(card) else []
    made += [blocks.button(_BUTTONS[act], f"{ACT}:{act}", value) for act in offered if act in _BUTTONS]
    made += [blocks.button("Deny", "deny", value, "danger")] if _waiting(card) else []
    if menu := [({"act": str(act), **value}, _MENU[act]) for act in offered if act in _MENU]:
        made.append(blocks.overflow(MORE, menu))
    return blocks.actions(made)


def _question(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"*{inline(_str(one, 'name'))} asked:* “{inline(_str(one, 'text'))}”"
    yield blocks.quote(_str(one, "answer")) if one.get("answer") else "_No answer yet._"


def _reference(card: Mapping[str, Any]) -> str:
    parts = [_str(card, "case"), f"tool {code(_str(card, 'tool'))}"]
    if policies := card.get("policies"):
        parts.append("policy " + ", ".join(inline(str(one)) for one in policies))
    if digest := _str(card, "digest"):
        parts.append(f"this exact call: {code(digest)}")
    return " · ".join(part for part in parts if part)


def _heading(card: Mapping[str, Any]) -> str:
    return _HEADINGS.get(_str(card, "state"), "Closed")


def _waiting(card: Mapping[str, Any]) -> bool:
    return card.get("state") == "waiting"


def _who(card: Mapping[str, Any]) -> str:
    requester = card.get("requester", {})
    name, handle = inline(_str(requester, "name")), _str(requester, "handle")
    if name and handle:
        return f"{name} ({code(handle)})"
    return name or (code(handle) if handle else "somebody unknown")


def _str(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return "" if value is None else str(value)
