"""Where articles come from: folders of Markdown, trees of HTML pages, git repositories with one or the other.

A source gives all of its articles, or raises: what cannot be read is never taken for what is gone.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from knowledge import frontmatter, html, markdown
from knowledge.article import Article
from knowledge.problems import RunbookError

MARKDOWN, HTML = (".md", ".markdown"), (".html", ".htm")
LARGEST = 2_000_000
"""Bytes of a file; a larger one is no article."""

GIT_SECONDS = 300.0


class SourceError(Exception):
    """A source cannot be read now; the text says which, and why. Nothing is known of its articles."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An article that is there and cannot be used, and why: nobody finds it until it is mended."""

    id: str
    why: str


class Source(Protocol):
    """All articles of one place. `id` stands before the ids of its articles."""

    @property
    def id(self) -> str: ...

    def articles(self) -> Iterator[Article | LeftOut]:
        """All of them, each once. Blocking. Raises SourceError."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder and all below it: `kind` markdown or html.

    `link` stands before the path of a file, and gives the link of its article; without one an article has no link of its own
    unless its front matter names one. `roles`: who may read them, where an article says nothing else; empty: everybody.
    """

    id: str
    path: Path
    kind: str = "markdown"
    link: str = ""
    roles: tuple[str, ...] = ()

    def articles(self) -> Iterator[Article | LeftOut]:
        for file in self._files():
            name = file.relative_to(self.path).as_posix()
            text = self._text(file, name)
            article = self._page(name, text) if self.kind == "html" else self._markdown(name, text)
            if isinstance(article, LeftOut) or article.sections:
                yield article

    def _files(self) -> list[Path]:
        """In order; hidden ones, links that lead out of the folder and what is no article are left out."""
        if not self.path.is_dir():
            raise SourceError(f"{self.id}: there is no folder {self.path}")
        endings = HTML if self.kind == "html" else MARKDOWN
        root = self.path.resolve()
        found = []
        try:
            for folder, below, names in os.walk(self.path, onerror=_raised):
                below[:] = sorted(one for one in below if not one.startswith("."))
                found += [Path(folder) / one for one in names if one.lower().endswith(endings) and not one.startswith(".")]
            return sorted(
                one for one in found if one.resolve().is_relative_to(root) and one.is_file() and one.stat().st_size <= LARGEST
            )
        except OSError as error:
            raise SourceError(f"{self.id}: {error.filename or self.path}: {error.strerror or error}") from None

    def _text(self, file: Path, name: str) -> str:
        try:
            return file.read_bytes().decode("utf-8-sig", "replace").replace("\0", "")
        except OSError as error:
            raise SourceError(f"{self.id}: {name} cannot be read: {error.strerror or error}") from None

    def _markdown(self, name: str, text: str) -> Article | LeftOut:
        """Front matter may have `title`, `link` and `roles`. Where it cannot be read, nobody knows who may read the rest."""
        title, link, roles, body = "", "", self.roles, text
        if text.startswith("---"):
            try:
                front = frontmatter.read(text, name)
            except RunbookError as error:
                return LeftOut(f"{self.id}:{name}", str(error))
            body = front.text
            title, link = str(front.mapping.get("title") or ""), str(front.mapping.get("link") or "")
            if "roles" in front.mapping:
                roles = _roles(front.mapping["roles"])
                if not roles:
                    return LeftOut(f"{self.id}:{name}", "roles must be a list of names, such as [it-admin]")
        title = title.strip() or markdown.title(body) or _spoken(name)
        sections = markdown.sections(markdown.untitled(body, title))
        return Article(f"{self.id}:{name}", title, tuple(sections), link or self._linked(name), roles)

    def _page(self, name: str, text: str) -> Article:
        title, sections = html.read(text)
        return Article(f"{self.id}:{name}", title or _spoken(name), tuple(sections), self._linked(name), self.roles)

    def _linked(self, name: str) -> str:
        return f"{self.link.rstrip('/')}/{quote(name)}" if self.link else ""


