"""The tools there are, listed by hand."""

from collections.abc import Iterable
from typing import Any

from tools.access import FindApp, GrantAccess, ListAccess, RevokeAccess
from tools.accounts import FindAccount, FindPerson, ResetMfa, UnlockAccount
from tools.base import SystemsTool
from tools.certificates import FindServerCertificate, RollServerCertificate
from tools.contract import Tool
from tools.credentials import EndSessions, ResetPassword, SuspendAccount, UnsuspendAccount
from tools.devices import GetDevice, LockDevice, RenewCertificate, RestartDevice
from tools.engineering import FindCiRun, FindDeployment, RerunCi, RestartDeployment, RollbackDeployment
from tools.equipment import CancelOrder, FindOrder, OrderEquipment
from tools.licences import AssignLicence, ListLicences, ReleaseLicence
from tools.lists import JoinMailingList, LeaveMailingList, ListMailingLists
from tools.nodes import DrainNode, FindNode, RestoreNode
from tools.oncall import PageOnCall, WhoIsOnCall
from tools.status import ServiceStatus
from tools.systems.protocols import Systems
from tools.tickets import CommentTicket, CreateTicket, FindTicket
from tools.tokens import FindToken, IssueToken, RevokeToken

TOOLS: tuple[type[SystemsTool[Any]], ...] = (
    FindPerson,
    FindAccount,
    UnlockAccount,
    ResetMfa,
    ResetPassword,
    EndSessions,
    SuspendAccount,
    UnsuspendAccount,
    FindApp,
    ListAccess,
    GrantAccess,
    RevokeAccess,
    ListLicences,
    AssignLicence,
    ReleaseLicence,
    ListMailingLists,
    JoinMailingList,
    LeaveMailingList,
    GetDevice,
    RenewCertificate,
    RestartDevice,
    LockDevice,
    FindOrder,
    OrderEquipment,
    CancelOrder,
    ServiceStatus,
    FindTicket,
    CreateTicket,
    CommentTicket,
    WhoIsOnCall,
    PageOnCall,
    FindDeployment,
    RestartDeployment,
    RollbackDeployment,
    FindCiRun,
    RerunCi,
    FindServerCertificate,
    RollServerCertificate,
    FindToken,
    RevokeToken,
    IssueToken,
    FindNode,
    DrainNode,
    RestoreNode,
)


class TwoToolsOfOneName(Exception):
    """A tool's name must be its own: policies and runbooks name tools by it."""


def catalog(systems: Systems) -> dict[str, Tool[Any]]:
    """Every tool, by name, on these systems. Raises TwoToolsOfOneName."""
    return by_name(kind(systems) for kind in TOOLS)


def by_name(tools: Iterable[Tool[Any]]) -> dict[str, Tool[Any]]:
    """Raises TwoToolsOfOneName."""
    named: dict[str, Tool[Any]] = {}
    for tool in tools:
        if tool.name in named:
            raise TwoToolsOfOneName(f"two tools are called {tool.name}")
        named[tool.name] = tool
    return named
