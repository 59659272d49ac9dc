"""The page of an evaluation: whole, escaped, bounded; and in a browser, filtered and read with the keyboard."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.e2e.test_page import FLAGS, shot
from tests.evaluation import score
from tests.evaluation.compare import compare
from tests.evaluation.examples import HOSTILE, played, told, unsafe
from tests.evaluation.page import page
from tests.evaluation.result import Effect, Played, Press, Said

OUTSIDE = {
    "seconds": 12.5,
    "agentdojo": {"slack": {"attacks <b>replayed</b>": 949, "share": 0.125, "strict": {"effects_without_approval": 3}}},
    "tau2": {"tasks": 74},
    "empty": {},
    "absent": None,
    "left_out": ["one", "two"],
}
HOSTILE_PLAY = played(
    HOSTILE,
    title=HOSTILE,
    category=HOSTILE,
    outcome=HOSTILE,
    expected=(HOSTILE,),
    error=HOSTILE,
    failed=(HOSTILE,),
    unsafe=(unsafe(HOSTILE),),
    transcript=(Said(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE), Said("", "direct", "ana", "\x00\x1b[2J\ud800", "ana")),
    effects=(Effect(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, {HOSTILE: HOSTILE}),),
    presses=(Press(HOSTILE, HOSTILE, True, HOSTILE),),
    trails=(
        {
            "id": HOSTILE,
            "state": HOSTILE,
            "outcome": HOSTILE,
            "plans": [{"runbook": HOSTILE, "state": HOSTILE, "reason": HOSTILE}],
            "calls": [
                dict.fromkeys(("id", "tool", "state", "reason", "decision", "approval"), HOSTILE)
                | {"arguments": {HOSTILE: HOSTILE}, "policies": [HOSTILE], "check": {"held": False, "observed": HOSTILE}}
            ],
            "approvals": [{"id": HOSTILE, "state": HOSTILE}],
            "model": [{"model": HOSTILE, "state": HOSTILE}],
        },
    ),
)


def drawn(*plays: Played, before: list[Played] | None = None, outside: Any = None) -> str:
    found = score.result(plays, version="0.1.0", date="2026-11-25", machine="2 shared cores", outside=outside)
    earlier = score.result(before, version="0.0.9", date="2026-11-20", machine="2 shared cores") if before else None
    return page(found, plays, compare(found, earlier) if earlier else None)


class Tags(HTMLParser):
    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_every_text_is_escaped_wherever_it_stands() -> None:
    """In each field of a play: one script, the page's own, no other element, no attribute that acts, nothing that no file can hold."""
    hostile = drawn(
        HOSTILE_PLAY, replace(HOSTILE_PLAY, runner=HOSTILE), outside=OUTSIDE | {HOSTILE: {HOSTILE: HOSTILE}, "plain": HOSTILE}
    )
    tags = Tags(hostile).found

    assert sum(tag == "script" for tag, _ in tags) == 1
    assert not [tag for tag, _ in tags if tag in ("img", "iframe", "object", "link", "base")]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name in ("src", "style")]
    assert "&lt;script&gt;" in hostile
    assert not re.search(r"[\x00-\x08\x1b\ud800-\udfff]", hostile)
    hostile.encode()


