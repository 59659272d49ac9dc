"""The card on which somebody decides: what, how risky, for whom and in whose words first, then the buttons, then the exact call. Pure.

Once it is over the same message says what came of it, and has no buttons any more. What a card has no room for is read in a window
(`bot.slack.whole`).

INVARIANT: a yes stands only below a call that is shown whole, and names its digest.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.consent import Act
from bot.slack import blocks
from bot.slack.blocks import Block, code, escape, inline, mention
from bot.slack.clicks import ACT, ALL, MORE
from bot.slack.limits import ALL_TEXT, BLOCKS, fit, weight

ARGUMENT_TEXT = 8_500  # of all arguments together; what is longer is read in a window
UNLIMITED = 10**9
WORDS_TEXT = 4_500
"""What the requester's words have for certain, so that the longest message stands there whole; the arguments give way to that."""
SHORT_WORDS = 500
"""Words that are no longer stand above the buttons, longer ones below them."""
BEGINNING = 600
"""Of words that are too many: how much of the first is shown before the newest."""
SPARE = 200
READ_ALL = "Read it all"
UNSEEN = f"*{READ_ALL}* shows it"
"""Stands wherever a card leaves something out."""
ORIGINS, ORIGIN_VALUE = 12, 120
"""Parts of arguments of which it is said where they come from, and characters of a part of an argument; the arguments have them whole."""
PIECE = 2_600
"""Of an argument in one section, so that its name and where it comes from have room beside it."""

SIGNS = {
    "waiting": ":hourglass_flowing_sand:",
    "approved": ":thumbsup:",
    "used": ":white_check_mark:",
    "denied": ":x:",
    "expired": ":alarm_clock:",
    "withdrawn": ":wastebasket:",
    "superseded": ":arrows_counterclockwise:",
    "cancelled": ":no_entry_sign:",
    "frozen": ":snowflake:",
    "taken_over": ":raised_hand:",
    "handed_over": ":busts_in_silhouette:",
    "done_by_hand": ":handshake:",
}
"""Of each state, before the words that say the same."""
RISKS = {
    "low": ":large_green_circle: *Low risk*",
    "medium": ":large_yellow_circle: *Medium risk*",
    "high": ":red_circle: *High risk*",
}

_BUTTONS = {Act.SHORTEN: "Approve for less time", Act.DONE: "Done", Act.BACK: "Give it back"}
_MENU = {Act.ASK: "Ask them first", Act.TAKE: "I'll do it by hand", Act.WHY: "Why me?", Act.LATER: "Remind me later"}


def text(card: Mapping[str, Any]) -> str:
    """What a notification shows and a screen reader says."""
    if several := card.get("cards"):
        return "; ".join(text(one) for one in several)
    sentence = inline(_str(card, "sentence"))
    if _waiting(card):
        return f"Please decide: {sentence} (asked by {_who(card)}{f'; {level} risk' if (level := _str(card.get('risk', {}), 'level')) else ''})"
    return f"{escape(_str(card, 'outcome'))} {sentence}".strip()


def card(card: Mapping[str, Any], url: str = "") -> list[Block]:
    """An approval as blocks; `card` is the content that `bot.approvals.card.card` or `bot.approvals.card.joint` writes, `url` the workspace's.

    All of it stays within what Slack takes of one message, so that nothing is cut behind it, where the newest words stand.
    """
    if several := card.get("cards"):
        return _together(card, several, url)
    return _fitted(card, ALL_TEXT, BLOCKS, url)[0]


def _fitted(card: Mapping[str, Any], most: int, count: int, url: str) -> tuple[list[Block], bool]:
    """(the card within so many characters and blocks, whether it is shown whole); with the way to read it where it is not."""
    made = _drawn(card, most, url, yes=True)
    if (shown := fit(made, most=count, text=most)) == made and UNSEEN not in str(made):
        return shown, True
    return fit(_drawn(card, most, url, yes=False), most=count, text=most), False


def everything(card: Mapping[str, Any], url: str = "") -> list[Block]:
    """All that a card would say if it had the room, without buttons, in sections that are each within Slack's limit."""
    quoted = _quoted(_str(card, "words"))
    head = [*blocks.paragraphs("\n".join(_title(card))), _asked(card, url, below=False), *quoted, *_purpose(card)]
    head += blocks.paragraphs("\n".join([*_why(card), *_so_far(card)]))
    return [*head, *arguments(card, UNLIMITED, UNLIMITED), blocks.context(_reference(card))]


