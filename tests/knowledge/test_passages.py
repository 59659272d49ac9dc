"""Articles found by meaning and by words, on made-up ones whose vectors can be seen at a glance (tests/knowledge/shelf.py)."""

import asyncio

import pytest

from knowledge import markdown
from knowledge.article import Article
from knowledge.passages import Passages
from knowledge.words import codes, spoken, terms
from tests.knowledge.shelf import Topics


def article(id: str, title: str, text: str = "", *, roles: tuple[str, ...] = ()) -> Article:  # noqa: A002
    return Article(id, title, tuple(markdown.sections(text or title)), f"https://wiki.example/{id}", roles)


def indexed(*articles: Article) -> Passages:
    index = Passages(Topics())
    index.build(articles)
    return index


def found(index: Passages, words: str, most: int = 3, readable: set[str] | None = None) -> list[str]:
    return [one.article.id for one in index.search(words, most, readable)]


VPN = article(
    "vpn", "Using the vpn", "# Using the vpn\n\nIt is for everybody.\n\n## When the vpn is slow\n\nChange the vpn gateway."
)
LOCK = article("lock", "A locked account", "What to do about a lock.")


def test_the_best_section_is_found_with_its_link() -> None:
    """A long article answers with the piece that fits, and leads there."""
    [best, *_] = indexed(VPN, LOCK).search("the vpn gateway is slow")

    assert (best.article.id, best.link) == ("vpn", "https://wiki.example/vpn#when-the-vpn-is-slow")
    assert best.text == "Change the vpn gateway."


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("vpn 0x80070005", "error"),
        ("what does KubePodCrashLooping mean for the vpn", "alert"),
        ("the vpn lock, see Crash reports of phones", "title"),
    ],
)
def test_a_code_a_name_and_a_title_win_over_meaning(words: str, wanted: str) -> None:
    """The vectors say vpn and lock; what was copied from somewhere says what it is about."""
    index = indexed(
        article("both", "lock of the vpn", "vpn lock, the usual"),
        article("error", "Refused", "The code 0x80070005 is told by the installer."),
        article("alert", "KubePodCrashLooping", "A container ends again and again."),
        article("title", "Crash reports of phones", "They are sent at night."),
        *(article(str(at), f"note {at}", "Of another kind, on the vpn and what it has to do with a lock.") for at in range(40)),
    )

    assert found(index, words, 1) == [wanted]
    assert found(index, "the vpn lock", 1) != [wanted]


def test_a_title_that_stands_whole_in_the_request_wins() -> None:
    """Though all of its words are in every other article too, which the meaning is nearer to."""
    said = "The usual words of a lock on the vpn of a phone."
    index = indexed(article("title", "Usual words", "Of a lock."), *(article(str(at), f"note {at}", said) for at in range(40)))

    assert found(index, "the lock and the vpn of my phone, see usual words", 1) == ["title"]


def test_how_much_words_count_is_measured_on_the_request() -> None:
    """Rare words count more than those that are everywhere; a long everyday sentence leaves it to the meaning."""
    index = indexed(*(article(str(at), f"note {at}", f"the usual words of a note, and thing{at}x") for at in range(40)), VPN)
    lexical = index._shelf.lexical  # type: ignore[union-attr]

    assert lexical.asked("thing7x").weight > 3 * lexical.asked("the usual words of a note").weight
    assert lexical.asked("thing7x the usual words of a note").weight < lexical.asked("thing7x").weight
    assert (lexical.asked("unheard of").raw.sum(), lexical.asked("").weight) == (lexical.asked("of").raw.sum(), 0.0)


def test_a_share_is_no_more_than_one() -> None:
    """So it can stand beside a cosine, whatever else was found."""
    lexical = indexed(*(article(str(at), "vpn " * at, "vpn " * 50 * at) for at in range(1, 9)), LOCK)._shelf.lexical  # type: ignore[union-attr]

    for words in ("vpn", "vpn " * 30, "A locked account, what to do about a lock"):
        assert 0 < lexical.asked(words).share.max() < 1


