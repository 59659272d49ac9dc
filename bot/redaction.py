"""Secrets in what people write or what is logged: blanked before they are kept. Pure, never raises, twice is as once.

Two kinds. What is a secret by its own shape (a token, a key, a signed web token, a password in an address) goes wherever it stands.
What is one by what stands before it ("my password is …", "Passwort: …") goes when it looks like a password, or when it is one word
at the end of what was said that does not merely say how the password is ("my password is expired" stays).
"""

import re

BLANK = "[secret]"
PASSES = 5

_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]*?-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|[\s\S]*)"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|\bxox[a-z](?:\.xox[a-z])?-[\w.-]{3,}"
    r"|\bxapp-[\w-]{3,}"
    r"|\bxwfp-[\w-]{3,}"
    r"|\b(?:sk|rk|pk)[-_](?:live_|test_|proj-|ant-|or-)?[\w-]{16,}"
    r"|\bsk-[\w-]{8,}"
    r"|\bgh[pousr]_\w{16,}"
    r"|\bgithub_pat_\w{16,}"
    r"|\bglpat-[\w-]{16,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bAIza[\w-]{30,}"
    r"|\bnpm_[A-Za-z0-9]{30,}"
    r"|\bpypi-[\w-]{30,}"
    r"|(?<=hooks\.slack\.com/services/)[\w/]{20,}"
    r"|(?<=[Bb]earer )[\w.~+/-]{16,}=*"
    r"|(?<=://)[^:/@\s\[\]<>|]{1,200}:[^@/\s\[\]<>|]{1,200}(?=@)"
)

_NAMES = (
    r"pass ?words?|passwd|passcode|pass ?phrase|pwd|pw|kennwort|passwort|zugangscode"
    r"|contrase(?:ñ|n)a|clave(?: de acceso)?|mot de passe"
)
_OTHERS = r"api[ _-]?keys?|secret(?:[ _-]?(?:access[ _-]?)?key)?|client[ _-]?secret|(?:access|auth)[ _-]?token|token|pin(?: ?code)?"
_TIES = (
    r"\s{0,3}(?:[:=]|->|→|\bis now\b|\bis\b|\bwas\b|\bist jetzt\b|\bist\b|\blautet\b|\bwar\b|\bes ahora\b|\bes\b|\bera\b)"
    r"\s{0,3}[:=]?\s{0,3}"
)
_TO = r"\s{1,3}(?:to|auf|a|zu)\s{1,3}"
_SAID = re.compile(
    rf"(?P<name>\b(?:{_NAMES})\b)(?P<tie>{_TIES}|{_TO})(?P<value>[`*_\"'“”‘’«»„]{{0,3}}[^\s]{{1,200}})", re.IGNORECASE
)
_KEYED = re.compile(rf"(?P<name>\b(?:{_OTHERS})\b)(?P<tie>{_TIES})(?P<value>[`*_\"'“”‘’«»„]{{0,3}}[^\s]{{1,200}})", re.IGNORECASE)
_QUOTES = "`*_\"'“”‘’«»„"
_TAIL = ".,;:!?)…"

# What people say of a password: its state, never itself.
_ORDINARY = frozenset(
    """
    a an the my your his her our their this that it its in on at of off for from to too so as and or but not no now new old
    void same gone lost unknown wrong right correct incorrect invalid valid bad good fine ok okay weak strong long short secure
    insecure safe unsafe empty blank missing needed required optional due overdue stale dead broken stolen forgotten known
    public private secret hidden case-sensitive compulsory mandatory temporary permanent default outdated obsolete different
    identical unclear soon today tomorrow yesterday again always never still already almost nearly about only just also very
    really being going getting stuck correctly help reset please change expire expires expiry asap urgent problem problems
    issue issues question forgot how why what when where who which can could will would should must yes none nothing
    anything something everything here there ready back out up down over under mine yours ours unavailable inaccessible
    unusable useless complicated simple easy hard difficult impossible possible hacked pwned leaked phished unset abgelaufen
    falsch vergessen weg gesperrt ungültig ungueltig gültig alt neu unbekannt verloren richtig korrekt schwach stark sicher
    unsicher leer kaputt blockiert geändert zurückgesetzt zurücksetzen bitte hilfe nicht kein keine noch schon immer heute
    morgen gestern bald zu das der die ein eine mein meine dein ihr und oder aber fällig geleakt gestohlen bekannt geknackt
    kompromittiert caducada caducado expirada expirado incorrecta incorrecto correcta correcto inválida inválido válida
    válido vencida vencido olvidada bloqueada bloqueado perdida perdido nueva vieja débil fuerte segura insegura la el mi su
    tu una un ya muy demasiado ayuda favor por hoy ayer mañana siempre nunca desconocida robada comprometida expiré expirée
    faux fausse oublié oubliée perdu bloqué
    """.split()  # noqa: SIM905 - a table of words
)
_STATES = ("ed", "ing", "iert", "able", "ible", "less", "ada", "ido", "ado", "ida")


def blank(text: str) -> str:
    """The text with every secret in it replaced by ``[secret]``."""
    for _ in range(PASSES):
        less = _KEYED.sub(_said, _SAID.sub(_said, _SHAPES.sub(BLANK, text)))
        if less == text:
            return text
        text = less
    return text


def has_secret(text: str) -> bool:
    """Whether there is something to blank."""
    return blank(text) != text


def _said(match: "re.Match[str]") -> str:
    name, tie, raw = match["name"], match["tie"], match["value"]
    bare = raw.lstrip(_QUOTES)
    lead = raw[: len(raw) - len(bare)]
    value = bare.rstrip(_QUOTES + _TAIL) if lead else bare.rstrip(_TAIL)
    rest = bare[len(value) :]
    end = match.string[match.end() : match.end() + 40]
    if not value or BLANK in raw or "[secret" in value or value.startswith(("&lt;", "<", "[")):
        return match[0]
    sole = bool(lead) or not end.strip(" \t") or end.lstrip(" \t")[:1] in "\r\n,;.)" or rest[:1] in (",", ";", ".", "!", ")")
    if _looks(value):
        loud = len(rest) - len(rest.lstrip("!"))  # people end passwords with it
        return f"{name}{tie}{lead}{BLANK}{rest[loud:]}"
    if sole and tie.strip().casefold() not in ("to", "auf", "a", "zu") and _word(value, quoted=bool(lead)):
        return f"{name}{tie}{lead}{BLANK}{rest}"
    return match[0]


def _looks(value: str) -> bool:
    """Whether it is no word of a language: digits among letters, signs, or capitals inside."""
    inside = value.strip("-'’")
    letters, digits = any(c.isalpha() for c in inside), any(c.isdigit() for c in inside)
    if not letters:
        return digits and len(inside) >= 4  # noqa: PLR2004 - "3 days", "90 days", but "4312"
    if digits:
        return len(inside) >= 4  # noqa: PLR2004
    if any(not (c.isalpha() or c in "-'’./&;") for c in inside):
        return True
    return any(c.isupper() for c in inside[1:]) and not inside.isupper()


def _word(value: str, *, quoted: bool) -> bool:
    """Whether a plain word is the password itself rather than what is said of it."""
    plain = value.casefold()
    if plain in _ORDINARY or plain.endswith(_STATES) or len(plain) < 4 or "'" in plain or "’" in plain:  # noqa: PLR2004
        return False
    return quoted or plain.isalpha()
