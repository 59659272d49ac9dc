"""How the bot is, over HTTP: ``/healthz`` (the process lives), ``/readyz`` (it can work) and ``/metrics`` (Prometheus).

The routes stand before the bot does, so that a start that takes its time is seen as such; `watch` tells them what to look at.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot.metrics import CONTENT_TYPE, Meter

log = structlog.get_logger(__name__)

CACHED_SECONDS = 1.0
LOOK_SECONDS = 3.0
UNREADY = 503

Counts = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at. `counts` asks the database; the others say how things stand, empty for well."""

    counts: Callable[[], Awaitable[Counts]]
    slack: Callable[[], str]
    worker: Callable[[], str]
    policy: Callable[[], str]
    policy_file: Callable[[], str] = lambda: ""  # the file's, while an older policy stays in force


class Health:
    """Answers for one process."""

    def __init__(self, meter: Meter | None = None) -> None:
        self.meter = meter or Meter()
        self._watched: Watched | None = None
        self._looked = 0.0
        self._problem = ""
        self._lock = asyncio.Lock()

    def watch(self, watched: Watched | None) -> None:
        """From now on, or (None) no longer."""
        self._watched, self._looked = watched, 0.0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.metrics),
        ]

    async def healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(self, _: web.Request) -> web.Response:
        """Each part with what is wrong with it; 503 when the bot cannot work."""
        parts = await self.parts()
        ready = not any(parts.values())
        told: dict[str, dict[str, object]] = {
            name: {"ok": not problem, **({"problem": problem} if problem else {})} for name, problem in parts.items()
        }
        if self._watched is not None and (refused := self._watched.policy_file()):
            told["policy"]["warning"] = f"the file is refused, and the policy from before stays in force: {refused}"
        return web.json_response({"ready": ready, "parts": told}, status=200 if ready else UNREADY)

    async def metrics(self, _: web.Request) -> web.Response:
        await self._look()
        return web.Response(text=self.meter.text(), headers={"Content-Type": CONTENT_TYPE})

    async def parts(self) -> dict[str, str]:
        """Part → what is wrong with it; empty for well."""
        watched = self._watched
        if watched is None:
            return {"start": "the bot is starting or ending"}
        await self._look()
        return {"database": self._problem, "slack": watched.slack(), "worker": watched.worker(), "policy": watched.policy()}

    async def _look(self) -> None:
        """Ask the database, at most once a second however often somebody scrapes."""
        watched = self._watched
        async with self._lock:
            if watched is None or time.monotonic() - self._looked < CACHED_SECONDS:
                return
            try:
                counts = await asyncio.wait_for(watched.counts(), LOOK_SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever it is, the database did not answer
                self._problem = "the database does not answer"
                log.warning("the database does not answer", error=type(error).__name__)
            else:
                self._problem = ""
                self._put(counts)
            self._looked = time.monotonic()
            self.meter.database.put({(): 0.0 if self._problem else 1.0})
            self.meter.connected.put({(): 0.0 if watched.slack() else 1.0})
            self.meter.policy_refused.put({(): 1.0 if watched.policy_file() else 0.0})

    def _put(self, counts: Counts) -> None:
        meter = self.meter
        meter.outbox.put({(state,): count for state, count in counts["outbox"].items()})
        meter.inbox.put({(): counts["inbox"]["unread"]})
        meter.inbox_age.put({(): max(0.0, counts["inbox"]["oldest"])})
        meter.due.put({(): counts["due"]["late"]})
        meter.waiting.put({(): counts["approval"]["waiting"]})
        meter.cases.put({(state,): count for state, count in counts.get("case", {}).items()})
