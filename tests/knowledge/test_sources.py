"""Where articles come from: folders of Markdown, trees of HTML pages, git repositories."""

import os
import subprocess
from pathlib import Path

import pytest

from knowledge import html, markdown
from knowledge.article import Article
from knowledge.sources import Folder, LeftOut, Repository, Source, SourceError, configured

PAGE = """<html><head><title>Printing - Wiki</title><style>p {}</style></head><body>
<nav><a href="/">Home</a></nav><script>let x = "<h1>no</h1>"</script>
<main><h1 id="top">Printing &amp; copying</h1><p>Every floor has a printer.</p>
<h2><a id="jam"></a>Paper jam<a href="#jam">¶</a></h2><ul><li>Open the tray.</li><li>Pull slowly.</li></ul></main>
<footer>© us</footer></body></html>"""


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def good(source: Source) -> dict[str, Article]:
    return {one.id: one for one in source.articles() if isinstance(one, Article)}


def left_out(source: Source) -> dict[str, str]:
    return {one.id: one.why for one in source.articles() if isinstance(one, LeftOut)}


def git(folder: Path, *words: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@x"}
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, env={**os.environ, **who})


def test_a_folder_of_markdown(tmp_path: Path) -> None:
    """Sections by heading with their links; titles from the front matter, the first heading, or the file's name."""
    files = {
        "wifi.md": "# Wireless\n\nIt is everywhere.\n\n## On a phone\n\nChoose *staff*.\n\n```\n# no heading\n```\n",
        "deep/VPN-setup.md": "---\ntitle: The VPN\nlink: https://elsewhere.example/vpn\nroles: [it-admin]\n---\nText.",
        "just_text.md": "Something.",
        "empty.md": "# Nothing below\n",
        ".hidden.md": "secret",
        "picture.png": "x",
    }
    found = good(Folder("wiki", put(tmp_path, files), link="https://wiki.example/"))

    assert sorted(found) == ["wiki:deep/VPN-setup.md", "wiki:just_text.md", "wiki:wifi.md"]
    wifi, vpn = found["wiki:wifi.md"], found["wiki:deep/VPN-setup.md"]
    assert (wifi.title, wifi.link, wifi.roles) == ("Wireless", "https://wiki.example/wifi.md", ())
    assert [wifi.linked(at) for at in range(2)] == ["https://wiki.example/wifi.md", "https://wiki.example/wifi.md#on-a-phone"]
    assert "# no heading" in wifi.sections[1].text
    assert (vpn.title, vpn.link, vpn.roles) == ("The VPN", "https://elsewhere.example/vpn", ("it-admin",))
    assert found["wiki:just_text.md"].title == "just text"


@pytest.mark.parametrize(
    "text", ["---\nroles: []\n---\nText.", "---\nroles: 3\n---\nText.", "---\nroles: [it-admin\n---\nText.", "---\nroles: x\nText."]
)
def test_who_may_read_it_is_known_or_nobody_may(tmp_path: Path, text: str) -> None:
    """An article whose front matter cannot be read is left out and told; the others are there."""
    source = Folder("wiki", put(tmp_path, {"a.md": text, "b.md": "Text."}))

    assert list(good(source)) == ["wiki:b.md"]
    assert list(left_out(source)) == ["wiki:a.md"]


def test_what_leads_out_of_the_folder_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, {"outside.md": "Not ours.", "wiki/a.md": "Ours."})
    (tmp_path / "wiki" / "link.md").symlink_to(tmp_path / "outside.md")

    assert list(good(Folder("wiki", tmp_path / "wiki"))) == ["wiki:a.md"]


def test_a_folder_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    """Else all of its articles would be taken for gone."""
    with pytest.raises(SourceError, match="wiki: there is no folder"):
        list(Folder("wiki", tmp_path / "none").articles())
    assert good(Folder("wiki", tmp_path)) == {}


