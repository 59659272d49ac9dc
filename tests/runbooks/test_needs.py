"""What a runbook needs, from words: taken where it is plain, asked for where it is not, never invented."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Principal
from bot.reading.phrases import Intent, clean, intent
from bot.runbooks.needs import LISTED, Filled, Missing, Unclear, answer, choices, fill, value_of_choice
from knowledge.runbook import Need
from tools.contract import Person
from tools.systems.embedded.calling import called
from tools.systems.embedded.cast import DEPLOYMENTS

PEOPLE = [
    Person("ana", "Ana Almeida", "ana@x.example", "UANA"),
    Person("ben", "Ben Brandt", "ben@x.example", "UDESKHAND0002"),
    Person("lena", "Lena Fischer", "lena@x.example", "ULENA"),
    Person("lena-k", "Lena Krause", "lenak@x.example", "ULENAK"),
]
APPS = [
    ("analytics-warehouse", "Analytics Warehouse", ["dwh"]),
    ("warehouse-robots", "Warehouse Robots", []),
    ("figma", "Figma", []),
    ("figma-admin", "Figma Admin", []),
]
THINGS = {
    "list": [("running-club", "Running Club", ["runners"]), ("sales-leads", "Sales Leads", [])],
    "service": [("vpn", "VPN", []), ("e-mail", "E-mail", ["outlook"])],
}
OWN = {("ticket", "ana"): [("IT-7", "Printer is loud", []), ("IT-4", "Screen flickers", [])]}
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
ANA = Principal("ana", "UANA", zone="Europe/Berlin")
USER = Need("user", "person", "Whose account is it?", "requester")
APP = Need("app", "catalogue", "Which application?")
UNTIL = Need("until", "date", "Until when?")


class Directory:
    async def people(self) -> list[Person]:
        return PEOPLE

    async def person(self, handle: str) -> Person | None:
        return next((one for one in PEOPLE if one.handle == handle), None)

    async def by_slack(self, slack_id: str) -> Person | None:
        return next((one for one in PEOPLE if one.slack_id == slack_id), None)

    async def catalogue(self) -> list[tuple[str, str, list[str]]]:
        return APPS

    async def things(self, kind: str, of: str = "") -> list[tuple[str, str, list[str]]]:
        if kind == "deployment":
            return [(f"{at}/{name}", f"{name} in {at}", list(called(at, name))) for at, name, *_ in DEPLOYMENTS]
        return OWN.get((kind, of), []) if of else THINGS.get(kind, [])


@pytest.mark.parametrize(
    ("need", "listed"),
    [
        (Need("list", "list", "Which list?"), ["running-club", "sales-leads"]),
        (APP, ["analytics-warehouse", "warehouse-robots", "figma", "figma-admin"]),
        (Need("what", "choice", "What?", choices=(("a", "A"), ("b", "B"))), ["a", "b"]),
        (Need("ticket", "ticket", "Which ticket?"), []),
        (UNTIL, []),
        (USER, []),
    ],
)
async def test_what_can_be_chosen_where_nothing_was_said(need: Need, listed: list[str]) -> None:
    """All that there is of a kind, by its names; nobody's own things, no days and no people."""
    directory: object = Directory()
    assert [value for value, _ in await choices(need, directory)] == listed  # type: ignore[arg-type]


async def test_more_than_a_list_holds_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    directory: object = Directory()
    monkeypatch.setitem(THINGS, "list", [(f"list-{n}", f"List {n}", []) for n in range(LISTED + 1)])
    assert await choices(Need("list", "list", "Which list?"), directory) == ()  # type: ignore[arg-type]


async def got(need: Need, words: str) -> object:
    found = await fill(need, clean(words, bot_id="UBOT"), principal=ANA, directory=Directory(), now=MONDAY)  # type: ignore[arg-type]
    match found:
        case Filled(value={"id": identity}):
            return identity
        case Filled(value=value):
            return value
        case Unclear(choices=choices):
            return {value for value, _ in choices}
        case Missing():
            return None