@dataclass(frozen=True, slots=True)
class Repository:
    """A branch of a git repository, kept in sync in a folder of ours; `under` is the folder in it that has the articles."""

    id: str
    url: str
    kept: Path
    branch: str = ""
    under: str = ""
    kind: str = "markdown"
    link: str = ""
    roles: tuple[str, ...] = ()

    def articles(self) -> Iterator[Article | LeftOut]:
        self._sync()
        below = (self.kept / self.under).resolve()
        if not below.is_relative_to(self.kept.resolve()):
            raise SourceError(f"{self.id}: {self.under} is no folder of the repository")
        yield from Folder(self.id, below, self.kind, self.link, self.roles).articles()

    def _sync(self) -> None:
        """Exactly what the branch has now: nothing of an earlier state stays."""
        if not (self.kept / ".git").is_dir():
            self.kept.mkdir(parents=True, exist_ok=True)
            self._git("init", "--quiet")
        self._git("fetch", "--quiet", "--depth", "1", "--no-tags", "--end-of-options", self.url, self.branch or "HEAD")
        self._git("checkout", "--quiet", "--force", "--detach", "FETCH_HEAD")
        self._git("clean", "--quiet", "-ffdx")

    def _git(self, *words: str) -> None:
        """No hook and no prompt; files and ssh or https only."""
        command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-C", str(self.kept), *words]
        environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
        try:
            done = subprocess.run(  # noqa: S603 - git, with words of the settings
                command, check=False, capture_output=True, text=True, timeout=GIT_SECONDS, env=environment
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SourceError(f"{self.id}: git {words[0]} did not end: {type(error).__name__}") from None
        if done.returncode:
            said = re.sub(r"//[^/@\s]+@", "//", done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "")
            raise SourceError(f"{self.id}: git {words[0]} failed: {said}")


def _roles(given: object) -> tuple[str, ...]:
    """Names of roles; none for anything else."""
    some = [given] if isinstance(given, str) else given
    good = isinstance(some, list) and all(isinstance(one, str) and one.strip() for one in some)
    return tuple(str(one).strip() for one in some) if good and isinstance(some, list) else ()


def _spoken(name: str) -> str:
    """A title from a file's name."""
    return re.sub(r"[-_]+", " ", Path(name).stem).strip()


def _raised(error: OSError) -> None:
    raise error


KEYS = frozenset({"id", "kind", "path", "git", "branch", "under", "link", "roles"})


def configured(path: Path, kept: Path) -> Sequence[Source]:
    """The sources that a file names; git repositories are kept in `kept`. Raises SourceError with all that is wrong."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        rows = YAML(typ="safe").load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise SourceError(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from None
    if not isinstance(rows, dict) or not isinstance(rows.get("sources"), list):
        raise SourceError(f'{path.name}: expected "sources:" with a list below it')
    problems: list[str] = []
    found: list[Source] = []
    for number, row in enumerate(rows["sources"], 1):
        told = _wrong(row, [one.id for one in found])
        if told:
            problems.append(f"{path.name}: source {number}: {told}")
            continue
        shared = (row.get("kind", "markdown"), str(row.get("link") or ""), tuple(row.get("roles") or ()))
        if "git" in row:
            where = (str(row["git"]), kept / row["id"], str(row.get("branch") or ""), str(row.get("under") or ""))
            found.append(Repository(row["id"], *where, *shared))
        else:
            found.append(Folder(row["id"], path.parent / row["path"], *shared))
    if problems:
        raise SourceError("\n".join(problems))
    return found


def _wrong(row: object, taken: Sequence[str]) -> str:
    """What is wrong with a row; empty when nothing is."""
    if not isinstance(row, dict):
        return "expected id, path or git, and perhaps kind, link and roles"
    if unknown := sorted(str(one) for one in row.keys() - KEYS):
        return f'unknown key "{unknown[0]}"; there are {", ".join(sorted(KEYS))}'
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(row.get("id", ""))):
        return f'id "{row.get("id", "")}" must be small letters, digits and single hyphens'
    if row["id"] in taken:
        return f'the id "{row["id"]}" is already that of another source'
    if ("path" in row) == ("git" in row):
        return 'expected either "path" or "git"'
    if row.get("kind", "markdown") not in ("markdown", "html"):
        return f'kind "{row["kind"]}" is unknown; it is markdown or html'
    if row.get("link") and not re.match(r"https?://", str(row["link"])):
        return f'link "{row["link"]}" must begin with https:// or http://'
    if "roles" in row and not (
        isinstance(row["roles"], list) and row["roles"] and all(isinstance(one, str) for one in row["roles"])
    ):
        return "roles must be a list of names, such as [it-admin]"
    if str(row.get("git", "")).startswith("-"):
        return f'git "{row["git"]}" is no address'
    return ""