def _drawn(card: Mapping[str, Any], most: int, url: str, *, yes: bool) -> list[Block]:
    words = _str(card, "words")
    above = _quoted(words) if weight(_quoted(words)) <= SHORT_WORDS else []
    head = [blocks.section("\n".join(_title(card))), _asked(card, url, below=bool(words) and not above), *above, *_purpose(card)]
    head.append(blocks.section("\n".join(_why(card))))
    if so_far := list(_so_far(card)):
        head += blocks.paragraphs("\n".join(so_far))
    if _waiting(card) or card.get("offers"):
        head.append(_buttons(card, yes=yes))
    foot = [blocks.section(blocks.linked(link))] if (link := _str(card, "link")) else []
    foot.append(blocks.context(_reference(card)))
    left = most - SPARE - weight(head) - weight(foot)
    shown = arguments(card, min(ARGUMENT_TEXT, left - (0 if above else min(WORDS_TEXT, weight(_quoted(words))))))
    below = [] if above else _words(card, words, left - weight(shown))
    return [*head, *below, *shown, *foot]


def _together(content: Mapping[str, Any], several: Sequence[Mapping[str, Any]], url: str) -> list[Block]:
    """Several approvals of one case: what is over in a line, what waits with its share of the room, and a yes to all that waits, where
    all of them are shown whole.
    """
    made: list[Block] = []
    share, count, whole = ALL_TEXT // len(several) - SPARE, (BLOCKS - 1) // len(several) - 1, True
    for one in several:
        if _waiting(one) or one.get("offers"):
            shown, all_of_it = _fitted(one, share, count, url)
            whole = whole and all_of_it
            made += [*shown, {"type": "divider"}]
        else:
            made.append(blocks.section("\n".join(_title(one))))
    if whole and (all_ := content.get("all")):
        made.append(blocks.actions([blocks.button(f"Approve all {len(all_)}", ALL, {"all": all_}, "primary")]))
    return made


def in_words(content: Mapping[str, Any], url: str = "") -> list[Block]:
    """The same with nothing but sections and buttons, for a Slack that refuses the card."""
    made = []
    for block in card(content, url):
        match block["type"]:
            case "context":
                made.append(blocks.section("\n".join(one["text"] for one in block["elements"])))
            case _:
                made.append(block)
    return made


# ── what is read first ───────────────────────────────────────────────────────────────────────────────────────────────


def _title(card: Mapping[str, Any]) -> Iterator[str]:
    sign, sentence = SIGNS.get(_str(card, "state"), ":grey_question:"), f"*{blocks.local(inline(_str(card, 'sentence')))}*"
    if _waiting(card):
        yield f"{sign} Please decide: {sentence}"
    else:
        yield f"{sign} {escape(_str(card, 'outcome'))}"
        yield sentence
    if _waiting(card) or card.get("offers"):
        yield _risk(card)


def _risk(card: Mapping[str, Any]) -> str:
    """In words beside the colour, with its grounds, and how it is undone."""
    judged = card.get("risk", {})
    grounds = "; ".join(inline(str(one)) for one in judged.get("grounds", ()))
    level = RISKS.get(_str(judged, "level"))
    if level is None:
        return undone(card)
    return f"{level}{f': {grounds}' if grounds else ''}." + (f" {_back(card)}" if card.get("reversible") else "")


def _back(card: Mapping[str, Any]) -> str:
    how = _str(card, "back")
    return f"It can be undone {inline(how)}." if how else "It can be undone."


def _asked(card: Mapping[str, Any], url: str, *, below: bool) -> Block:
    who = mention(_str(card.get("requester", {}), "slack_id")) or _who(card)
    gains = f" for {inline(gains)}" if (gains := _str(card, "beneficiary")) else ""
    said = card.get("said", {})
    link = blocks.permalink(url, _str(said, "channel"), _str(said, "ts"), _str(said, "thread"))
    where = f" in <{link}|this message>" if link else ""
    long = " (it is long, and stands below)" if below else ":" if _str(card, "words") else ""
    return blocks.section(f"Asked by {who}{gains}{where}{long}")


