"""The demo company as one thing: every system of it on the same books."""

from sqlalchemy.ext.asyncio import AsyncEngine

from tools.systems.embedded.access import EmbeddedAccess
from tools.systems.embedded.certificates import EmbeddedCertificates
from tools.systems.embedded.ci import EmbeddedCI
from tools.systems.embedded.clock import CompanyClock
from tools.systems.embedded.credentials import EmbeddedCredentials
from tools.systems.embedded.deployments import EmbeddedDeployments
from tools.systems.embedded.devices import EmbeddedDevices
from tools.systems.embedded.directory import EmbeddedDirectory
from tools.systems.embedded.equipment import EmbeddedEquipment
from tools.systems.embedded.identity import EmbeddedIdentity
from tools.systems.embedded.journal import Books
from tools.systems.embedded.licences import EmbeddedLicensing
from tools.systems.embedded.lists import EmbeddedLists
from tools.systems.embedded.nodes import EmbeddedNodes
from tools.systems.embedded.oncall import EmbeddedOnCall
from tools.systems.embedded.secondfactor import EmbeddedSecondFactor
from tools.systems.embedded.services import EmbeddedStatus
from tools.systems.embedded.things import EmbeddedThings
from tools.systems.embedded.tickets import EmbeddedTickets
from tools.systems.embedded.tokens import EmbeddedTokens
from tools.systems.protocols import Systems


class Company(
    EmbeddedDirectory,
    EmbeddedIdentity,
    EmbeddedCredentials,
    EmbeddedSecondFactor,
    EmbeddedAccess,
    EmbeddedDevices,
    EmbeddedTickets,
    EmbeddedOnCall,
    EmbeddedLists,
    EmbeddedLicensing,
    EmbeddedEquipment,
    EmbeddedStatus,
    EmbeddedDeployments,
    EmbeddedCI,
    EmbeddedCertificates,
    EmbeddedTokens,
    EmbeddedNodes,
    EmbeddedThings,
):
    """Implements every Protocol of `tools.systems.protocols`, and of `supplies`, `engineering` and `operations` beside it, and what
    the bot asks of a directory.

    `engine` is an async engine on `postgresql+psycopg://…` whose database `seed.ensure` has seen. The time is `clock.now()`
    everywhere; whoever holds the clock refreshes it.
    """

    def __init__(self, engine: AsyncEngine, clock: CompanyClock) -> None:
        self._books = Books(engine, clock)
        self.clock = clock

    def systems(self) -> Systems:
        """The company as what tools talk to."""
        return Systems(
            directory=self,
            identity=self,
            access=self,
            devices=self,
            tickets=self,
            oncall=self,
            deployments=self,
            ci=self,
            lists=self,
            licensing=self,
            equipment=self,
            status=self,
            certificates=self,
            tokens=self,
            nodes=self,
            now=self.clock.now,
        )
