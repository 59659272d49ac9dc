"""The words of time that `bot.reading.dates` reads, as tables: English, and the basics of German, Spanish and Japanese.

All in the form that `bot.reading.phrases.fold` gives: lower case, without accents.
"""

import re
from calendar import monthrange
from datetime import date, time, timedelta

LANGUAGES = ("en", "de", "es", "ja")
SATURDAY = 5
MOST_WORDS = 7
"""No time takes more words: "the end of the day next friday"."""

UNITS = {
    **dict.fromkeys(("minute", "minutes", "min", "mins", "minuten", "minuto", "minutos"), "minute"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h", "stunde", "stunden", "hora", "horas", "時間"), "hour"),
    **dict.fromkeys(("day", "days", "d", "tag", "tage", "tagen", "dia", "dias", "日間"), "day"),
    **dict.fromkeys(("working days", "business days", "workdays", "working day", "business day", "arbeitstage"), "workday"),
    **dict.fromkeys(("week", "weeks", "wk", "wks", "w", "woche", "wochen", "semana", "semanas", "週間"), "week"),
    **dict.fromkeys(("month", "months", "monat", "monate", "monaten", "mes", "meses", "か月", "ヶ月", "カ月"), "month"),
    **dict.fromkeys(("year", "years", "jahr", "jahre", "ano", "anos"), "year"),
}
NUMBERS = {
    **dict.fromkeys(("a", "an", "one", "ein", "eine", "einen", "einem", "einer", "un", "una", "uno"), 1),
    **dict.fromkeys(("two", "a couple of", "a couple", "couple of", "zwei", "dos"), 2),
    **dict.fromkeys(("three", "drei", "tres"), 3),
    **dict.fromkeys(("four", "vier", "cuatro"), 4),
    **dict.fromkeys(("five", "funf", "cinco"), 5),
    **dict.fromkeys(("six", "sechs", "seis"), 6),
    **dict.fromkeys(("seven", "sieben", "siete"), 7),
    **dict.fromkeys(("eight", "acht", "ocho"), 8),
    **dict.fromkeys(("nine", "neun", "nueve"), 9),
    **dict.fromkeys(("ten", "zehn", "diez"), 10),
    **dict.fromkeys(("twelve", "zwolf", "doce"), 12),
    **dict.fromkeys(("fourteen", "vierzehn", "catorce"), 14),
    **dict.fromkeys(("a few", "few", "several", "some", "ein paar", "einige", "unos", "unas"), 0),  # how many is not said
}
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon montag lunes 月曜日 月曜",
            "tuesday tue tues dienstag martes 火曜日 火曜",
            "wednesday wed weds mittwoch miercoles 水曜日 水曜",
            "thursday thu thur thurs donnerstag jueves 木曜日 木曜",
            "friday fri freitag viernes 金曜日 金曜",
            "saturday sat samstag sonnabend sabado 土曜日 土曜",
            "sunday sun sonntag domingo 日曜日 日曜",
        )
    )
    for name in names.split()
}
THIS = ("this", "diesen", "este", "今週の", "今週")
NEXT = ("next", "nachsten", "proximo")
NEXT_WEEK = ("来週の", "来週", "next week")
_WHICH = "|".join((*THIS, *NEXT, *NEXT_WEEK, "coming", "kommenden", "following"))
_DAYS = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
WEEKDAY = re.compile(
    rf"(?:(?:on|this coming|el|den|next week on) )?(?:(?:the )?(?P<which>{_WHICH})(?: el)? ?)?(?P<day>{_DAYS})\.?(?: next| inclusive)?"
)
NUMERIC = re.compile(
    r"(?:the |el |den )?(?:(?P<iso>\d{4}-\d{2}-\d{2})|(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?:(?P=mark)(?P<year>\d{4}|\d{2})|\.)?"
    r"|(?P<japanese>(?:(?P<jyear>20\d{2})年)?(?P<jmonth>\d{1,2})月(?P<jday>\d{1,2})日))"
)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janner enero",
            "february feb februar febrero",
            "march mar marz marzo",
            "april apr abril",
            "may mai mayo",
            "june jun juni junio",
            "july jul juli julio",
            "august aug agosto",
            "september sep sept septiembre",
            "october oct oktober okt octubre",
            "november nov noviembre",
            "december dec dezember dez diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTHS = "|".join(sorted(MONTHS, key=len, reverse=True))
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th|\.)?"
_YEAR = r"(?:,? (?:de )?20\d{2})?"
_DAY = re.compile(
    rf"(?:the |el |den |dem )?(?:"
    rf"{_ORDINAL}(?: of| de)? (?:{_MONTHS})\.?{_YEAR}"
    rf"|(?:{_MONTHS})\.?(?: the)? {_ORDINAL}{_YEAR}"
    rf"|(?:{_MONTHS})(?: 20\d{{2}})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)"
    rf"|(?:(?:{_DAYS}),? )(?:the )?(?:{_ORDINAL}(?: of)? (?:{_MONTHS})|(?:{_MONTHS}) {_ORDINAL}){_YEAR}"
    rf")"
)
HAS_YEAR = re.compile(r"20\d{2}")
HAS_MONTH = re.compile(rf"\b(?:{_MONTHS})\b")


