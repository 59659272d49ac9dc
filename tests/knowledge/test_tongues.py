"""Requests in German and Spanish, which the embedded model does not read, and the symptoms that runbooks have for them."""

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.index import UNREAD, Index
from knowledge.parse import RunbookError, parse
from knowledge.runbook import Runbook
from knowledge.tongues import LONGEST, Tongues, language
from tests.knowledge.shelf import Topics, runbook
from tests.knowledge.test_parse import QUESTION


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("mein Rechner ist langsam", "de", id="German"),
        pytest.param("bitte den VPN Client neu installieren", "de", id="German with names"),
        pytest.param("¿cómo configuro la VPN?", "es", id="Spanish"),
        pytest.param("no puedo enviar correos", "es", id="Spanish with a word of English"),
        pytest.param("my laptop is slow", "", id="English"),
        pytest.param("the build of main died in CI", "", id="English with a word of German"),
        pytest.param("パスワード", "", id="neither"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_language_of_a_text(text: str, code: str) -> None:
    """Told by its common words."""
    assert language(text) == code


def test_of_a_long_text_the_beginning_is_looked_at() -> None:
    """Cut before its letters are taken apart: one of these becomes eighteen."""
    said, large = "mein Rechner ist langsam", "\ufdfa"
    assert language(f"{large * (LONGEST - len(said) - 1)} {said}") == "de"
    assert language(f"{large * LONGEST} {said}") == ""


def test_what_is_said_in_english_is_english(runbooks: list[Runbook]) -> None:
    """Titles and symptoms; what is in another language stands below `symptoms_in`."""
    assert [text for book in runbooks for text in (book.title, *book.symptoms) if language(text)] == []


def test_a_text_is_heard_by_the_words_that_tell_it() -> None:
    """More than half of the request's: common words and keys count for nothing, endings neither, other languages are not heard."""
    tongues = Tongues([("", "my computer"), ("de", "mein Rechner ist langsam"), ("de", "Drucker"), ("es", "ordenador lento")])

    assert tongues.heard("der Rechner ist so langsam", "de", 0.5).tolist() == [True, True, False, False]
    assert tongues.heard("bitte die Druckern, IT-1004", "de", 0.5).tolist() == [True, False, True, False]
    assert tongues.heard("Drucker und Rechner", "de", 0.5).tolist() == [True, False, False, False]
    assert tongues.heard("der Rechner brennt", "de", 0.5).tolist() == [True, False, False, False]
    assert tongues.heard("ich bin es", "de", 0.5).tolist() == [True, False, False, False]
    assert tongues.heard("Rechner", "", 0.5).tolist() == [True, False, False, False]


class EnglishOnly(Topics):
    """To it all sentences without its words are alike."""

    english_only = True


SLOW = replace(runbook("slow", "app"), symptoms_in=(("de", "mein Rechner ist langsam"),))


async def cosine(model: Topics, words: str) -> float:
    index = Index(model)
    index.build([SLOW])
    [hit] = await index.search(words)
    return hit.cosine


async def test_a_model_that_reads_english_alone_is_not_believed_about_other_languages() -> None:
    """What has none of the symptom's words is foreign, however near the model puts it."""
    assert await cosine(EnglishOnly(), "ich bin heute krank") < 0.52
    assert await cosine(EnglishOnly(), "heute ist der Rechner langsam") >= 0.52


async def test_a_model_that_reads_them_is_believed() -> None:
    assert await cosine(Topics(), "ich bin heute krank") == 1


async def test_what_is_not_english_must_fit_better() -> None:
    """Also what fits an English text."""
    assert await cosine(EnglishOnly(), "meine app ist das") == pytest.approx(1 - UNREAD, abs=1e-3)
    assert await cosine(EnglishOnly(), "my app is that") == pytest.approx(1, abs=1e-3)


def test_they_are_read_from_the_file(tmp_path: Path) -> None:
    """Each with its language; one that is not known is refused with its line."""
    file = tmp_path / "wifi.md"
    file.write_text(QUESTION.replace("symptoms: [wifi]", "symptoms: [wifi]\nsymptoms_in: {es: [la wifi], de: [das WLAN]}"))
    assert parse(file).symptoms_in == (("de", "das WLAN"), ("es", "la wifi"))

    file.write_text(QUESTION.replace("symptoms: [wifi]", "symptoms: [wifi]\nsymptoms_in: {fr: [le wifi]}"))
    with pytest.raises(RunbookError, match=r'wifi\.md:8: symptoms_in has unknown key "fr"'):
        parse(file)
