"""Which policy decides, written into the audit: a row for each version that comes into force, one over all replicas."""

import asyncio
from collections.abc import Mapping
from typing import Protocol, Self

import structlog

from bot.errors import StoreAway
from bot.gate import Policies

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0


class Versions(Protocol):
    """What the audit says of versions."""

    async def came_into_force(self, version: str, files: Mapping[str, str], replica: str) -> bool:
        """Write a row, unless the newest of its kind says the same; whether one was written. Raises StoreAway."""


class InForce:
    """Of one process; `replica` is the name of the machine that it runs on."""

    def __init__(self, policies: Policies, versions: Versions, replica: str) -> None:
        self._policies = policies
        self._versions = versions
        self._replica = replica
        self._told = ""  # the version that is written down

    async def told(self) -> Self:
        """Itself, once the first version is written down: before anything is decided by it. Raises StoreAway."""
        await self.tell()
        return self

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.tell()
            except StoreAway as error:
                log.warning("the database is away; the policy's version is written into the audit later", error=str(error))
            except Exception:
                log.exception("the policy's version could not be written into the audit")
            await asyncio.sleep(EVERY_SECONDS)

    async def tell(self) -> None:
        """Write down the version in force, if it is another than before."""
        policy = self._policies.current
        if policy.version == self._told:
            return
        if await self._versions.came_into_force(policy.version, policy.files, self._replica):
            log.info("a policy came into force", version=policy.version)
        self._told = policy.version