def test_a_tree_of_pages(tmp_path: Path) -> None:
    """Without navigation and scripts; a heading's own id is what a link ends with."""
    [page] = good(Folder("site", put(tmp_path, {"a/print.html": PAGE}), "html", "https://docs.example")).values()

    assert (page.title, page.link) == ("Printing & copying", "https://docs.example/a/print.html")
    assert [(one.heading, one.text, one.anchor) for one in page.sections] == [
        ("Printing & copying", "Every floor has a printer.", "top"),
        ("Paper jam", "Open the tray.\nPull slowly.", "jam"),
    ]


@pytest.mark.parametrize("text", ["", "<", "<h1", "<nav><nav></nav>text</nav>after", "<p>" * 3_000, "\0<b>x", "<title>only"])
def test_odd_pages_are_read_without_an_error(text: str) -> None:
    title, sections = html.read(text)
    assert isinstance(title, str)
    assert all(one.text for one in sections)


def test_equal_headings_have_links_of_their_own() -> None:
    anchors = [one.anchor for one in markdown.sections("# A\nx\n## Cause\nx\n## Cause\nx\n## Größe, und mehr?\nx")]
    assert anchors == ["a", "cause", "cause-1", "größe-und-mehr"]


def test_a_repository_is_what_its_branch_has_now(tmp_path: Path) -> None:
    """A file that is removed there is gone here, and nothing of ours in between survives."""
    origin = put(tmp_path / "origin", {"docs/a.md": "One.", "docs/b.md": "Two.", "c.md": "Elsewhere."})
    git(origin, "init", "--quiet", "-b", "main")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "first")
    source = Repository("repo", origin.as_uri(), tmp_path / "kept", "main", "docs")

    assert sorted(good(source)) == ["repo:a.md", "repo:b.md"]

    (origin / "docs" / "b.md").unlink()
    put(origin, {"docs/a.md": "Another."})
    git(origin, "commit", "-qam", "second")
    put(tmp_path / "kept" / "docs", {"ours.md": "Left behind."})

    found = good(source)
    assert list(found) == ["repo:a.md"]
    assert found["repo:a.md"].text == "Another."


def test_a_repository_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    source = Repository("repo", "https://user:geheim@127.0.0.1:1/x.git", tmp_path / "kept")
    with pytest.raises(SourceError, match="repo: git fetch failed") as error:
        list(source.articles())
    assert "geheim" not in str(error.value)


def test_the_file_of_sources(tmp_path: Path) -> None:
    text = """
sources:
  - {id: handbook, path: handbook, link: https://wiki.example/handbook, roles: [it-admin]}
  - {id: site, path: site, kind: html}
  - {id: guides, git: https://git.example/guides.git, branch: main, under: docs}
"""
    found = configured(put(tmp_path, {"sources.yaml": text}) / "sources.yaml", tmp_path / "kept")

    assert found == [
        Folder("handbook", tmp_path / "handbook", "markdown", "https://wiki.example/handbook", ("it-admin",)),
        Folder("site", tmp_path / "site", "html"),
        Repository("guides", "https://git.example/guides.git", tmp_path / "kept" / "guides", "main", "docs"),
    ]


def test_all_that_is_wrong_with_the_file_is_told(tmp_path: Path) -> None:
    rows = [
        "{id: a, path: x, whn: 1}",
        "{id: A b, path: x}",
        "{id: ok, path: x}",
        "{id: ok, path: y}",
        "{id: b}",
        "{id: c, path: x, git: y}",
        "{id: d, path: x, kind: pdf}",
        "{id: e, path: x, link: wiki}",
        "{id: f, path: x, roles: []}",
        "{id: g, git: --upload-pack=x}",
        "text",
    ]
    path = put(tmp_path, {"s.yaml": "sources:\n" + "".join(f"  - {row}\n" for row in rows)}) / "s.yaml"
    with pytest.raises(SourceError) as error:
        configured(path, tmp_path)

    told = str(error.value).splitlines()
    assert [line.split(":")[1] for line in told] == [f" source {number}" for number in (1, 2, 4, 5, 6, 7, 8, 9, 10, 11)]
    for bad in ("sources: {}", "[]", "sources: [", "x: 1"):
        with pytest.raises(SourceError, match=r"s\.yaml"):
            configured(put(tmp_path, {"s.yaml": bad}) / "s.yaml", tmp_path)