@pytest.mark.parametrize(
    ("words", "who"),
    [
        pytest.param("my account is locked", "ana", id="one's own"),
        pytest.param("I've got a new phone", "ana", id="a contraction is no name"),
        pytest.param("reset the MFA of ben", "ben", id="a handle"),
        pytest.param("unlock ben's account", "ben", id="a genitive"),
        pytest.param("reset mfa for <@UDESKHAND0002>", "ben", id="a mention"),
        pytest.param("reset mfa for ben@x.example", "ben", id="an address"),
        pytest.param("please unlock the account of Lena", {"lena", "lena-k"}, id="two of a name"),
        pytest.param("please unlock the account of Lena Krause", "lena-k", id="a full name"),
        pytest.param("reset the mfa of zorro", set(), id="nobody is never the requester"),
        pytest.param("please give ben access to figma", "ben", id="whom something is given"),
        pytest.param("could ben get access to figma until friday?", "ben", id="who may get something"),
        pytest.param("give access to figma to ben please", "ben", id="to whom something is given"),
        pytest.param("please get ben a seat of figma", "ben", id="whom something is got"),
        pytest.param("gib bitte ben zugang zu figma", {"ana", "ben"}, id="a word between is asked about"),
        pytest.param("please give zorro access", set(), id="nobody is given anything"),
        pytest.param("grant zorro figma until friday", set(), id="nor by the name of the thing"),
        pytest.param("zorro needs access to figma", set(), id="nor when they need it"),
        pytest.param("please give me access to figma", "ana", id="give me"),
        pytest.param("give me access to ben", "ana", id="give me, and a name that is no target"),
        pytest.param("please give access to figma", "ana", id="a thing is nobody"),
        pytest.param("please give temporary access to figma", "ana", id="nor is how it is given"),
        pytest.param("can I get tableau access", "ana", id="nor is an application that nobody knows"),
        pytest.param("Ben told me to ask: give me figma please", "ana", id="a name elsewhere decides nothing"),
        pytest.param("sign Pawel out everywhere", set(), id="nobody is signed out"),
        pytest.param("put quentin on running club", set(), id="nor put on a list, in small letters"),
        pytest.param("remove Quentin from sales leads", set(), id="nor taken off one"),
        pytest.param("end all sessions of Quentin", set(), id="nor ended"),
        pytest.param("order a headset for Tomasz", set(), id="nor ordered for"),
        pytest.param("unlock Zebulon Quark", set(), id="by two names"),
        pytest.param("order a headset for Friday", "ana", id="a day is nobody"),
        pytest.param("order a headset for calls", "ana", id="nor is what it is for"),
        pytest.param("put me on Running Club", "ana", id="nor is a list"),
        pytest.param("sign me out everywhere", "ana", id="me"),
        pytest.param("sign ben out everywhere", "ben", id="who is moved"),
        pytest.param("which lists is ben on?", "ben", id="whom it is asked of"),
        pytest.param("offboard ben's colleague", set(), id="whoever belongs to somebody is not them"),
        pytest.param("offboard ben and lena-k please", {"ben", "lena-k"}, id="two at once"),
    ],
)
async def test_a_person(words: str, who: object) -> None:
    assert await got(USER, words) == who


@pytest.mark.parametrize(
    ("words", "app"),
    [
        pytest.param("access to the analytics warehouse", "analytics-warehouse", id="its name"),
        pytest.param("acces to analitycs warehouse pls", "analytics-warehouse", id="misspelt"),
        pytest.param("let me into the dwh", "analytics-warehouse", id="another name"),
        pytest.param("figma please", "figma", id="the exact one wins"),
        pytest.param("I need an application", None, id="none"),
        pytest.param("access to photoshop", None, id="unknown"),
    ],
)
async def test_an_application(words: str, app: object) -> None:
    assert await got(APP, words) == app


BOTH = {"production/storefront", "staging/storefront"}


