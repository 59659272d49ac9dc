"""HTML pages by their headings: what a docs site or an exported wiki says, without its navigation, scripts and styles."""

import re
from html.parser import HTMLParser

from knowledge.markdown import Section, slug

LEFT_OUT = frozenset({"script", "style", "nav", "header", "footer", "aside", "noscript", "template", "svg", "form", "head"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(
    {"p", "div", "li", "ul", "ol", "dl", "dt", "dd", "table", "tr", "pre", "blockquote", "section", "article", "main", "br", "hr"}
)


def read(text: str) -> tuple[str, list[Section]]:
    """The title of a page and its sections. Where there is a main part, that part alone. Takes any text."""
    page = _Page()
    page.feed(text)
    page.close()
    page.end()
    sections = page.main if any(one.text for one in page.main) else page.whole
    kept = [one for one in sections if one.text]
    first = next((one.heading for one in sections if one.level == 1 and one.heading), "")
    return first or _line(page.title), kept


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.whole: list[Section] = []
        self.main: list[Section] = []
        self._skipped: list[str] = []
        self._mains = 0
        self._titled = False
        self._heading, self._anchor, self._level = "", "", 0
        self._in_heading = ""
        self._said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.append(tag)
            self._titled = self._titled or tag == "title"
            return
        if tag == "title":
            self._titled = True
        elif tag in LEFT_OUT:
            self._skipped.append(tag)
        elif tag in ("main", "article") or given.get("role") == "main":
            self.end()
            self._mains += 1
        elif tag in HEADINGS:
            self.end()
            self._heading, self._anchor, self._level = "", given.get("id") or "", int(tag[1])
            self._in_heading = tag
        elif self._in_heading and given.get("id") and not self._anchor:
            self._anchor = str(given["id"])
        if tag in BLOCKS:
            self._said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._titled = False
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.pop()
            return
        if tag == self._in_heading:
            self._in_heading = ""
            self._heading = _line(self._heading.rstrip("¶# "))
            self._anchor = self._anchor or slug(self._heading)
        elif tag in ("main", "article") and self._mains:
            self.end()
            self._mains -= 1
        elif tag in BLOCKS:
            self._said.append("\n")

    def handle_data(self, data: str) -> None:
        if self._titled:
            self.title += data
        elif self._skipped:
            return
        elif self._in_heading:
            self._heading += data
        else:
            self._said.append(data)

    def end(self) -> None:
        """The section that was read so far is whole."""
        lines = [_line(line) for line in "".join(self._said).splitlines()]
        section = Section(self._heading.strip(), "\n".join(line for line in lines if line), self._anchor, self._level)
        self._said = []
        if section.text or section.heading:
            self.whole.append(section)
            if self._mains:
                self.main.append(section)
        self._heading, self._anchor, self._level = "", "", 0


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
