"""Markdown by its headings: the sections of an article, each under the name that a link to it ends with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*")
FENCE = re.compile(r" {0,3}(```+|~~~+)")


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of an article under its heading; `anchor` is what a link to it has behind the #, empty for the beginning."""

    heading: str
    text: str
    anchor: str = ""
    level: int = 0


def sections(text: str) -> list[Section]:
    """In order; those without text are left out. Headings in fenced code are code."""
    return [one for one in _all(text) if one.text.strip()]


def title(text: str) -> str:
    """The first heading of the first level; empty where there is none."""
    return next((one.heading for one in _all(text) if one.level == 1), "")


def untitled(text: str, name: str) -> str:
    """Without a first line that only says the title again."""
    first, _, rest = text.lstrip().partition("\n")
    match = HEADING.fullmatch(first)
    return rest if match and match[2].casefold() == name.strip().casefold() else text


def slug(heading: str) -> str:
    """As the usual renderers make anchors: small letters, digits, and hyphens for blanks."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _all(text: str) -> Iterator[Section]:
    seen: dict[str, int] = {}
    heading, anchor, level, fence = "", "", 0, ""
    lines: list[str] = []
    for line in text.splitlines():
        mark = FENCE.match(line)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1][:3]
        match = None if fence or mark else HEADING.fullmatch(line)
        if match is None:
            lines.append(line)
            continue
        yield Section(heading, "\n".join(lines).strip(), anchor, level)
        heading, lines, level = match[2], [], len(match[1])
        base = slug(heading)
        times = seen[base] = seen.get(base, -1) + 1
        anchor = f"{base}-{times}" if times else base
    yield Section(heading, "\n".join(lines).strip(), anchor, level)