@pytest.mark.parametrize(
    ("words", "deployment"),
    [
        pytest.param("restart staging/storefront", "staging/storefront", id="its id"),
        pytest.param("restart storefront in staging", "staging/storefront", id="its name and namespace"),
        pytest.param("restart the prod storefront", "production/storefront", id="as people call it"),
        pytest.param("is storefront slow in production", "production/storefront", id="the namespace stands elsewhere"),
        pytest.param("production is down, I think it is storefront", "production/storefront", id="the namespace comes first"),
        pytest.param("bounce the storefrnt in staging", BOTH, id="misspelt is asked"),
        pytest.param("restart storefront", BOTH, id="in two namespaces"),
        pytest.param("storefront, in staging and production", BOTH, id="both said"),
        pytest.param("how is the report-builder", "production/report-builder", id="there is but one"),
        pytest.param("restart the coffee machine", None, id="none"),
    ],
)
async def test_a_deployment(words: str, deployment: object) -> None:
    """Never the wrong namespace: what is not said is asked."""
    assert await got(Need("deployment", "deployment", "Which?"), words) == deployment


@pytest.mark.parametrize(
    ("need", "words", "found"),
    [
        pytest.param(Need("l", "list", "Which?"), "put me on the running club list", "running-club", id="a list"),
        pytest.param(Need("l", "list", "Which?"), "the runners pls", "running-club", id="another name of it"),
        pytest.param(Need("l", "list", "Which?"), "the gardeners", None, id="no such list"),
        pytest.param(Need("s", "service", "Which?", "any"), "is outlook down", "e-mail", id="a service"),
        pytest.param(Need("s", "service", "Which?", "any"), "is anything down", "", id="a service that need not be named"),
        pytest.param(Need("t", "ticket", "Which?"), "what about it-7 please", "IT-7", id="a key"),
        pytest.param(Need("t", "ticket", "Which?"), "ticket IT-999", "IT-999", id="a key that the system has to know"),
        pytest.param(Need("t", "ticket", "Which?"), "my ticket about the printer", {"IT-7"}, id="words of one's own"),
        pytest.param(Need("t", "ticket", "Which?"), "add to my ticket", {"IT-7", "IT-4"}, id="one's own to choose from"),
        pytest.param(Need("t", "order", "Which?"), "my order", None, id="of which there is nothing"),
        pytest.param(Need("x", "text", "What?"), "add to IT-7: it is still loud", "it is still loud", id="behind a colon"),
        pytest.param(Need("x", "text", "What?"), "add “it is still loud” to IT-7", "it is still loud", id="in quotes"),
        pytest.param(Need("x", "text", "What?"), "add something to IT-7", None, id="no text"),
    ],
)
async def test_a_thing_or_a_text(need: Need, words: str, found: object) -> None:
    """A name, a key or what is plainly meant as it is; else it is asked for, with one's own to choose from."""
    assert await got(need, words) == found


async def test_an_answer_that_is_a_text_is_taken_whole() -> None:
    """Also a short one that would mean something else; a thank-you is none."""
    need = Need("x", "text", "What?")
    directory: object = Directory()

    async def answered(text: str) -> object:
        return await answer(need, text, principal=ANA, directory=directory, now=MONDAY)  # type: ignore[arg-type]

    assert await answered("It works again") == Filled("It works again")
    assert await answered("thanks") == Missing()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "go"),
        ("yes please", "go"),
        ("no", "stay"),
        ("Yes, do it now", "go"),
        ("yes, please do it now", "go"),
        ("yes, but do it tonight", None),
        ("what would it do?", None),
    ],
)
async def test_a_plain_yes_is_the_choice_that_begins_so(text: str, value: str | None) -> None:
    """Where one label begins with it; else it is no answer."""
    sure = Need("sure", "choice", "Shall I?", choices=(("go", "Yes, do it now"), ("stay", "No, leave it")))
    region = Need("region", "choice", "Which?", choices=(("eu", "Europe"), ("us", "United States")))
    directory: object = Directory()

    found = await answer(sure, text, principal=ANA, directory=directory, now=MONDAY)  # type: ignore[arg-type]

    assert found == (Filled(value) if value else Missing())
    assert await answer(region, "yes", principal=ANA, directory=directory, now=MONDAY) == Missing()  # type: ignore[arg-type]


