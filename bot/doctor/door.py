"""The way in over HTTP: whether the running bot takes what is signed with the signing secret that is set here."""

import json
import time

import aiohttp
from slack_sdk.signature import SignatureVerifier

from bot.doctor.finding import Finding, fail, ok, skipped
from bot.settings import Settings
from bot.slack.http import PATH

CHECK = "slack: requests"
OK, UNAUTHORIZED = 200, 401
SECONDS = 5.0


async def look(settings: Settings) -> Finding:
    """Slack's own challenge, signed: it changes nothing."""
    if not settings.slack_signing_secret:
        return skipped(CHECK, "no SLACK_SIGNING_SECRET is set: the playground makes one for itself")
    host = "127.0.0.1" if settings.bot_host in ("0.0.0.0", "::") else settings.bot_host  # noqa: S104 - a setting that is read
    url = f"http://{host}:{settings.bot_port}{PATH}"
    body, stamp = json.dumps({"type": "url_verification", "challenge": "doctor"}), str(int(time.time()))
    signature = SignatureVerifier(settings.slack_signing_secret).generate_signature(timestamp=stamp, body=body) or ""
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    try:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, data=body, headers=headers) as answer:
            status, text = answer.status, await answer.text()
    except (aiohttp.ClientError, TimeoutError):
        return skipped(CHECK, f"the bot does not run at {url}, so its way in cannot be tried", "start it and ask again")
    if status == OK and "doctor" in text:
        return ok(CHECK, f"the running bot takes what is signed, at {url}; Slack must reach it by https through your proxy")
    if status == UNAUTHORIZED:
        mend = "Basic Information → App Credentials → Signing Secret is what SLACK_SIGNING_SECRET must be; then start the bot again"
        return fail(CHECK, "the running bot has another signing secret than is set here", mend)
    return fail(CHECK, f"something else answers at {url} (HTTP {status})", "choose another BOT_PORT, or end what uses it")
