"""Secrets are blanked by their shape or by what stands before them; ordinary requests pass untouched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import BLANK, blank, has_secret
from knowledge.parse import load
from tests.programs import ROOT

WITH_ONE = {
    "my password is hunter2": "hunter2",
    "My password is: Summer2024! and it fails": "Summer2024",
    "password: swordfish": "swordfish",
    "my password is swordfish.": "swordfish",
    "user ana, password: banana, please help": "banana",
    'the password is "tuesday"': "tuesday",
    "pw=abc123": "abc123",
    "please set my password to Hunter22": "Hunter22",
    "Passwort: geheim123": "geheim123",
    "mein Passwort ist Sommer2024": "Sommer2024",
    "mein Kennwort lautet Sonnenblume": "Sonnenblume",
    "mi contraseña es perro123": "perro123",
    "contraseña: Gato2020": "Gato2020",
    "my PIN is 4312": "4312",
    "api key: 1234abcd5678": "1234abcd5678",
    "client_secret=a1b2c3d4e5": "a1b2c3d4e5",
    "it says xoxb-123-456-abcDEF": "123-456-abcDEF",
    "token: xapp-1-A-2-bcd": "xapp-1-A-2-bcd",
    "sk-proj-abcdefghijklmnop": "abcdefghijklmnop",
    "ghp_abcdefghijklmnopqrstuvwxyz123456": "abcdefghijklmnop",
    "the key AKIAIOSFODNN7EXAMPLE does not work": "IOSFODNN7",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----": "MIIabc",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r and it goes on": "b3BlbnNzaC1r",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_def": "eyJzdWIi",
    "postgresql://u:geheim@h/d": "geheim",
    "Authorization: Bearer abcdefghijklmnop1234": "abcdefghijklmnop1234",
}

ORDINARY = """
I forgot my password
reset my password please
my password expired yesterday
my password is expired
my password is expired!
my password is not working
My password is wrong.
my password isn't accepted
my password is no longer accepted
Password: reset please
password: help
Password reset for ben
my password is about to expire
my password is 90 days old
is my password case-sensitive?
what is my password?
new password: how do I set it?
could you change my password to something new
set my password to expire in 2025
the token is expired
the api key is invalid
I lost my pin
my VPN says the certificate has expired
I have a new phone and need my sign-in codes moved
mein Passwort ist abgelaufen
Mein Passwort ist falsch
ich habe mein Passwort vergessen
Passwort zurücksetzen bitte
Mein Konto ist gesperrt, ich komme nicht rein
mi contraseña es incorrecta
olvidé mi contraseña
mi contraseña ha caducado
la clave es incorrecta
necesito restablecer mi contraseña
see https://example.com/a:b@c
""".strip().splitlines()


@pytest.mark.parametrize("text", WITH_ONE)
def test_a_secret_is_blanked_and_the_rest_stays(text: str) -> None:
    less = blank(text)
    assert WITH_ONE[text] not in less
    assert BLANK in less
    assert has_secret(text)
    assert blank(less) == less


@pytest.mark.parametrize("text", ORDINARY)
def test_what_people_ask_every_day_passes_untouched(text: str) -> None:
    assert blank(text) == text
    assert not has_secret(text)


def test_no_request_of_the_collection_is_taken_for_a_secret() -> None:
    """All the phrasings that retrieval is measured with, and what every runbook says in words."""
    lines = (ROOT / "tests" / "knowledge" / "requests.jsonl").read_text().splitlines()
    books, _ = load(ROOT / "knowledge" / "runbooks")
    phrasings = [said for book in books for example in book.examples for said in example.says]
    told = [text for book in books for text in (book.title, *book.symptoms, *book.unlike, book.done, book.text)]
    assert min(len(lines), len(books), len(phrasings)) > 20
    assert [text for text in (*lines, *phrasings, *told) if has_secret(text)] == []


PIECES = st.sampled_from(
    [
        *WITH_ONE,
        *WITH_ONE.values(),
        "password",
        "is",
        ":",
        "=",
        " ",
        "\n",
        "to",
        "[secret]",
        "[secret",
        "`",
        '"',
        "://",
        "@",
        "!",
        "-----",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=12).map("".join))
def test_it_never_raises_and_twice_is_as_once(text: str) -> None:
    """Whatever is written."""
    less = blank(text)
    assert blank(less) == less


@given(st.text(max_size=200), st.sampled_from([one for one in WITH_ONE if one.startswith(("ghp_", "sk-", "-----", "eyJ"))]))
def test_a_token_does_not_survive_its_surroundings(text: str, token: str) -> None:
    """Wherever it stands."""
    assert WITH_ONE[token] not in blank(f"{text} {token} {text}").replace(text, "")


def test_a_long_message_takes_no_longer_than_its_length_deserves() -> None:
    """No pattern goes back and forth: a message of Slack's greatest length, made of what could begin a match."""
    for piece in ("password is ", "://a", "-----BEGIN PRIVATE KEY-----", "eyJ", "xox", "pass word", "token: [secret"):
        blank(piece * (40_000 // len(piece)))