async def test_a_button_for_somebody_elses_ticket_is_none() -> None:
    """What was offered is looked up again, among one's own."""
    need = Need("t", "ticket", "Which?")
    directory: object = Directory()

    async def pressed(value: str) -> object:
        return await value_of_choice(need, value, principal=ANA, directory=directory, now=MONDAY)  # type: ignore[arg-type]

    assert await pressed("IT-4") == Filled({"id": "IT-4", "label": "Screen flickers"})
    assert await pressed("IT-5") == Missing()


@pytest.mark.parametrize(
    ("words", "until"),
    [
        pytest.param("until friday", "2026-11-27T23:59:59+01:00", id="a weekday, in the requester's zone"),
        pytest.param("for three days", "2026-11-26T23:59:59+01:00", id="days end with the last of them"),
        pytest.param("for two weeks", "2026-12-07T23:59:59+01:00", id="weeks likewise"),
        pytest.param("for a month please", "2026-12-23T23:59:59+01:00", id="and months"),
        pytest.param("for six hours", "2026-11-23T15:00:00+01:00", id="hours do not"),
        pytest.param("till tomorrow", "2026-11-24T23:59:59+01:00", id="tomorrow"),
        pytest.param("until 2026-12-01", "2026-12-01T23:59:59+01:00", id="a date"),
        pytest.param("until tomorrow; actually until Monday", "2026-11-30T23:59:59+01:00", id="one that takes another back"),
        pytest.param("bis Freitag", "2026-11-27T23:59:59+01:00", id="German"),
        pytest.param("access please", None, id="none"),
        pytest.param("error 403 may be the sun", None, id="words that look like dates"),
    ],
)
async def test_a_date(words: str, until: object) -> None:
    assert await got(UNTIL, words) == until


async def test_a_date_that_has_passed_is_asked_about() -> None:
    assert isinstance(await fill(UNTIL, "until 2020-01-01", principal=ANA, directory=Directory(), now=MONDAY), Unclear)  # type: ignore[arg-type]


async def test_two_ends_of_which_neither_is_taken_back_are_asked_about() -> None:
    directory: object = Directory()
    found = await fill(UNTIL, "until friday for me, until monday for her", principal=ANA, directory=directory, now=MONDAY)  # type: ignore[arg-type]
    assert isinstance(found, Unclear)
    assert [value[:10] for value, _ in found.choices] == ["2026-11-27", "2026-11-30"]


async def test_an_answer_is_the_value_and_a_forged_choice_is_none() -> None:
    """The whole reply is meant; a button's value is looked up again."""
    directory: object = Directory()
    assert (await answer(APP, "Figma", principal=ANA, directory=directory, now=MONDAY)) == Filled({"id": "figma", "label": "Figma"})  # type: ignore[arg-type]
    assert isinstance(await value_of_choice(APP, "root-shell", principal=ANA, directory=directory, now=MONDAY), Missing)  # type: ignore[arg-type]


@given(st.text(alphabet="qxzjwv ", min_size=1, max_size=40))
async def test_nothing_is_made_out_of_nonsense(words: str) -> None:
    assert await got(APP, words) in (None, set())


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(
            (text, Intent.WITHDRAW)
            for text in (
                "never mind",
                "nvm",
                "Never mind, I found it",
                "actually never mind",
                "forget it",
                "cancel that",
                "please cancel my request",
                "no longer needed",
                "scratch that",
                "nevermnd",
            )
        ),
        *((text, Intent.PERSON) for text in ("a person please", "can I talk to a human", "get me a human")),
        *((text, Intent.YES) for text in ("yes", "yes thanks, it works", "works now", "fixed!")),
        *((text, Intent.NOT_YET) for text in ("not yet", "no", "still locked", "doesn't work")),
        *((text, Intent.THANKS) for text in ("thanks", "thx please hurry", "thank you so much!")),
        *((text, Intent.EMPTY) for text in ("", "   ", ":wave:", "👍", "...")),
        *((text, Intent.GREETING) for text in ("hi", "hello there", "what a Monday... how was your weekend?")),
        *((text, Intent.HELP) for text in ("help", "what can you do?", "can you help me please")),
        *((text, Intent.STATUS) for text in ("any news?", "whats the status of my request", "why does it take so long")),
        *((text, Intent.CHAT) for text in ("Will you marry me?", "tell me a joke")),
        *((text, Intent.WITHDRAW) for text in ("never mind, it stopped",)),
        *(
            (text, Intent.OTHER)
            for text in (
                "never mind the printer, I'm locked out of my account",
                "cancel my access to figma",
                "stop the vpn from disconnecting",
                "thanks, but my vpn is broken",
                "no, I need salesforce instead",
                "my account is locked",
                "help, my account is locked",
                "what is the status of IT-1004",
                "can you help me with my printer",
            )
        ),
    ],
)
def test_short_forms(text: str, meant: Intent) -> None:
    """A short form is one only when it carries no request."""
    assert intent(text) is meant


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    assert isinstance(intent(clean(text, bot_id="UBOT")), Intent)
    assert len(clean(text * 50, bot_id="UBOT")) <= 4000


