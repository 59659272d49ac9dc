"""A model's Markdown as far as it may be shown while it still comes. Pure.

Slack renders streamed text as Markdown, so a link could hide where it leads: links are written out, and whatever else could
become one is broken. Nothing can mention anybody. What was shown once stays a beginning of everything that is shown later.
"""

import re

from bot.slack.blocks import CUT, escape

MOST = 11_500
"""Below the 12,000 that one `markdown_text` may hold. https://docs.slack.dev/reference/methods/chat.startStream/"""

_WORD_END = re.compile(r"[\s\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef](?=[^\s\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]*\Z)")
_LINK = re.compile(r"!?\[([^\[\]\n]{1,300})\]\((https?://[^)\s]{1,1000})\)")
_UNDECIDED = re.compile(r"!?\[[^\[\]\n]{0,300}(?:\](?:\([^)\s]{0,1010})?)?\Z")
_COULD_LINK = re.compile(r"\](?=[(\[:])")


def shown(text: str, *, done: bool = False) -> str:
    """Escaped, in whole words, up to a link that may not be complete yet; all of it when no more comes. Cut after MOST."""
    whole = text.lstrip()
    if not done:
        end = _WORD_END.search(whole)
        whole = whole[: end.end()] if end else ""
        whole = whole[: found.start()] if (found := _UNDECIDED.search(whole)) else whole
    safe = escape(_COULD_LINK.sub("] ", _LINK.sub(r"\1 (\2)", whole)))
    if len(safe) <= MOST:
        return safe
    end = _WORD_END.search(safe[:MOST])
    return (safe[: end.end()] if end else re.sub(r"&[a-z]{0,3}\Z", "", safe[:MOST])) + CUT
