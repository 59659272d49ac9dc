"""Whom somebody's words are about: the requester, somebody in the directory, or somebody whom nobody knows.

INVARIANT: a name that nobody bears is never silently taken for the requester; it is reported as `Named.unknown`. A name counts
where it stands as whom something is done for ("mfa of ben", "ben's account", "ben lost his phone"); a name elsewhere ("Ben
told me to ask") never decides. Mentions and e-mail addresses are looked up, never believed. The words are those of an
ordinary sentence in English, or of a simple one in German or Spanish (`bot.reading.personbook`).
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from bot.domain import Principal
from bot.ports import Directory
from bot.reading.datebook import WEEKDAYS
from bot.reading.personbook import (
    ASKED_OF,
    DETERMINERS,
    GETS,
    GIFTS,
    GIVES,
    HAVES,
    LOOSE_NAMES,
    MODALS,
    MOVES,
    NOT_NAMES,
    PLACES,
    PREDICATES,
    PREPOSITIONS,
    ROLES,
    SELF,
    SELF_WEAK,
    SOMEBODY_ELSE,
    SUBJECT,
    TARGETS,
    VERBS,
)
from bot.reading.phrases import fold
from tools.contract import Person


@dataclass(frozen=True, slots=True)
class Named:
    """Whom the words may mean: one when they are clear, several when they are not, nobody when they say nothing.

    `unknown`: a name that nobody bears. `unsaid`: somebody other than the requester, who is not named for sure.
    """

    people: tuple[Person, ...] = ()
    unknown: str = ""
    unsaid: bool = False


async def named(
    words: str, *, principal: Principal, people: Sequence[Person], directory: Directory, known: Iterable[str] = ()
) -> Named:
    """Whom a request is about. `known` are names of other things, which are no people."""
    sure, unknown, rest = await _looked_up(words, people, directory)
    sentence = _Sentence.of(rest, people, known)
    spoken = sentence.beside_each_other(list(sentence.named()))
    for one in spoken:
        if one.target and not one.stranger:
            sure += one.people
    unknown = unknown or next((one.stranger for one in spoken if one.stranger and one.target), "") or sentence.stranger(spoken)
    if unknown:
        return Named(unknown=unknown)
    me = tuple(person for person in people if person.handle == principal.id)
    myself = SELF.search(sentence.text) is not None
    if sure:
        return Named(_distinct((*sure, *me) if myself else sure))
    if sentence.of_somebody(spoken):
        return Named(unsaid=True)
    if myself:
        return Named(me)
    if manager := re.search(r"\b(?:my|our) (?:manager|boss|lead)s?\b", sentence.text.replace("'s", "s")):
        boss = tuple(person for person in people if person.handle == principal.manager)
        return Named(boss, unsaid=bool(manager))
    if SOMEBODY_ELSE.search(sentence.text):
        return Named(_distinct(person for one in spoken for person in one.people), unsaid=True)
    if SELF_WEAK.search(sentence.text):
        return Named(me)
    aside = _distinct(person for one in spoken if not one.loose for person in one.people)
    return Named(_distinct((*me, *aside)), unsaid=True) if aside else Named()


def ways(people: Iterable[Person]) -> list[str]:
    """Every way to say somebody's name that is no word as well: handles, full names, first names, last names."""
    common = LOOSE_NAMES | NOT_NAMES
    return [" ".join(way) for way in _names(tuple(people)) if len(way) > 1 or way[0] not in common]