def is_day(text: str) -> bool:
    """Whether the whole text has the shape of a day or month."""
    return _DAY.fullmatch(text) is not None


def day_in(text: str) -> int:
    """The day of the month that a text names, 0 when it names a month only."""
    match = re.search(r"(?<!\d)\d{1,2}(?!\d)", text)
    return int(match[0]) if match else 0


_RELATIVE = {
    **dict.fromkeys(("today", "heute", "hoy", "今日", "tonight", "this evening", "heute abend", "esta noche", "eod", "cob"), 0),
    **dict.fromkeys(("tomorrow", "tmrw", "tmr", "tomorow", "tommorow", "tommorrow", "morgen", "manana", "明日"), 1),
    **dict.fromkeys(("tomorrow evening", "tomorrow night", "morgen abend", "manana por la noche"), 1),
    **dict.fromkeys(("day after tomorrow", "ubermorgen", "uebermorgen", "pasado manana", "明後日"), 2),
    **dict.fromkeys(("yesterday", "gestern", "ayer", "昨日"), -1),
}
_END_OF = re.compile(
    rf"(?:(?:the )?(?:very )?end of|(?:das |zum )?ende|fin(?:al(?:es)?)? de|el fin de)(?: the| der| des| la| el)?"
    rf"(?: (?P<which>this|next|nachster?|nachsten|diese[rs]?|kommenden))? (?P<what>today|tomorrow|day|week|month|quarter|year|tages|woche|monats?|jahres|dia|semana|mes|ano|business|work|{_MONTHS}|{_DAYS})"
)
_SHORT_ENDS = {
    **dict.fromkeys(("eow", "this week", "diese woche", "esta semana"), ("week", False)),
    **dict.fromkeys(("next week", "nachste woche", "la proxima semana"), ("week", True)),
    **dict.fromkeys(("the weekend", "this weekend", "weekend", "after the weekend", "sunday night", "週末"), ("week", False)),
    **dict.fromkeys(
        ("eom", "month end", "monatsende", "this month", "fin de mes", "月末", "今月末", "diesen monat"), ("month", False)
    ),
    **dict.fromkeys(("next month", "来月末", "nachsten monat", "el proximo mes"), ("month", True)),
    **dict.fromkeys(("eoq", "quarter end", "quartalsende", "this quarter"), ("quarter", False)),
    **dict.fromkeys(("eoy", "year end", "jahresende", "this year"), ("year", False)),
}
_SAME = {
    **dict.fromkeys(("day", "today", "tages", "dia", "business", "work"), "day"),
    "tomorrow": "tomorrow",
    **dict.fromkeys(("week", "woche", "semana"), "week"),
    **dict.fromkeys(("month", "monat", "monats", "mes"), "month"),
    "quarter": "quarter",
    **dict.fromkeys(("year", "jahres", "ano"), "year"),
}


