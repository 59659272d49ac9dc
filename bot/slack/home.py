"""The App Home tab as blocks: what waits for this person, their own cases, and requests to open as a form. Pure."""

from collections.abc import Iterator

from bot.homeview import A_PERSON, HomeCase, HomeView
from bot.slack import blocks, cards
from bot.slack.answers import A_PERSON as PERSON_LABEL
from bot.slack.blocks import Block, inline
from bot.slack.limits import VIEW_BLOCKS, VIEW_TEXT, fit, weight
from bot.words.wording import NEVER_MIND

IN_A_ROW = 5
CARDS_TEXT, CARDS_BLOCKS = 20_000, 50
"""What all cards on Home have of it together."""
FORM = "form"
"""Action ids of the buttons that open a form begin so: ``form:app-access``."""

AWAY = (
    "I can't look at my records right now, so this page is empty. Nothing is lost; it comes back by itself. "
    "You can write to me under *Messages* all the same."
)


def view(shown: HomeView, *, url: str = "", notice: str = "") -> Block:
    """The home of one person. `url` is the workspace's, for links to threads; `notice` says what came of a click."""
    return _home(list(_all(shown, url, notice)))


def away() -> Block:
    """What stands there while nothing can be read."""
    return _home([blocks.header("Deskhand"), blocks.section(AWAY)])


def _home(made: list[Block]) -> Block:
    return {"type": "home", "blocks": fit(made, most=VIEW_BLOCKS, text=VIEW_TEXT)}


def _all(shown: HomeView, url: str, notice: str) -> Iterator[Block]:
    if shown.refusal:
        yield blocks.section(blocks.escape(shown.refusal))
        return
    yield blocks.header(f"Hi {shown.name.split()[0] if shown.name.split() else 'there'}, I'm Deskhand")
    if notice:
        yield blocks.section(f":information_source: {blocks.escape(notice)}")
    if shown.cards or shown.more_cards:
        yield from _waiting(shown, url)
    yield from _open(shown, url)
    yield from _with_people(shown, url)
    yield from _requests(shown.requests)
    yield from _finished(shown, url)
    yield blocks.context("I work for full members of this workspace. What I don't know I don't guess: I hand it over.")


def _waiting(shown: HomeView, url: str) -> Iterator[Block]:
    """What this person may answer, as the cards that stand in their direct messages, oldest first."""
    count = len(shown.cards) + shown.more_cards
    yield blocks.header(f"Waiting for your answer ({count})")
    drawn = list(_whole(shown, url))
    for card in drawn:
        yield from card
        yield {"type": "divider"}
    if more := count - len(drawn):
        where = "wait behind these; they come up as you answer." if drawn else "wait in your direct messages; answer them there."
        yield blocks.context(f"{more} more {where}")


def _whole(shown: HomeView, url: str) -> Iterator[list[Block]]:
    """As many cards as stand there whole: nobody decides on one that is cut."""
    text, most = CARDS_TEXT, CARDS_BLOCKS
    for one in shown.cards:
        card = cards.card(one, url)
        text, most = text - weight(card), most - len(card) - 1
        if text < 0 or most < 0:
            return
        yield card


def _open(shown: HomeView, url: str) -> Iterator[Block]:
    yield blocks.header("Your open cases")
    if not shown.open and not shown.with_people:
        yield blocks.section("Nothing is open. Tell me under *Messages* in your own words what you need, or begin below.")
    for case in shown.open:
        yield blocks.section(f"{_titled(case, url)}\n{inline(case.state)} · waits for: {inline(case.waits)}")
        if buttons := list(_buttons(case)):
            yield blocks.actions(buttons)
    if shown.more_open:
        yield blocks.context(f"{shown.more_open} older ones are open as well; each goes on in its own thread.")


def _with_people(shown: HomeView, url: str) -> Iterator[Block]:
    """What Deskhand has given to people, and they go on with."""
    for case in shown.with_people:
        yield blocks.section(f"{_titled(case, url)}\n{inline(case.state)}")
        if buttons := list(_buttons(case)):
            yield blocks.actions(buttons)


def _requests(requests: tuple[tuple[str, str], ...]) -> Iterator[Block]:
    yield blocks.header("Ask for something")
    buttons = [blocks.button(label, f"{FORM}:{name}", {"form": name}) for name, label in requests]
    buttons.append(blocks.button(PERSON_LABEL, f"{FORM}:{A_PERSON}", {"form": A_PERSON}))
    for start in range(0, len(buttons), IN_A_ROW):
        yield blocks.actions(buttons[start : start + IN_A_ROW])


def _finished(shown: HomeView, url: str) -> Iterator[Block]:
    if not shown.finished:
        return
    yield blocks.header("Finished lately")
    for case in shown.finished:
        yield blocks.section(f"{_titled(case, url)}\n{inline(case.state)}")


def _titled(case: HomeCase, url: str) -> str:
    """The title leads to the thread; what would end Slack's link is left out of it."""
    where = blocks.permalink(url, case.channel, case.thread)
    title = inline(blocks.cut(case.title, 150)).replace("|", "¦") or case.id
    return (f"*<{where}|{title}>*" if where else f"*{title}*") + f"  {inline(case.id)}"


def _buttons(case: HomeCase) -> Iterator[Block]:
    if case.withdraw:
        yield blocks.button(NEVER_MIND, "withdraw", {"case": case.id})
    if case.person:
        yield blocks.button(PERSON_LABEL, "person", {"case": case.id})