async def answered(text: str, *, principal: Principal, people: Sequence[Person], directory: Directory) -> Named | None:
    """Whom the answer to "Who is it for?" names; None when it is no such answer."""
    sure, unknown, rest = await _looked_up(text, people, directory)
    if sure or unknown:
        return Named(_distinct(sure), unknown)
    sentence = _Sentence.of(rest, people, ())
    spoken = list(sentence.named())
    covered = {at for one in spoken for at in range(one.start, one.end)}
    left = [
        word.raw for at, word in enumerate(sentence.words) if at not in covered and word.text not in NOT_NAMES | ROLES | LOOSE_NAMES
    ]
    if len(left) + len(spoken) > _MOST_IN_A_NAME:
        return None
    if left:
        return Named(unknown=" ".join([*(" ".join(w.raw for w in sentence.words[o.start : o.end]) for o in spoken), *left]))
    if spoken:
        return Named(_distinct(person for one in spoken for person in one.people))
    if SELF.search(sentence.text) or re.fullmatch(
        r"(?:its |it is |thats |for )?(?:me|myself|mine|i|my own|ich|mich|yo|mi)", sentence.bare
    ):
        return Named(tuple(person for person in people if person.handle == principal.id))
    return None


def similar(name: str, people: Sequence[Person]) -> list[Person]:
    """At most three people whose name lies a slip or two from this one, to be offered, never taken."""
    said = fold(name)
    near: list[tuple[int, str, Person]] = []
    for person in people:
        first, *_ = fold(person.name).split() or [""]
        slips = min(OSA.distance(said, one) for one in (fold(person.name), first, person.handle))
        if person.active and slips <= (1 if len(said) <= 4 else 2):  # noqa: PLR2004
            near.append((slips, person.handle, person))
    return [person for _, _, person in sorted(near, key=lambda one: one[:2])[:3]]


# ── the sentence ─────────────────────────────────────────────────────────────────────────────────────────────────────

