"""The stories as somebody sees and clicks them: headless Chromium on the playground's page. Screenshots go to ``artifacts/``."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.office import Office

SHOTS = Path(__file__).parent.parent.parent / "artifacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 20_000

Opens = Callable[[str], Awaitable[Page]]


@pytest.fixture
async def opens(office: Office, chromium: str) -> AsyncIterator[Opens]:
    """A window as somebody: ``await opens("as=ana&channel=dm")``. An error on the page fails the test."""
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)

        async def window(address: str) -> Page:
            context: Any = await browser.new_context(viewport={"width": 1280, "height": 800})
            page = await context.new_page()
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
            await page.goto(f"{office.server.url}/#{address}")
            await page.get_by_test_id("composer").wait_for(state="attached")
            return page

        yield window
        await browser.close()
    assert errors == []


async def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png")


async def says(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("composer").press("Enter")


async def sees(page: Page, text: str) -> None:
    await expect(page.get_by_text(text).last).to_be_visible(timeout=PATIENCE)


async def test_story_1_locked_out(opens: Opens, office: Office) -> None:
    """A suggestion is clicked, the plan and the answer appear in the thread, and Yes confirms."""
    page = await opens("as=ana&channel=dm")
    await sees(page, "Hello, Ana.")
    await shot(page, "1-welcome")
    await page.get_by_test_id("suggestion").first.click()
    await sees(page, "Unlocked the account of Ana Almeida.")
    await shot(page, "1-unlocked")
    await page.get_by_test_id("button-Yes").click()
    await sees(page, "I've closed this")
    await office.case_is(outcome="confirmed")


async def test_story_2_two_requests_and_an_engineer(opens: Opens, office: Office) -> None:
    """One part is done at once; the engineer on call approves the other in his own window; it ends when its time comes."""
    ana, omar = await opens("as=ana&channel=dm"), await opens("as=omar&channel=dm")
    await says(ana, "could I get into the analytics warehouse until friday, and my vpn says certificate expired")
    await sees(ana, "needs a person's yes")
    await sees(ana, "The VPN certificate is valid.")
    await shot(ana, "2-waiting")
    await sees(omar, "Please decide")
    await shot(omar, "2-card")
    await omar.get_by_test_id("button-Approve").click()
    await sees(omar, "Approved by Omar Haddad.")
    await sees(ana, "Gave Ana Almeida access to Analytics Warehouse")
    await shot(ana, "2-granted")
    await office.company.clock.turn(timedelta(days=9))
    await sees(ana, "As agreed, this has ended")


async def test_story_3_refused_and_denied(opens: Opens, office: Office) -> None:
    """The requester's own click is refused; the engineer denies with a reason in a form; she reads why."""
    ana, omar = await opens("as=ana&channel=dm"), await opens("as=omar&channel=oncall")
    await says(ana, "Please reset the MFA of ben")
    await sees(ana, "needs a person's yes")
    await ana.get_by_test_id("place-oncall").click()
    await ana.get_by_test_id("button-Approve").click()
    await sees(ana, "You asked for this yourself")
    await shot(ana, "3-refused")
    await omar.get_by_test_id("button-Deny").click()
    await omar.get_by_test_id("modal-input").fill("Ben has to ask himself")
    await shot(omar, "3-deny")
    await omar.get_by_test_id("modal-submit").click()
    await sees(omar, "Denied by Omar Haddad")
    await ana.get_by_test_id("place-dm").click()
    await sees(ana, "Ben has to ask himself")
    assert await office.journal("reset_mfa") == []


async def test_a_form_closes_when_the_page_is_loaded_anew(opens: Opens, office: Office) -> None:
    """As Slack's do: it is gone for good, and can be opened again."""
    ana = await opens("as=ana&channel=dm")
    for _ in range(2):
        await ana.locator("#shortcut").click()
        await expect(ana.get_by_test_id("modal-submit")).to_be_visible()
        await ana.reload()
        await expect(ana.locator("#shortcut")).to_be_visible()
        await expect(ana.get_by_test_id("modal-submit")).to_have_count(0)
        await office.until(lambda: not office.server.workspace.views, "no form that is open")


async def test_story_4_never_mind(opens: Opens, office: Office) -> None:
    """Withdrawn by a button; the card says so in the engineer's window and has no buttons any more."""
    ana, omar = await opens("as=ana&channel=dm"), await opens("as=omar&channel=dm")
    await says(ana, "could I get figma until friday?")
    await sees(omar, "Please decide")
    await ana.get_by_test_id("button-Never mind").last.click()
    await sees(ana, "nothing more will happen")
    await sees(omar, "Withdrawn by the requester")
    await expect(omar.get_by_test_id("button-Approve")).to_have_count(0)
    await office.case_is(outcome="withdrawn")


async def test_story_5_it_does_not_know(opens: Opens, office: Office) -> None:
    """No guess: a ticket and who was told."""
    page = await opens("as=ana&channel=dm")
    await says(page, "The coffee machine is making strange noises")
    await sees(page, "I won't guess")
    await shot(page, "5-handed-over")
    await office.case_is(outcome="handed_over")