def test_a_phrase_that_is_everywhere_says_little_beside_one_rare_word() -> None:
    """Also where it is said more than once, which counts in BM25 alone."""
    phrases = (article(str(at), f"note {at}", "what is used when it is not set as it should be") for at in range(40))
    lexical = indexed(*phrases, article("rare", "note", "toner"))._shelf.lexical  # type: ignore[union-attr]

    once = lexical.asked("what is used when the toner is not set as it should be")
    again = lexical.asked("what is used when the toner is not set as it should be, what is used when it is not set")

    assert once.share[-1] > 40 * once.share[:-1].max()
    assert again.share.tolist() == once.share.tolist()
    assert again.raw[0] > once.raw[0]


def test_what_says_the_same_is_shown_once() -> None:
    """A copy with another address is left out, what is only near stays."""
    text = "Open the settings, choose the vpn and press connect. Then type the code that your phone shows you."
    copy, near = article("copy", "The vpn", text), article("near", "The vpn", "The vpn of the office in Lyon is closed for good.")
    index = indexed(article("one", "The vpn", text), copy, near, LOCK)

    names = found(index, "vpn connect", 9)

    assert len({"one", "copy"} & set(names)) == 1
    assert {"near", "lock"} <= set(names)


def test_who_may_not_read_it_does_not_find_it() -> None:
    """It is not looked at at all: the others move up, and as many are found as were asked for."""
    index = indexed(VPN, article("secret", "The vpn of the board", "vpn vpn vpn"), LOCK)

    assert found(index, "vpn", 1) == ["secret"]
    assert found(index, "the vpn of the board", 2, {"vpn", "lock"}) == ["vpn", "lock"]
    assert found(index, "vpn", 3, set()) == []


@pytest.mark.parametrize("words", ["", "   ", "🙂🙂", "…!?", "___", "\ud83d"])
def test_a_text_without_words_finds_nothing(words: str) -> None:
    assert found(indexed(VPN, LOCK), words) == []


@pytest.mark.parametrize("words", ["\ud83d vpn", "vpn " * 10_000, "VPN ネットワーク vpn", "vpn\x00"])
def test_odd_texts_are_searched_for_like_others(words: str) -> None:
    assert found(indexed(VPN, LOCK), words, 1) == ["vpn"]


def test_an_empty_index_finds_nothing() -> None:
    """Never built, built of nothing, or of an article without a word."""
    assert Passages(Topics()).search("vpn") == []
    assert found(indexed(), "vpn") == []
    assert found(indexed(Article("void", "", ()), VPN), "vpn", 1) == ["vpn"]


async def test_a_search_while_the_index_is_built_sees_one_or_the_other() -> None:
    """Never half of it."""
    index = indexed(VPN, LOCK)

    def rebuild() -> None:
        for some in [[VPN], [VPN, LOCK]] * 20:
            index.build(some)

    building = asyncio.get_running_loop().run_in_executor(None, rebuild)
    sizes = set()
    while not building.done():
        sizes.add(len(await asyncio.to_thread(index.search, "vpn", 9)))
    await building
    assert sizes <= {1, 2}


def test_a_name_in_one_piece_is_a_word_and_its_parts() -> None:
    """For the words; for the model it is taken apart; and it is known as a name."""
    assert terms("KubePodCrashLooping") == ["kubepodcrashloop", "kube", "pod", "crash", "loop"]
    assert terms("HTTPServer node_exporter VPN") == ["httpserver", "http", "server", "node_export", "node", "export", "vpn"]
    assert spoken("KubePodCrashLooping of node_exporter") == "Kube Pod Crash Looping of node exporter"
    assert codes("Outlook says 0x8004010F, Get-MailboxFolder, KubePodLock in 2016 or 5 ms") == {
        "0x8004010f",
        "mailboxfold",
        "kubepodlock",
        "2016",
    }