_MOST_IN_A_NAME = 4
_MENTION = re.compile(r"@([UW][A-Z0-9]{5,})\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CONTRACTED = re.compile(r"(?<=\w)'(?:ve|m|d|ll|re)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[._-][^\W_]+)*(?:'s\b|s'(?!\w))?")
_ME = frozenset({"me", "us", "myself", "mir", "uns", "my", "our"})
_SHAPES = re.compile(r"\d|(?:ing|tion|tions|ment|ments|ness|ity)$")
_AND = ("and", "und", "y", "plus")
_AFTER_A_NAME = frozenset({"please", "pls", "asap", "now", "today", "again", "and", "bitte", "account", "mfa", "2fa", "thanks"})


@dataclass(frozen=True, slots=True)
class _Word:
    raw: str
    text: str  # folded, without the possessive
    owns: bool  # "ben's"
    opens: bool  # begins a sentence


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A name in the sentence. `target`: it stands where somebody is whom something is done for."""

    start: int
    end: int
    people: tuple[Person, ...]
    target: bool
    loose: bool  # a common word
    stranger: str = ""  # "Ben Zorro", when there is a Ben but no Zorro


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: tuple[_Word, ...]
    text: str
    names: dict[tuple[str, ...], tuple[Person, ...]]
    known: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, words: str, people: Sequence[Person], known: Iterable[str]) -> "_Sentence":
        plain = _CONTRACTED.sub("", re.sub(r"[’‘`´]", "'", words)).replace("n't", "nt")
        found = []
        for match in _WORD.finditer(plain):
            raw = match[0]
            bare = raw[:-2] if raw.endswith("'s") else raw[:-1] if raw.endswith("s'") else raw
            before = plain[: match.start()].rstrip(' \t"“(*_')
            found.append(_Word(bare, fold(bare), bare != raw, not before or before[-1] in ".!?\n:"))
        things = frozenset(part for name in known for part in re.findall(r"\w+", fold(name)))
        return cls(tuple(found), " ".join(re.findall(r"[\w'-]+", fold(plain))), _names(people), things)

    @property
    def bare(self) -> str:
        return self.text.replace("'", "")

    def named(self) -> Iterator[_Spoken]:
        """Every name of the directory in the sentence, the longest first where they overlap."""
        at = 0
        while at < len(self.words):
            for end in range(min(at + _MOST_IN_A_NAME, len(self.words)), at, -1):
                found = self._at(at, end)
                if found is not None:
                    yield found
                    at = end
                    break
            else:
                at += 1

    def beside_each_other(self, spoken: Sequence[_Spoken]) -> list[_Spoken]:
        """Of "ben and gus" both are whom something is done for when one is."""
        made: list[_Spoken] = []
        for one in spoken:
            between = self.words[made[-1].end : one.start] if made else ()
            joined = bool(made) and made[-1].target and [word.text for word in between] in ([], *([word] for word in _AND))
            made.append(dataclasses.replace(one, target=True) if joined else one)
        return made

    def of_somebody(self, spoken: Sequence[_Spoken]) -> bool:
        """Whether somebody is meant by whom they belong to: "pavel's colleague" is not Pavel."""
        return any(self.words[one.end - 1].owns and self._follows(one.end, ROLES) for one in spoken)

    def stranger(self, spoken: Sequence[_Spoken]) -> str:
        """A name that nobody bears, where a name must stand; empty when there is none."""
        taken = {at for one in spoken for at in range(one.start, one.end)}
        for at, word in enumerate(self.words):
            if at in taken or self._no_name(word):
                continue
            if self._must_be_a_name(at):
                following = self.words[at + 1] if at + 1 < len(self.words) else None
                more = following is not None and following.raw[:1].isupper() and not self._no_name(following) and not word.owns
                return f"{word.raw} {following.raw}" if more and following else word.raw
        return ""

    def _at(self, start: int, end: int) -> _Spoken | None:
        words = self.words[start:end]
        key = tuple(word.text for word in words)
        people = self.names.get(key, ())
        owned = words[-1].owns
        if not people and end - start == 1 and key[0].endswith("s") and self._follows(end, TARGETS):
            people, owned = self.names.get((key[0][:-1],), ()), True  # "bens account"
        if not people:
            return None
        single = end - start == 1 and "." not in key[0]
        following = self.words[end] if end < len(self.words) else None
        stranger = ""
        if single and not owned and following and following.raw[:1].isupper() and not following.opens:
            parts = {part for person in people for part in fold(person.name).split()}
            if following.text not in parts and not self._no_name(following):
                stranger = f"{words[0].raw} {following.raw}"
        loose = single and key[0] in LOOSE_NAMES
        target = not (owned and self._follows(end, ROLES)) and (owned or not single or self._is_target(start, end))
        return _Spoken(start, end, self._told_apart(people), target, loose, stranger)

    def _told_apart(self, people: tuple[Person, ...]) -> tuple[Person, ...]:
        """Of two Lenas, "Lena from Finance" is one."""
        if len(people) == 1:
            return people
        said = {word.text for word in self.words}
        fitting = tuple(person for person in people if said & set(fold(f"{person.department} {person.title}").split()))
        return fitting or people

    def _is_target(self, start: int, end: int) -> bool:
        before = self._before(start)
        if before >= 0 and self.words[before].text in PREPOSITIONS | VERBS | TARGETS | ROLES | MOVES | ASKED_OF:
            return True
        if start > 0 and self.words[start - 1].text in ROLES:
            return True
        if before >= 0 and (self.words[before].text in GETS or self._is_given_to(before)):
            return True
        if before >= 0 and self.words[before].text in MODALS and self._follows(end, HAVES):
            return True
        return self._follows(end, PREDICATES)

    def _is_given_to(self, to: int) -> bool:
        """Whether this is the "to" of "give access to ben"; in "give me access to ben" it is not."""
        gives = [at for at in range(to) if self.words[at].text in GIVES]
        return self.words[to].text in ("to", "an", "a") and bool(gives) and not self._follows(gives[-1] + 1, _ME)

    def _must_be_a_name(self, at: int) -> bool:
        word, before = self.words[at], self._before(at)
        plain = at == 0 or self.words[at - 1].text not in DETERMINERS
        if word.owns and plain and (self._follows(at + 1, TARGETS) or self._follows(at + 2, TARGETS)):
            return True
        if plain and SUBJECT.match(" ".join(one.text for one in self.words[at + 1 : at + 5])):
            return True
        if before < 0 or not plain:
            return False
        previous = self.words[before].text
        behind = at + 1 + self._capital(at + 1)  # "unlock Zebulon Quark"
        if previous in PREPOSITIONS:
            return self._capital(at) or (before > 0 and self.words[before - 1].text in TARGETS | VERBS | {"user"})
        if previous in MOVES:
            return self._follows(behind, PLACES)
        last = behind == len(self.words) or self.words[behind].text in _AFTER_A_NAME
        if previous in GIVES:
            return self._follows(at + 1, GIFTS | self.known)
        if previous in VERBS:
            return last or (word.text.endswith("s") and self._follows(at + 1, TARGETS))
        return last and previous in TARGETS and before > 0 and self.words[before - 1].text in VERBS

    def _capital(self, at: int) -> bool:
        """Whether the word there is written as a name: "Quark", and not "VPN"."""
        word = self.words[at] if at < len(self.words) else None
        return word is not None and word.raw[:1].isupper() and not word.raw.isupper() and not word.opens and not self._no_name(word)

    def _before(self, at: int) -> int:
        """The word before, past "my colleague", "user" and the like; -1 when there is none."""
        before = at - 1
        skipped_role = False
        while before >= 0 and (self.words[before].text in ROLES or (skipped_role and self.words[before].text in DETERMINERS)):
            skipped_role = True
            before -= 1
        return before

    def _follows(self, at: int, among: frozenset[str]) -> bool:
        return at < len(self.words) and self.words[at].text in among

    def _no_name(self, word: _Word) -> bool:
        text = word.text
        return (
            text in NOT_NAMES
            or text in self.known
            or text in ROLES
            or text in WEEKDAYS
            or len(text) == 1
            or bool(_SHAPES.search(text))
        )


def _names(people: Sequence[Person]) -> dict[tuple[str, ...], tuple[Person, ...]]:
    """Every way to say a name → who bears it: handle, full name, first name, last name."""
    names: dict[tuple[str, ...], tuple[Person, ...]] = {}
    for person in people:
        parts = tuple(re.findall(r"[^\W_]+(?:-[^\W_]+)*", fold(person.name)))
        ways = {(person.handle,), (fold(person.handle),), tuple(re.split(r"[._]", fold(person.handle)))}
        if person.active and parts:
            ways |= {parts, (parts[0],), (parts[-1],)}
        for way in ways:
            names[way] = _distinct((*names.get(way, ()), person))
    for person in people:
        if (person.handle,) in names and any(one.handle == person.handle for one in names[(person.handle,)]):
            # A handle is one person's; a first name that is spelt the same does not make it two.
            bearers = names[(person.handle,)]
            names[(person.handle,)] = bearers if len(bearers) == 1 or person.handle in _firsts(bearers) else (person,)
    return names


def _firsts(people: Sequence[Person]) -> set[str]:
    return {fold(person.name).split()[0] for person in people if person.name}


def _distinct(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple({person.handle: person for person in people}.values())


async def _looked_up(words: str, people: Sequence[Person], directory: Directory) -> tuple[list[Person], str, str]:
    """Whom mentions and addresses name, the first that is nobody's, and the words without them."""
    sure: list[Person] = []
    unknown = ""
    for slack_id in dict.fromkeys(_MENTION.findall(words)):
        person = await directory.by_slack(slack_id)
        if person is not None:
            sure.append(person)
        else:
            unknown = unknown or f"@{slack_id}"
    by_email = {person.email.casefold(): person for person in people if person.email}
    for address in _EMAIL.findall(words):
        if (person := by_email.get(address.rstrip(".").casefold())) is not None:
            sure.append(person)
        else:
            unknown = unknown or address
    return sure, unknown, _EMAIL.sub(" ", _MENTION.sub(" ", words))