async def test_the_keyboard_is_enough(opens: Opens, office: Office) -> None:
    """Without a mouse: another person, a message, its answer, and the thread closed by Escape."""
    page = await opens("as=ana&channel=dm")
    await page.get_by_test_id("person-ana").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await sees(page, "Direct messages as")
    await page.get_by_test_id("composer").focus()
    await page.keyboard.type("how do guests get on the wifi?")
    await page.keyboard.press("Enter")
    await sees(page, "Guests use the")
    await expect(page.get_by_test_id("thread")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("thread")).to_be_hidden()
    assert (await office.cases())[0]["requester"] != "ana"


async def test_what_somebody_writes_is_never_markup(opens: Opens) -> None:
    """HTML in a message is shown as it was written."""
    page = await opens("as=ana&channel=general")
    await says(page, '<img src=x onerror="document.title=1"> <b>bold</b>')
    await sees(page, "<b>bold</b>")
    assert await page.locator("#messages img").count() == 0


async def test_home_and_a_guest(opens: Opens) -> None:
    """The App Home is there, and a guest gets a sentence."""
    page = await opens("as=ana&channel=home")
    await sees(page, "Deskhand")
    await shot(page, "6-home")
    guest = await opens("as=gus&channel=dm")
    await says(guest, "I'm locked out")
    await sees(guest, "only help full members")
    await shot(guest, "6-guest")


async def test_a_command_and_both_shortcuts_work_from_the_page(opens: Opens, office: Office) -> None:
    """Typed after a slash, by the lightning bolt, and in the menu of somebody's message in a channel."""
    office.say("ben", "I'm locked out of my account", channel="general")
    page = await opens("as=ana&channel=general")
    await says(page, "/deskhand status")
    await sees(page, "Nothing of yours is open")

    await page.get_by_test_id("message").filter(has_text="locked out").hover()
    await page.get_by_test_id("ask-about").click()
    await expect(page.get_by_test_id("modal")).to_contain_text("these are not your words")
    await shot(page, "ask-about-a-message")
    await page.get_by_test_id("modal").get_by_role("button", name="Close", exact=True).click()

    await page.get_by_test_id("shortcut").click()
    await page.get_by_test_id("modal-input").fill("I'm locked out of my account")
    await page.get_by_test_id("modal-submit").click()
    await page.goto(f"{office.server.url}/#as=ana&channel=dm")
    await sees(page, "You asked me")
    await office.case_is(state="resolved", requester="ana")


async def test_why_in_the_menu_of_a_message_and_by_the_command(opens: Opens, office: Office) -> None:
    """The window says which policy holds it, why, and who has to agree; a colleague's question by command reveals nothing."""
    ana, ben = await opens("as=ana&channel=dm"), await opens("as=ben&channel=dm")
    await says(ana, "could I get figma until friday?")
    await sees(ana, "needs a person's yes")
    message = ana.get_by_test_id("message").filter(has_text="needs a person's yes").last
    await message.hover()
    await message.get_by_test_id("why").click()
    await expect(ana.get_by_test_id("modal")).to_contain_text("access-for-a-while")
    await expect(ana.get_by_test_id("modal")).to_contain_text("Needed now")
    await shot(ana, "why-held")

    case = (await office.cases())[0]["id"]
    await says(ben, f"/deskhand why {case}")
    await sees(ben, "I can't tell you about that")
    await shot(ben, "why-refused")


async def test_a_request_from_home(opens: Opens, office: Office) -> None:
    """Home's button opens a form with lists, a day and people; what is wrong stands beside its field; the case is then on Home."""
    page = await opens("as=ana&channel=home")
    await page.get_by_test_id("button-Access to an application").click()
    await page.get_by_test_id("field-app").select_option("salesforce")
    await page.get_by_test_id("field-until").fill("2020-01-01")
    await page.get_by_test_id("modal-input").fill("for the campaign")
    await shot(page, "7-form")
    await page.get_by_test_id("modal-submit").click()
    await sees(page, "has already passed")
    day = (office.company.clock.now() + timedelta(days=3)).date()
    await page.get_by_test_id("field-until").fill(day.isoformat())
    await page.get_by_test_id("field-user").select_option(label="Ana Almeida")
    await page.get_by_test_id("modal-submit").click()
    await sees(page, "A yes from whoever is on call for identity")
    await shot(page, "7-home")
    await page.get_by_role("link", name="Access to an application").first.click()
    await sees(page, "You asked on my Home")
    await sees(page, "needs a person's yes")
    needs = (await office.trail())["plans"][0]["needs"]
    assert (needs["user"]["id"], needs["app"]["id"], needs["until"][:10]) == ("ana", "salesforce", day.isoformat())


async def test_an_engineer_answers_on_home(opens: Opens, office: Office) -> None:
    """Two calls wait: the older one is approved, the other denied with a reason, without leaving Home."""
    ana, omar = await opens("as=ana&channel=dm"), await opens("as=omar&channel=home")
    await says(ana, "could I get figma until friday?")
    await sees(ana, "needs a person's yes")
    office.say("ben", "Please reset the MFA of ana")
    await sees(omar, "Waiting for your answer (2)")
    await shot(omar, "8-answers")
    await omar.get_by_test_id("button-Approve").first.click()
    await sees(omar, "Approved. I'm doing it now")
    await sees(ana, "Gave Ana Almeida access to Figma")
    await sees(omar, "Waiting for your answer (1)")
    await omar.get_by_test_id("button-Deny").click()
    await omar.get_by_test_id("modal-input").fill("Ana has to ask herself")
    await omar.get_by_test_id("modal-submit").click()
    await sees(omar, "Denied.")
    await office.hears("ben", "Ana has to ask herself")
