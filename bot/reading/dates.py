"""Until when: the end that somebody's words name, in the requester's zone.

Only words behind an anchor ("until", "for … days", "bis", "hasta", "まで") are read as a time, so that "may", "sun" or
"error 403" never become one. Days and months in words are read by dateparser; what a bare day, a weekday or a span of days
means here is decided in this module:

- a bare day ends at 23:59:59 where the requester is; a weekday is the next one, never today ("this friday" may be today);
- a span of days, weeks or months ends with its last day, as a bare day does, so that asking twice means the same end;
- a day and month without a year that lie up to half a year back are taken as past, not as next year's.

Pure. Times are timezone-aware.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.reading import datebook
from bot.reading.phrases import fold, tokens


@dataclass(frozen=True, slots=True)
class End:
    """The ends that the words may mean, soonest first: one when they are clear."""

    moments: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """The words name a time that has gone by."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Unread:
    """The words name an end that is not a time: "until the project is over"."""

    words: str


Reading = End | Past | Unread | None
"""None: the words say nothing of an end."""


def named_end(words: str, now: datetime, zone: str) -> Reading:
    """The end that a request names behind an anchor; `now` is aware, `zone` an IANA name (unknown: UTC)."""
    here, text = now.astimezone(zone_of(zone)), _plain(words)
    unread: Unread | None = None
    read: list[tuple[str, End | Past | Unread]] = []
    for span in _anchored(text):
        match _read(span, here):
            case None:
                unread = unread or Unread(_first_words(span))
            case found:
                read.append((span, found))
    if read:
        return _meant(read)
    spans = [_span(match, text, here) for match in _SPAN.finditer(text)]
    if any(spans):
        return next(found for found in spans if found)
    if not spans and unread is None and (loose := _LOOSE_SPAN.search(text)) and not _BACKWARDS.search(text):
        return Unread(loose[0])
    return unread


def _meant(read: list[tuple[str, End | Past | Unread]]) -> Reading:
    """Of several ends the one that takes another back ("until tomorrow; actually until Monday"), else all, to be asked about."""
    first = read[0][1]
    for (before, _), (span, found) in itertools.pairwise(read):
        between = before.removesuffix(span) if before.endswith(span) else ""
        if _TAKEN_BACK.search(between):
            return found
        if isinstance(first, End) and isinstance(found, End):
            first = End(tuple(sorted({*first.moments, *found.moments})))
    return first


def answered_end(words: str, now: datetime, zone: str) -> Reading:
    """The end that an answer to "Until when?" names: anchors may be left out."""
    named = named_end(words, now, zone)
    if isinstance(named, End | Past):
        return named
    here, text = now.astimezone(zone_of(zone)), _plain(words)
    span = _LOOSE_SPAN.search(text)
    if span:
        return _span(span, text, here) or Unread(text)
    starts = [0, *(match.end() for match in re.finditer(r"\s+", text))]
    return next((found for start in starts if (found := _read(text[start:], here)) is not None), named)


def only_when(words: str) -> bool:
    """Whether the words say no more than a time: "until Monday please", "a week is enough"."""
    return all(_OF_A_TIME.fullmatch(one) or one in _TIME_WORDS for one in tokens(words))


def quoted(words: str) -> list[str]:
    """The words that name an end, each with its anchor, in their order: ``until friday``, ``for two weeks``. In small letters."""
    text = _plain(words)
    found = [f"{text[: len(text) - len(rest)].split()[-1]} {_first_words(rest)}" for rest in _anchored(text) if text.endswith(rest)]
    return found or [match[0].strip() for match in _SPAN.finditer(text)]


def in_a_while(span: str, now: datetime, zone: str) -> datetime | None:
    """`now` and a span like ``7d``, ``2w`` or ``12h``: the default of a need; None when it is none."""
    match = re.fullmatch(r"(\d{1,3})\s*([hdwm])", span.strip().lower())
    if match is None:
        return None
    unit = {"h": "hour", "d": "day", "w": "week", "m": "month"}[match[2]]
    return _ending(_later(now.astimezone(zone_of(zone)), int(match[1]), unit), unit)


def zone_of(name: str) -> ZoneInfo:
    """A person's zone; UTC when nobody knows it."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # no such file, no such form, ZoneInfoNotFoundError
        return ZoneInfo("UTC")


def label(moment: datetime) -> str:
    """``Fri 27 Nov 2026``, with the time when it is not the day's end."""
    day = f"{moment:%a} {moment.day} {moment:%b %Y}"
    return day if moment.time() == _LAST else f"{day}, {moment:%H:%M}"


# ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_OF_A_TIME = re.compile(r"\d+(?:st|nd|rd|th|[dhwm]|am|pm)?")
_TABLES = (datebook.NUMBERS, datebook.UNITS, datebook.WEEKDAYS, datebook.MONTHS)
_TIME_WORDS = datebook.BESIDE | {word for table in _TABLES for name in table for word in name.split()}
_LAST = time(23, 59, 59)
_HALF_A_YEAR = timedelta(days=183)
_UNITS = "|".join(sorted(datebook.UNITS, key=len, reverse=True))
_NUMBERS = "|".join(sorted(datebook.NUMBERS, key=len, reverse=True))
_NEXT = r"(?:the |my |die |den |das |los |las |el |la )?(?:next |coming |following |nachsten |kommenden |proximos |proximas )?"
_AMOUNT = rf"(?P<number>\d{{1,3}}|(?:{_NUMBERS})(?=[ -]))(?P<half> and a half)?[ -]?(?P<unit>{_UNITS})\b(?P<more> and a half)?"
_SPAN = re.compile(rf"\b(?:for|fur|por|para|durante|over) {_NEXT}{_AMOUNT}|(?P<jn>\d{{1,3}})(?P<ju>日間|週間|時間|か月|ヶ月|カ月)")
_LOOSE_SPAN = re.compile(rf"\b{_AMOUNT}")
_TAKEN_BACK = re.compile(
    r"\b(?:actually|no|wait|sorry|rather|i mean|meant|correction|instead|better|make (?:it|that)|oder besser|nein|doch|mejor)\b"
)
_BACKWARDS = re.compile(r"\b(?:ago|since|last|past|previous|every|old|already|seit|vor|desde|hace|waited|waiting)\b")
_ANCHOR = re.compile(
    r"(?:\b(?:until|untill|untl|util|till|til|thru|through|up to|bis|hasta)\b|'til\b)\s*(?:zum |zur |am |the end of the day on )?"
)
_FROM_TO = re.compile(r"\bfrom \w+(?: \w+)? to (?=\w)")
_BEFORE_MADE = re.compile(
    r"\b(?:worked|working|had|was|were|lasted|ran|valid|been|locked|down|broken|wait\w*|tr(?:ied|ying)|lost|gone|missing|stuck|off)\b"
    r"(?: \w+){0,4} ?$"
)
_FEWEST_MINUTES = 5
"""Less than this is a manner of speaking: "look at it for a minute"."""
_STOPS = re.compile(
    r"[,;!?\n]|(?<!\d)\.(?:\s|$)| (?:and|und|y|but|aber|pero|because|since|so|please|pls|bitte|thanks|if|as|to|for)\b"
)
_JAPANESE = re.compile(
    r"((?:来週の?|今週の?|\d{4}年)?(?:\d{1,2}月\d{1,2}日|[月火水木金土日]曜日?|今日|明日|明後日|週末|月末|今月末|来月末))まで"
)


def _plain(words: str) -> str:
    text = fold(words).replace("’", "'")
    return re.sub(r"[^\S\n]+", " ", text).strip()


def _anchored(text: str) -> Iterator[str]:
    """What follows each anchor, up to where the clause ends."""
    for match in _JAPANESE.finditer(text):
        yield match[1]
    for pattern in (_ANCHOR, _FROM_TO):
        for match in pattern.finditer(text):
            clause = re.split(r"[,.;!?\n]", text[: match.start()])[-1]
            rest = text[match.end() :]
            if not _BEFORE_MADE.search(clause) and rest and not re.match(r"(?:now|recently|further notice|then)\b", rest):
                yield rest


def _first_words(span: str) -> str:
    stop = _STOPS.search(span)
    return " ".join(span[: stop.start() if stop else None].split()[:6])


def _span(match: re.Match[str], text: str, here: datetime) -> Reading:
    """A number of hours, days, weeks or months from now."""
    if match.groupdict().get("jn"):
        unit = datebook.UNITS[match["ju"]]
        return End((_ending(_later(here, int(match["jn"]), unit), unit),))
    clause = re.split(r"[,.;!?\n]", text[: match.start()])[-1]
    if _BEFORE_MADE.search(clause) or re.match(r"\s*(?:ago|old|now|already)\b", text[match.end() :]):
        return None
    number = int(match["number"]) if match["number"].isdigit() else datebook.NUMBERS[match["number"]]
    unit = datebook.UNITS[match["unit"]]
    if number == 0:
        return Unread(match[0])
    if unit == "minute" and number < _FEWEST_MINUTES:
        return None
    extra = {"hour": (30, "minute"), "day": (12, "hour"), "week": (4, "day"), "month": (15, "day")}.get(unit)
    end = _later(here, number, unit)
    if (match["half"] or match["more"]) and extra:
        end = _later(end, *extra)
    return End((_ending(end, unit),))


def _ending(end: datetime, unit: str) -> datetime:
    """A span of hours ends on the clock, one of days with its last day."""
    return end if unit in ("minute", "hour") else datetime.combine(end.date(), _LAST, end.tzinfo)