def test_it_asks_nobody_for_anything() -> None:
    """Links lead only to places of the page, and its browser is told to fetch nothing and to run this script alone."""
    tags = Tags(drawn(played(**told()), outside=OUTSIDE)).found
    assert all(str(attributes.get("href", "#")).startswith("#") for _, attributes in tags)
    [policy] = [str(attributes["content"]) for tag, attributes in tags if attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert re.search(r"script-src 'sha256-[\w+/=]{44}'(;|$)", policy)


def test_a_play_shows_who_said_what_where_and_when_and_what_was_done() -> None:
    """Chat, presses, effects, the trail's plans, calls with policy, approval and check, and the model; what failed and what is unsafe."""
    text = drawn(played(failed=("ana was not told",), unsafe=(unsafe(),), **told()))
    for shown in (
        "<b>ana</b> · direct · <time>2026-11-23 09:00:00</time>", "<b>deskhand</b> → omar", "(presses Approve on A-1)",
        "omar approved A-1 at 2026-11-23T09:00:02", "unlock_account ana, by ana in C-1", "LOCKED_OUT", "(4:00:00 pass)",
        "account-locked: done", "permit: own-account", "A-1: approved", "held: ana is ACTIVE", "double: ok, read 900, written 20",
        "ana was not told", "nobody of identity-oncall approved it",
    ):  # fmt: skip
        assert shown in text, shown


def test_its_size_is_bounded() -> None:
    """A solved attempt that repeats an earlier one leads there, and has no trail of its own; one that failed has both. Long texts are cut."""
    plays = [played(attempt=one, **told()) for one in (1, 2, 3)]
    text = drawn(*plays)
    assert (text.count("I&#x27;m locked out"), text.count('class="trail"')) == (1, 1)
    assert text.count('<a href="#locked-account-runbook-1">an earlier attempt</a>') == 2

    failed = drawn(*plays[:2], replace(plays[2], failed=("no",)))
    assert (failed.count("I&#x27;m locked out"), failed.count('class="trail"')) == (2, 2)
    other = drawn(plays[0], played(attempt=2, **told("something else")))
    assert "something else" in other

    long = drawn(played(**told("x" * 50_000)))
    assert "(and 46000 more characters)" in long
    assert len(drawn(*(played(f"s-{number}", attempt=one, **told()) for number in range(100) for one in (1, 2, 3, 4)))) < 1_000_000


def test_figures_comparison_and_outside_material() -> None:
    """Each with its heading; what is not there is said, or left out."""
    plays = [played("a"), played("b", failed=("no",))]
    text = drawn(*plays, before=[played("a", failed=("no",)), played("b")], outside=OUTSIDE)
    assert "Of 2026-11-20, version 0.0.9, 2 shared cores." in text
    assert "runbook: newly fails: b (1/1, now 0/1)" in text
    assert "<td>attacks &lt;b&gt;replayed&lt;/b&gt;</td><td>949</td>" in text
    assert "<td>share</td><td>0.125</td>" in text
    assert "<h3>AgentDojo › slack › strict</h3>" in text
    assert "<td>effects without approval</td><td>3</td>" in text
    assert "<td>left out</td><td>one; two</td>" in text
    assert "<h3>τ²-bench</h3>" in text
    assert "empty" not in text
    assert "absent" not in text
    assert '<td><a href="#b-runbook-1">b</a></td><td>0/1</td>' in text

    alone = drawn(*plays)
    assert "There is none yet." in alone
    assert "Outside material" not in alone


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def opened(chromium: str, tmp_path: Path) -> AsyncIterator[Page]:
    """A page with plays of each kind. An error on it, or a request, fails the test."""
    plays = [played(one, runner, attempt, **told()) for one in ("a", "b") for runner in ("good", "weak") for attempt in (1, 2)]
    plays[:2] = [replace(one, category="poisoned text") for one in plays[:2]]
    plays[1] = replace(plays[1], unsafe=(unsafe(),))
    plays[6] = replace(plays[6], failed=("no",), outcome="handed_over")
    plays.append(replace(HOSTILE_PLAY, scenario="hostile", **told(HOSTILE, HOSTILE)))
    file = tmp_path / "page.html"
    file.write_text(drawn(*plays, before=plays[:3], outside=OUTSIDE), encoding="utf-8")
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        tab = await browser.new_page(viewport={"width": 1280, "height": 900})
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        tab.on("request", lambda asked: errors.append(asked.url) if not asked.url.startswith("file:") else None)
        await tab.goto(file.as_uri())
        yield tab
        await browser.close()
    assert errors == []


async def test_plays_are_filtered_and_one_is_opened(opened: Page) -> None:
    """By runner, category, verdict and word, together; the count says how many; the open one shows its chat and trail."""
    shown = opened.locator("details.play:visible")
    await expect(opened.locator("output")).to_have_text("9 of 9 plays")
    for name, value, count in (
        ("runner", "good", 4),
        ("verdict", "unsafe", 1),
        ("category", "poisoned text", 1),
        ("category", "one step", 0),
    ):
        await opened.select_option(f"select[name={name}]", value)
        await expect(shown).to_have_count(count)
        await expect(opened.locator("output")).to_have_text(f"{count} of 9 plays")
    await opened.select_option("select[name=category]", "")
    await shown.first.locator("summary").first.click()
    await expect(shown.get_by_text("(presses Approve on A-1)")).to_be_visible()
    await expect(shown.get_by_text("nobody of identity-oncall approved it")).to_be_visible()
    await expect(shown.get_by_text("permit: own-account")).to_be_hidden()
    await shown.locator(".trail summary").click()
    await expect(shown.get_by_text("permit: own-account")).to_be_visible()
    await shot(opened, "9-evaluation")

    for name, value, count in (
        ("runner", "", 2),
        ("verdict", "unsolved", 3),
        ("verdict", "not-played", 1),
        ("verdict", "unsteady", 4),
        ("verdict", "", 9),
    ):
        await opened.select_option(f"select[name={name}]", value)
        await expect(shown).to_have_count(count)
    await opened.fill("input[name=word]", "WEAK 2")
    await expect(shown).to_have_count(2)


async def test_hostile_texts_stay_texts(opened: Page) -> None:
    """The script of a transcript is read, not run."""
    assert await opened.title() == "Deskhand evaluation"
    play = opened.locator("#hostile-runbook-1")
    await play.locator("summary").first.click()
    await expect(play.locator(".said .text").first).to_have_text(HOSTILE)
    assert await opened.title() == "Deskhand evaluation"


async def test_a_link_opens_its_play_though_it_is_filtered_away(opened: Page) -> None:
    """From the table of what was not always solved, with the keyboard alone: Enter follows it, Enter closes the play again."""
    await opened.select_option("select[name=runner]", "weak")
    play = opened.locator("#a-good-2")
    await expect(play).to_be_hidden()
    link = opened.locator("a[href='#a-good-2']")
    await link.focus()
    await opened.keyboard.press("Enter")
    await expect(play).to_be_visible()
    await expect(play).to_have_attribute("open", "")
    await expect(play.get_by_text("What was said")).to_be_in_viewport()
    await play.locator("summary").first.focus()
    await opened.keyboard.press("Enter")
    await expect(play.get_by_text("What was said")).to_be_hidden()


async def test_it_is_read_in_the_dark(opened: Page) -> None:
    """Ink on paper in both schemes: enough contrast, also of what is soft."""
    for scheme in ("light", "dark"):
        await opened.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for element in ("body", "p", "small.soft", "details.play .verdict"):
            ink, paper = await opened.evaluate(
                "one => [getComputedStyle(document.querySelector(one)).color, getComputedStyle(document.body).backgroundColor]",
                element,
            )
            assert contrast(ink, paper) >= 4.5, (scheme, element)


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours, 1 to 21."""

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)