def _purpose(card: Mapping[str, Any]) -> list[Block]:
    """Why the requester needs it; it is short, and shown whole."""
    words = _str(card, "purpose")
    return [blocks.section(f"*Why they need it, in their own words:*\n{blocks.quote(words)}")] if words else []


def _why(card: Mapping[str, Any]) -> Iterator[str]:
    resource = card.get("resource", {})
    if kind := _str(resource, "kind"):
        named = inline(_str(resource, "label")) or code(_str(resource, "id"))
        owner = _str(resource, "owner")
        yield f"*Touches* the {inline(kind)} {named}" + (f", owned by {inline(owner)}" if owner and inline(owner) != named else "")
    if unsaid := _str(card, "unsaid"):
        yield f":grey_question: *Until when:* {inline(unsaid)}"
    for because in card.get("because", ()):
        yield f"*Why you are asked:* {inline(str(because))}"
    if _waiting(card):
        yield _needed(card)


def _needed(card: Mapping[str, Any]) -> str:
    given = [inline(_str(vote, "name")) for vote in card.get("votes", ()) if vote.get("approve")]
    until = f" · until {moment(_str(card, 'expires'))}" if card.get("expires") else ""
    if given and (left := _str(card, "left")):
        return f"*Still needs* {inline(left)}, {len(given)} yes so far ({', '.join(given)}){until}"
    so_far = f", {len(given)} yes so far" if given else ""
    return f"*Needs* {inline(_str(card, 'needed'))}{so_far}{until}"


def _so_far(card: Mapping[str, Any]) -> Iterator[str]:
    """What has happened: who answered, what was asked and answered, and what else came of the case."""
    if instead := _str(card, "instead"):
        yield inline(instead)
    for vote in card.get("votes", ()) if _waiting(card) or card.get("offers") else ():
        reason = _str(vote, "reason")
        said = "approved" if vote.get("approve") else "denied"
        yield f"{inline(_str(vote, 'name'))} {said}" + (f": “{inline(reason)}”" if reason else ".")
    for one in card.get("questions", ()):
        yield f"*{inline(_str(one, 'name'))} asked:* “{inline(_str(one, 'text'))}”"
        yield blocks.quote(_str(one, "answer")) if one.get("answer") else "_No answer yet._"
    if lines := card.get("so_far", ()):
        yield "*Before this, in the same case:*"
        yield from (f"• {blocks.local(inline(str(one)))}" for one in lines)


def _buttons(card: Mapping[str, Any], *, yes: bool) -> Block:
    """`yes`: the call is shown whole, so that it can be agreed to; else it is read first."""
    value = {"approval": _str(card, "approval"), "nonce": _str(card, "nonce")}
    named = {**value, "digest": _str(card, "digest")}
    offered = [Act(one) for one in card.get("offers", ()) if yes or one != Act.SHORTEN]
    made = [] if yes else [read_all(card)]
    made += [blocks.button("Approve", "approve", named, "primary")] if yes and _waiting(card) else []
    made += [blocks.button(_BUTTONS[act], f"{ACT}:{act}", named) for act in offered if act in _BUTTONS]
    made += [blocks.button("Deny", "deny", value, "danger")] if _waiting(card) else []
    if menu := [({"act": str(act), **value}, _MENU[act]) for act in offered if act in _MENU]:
        made.append(blocks.overflow(MORE, menu))
    return blocks.actions(made)


def read_all(card: Mapping[str, Any]) -> Block:
    """In the place of a yes, where not all is shown."""
    value = {"approval": _str(card, "approval"), "nonce": _str(card, "nonce")}
    return blocks.button(READ_ALL, f"{ACT}:{Act.READ}", value, "primary")


# ── the exact call ───────────────────────────────────────────────────────────────────────────────────────────────────