def _later(here: datetime, number: int, unit: str) -> datetime:
    """The same time of day later on; hours count on the clock of the world, days on the calendar of the place."""
    if unit == "minute":
        return _exact(here, timedelta(minutes=number))
    if unit == "hour":
        return _exact(here, timedelta(hours=number))
    start = here.replace(minute=0, second=0, microsecond=0)
    if unit == "workday":
        while number:
            start += timedelta(days=1)
            number -= start.weekday() < datebook.SATURDAY
        return start
    if unit == "month":
        return start + timedelta(days=30 * number)
    return start + timedelta(days=number * {"day": 1, "week": 7, "year": 365}[unit])


def _exact(here: datetime, span: timedelta) -> datetime:
    return (here.astimezone(ZoneInfo("UTC")) + span).astimezone(here.tzinfo).replace(second=0, microsecond=0)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read(span: str, here: datetime) -> Reading:
    """The longest beginning of the span that is a time."""
    stop = _STOPS.search(span)
    words = span[: stop.start() if stop else None].split()[: datebook.MOST_WORDS]
    for most in range(len(words), 0, -1):
        cut_short = most < len(words) and words[most][0].isdigit()  # "feb 30" is not "feb"
        if not cut_short and (found := _moment(" ".join(words[:most]), here)) is not None:
            return found
    return None


def _moment(text: str, here: datetime) -> Reading:
    """A whole text as a time: a day, a time of day, or both."""
    if days := _days(text, here):
        return _judged(days, here, _LAST)
    text, latest = datebook.part_of_day(text)
    if (clock := datebook.time_in(text)) is None:
        return _judged(_days(text, here), here, latest)
    rest, at = clock
    if not rest:
        day = here.date() if at > here.time() else here.date() + timedelta(days=1)
        return End((datetime.combine(day, at, here.tzinfo),))
    return _judged(_days(rest, here), here, at)


def _judged(days: tuple[date, ...], here: datetime, at: time) -> Reading:
    if not days:
        return None
    moments = sorted(datetime.combine(day, at, here.tzinfo) for day in set(days))
    coming = tuple(moment for moment in moments if moment > here)
    return End(coming) if coming else Past(moments[-1])


def _days(text: str, here: datetime) -> tuple[date, ...]:
    """The days that a text may mean; empty when it is no day."""
    today = here.date()
    if (end := datebook.end_of(text, today)) is not None:
        return (end,)
    if match := datebook.WEEKDAY.fullmatch(text):
        weekday = datebook.WEEKDAYS[match["day"]]
        ahead = (weekday - today.weekday()) % 7
        if match["which"] in datebook.THIS:
            return (today + timedelta(days=ahead),)
        coming = today + timedelta(days=ahead or 7)
        later = coming + timedelta(days=7)
        same_week = coming - timedelta(days=coming.weekday()) == today - timedelta(days=today.weekday())
        if match["which"] in datebook.NEXT_WEEK:
            return (later,) if same_week else (coming,)
        return (coming, later) if match["which"] in datebook.NEXT and same_week else (coming,)
    if match := datebook.NUMERIC.fullmatch(text):
        return _numeric(match, today)
    return _parsed(text, here) if datebook.is_day(text) else ()


def _numeric(match: re.Match[str], today: date) -> tuple[date, ...]:
    """ISO dates; "27.11." and "27/11/2026"; "3/4", which may be the third of April or March the fourth."""
    if match["iso"]:
        year, month, day = (int(part) for part in match["iso"].split("-"))
        return _valid(year, month, day, today=today)
    if match["japanese"]:
        return _valid(int(match["jyear"] or 0), int(match["jmonth"]), int(match["jday"]), today=today)
    first, second, said = int(match["first"]), int(match["second"]), match["year"] or ""
    full = int(said or 0) + (2000 if len(said) == 2 else 0)  # noqa: PLR2004
    days = _valid(full, second, first, today=today)
    return days if match["mark"] == "." else tuple(dict.fromkeys((*days, *_valid(full, first, second, today=today))))


def _valid(year: int, month: int, day: int, *, today: date) -> tuple[date, ...]:
    try:
        found = date(year or today.year, month, day)
        return (found if year else _this_or_next(found, today),)
    except ValueError:
        return ()


def _this_or_next(found: date, today: date) -> date:
    """A yearless day is this year's, unless that was more than half a year ago."""
    return found if found > today - _HALF_A_YEAR else found.replace(year=found.year + 1)


def _parsed(text: str, here: datetime) -> tuple[date, ...]:
    """Days and months in words, by dateparser: a shape that `datebook.is_day` let through."""
    import dateparser

    today = here.date()
    settings = {
        "RELATIVE_BASE": here.replace(tzinfo=None),
        "PREFER_DATES_FROM": "future",
        "PREFER_DAY_OF_MONTH": "last",
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    parsed = dateparser.parse(text, languages=list(datebook.LANGUAGES), settings=settings)
    if parsed is None:
        return ()
    found, named = parsed.date(), datebook.day_in(text)
    if named and named != found.day:
        return ()  # there is no February the 30th
    if named and datebook.HAS_MONTH.search(text) and not datebook.HAS_YEAR.search(text):
        return _valid(0, found.month, found.day, today=today) or (found,)
    return (found,)
