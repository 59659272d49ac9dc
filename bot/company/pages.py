"""The embedded company's pages: where somebody confirms that it is them, and, in the playground, the phone with their codes.

Plain HTML without scripts. A link runs out within minutes and is good for one person, who alone has the codes.
"""

import unicodedata
from collections.abc import Awaitable, Mapping
from html import escape
from typing import Protocol

import structlog
from aiohttp import web

from bot.errors import StoreAway
from tools.contract import SystemAway, ToolError
from tools.systems.embedded import Company
from tools.systems.embedded.secondfactor import Asked, Taken

log = structlog.get_logger(__name__)

CONFIRM = "/company/confirm/"
PHONE = "/company/phone/"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>{head}<style>
body {{ font: 17px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 10vh auto; padding: 0 1rem; color: #1d1c1d; }}
blockquote {{ margin: 1rem 0; padding: .5rem 1rem; border-left: 4px solid #1264a3; background: #f4f8fb; }}
input {{ font: 24px monospace; letter-spacing: .2em; width: 9em; padding: .3em; }}
button {{ font: inherit; padding: .5em 1.2em; background: #007a5a; color: #fff; border: 0; border-radius: 4px; }}
.code {{ font: 48px monospace; letter-spacing: .1em; }} .wrong {{ color: #b3261e; }} small {{ color: #616061; }}
</style><h1>{title}</h1>{body}</html>"""
FORM = """<p>Hello {person}. Deskhand asks you to confirm that it is you who approves this:</p>
<blockquote>{about}</blockquote>{wrong}
<form method="post"><p><label for="code">The six digits that your authenticator app shows now</label></p>
<p><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{{6,7}}" maxlength="7"
required autofocus></p>
<p><button>Confirm</button></p></form>
<p><small>You have not pressed Approve? Then close this page, and tell your security team.</small></p>"""
DONE = "<p>Thank you, {person}. Go back to Slack and press <strong>Approve</strong> there.</p><blockquote>{about}</blockquote>"
OVER = "<p>This link has run out, or was never there. Press <strong>Approve</strong> in Slack again to get a new one.</p>"
TOO_MANY = "Those were too many wrong codes. Try again in a quarter of an hour, from Slack."
WRONG = {
    Taken.WRONG: "That is not the code that your app shows now. Each code works once: wait for the next one.",
    Taken.LAST: TOO_MANY,
    Taken.LOCKED: TOO_MANY,
}


class WrongCode(Protocol):
    """Told of each wrong code: the challenge's key, and whether no more may be tried for a while. Raises StoreAway."""

    def __call__(self, key: str, /, *, last: bool) -> Awaitable[None]: ...


class CompanyPages:
    """Routes for the server that the bot has; `phones` only where every visitor may be everybody: in the playground."""

    def __init__(self, company: Company, wrong_code: WrongCode, *, phones: bool) -> None:
        self._company = company
        self._wrong_code = wrong_code
        self._phones = phones

    def routes(self) -> list[web.RouteDef]:
        where = CONFIRM + r"{code:[\w-]{1,64}}"
        phone = [web.get(PHONE + r"{handle:[\w.-]{1,64}}", self.phone)] if self._phones else []
        return [web.get(where, self.asked, allow_head=False), web.post(where, self.confirm), *phone]

    async def asked(self, request: web.Request) -> web.Response:
        """What is to be confirmed. Looking takes nothing, since programs look at links that are sent."""
        try:
            asked = await self._company.asked(request.match_info["code"])
        except SystemAway:
            return _away()
        return _over() if asked is None else _form(asked)

    async def confirm(self, request: web.Request) -> web.Response:
        code = request.match_info["code"]
        try:
            sent = await request.post()
        except (ValueError, LookupError, AssertionError):  # no form, or in no way that can be read
            return _page("Not now", "<p>That was no form of this page.</p>", status=400)
        try:
            asked = await self._company.asked(code)
            if asked is None:
                return _over()
            taken = await self._company.confirm(code, str(sent.get("code", ""))[:20])
            if taken in (Taken.WRONG, Taken.LAST):
                log.warning("a wrong code for a second factor", person=asked.person, last=taken is Taken.LAST)
                await self._wrong_code(asked.key, last=taken is Taken.LAST)
            asked = await self._company.asked(code)
        except (SystemAway, StoreAway):
            return _away()
        if asked is None or taken is Taken.OVER:
            return _over()
        return _form(asked, WRONG.get(taken, ""))

    async def phone(self, request: web.Request) -> web.Response:
        """The code that somebody's app shows; the page comes anew when it changes."""
        try:
            code, seconds = await self._company.shown(request.match_info["handle"])
        except SystemAway:
            return _away()
        except ToolError as error:
            return _page("No authenticator", f"<p>{escape(str(error))}.</p>", status=404)
        body = f'<p class="code">{code[:3]} {code[3:]}</p><p><small>for {seconds} seconds more</small></p>'
        whose = f"{request.match_info['handle']}'s phone"
        return _page(whose, body, head=f'<meta http-equiv="refresh" content="{min(seconds, 10)}">')


def _form(asked: Asked, wrong: str = "") -> web.Response:
    seen = "".join(one for one in asked.about if unicodedata.category(one) != "Cf")  # none of what turns the rest around
    named: Mapping[str, str] = {"person": escape(asked.name), "about": escape(seen)}
    if asked.passed:
        return _page("You are confirmed", DONE.format(**named))
    told = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    return _page("Is it you?", FORM.format(wrong=told, **named), status=403 if wrong else 200)


def _over() -> web.Response:
    return _page("Nothing to confirm", OVER, status=410)


def _away() -> web.Response:
    return _page("Not now", "<p>The company's systems do not answer. Try again in a moment.</p>", status=503)


def _page(title: str, body: str, *, head: str = "", status: int = 200) -> web.Response:
    text = PAGE.format(title=escape(title), head=head, body=body)
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)