def arguments(card: Mapping[str, Any], left: int = ARGUMENT_TEXT, origins: int = ORIGINS) -> list[Block]:
    """Every argument with its exact value and where that comes from; a long one goes over several sections, none is shortened
    unseen. `left`: characters for all of them; `origins`: how many parts of them are named.
    """
    made: list[Block] = []
    digest = _str(card, "digest")
    lines = [f"*Exactly this call* ({code(digest)})"] if digest else []
    rows = [(str(path), str(value), str(told)) for path, value, told in card.get("origins") or ()]
    for name, value in card.get("arguments", ()):
        label = f"*{inline(str(name))}*"
        parts = list(blocks.pieces(str(value), PIECE)) or [""]
        from_ = [told for path, whole, told in rows if path == name and whole == str(value)]
        for number, part in enumerate(parts, 1):
            line = f"{label}  {code(part)}" if len(parts) == 1 else f"{label} ({number} of {len(parts)})\n{code(part)}"
            if number == len(parts) and from_:
                line += f" · {inline(from_[0])}"
            if len(line) > left:
                lines.append(_not_all(label, value, card))
                return [*made, *blocks.paragraphs("\n".join([*lines, *_parts(card, rows, origins)]))]
            left -= len(line)
            if lines and sum(map(len, lines)) + len(line) + len(lines) > PIECE:
                made.append(blocks.section("\n".join(lines)))
                lines = []
            lines.append(line)
    return [*made, *blocks.paragraphs("\n".join([*lines, *_parts(card, rows, origins)]))]


def _parts(card: Mapping[str, Any], rows: Sequence[tuple[str, str, str]], most: int) -> Iterator[str]:
    """Where parts of arguments come from: one of several people, a link in a text."""
    whole = {(str(name), str(value)) for name, value in card.get("arguments", ())}
    parts = [row for row in rows if (row[0], row[1]) not in whole]
    for path, value, told in parts[:most]:
        yield f"• {inline(path)} {code(_cut(value))} · {inline(told)}"
    if len(parts) > most:
        yield f"• and {len(parts) - most} values more; {_elsewhere(card)}"


def _not_all(label: str, value: Any, card: Mapping[str, Any]) -> str:
    return f"{label} {blocks.CUT} :warning: it has {len(str(value))} characters, which do not fit here; {_elsewhere(card)}"


def _elsewhere(card: Mapping[str, Any]) -> str:
    if _waiting(card):
        return f"{UNSEEN}, and takes your yes at its end."
    if card.get("offers"):
        return f"{UNSEEN}."
    return f"whoever runs Deskhand can show you all of {_str(card, 'case')}."


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
    mark = f":warning: {len(rest) - len(shown)} more characters were written here that do not fit; {_elsewhere(card)}"
    return [*_quoted(shown), blocks.section(mark), *_quoted("\n".join(newest))]


def _quoted(words: str) -> list[Block]:
    """As many sections as they take; each part is a quotation of its own, so that no words leave it."""
    return [blocks.section(blocks.quote(part)) for part in blocks.pieces(words, PIECE // 2)]


def _cut(value: str) -> str:
    return value if len(value) <= ORIGIN_VALUE else f"{value[:ORIGIN_VALUE]}{blocks.CUT}"


# ── small parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def undone(card: Mapping[str, Any]) -> str:
    """Whether it can be, and how."""
    if card.get("reversible"):
        return f":leftwards_arrow_with_hook: {_back(card)}"
    return ":warning: *It cannot be undone.*"


def moment(iso: str) -> str:
    """A time in the reader's own zone, with UTC for whatever cannot do that."""
    try:
        at = datetime.fromisoformat(iso).astimezone(UTC)
    except ValueError:
        return inline(iso)
    return blocks.local(f"{at:%d %b %Y, %H:%M} UTC")


def _reference(card: Mapping[str, Any]) -> str:
    parts = [_str(card, "approval"), _str(card, "case"), code(_str(card, "tool"))]
    if handle := _str(card.get("requester", {}), "handle"):
        parts.append(f"asked as {code(handle)}")
    if policies := card.get("policies"):
        parts.append("policy " + ", ".join(inline(str(one)) for one in policies))
    return " · ".join(part for part in parts if part)


def _waiting(card: Mapping[str, Any]) -> bool:
    return card.get("state") == "waiting"


def _who(card: Mapping[str, Any]) -> str:
    requester = card.get("requester", {})
    return inline(_str(requester, "name")) or _str(requester, "handle") or "somebody unknown"


def _str(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return "" if value is None else str(value)
