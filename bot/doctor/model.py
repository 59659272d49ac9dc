"""The language model: whether its server answers, takes the key, and knows the model by this name."""

import os
from collections.abc import AsyncIterator

import httpx

from bot.doctor.finding import Finding, fail, ok, skipped, warn
from bot.settings import Settings

CHECK = "model"
SECONDS = 10.0
OPENAI = "https://api.openai.com/v1/"
SHOWN = 5
NO_ROUTE, REFUSED = (404, 405, 501), (401, 403)


async def looks(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.has_model:
        yield skipped(
            CHECK, "none is set: the runbooks are followed as they are (runbook mode)", "OPENAI_API_KEY or OPENAI_BASE_URL"
        )
        return
    yield await _model(settings, settings.openai_base_url or OPENAI)


async def _model(settings: Settings, base: str) -> Finding:
    headers = {"Authorization": f"Bearer {settings.openai_api_key}"} if settings.openai_api_key else {}
    try:
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            answer = await client.get(f"{base}models", headers=headers)
    except httpx.HTTPError as error:
        proxied = any(os.environ.get(name) for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy"))
        hint = "; a proxy is set: name this host in NO_PROXY if it is yours" if proxied else ""
        return fail(CHECK, f"{base} cannot be reached ({type(error).__name__})", f"look at OPENAI_BASE_URL and the network{hint}")
    if answer.status_code in REFUSED:
        return fail(CHECK, f"{base} does not take the key (HTTP {answer.status_code})", "put a valid key into OPENAI_API_KEY")
    if answer.status_code in NO_ROUTE:
        hint = "if answers fail too: OPENAI_BASE_URL often ends in /v1"
        return warn(CHECK, f"{base} answers, and has no list of models (HTTP {answer.status_code})", hint)
    if answer.status_code != httpx.codes.OK:
        return fail(
            CHECK, f"{base} answers with HTTP {answer.status_code}", "look at that server; until it is well runbook mode is used"
        )
    try:
        names = sorted(str(one["id"]) for one in answer.json()["data"])
    except (ValueError, KeyError, TypeError):
        return warn(CHECK, f"{base} answers with something else than a list of models", "OPENAI_BASE_URL often ends in /v1")
    if settings.openai_model not in names:
        some = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
        return fail(
            CHECK,
            f"{base} has no model {settings.openai_model!r}",
            f"set OPENAI_MODEL to one that it has: {some or '(it has none)'}",
        )
    return ok(CHECK, f"{settings.openai_model} at {base}")
