"""From what people write to ids: who and what a tool's argument means. Where it is not plain, the candidates are told.

A person is resolved by handle, e-mail address, Slack id or mention, or by a name that is theirs alone; an application or another
thing by id, name or other name. Nothing is guessed: what is only similar is offered, never taken.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence

from tools.contract import Ambiguous, NotFound, Person
from tools.systems.protocols import Access, App, Directory

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
SLACK_ID = re.compile(r"[UW][A-Z0-9]{5,}")
OFFERED = 5
SIMILAR = 0.6
LESS = 0.1
"""Taken off the likeness of a person's names, so that a title or a part of a name goes before."""


def plain(words: str) -> str:
    """For comparing: letters and digits without accents, in lower case, single spaces between."""
    letters = words.casefold()
    if not letters.isascii():
        bare = unicodedata.normalize("NFKD", letters.replace("ł", "l").replace("ı", "i"))
        letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", letters.replace("_", " ")))


async def one_person(directory: Directory, words: str) -> Person:
    """Raises NotFound, Ambiguous, SystemAway."""
    words = words.strip()
    if (person := await exact_person(directory, words)) is not None:
        return person
    found = await directory.find(words)
    wanted = plain(words)
    named = [person for person in found if wanted in _names(person)]
    if len(named) == 1:
        return named[0]
    if named:
        offered = tuple((person.handle, f"{person.name} ({person.title})") for person in named[:OFFERED])
        raise Ambiguous(f"several people are called {words!r}", offered)
    meant = f"; did you mean {_listed(person.handle for person in found[:3])}?" if found else ""
    raise NotFound(f"there is nobody called {words!r} in the directory{meant}")


async def exact_person(directory: Directory, words: str) -> Person | None:
    """By handle, e-mail address, Slack id or mention; None when it is none of these."""
    if mention := MENTION.fullmatch(words):
        return await directory.by_slack(mention[1])
    if SLACK_ID.fullmatch(words) and (person := await directory.by_slack(words)) is not None:
        return person
    bare = words.removeprefix("@").lower()
    return await (directory.by_email(bare) if "@" in bare else directory.person(bare))


def best_people(words: str, people: Iterable[Person]) -> list[Person]:
    """Those whose name, handle, address or title fits the words: whole names first, then parts, then the similar."""
    wanted = plain(words)
    if not wanted:
        return []
    scored = [(_fit(wanted, person), person.handle, person) for person in people]
    return [person for fit, _, person in sorted(scored, key=lambda one: (-one[0], one[1])) if fit >= SIMILAR]


def _fit(wanted: str, person: Person) -> float:
    names = _names(person)
    if wanted in names or wanted in (plain(person.handle), plain(person.email), person.slack_id.lower()):
        return 3.0
    full = plain(person.name)
    if all(any(part.startswith(word) for part in full.split()) for word in wanted.split()):
        return 2.0
    if wanted == plain(person.title) or wanted == plain(person.department):
        return 1.5
    return max(_similarity(wanted, name, SIMILAR + LESS) for name in (*names, plain(person.handle))) - LESS


def _similarity(wanted: str, name: str, least: float) -> float:
    """From 0 to 1; 0 where it is surely less than `least`, which is told at a fraction of the cost."""
    pair = difflib.SequenceMatcher(None, wanted, name)
    return pair.ratio() if pair.real_quick_ratio() >= least and pair.quick_ratio() >= least else 0.0


def _names(person: Person) -> tuple[str, ...]:
    full = plain(person.name)
    return (full, *full.split())


async def one_app(access: Access, words: str) -> App:
    """Raises NotFound, Ambiguous, SystemAway."""
    if (app := await access.app(words.strip().lower())) is not None:
        return app
    exact, similar = best_apps(words, await access.apps())
    if len(exact) == 1:
        return exact[0]
    if exact or len(similar) > 1:
        offered = tuple((app.id, app.name) for app in (exact or similar)[:OFFERED])
        raise Ambiguous(f"several applications could be meant by {words!r}", offered)
    meant = f"; did you mean {similar[0].id}?" if similar else ""
    raise NotFound(f"there is no application called {words!r}{meant}")


def one_named(words: str, things: Iterable[tuple[str, str, Iterable[str]]], kind: str) -> str:
    """The id of the one thing, of (id, name, other names), that is called so; `kind` says in a message what was looked for.

    Raises NotFound, Ambiguous.
    """
    wanted = plain(words)
    known = [(id_, name, {plain(one) for one in (id_, name, *others)}) for id_, name, others in things]
    exact = [(id_, name) for id_, name, called in known if wanted in called]
    if len(exact) == 1:
        return exact[0][0]
    inside = [
        (id_, name)
        for id_, name, called in known
        if wanted and any(_contains(one, wanted) or _contains(wanted, one) for one in called)
    ]
    if exact or len(inside) > 1:
        raise Ambiguous(f"several could be meant by the {kind} {words!r}", tuple((exact or inside)[:OFFERED]))
    near = {one: id_ for id_, _, called in known for one in called}
    close = [near[one] for one in difflib.get_close_matches(wanted, near, 1, SIMILAR)]
    meant = f"; did you mean {(inside[0][0] if inside else close[0])}?" if inside or close else ""
    raise NotFound(f"there is no {kind} called {words!r}{meant}")


def best_apps(words: str, apps: Sequence[App]) -> tuple[list[App], list[App]]:
    """(those that are called so, those that are merely similar)."""
    wanted = plain(words)
    if not wanted:
        return [], []
    exact = [app for app in apps if wanted in _called(app)]
    if exact:
        return exact, []
    inside = [app for app in apps if any(_contains(name, wanted) or _contains(wanted, name) for name in _called(app))]
    if inside:
        return [], inside
    scored = [(max(difflib.SequenceMatcher(None, wanted, name).ratio() for name in _called(app)), app.id, app) for app in apps]
    return [], [app for fit, _, app in sorted(scored, key=lambda one: (-one[0], one[1])) if fit >= SIMILAR]


def _called(app: App) -> tuple[str, ...]:
    return (plain(app.id), plain(app.name), *(plain(alias) for alias in app.aliases))


def _contains(name: str, words: str) -> bool:
    return f" {words} " in f" {name} "


def _listed(names: Iterable[str]) -> str:
    return " or ".join(names)


def best_named(words: str, things: Iterable[tuple[str, str, Iterable[str]]]) -> list[str]:
    """Ids of those that are called so, else of those whose names hold the words, else of the similar, the best first."""
    wanted = plain(words)
    called = {id_: [plain(name) for name in (id_, name, *others)] for id_, name, others in things}
    if not wanted:
        return []
    if exact := [id_ for id_, names in called.items() if wanted in names]:
        return exact
    if inside := [id_ for id_, names in called.items() if any(_contains(name, wanted) for name in names)]:
        return inside
    fits = {id_: max(difflib.SequenceMatcher(None, wanted, name).ratio() for name in names) for id_, names in called.items()}
    return sorted((id_ for id_, fit in fits.items() if fit >= SIMILAR), key=lambda id_: (-fits[id_], id_))