def end_of(text: str, today: date) -> date | None:
    """The day that "tomorrow", "end of month", "eow" or "the weekend" name; weeks end on Sunday (ISO 8601)."""
    bare = text.removeprefix("the ")
    if bare in _RELATIVE:
        return today + timedelta(days=_RELATIVE[bare])
    for known in (text, bare):
        if known in _SHORT_ENDS:
            return _period(*_SHORT_ENDS[known], today)
    match = _END_OF.fullmatch(text)
    if match is None:
        return None
    what = match["what"]
    if what in MONTHS:
        return _month_end(today.year + (MONTHS[what] < today.month), MONTHS[what])
    if what in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS[what] - today.weekday()) % 7 or 7)
    return _period(_SAME[what], (match["which"] or "").startswith(("next", "nachst", "komm")), today)


def _period(what: str, following: bool, today: date) -> date:  # noqa: FBT001
    """The last day of this or the following period."""
    match what:
        case "tomorrow":
            return today + timedelta(days=1)
        case "week":
            return today + timedelta(days=6 - today.weekday() + 7 * following)
        case "month":
            month = today.month + following
            return _month_end(today.year + (month > 12), (month - 1) % 12 + 1)  # noqa: PLR2004
        case "quarter":
            month = (today.month - 1) // 3 * 3 + 3 + 3 * following
            return _month_end(today.year + (month > 12), (month - 1) % 12 + 1)  # noqa: PLR2004
        case "year":
            return date(today.year + following, 12, 31)
        case _:
            return today


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


_PART_OF_DAY = re.compile(
    r" (?:in the )?(?:(?P<noon>morning|fruh|vormittag|por la manana)|(?P<six>afternoon|nachmittag|por la tarde)|(?:evening|night|abend))(?= |$)"
)


def part_of_day(text: str) -> tuple[str, time]:
    """The text without "morning", "afternoon" or "evening", and when that is over."""
    match = _PART_OF_DAY.search(text)
    if match is None:
        return text, time(23, 59, 59)
    over = time(12) if match["noon"] else time(18) if match["six"] else time(23, 59, 59)
    return text[: match.start()] + text[match.end() :], over


_NAMED_TIMES = {
    **dict.fromkeys(("noon", "midday", "mittag", "mediodia", "lunchtime"), time(12)),
    **dict.fromkeys(("midnight", "mitternacht", "medianoche"), time(23, 59, 59)),
}
_CLOCK = re.compile(
    r"(?:^| )(?:(?P<at>at|um|a las|@|by|around) ?)?(?:"
    r"(?P<name>noon|midday|mittag|mediodia|lunchtime|midnight|mitternacht|medianoche)"
    r"|(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?(?: ?(?P<half>am|pm|a\.m\.|p\.m\.)| ?(?P<uhr>uhr|o'?clock|h))?"
    r")(?= |$)"
)


def time_in(text: str) -> tuple[str, time] | None:
    """The time of day in a text and what is left without it; None when it holds none. A bare number is no time."""
    for match in _CLOCK.finditer(text):
        rest = " ".join((text[: match.start()] + " " + text[match.end() :]).split())
        if match["name"]:
            return rest, _NAMED_TIMES[match["name"]]
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        colon = match["minute"] is not None and ":" in match[0]
        if not (match["at"] or match["half"] or match["uhr"] or colon):
            continue
        if match["half"]:
            if not 1 <= hour <= 12:  # noqa: PLR2004
                continue
            hour = hour % 12 + 12 * match["half"].startswith("p")
        if hour <= 23 and minute <= 59:  # noqa: PLR2004
            return rest, time(hour, minute)
    return None


BESIDE = frozenset(
    """
    until till til by for to through up only just please pls thanks is are be would will do does ok okay fine enough suffice
    suffices plenty max maximum most least the this next coming of in on at and or not no nor then than now instead better rather
    maybe perhaps say i we me us it that its need needs have can could should make use end today tomorrow tonight week day eod eow
    noon midnight weekend quarter eom tmrw morning evening afternoon longer more nur bis fur reicht reichen genugt heute morgen bitte ende nicht solo hasta
    por para basta hoy manana favor
    """.split()
)
"""Words that say nothing besides when, where they stand beside a time."""