SIZE = Need("size", "number", "How large?", unit="GB", least=1, most=5000)
COUNT = Need("count", "number", "How many?", default="3", unit="seat")
LENGTH = Need("length", "duration", "For how long?", least=60, most=86_400)
CODE = Need("code", "text", "Which cost centre?", matches=r"[A-Z]{2}-\d{4}")


@pytest.mark.parametrize(
    ("need", "words", "expected"),
    [
        pytest.param(SIZE, "I need a disk of 20 GB", 20, id="with its unit"),
        pytest.param(SIZE, "make it 2 TB please", 2000, id="in another unit of its kind"),
        pytest.param(SIZE, "1,500 gb", 1500, id="with a comma"),
        pytest.param(SIZE, "20 people need a disk", None, id="a number of something else"),
        pytest.param(SIZE, "from 20 GB to 40 GB", None, id="two numbers"),
        pytest.param(SIZE, "a disk", None, id="none"),
        pytest.param(SIZE, "0.5 GB", "That is too little: it is 1 GB at least. How large?", id="too little"),
        pytest.param(SIZE, "9 TB", "That is too much: it is 5000 GB at most. How large?", id="too much"),
        pytest.param(COUNT, "two seats", 2, id="in words"),
        pytest.param(COUNT, "some", 3, id="what is assumed"),
        pytest.param(LENGTH, "for two hours", 7200, id="hours"),
        pytest.param(LENGTH, "an hour and a half", 5400, id="and a half"),
        pytest.param(LENGTH, "half an hour", 1800, id="half an hour"),
        pytest.param(LENGTH, "90min", 5400, id="glued"),
        pytest.param(LENGTH, "for two weeks", "That is too much: it is 1 day at most. For how long?", id="too long"),
        pytest.param(CODE, "charge it to: DE-1234", "DE-1234", id="as it must look"),
        pytest.param(
            CODE, "charge it to: the boss", "“the boss” does not look right. Which cost centre?", id="as it must not look"
        ),
    ],
)
async def test_amounts_and_texts_are_taken_as_they_are_said(need: Need, words: str, expected: object) -> None:
    """In their unit and within their limits; what is not said plainly is asked for."""
    found = await fill(need, words, principal=ANA, directory=Directory(), now=MONDAY)
    assert (found.value if isinstance(found, Filled) else found.question if isinstance(found, Unclear) else None) == expected


@pytest.mark.parametrize(
    ("need", "words", "expected"),
    [
        pytest.param(SIZE, "20", 20, id="a number alone"),
        pytest.param(SIZE, "20 apples", "I need it in GB, not as “20 apples”. How large?", id="another unit"),
        pytest.param(SIZE, "no idea", None, id="none"),
        pytest.param(LENGTH, "2h", 7200, id="a span"),
        pytest.param(LENGTH, "2", None, id="of what"),
        pytest.param(CODE, "DE-1234", "DE-1234", id="as it must look"),
        pytest.param(CODE, "DE-12345", "“DE-12345” does not look right. Which cost centre?", id="too long"),
    ],
)
async def test_an_answer_may_be_the_number_alone(need: Need, words: str, expected: object) -> None:
    found = await answer(need, words, principal=ANA, directory=Directory(), now=MONDAY)
    assert (found.value if isinstance(found, Filled) else found.question if isinstance(found, Unclear) else None) == expected
