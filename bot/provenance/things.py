"""What in a text leads somewhere: links, addresses, hosts, mentions, numbers of telephones and accounts.

Looked for in the text as people see it, and as clients make links of it: full-width dots are dots, and what cannot be seen is
not there. A thing is the same as another one or it is not: by its words ``status.example.vpn`` would stand in
``status.example/vpn``.
"""

import html
import ipaddress
import re
import unicodedata

from bot.provenance.characters import unseen
from bot.provenance.domains import TOP
from bot.provenance.texts import Kept

_FILES = frozenset("bz cc cs db gz go js md ml pl ps py rb rs sh so ts tf vi xz".split())  # noqa: SIM905 - a table of endings
"""Endings of files that are also countries'."""
_REST = r"[^\s\"'<>|]*"
_SCHEMES = "mailto|tel|sms|sips?|skype|callto|facetime|xmpp|slack|msteams|zoommtg|magnet|javascript|vbscript|data"
"""That do without slashes."""
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
PLACE = re.compile(
    rf"<[@#!][^<>]{{1,200}}>"
    rf"|(?<!\w)(?:[a-z][a-z0-9+.-]{{1,15}}:[/\\]{{2,3}}|https?:[/\\]){_REST}"
    rf"|\b(?:{_SCHEMES}):(?=\S){_REST}"
    rf"|\bwww\.{_REST}"
    rf"|[^\s@<>\"'|(,;]{{1,128}}@(?:{_LABEL}(?:\.{_LABEL})*|\[[\da-f:.]+\]){_REST}"
    rf"|\[[\da-f]*:[\da-f:.]+\](?::\d+)?(?:/{_REST})?"
    rf"|(?<![\w.])(?<!\w-)(?:{_LABEL}\.)+{_LABEL}\.?(?::\d+)?(?:[/?#\\]{_REST})?",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"(?<![\w:.])(?:[\da-f]{0,4}:){2,7}(?:[\da-f]{0,4}|\d{1,3}(?:\.\d{1,3}){3})(?![\w:])", re.IGNORECASE)
"""Of IP's sixth version, perhaps: a time looks like one."""
NUMBER = re.compile(
    r"(?<![\w-])(?:\+\(?\d(?:[ ./()-]{0,2}\d){5,}|(?:[A-Z]{2}\d{2}[ ]?)?\(?\d(?:[ ./()-]{0,2}\d){7,})(?![\w-])"
    r"|(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){3,7}(?: ?[A-Z\d]{1,3})?(?!\w)"
    r"|(?<=\b(?i:ring|call|dial))[ :]{1,2}(?:(?:us|me|him|her|them)[ ])?(?:(?:at|on|under)[ ])?\(?\d[\d ./()-]{1,18}\d(?![\w-])"
)
"""Of a telephone or an account: eight digits, six behind a plus, fewer where it says to ring them; a postal code has fewer."""
TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
)
_DOTS = re.compile(r"(?<=[!-~])[\u3002\uff61](?=[!-~])|\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?")
"""What is read as a dot: full stops of the East between other letters, and those that somebody has put into brackets."""
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
LONGEST = 2_000
"""Characters of a link, at most."""
_PLAIN = re.compile(rf"www\.|\[|(?:{_SCHEMES}):|[a-z][a-z0-9+.-]*:[/\\]", re.IGNORECASE)
"""How begins what leads somewhere whatever follows."""
_AROUND = ".,;:!?)]}'\"*_~`"


def things(text: str) -> list[str]:
    """Each once, as it is seen."""
    seen = _shown(text)
    found = [one for match in PLACE.finditer(seen) if (one := _place(match[0]))]
    rest = PLACE.sub(lambda match: " " if _place(match[0]) else match[0], seen)
    found += [one for match in ADDRESS.finditer(rest) if _is_address(one := match[0])]
    found += [_number(match[0]) for match in NUMBER.finditer(TIME.sub(" ", rest))]
    return [*dict.fromkeys(found)]


def same(thing: str) -> str:
    """What two things have in common that lead to the same: no scheme, no capitals, and of a number the digits."""
    one = thing.strip().strip("<>").casefold()
    if one[:1] in ("@", "#", "!"):
        return one.partition("|")[0]
    for scheme in ("https://", "http://", "mailto:", "tel:"):
        one = one.removeprefix(scheme)
    one = one.partition("|")[0].rstrip("/.")
    if _host(one) or not re.fullmatch(r"\+?[\d ./()-]+|[a-z]{2}\d{2}[a-z\d ]+", one):
        return one
    return re.sub(r"[ ./()-]", "", one)


def known(text: str) -> frozenset[str]:
    """All that a text has, to be looked for in."""
    return _KNOWN.of(text)


def as_thing(value: str) -> str:
    """What a value is the same as that is one thing as a whole; empty for any other."""
    if len(value) > LONGEST:
        return ""
    found = things(value)
    return same(found[0]) if len(found) == 1 and same(found[0]) == same(_shown(value).strip()) else ""


def forget() -> None:
    """Keep nothing of what was found."""
    _KNOWN.clear()


_KNOWN: Kept[frozenset[str]] = Kept(lambda text: frozenset(map(same, things(text))), lambda found: sum(map(len, found)), short=0)


def _shown(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_DASHES)
        text = "".join(
            str(unicodedata.decimal(one)) if not one.isascii() and one.isdecimal() else one for one in text if not unseen(one)
        )
    elif not text.isprintable():
        text = "".join(one for one in text if not unseen(one))
    return _DOTS.sub(".", text)


def _place(found: str) -> str:
    """Without what stands around it; empty where it leads nowhere: a file, a version, an abbreviation."""
    if found.startswith("<"):
        return found
    one = found.rstrip(_AROUND)
    name, at, host = one.partition("@")
    if at:
        return one if ":" in name or re.search(r"[.:/\[]|^localhost", host) else ""
    return one if _PLAIN.match(one) or _host(one) else ""


def _host(place: str) -> bool:
    """Whether it begins with a name that is looked up, or an address. A dot behind it is of the root."""
    name, slash, _ = re.sub(r"[/?#\\]", "/", place).partition("/")
    name, _, port = name.partition(":")
    labels = [one.casefold() for one in name.rstrip(".").split(".")]
    if len(labels) < 2:  # noqa: PLR2004
        return False
    if len(labels) == 4 and all(one.isdecimal() and len(one) <= 3 for one in labels):  # noqa: PLR2004
        return True
    last = labels[-1]
    if slash or port:
        return last in TOP or (len(last) > 1 and last.isalpha()) or last.startswith("xn--")
    if last in _FILES:
        return len(labels) > 2  # noqa: PLR2004
    return last in TOP or any(one.startswith("xn--") for one in labels)


def _is_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6  # noqa: PLR2004
    except ValueError:
        return False


def _number(found: str) -> str:
    """From its first digit, plus or letter on."""
    start = re.search(r"[+\d(]|[A-Z]{2}\d", found)
    return found[start.start() :].strip() if start else found.strip()
