"""Block Kit primitives: text that cannot smuggle, and the few blocks that our messages are made of. Pure.

Everything that people, systems or models wrote goes through `escape` (or `code`), so that it can neither mention a channel nor
hide a link. Text objects are `verbatim`, so that Slack does not go looking for names in them either.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Block = dict[str, Any]

CUT = "… (cut)"
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MOMENT = re.compile(r"\b\d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}, \d{2}:\d{2} UTC\b")
_URL = re.compile(r"https?://[^\s<>|]*[^\s<>|.,;:!?)\]}'\"*_~`]")


def escape(text: str) -> str:
    """Text as Slack's mrkdwn shows it literally: its three control characters are entities, nothing reorders the line.

    https://docs.slack.dev/messaging/formatting-message-text/#escaping
    """
    return _BIDI.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def linked(text: str) -> str:
    """Escaped, with addresses that are written out made clickable: what is shown is where it leads."""
    return local(_URL.sub(lambda found: f"<{found.group()}>", escape(text)))


def local(text: str) -> str:
    """Escaped text whose times are shown in the reader's own zone; who cannot be shown that reads them in UTC, as they were written.

    https://docs.slack.dev/messaging/formatting-message-text/#date-formatting
    """
    return _MOMENT.sub(_in_their_zone, text)


def _in_their_zone(found: re.Match[str]) -> str:
    try:
        at = datetime.strptime(found[0], "%d %b %Y, %H:%M UTC").replace(tzinfo=UTC)
    except ValueError:
        return found[0]  # the 31st of February
    return f"<!date^{int(at.timestamp())}^{{date_short}}, {{time}}|{found[0]}>"


def inline(text: str) -> str:
    """Somebody else's words inside of a sentence of ours: escaped, and on one line."""
    return escape(" ".join(text.split()))


def code(text: str) -> str:
    """An exact value: nothing in it is formatted, invisible characters are shown by their numbers."""
    shown = "".join(_visible(char) for char in text)
    if not shown.strip():
        return "_(empty)_" if not shown else f"_({len(shown)} blanks)_"
    if "`" in shown or "\n" in shown or shown != shown.strip():
        return f"```{escape(shown.replace('```', 'ˋˋˋ'))}```"
    return f"`{escape(shown)}`"


def quote(text: str) -> str:
    """Somebody's words as a quotation; no line of them can leave it."""
    return "\n".join(f"> {escape(line)}" for line in text.splitlines() or [""])


def mention(slack_id: str) -> str:
    """A person as Slack knows them; empty for what is no Slack id."""
    return f"<@{slack_id}>" if re.fullmatch(r"[UW][A-Za-z0-9]{1,30}", slack_id) else ""


def permalink(url: str, channel: str, ts: str, thread: str = "") -> str:
    """Where a message is in the workspace at `url`; empty where that cannot be said.

    https://docs.slack.dev/reference/methods/chat.getPermalink
    """
    known = url.startswith(("https://", "http://")) and re.fullmatch(r"[A-Z][A-Z0-9]+", channel) and re.fullmatch(r"\d+\.\d+", ts)
    if not known:
        return ""
    within = f"?thread_ts={thread}&cid={channel}" if thread != ts and re.fullmatch(r"\d+\.\d+", thread) else ""
    return f"{url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}{within}"


def cut(text: str, most: int) -> str:
    """At most that many characters, with a visible mark where something is missing, never half an entity or an open fence."""
    if len(text) <= most:
        return text
    kept = re.sub(r"&[a-z]{0,3}$", "", text[: max(0, most - len(CUT) - 4)])
    if kept.count("```") % 2:
        kept += "```"
    return f"{kept} {CUT}"[:most]


def short(text: str, most: int) -> str:
    """A title in a narrow place: whole words, and an ellipsis where some are missing."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    return (kept if text[most - 1] == " " else kept.rpartition(" ")[0] or kept).rstrip(" ,;:") + "…"


def pieces(text: str, most: int) -> Iterator[str]:
    """Raw text in parts that are each at most that long once escaped, parted at line ends where there are some."""
    start, size, line_end = 0, 0, 0
    for position, char in enumerate(text):
        width = len(escape(_visible(char)))
        if size + width > most:
            end = line_end if line_end > start + (position - start) // 2 else position
            yield text[start:end]
            start, size = end, sum(len(escape(_visible(c))) for c in text[end:position])
        size += width
        if char == "\n":
            line_end = position + 1
    if text[start:]:
        yield text[start:]


def _visible(char: str) -> str:
    if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn"):
        return char
    return f"\\u{ord(char):04x}"


# ── blocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str) -> Block:
    """`text` is mrkdwn, already escaped."""
    return {"type": "section", "text": mrkdwn(text)}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def actions(elements: Sequence[Block]) -> Block:
    return {"type": "actions", "elements": list(elements)}


def button(text: str, action_id: str, value: Mapping[str, Any], style: str = "") -> Block:
    """`value` is what comes back with a click; it holds ids only, and is not believed."""
    made: Block = {"type": "button", "text": plain(text), "action_id": action_id, "value": packed(value)}
    return {**made, "style": style} if style else made


def packed(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def select(placeholder: str, action_id: str, options: Sequence[tuple[str, str]]) -> Block:
    """`options`: (value, label)."""
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder),
        "options": [{"text": plain(label), "value": value} for value, label in options],
    }


def overflow(action_id: str, options: Sequence[tuple[Mapping[str, Any], str]]) -> Block:
    """A menu behind three dots. `options`: (value, label), five at most by Slack's rule."""
    return {
        "type": "overflow",
        "action_id": action_id,
        "options": [{"text": plain(label), "value": packed(value)} for value, label in options],
    }


def paragraphs(text: str, most: int = 2900) -> list[Block]:
    """Escaped mrkdwn of any length as sections, parted at line ends or blanks."""
    made = []
    rest = text.strip()
    while rest:
        if len(rest) <= most:
            made.append(section(rest))
            break
        end = max(rest.rfind("\n", most // 2, most), 0) or max(rest.rfind(" ", most // 2, most), 0) or _whole(rest, most)
        made.append(section(rest[:end].rstrip()))
        rest = rest[end:].lstrip()
    return made


def _whole(text: str, end: int) -> int:
    """A place to part escaped text that splits no entity."""
    half = re.search(r"&[a-z]{0,3}$", text[:end])
    return half.start() if half and half.start() else end
