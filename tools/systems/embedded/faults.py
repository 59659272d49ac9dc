"""Switches that make the company's systems misbehave, so that it can be shown that Deskhand notices.

They live in the database: set in one process, felt in another.
"""

from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tools.contract import Refused, SystemAway
from tools.systems.embedded.models import FaultRow


class Fault(StrEnum):
    """How a tool's system misbehaves."""

    SILENT = "silent"  # says that it is done, and does nothing (changes only)
    TIMEOUT = "timeout"  # does it, and the answer is lost
    REFUSED = "refused"  # says no
    AWAY = "away"  # does not answer, and does nothing


CHANGES = (
    "assign_licence",
    "cancel_order",
    "comment_ticket",
    "create_ticket",
    "drain_node",
    "end_sessions",
    "grant_access",
    "issue_token",
    "join_mailing_list",
    "leave_mailing_list",
    "lock_device",
    "order_equipment",
    "page_on_call",
    "release_licence",
    "renew_certificate",
    "rerun_ci",
    "reset_mfa",
    "reset_password",
    "restart_deployment",
    "restart_device",
    "restore_node",
    "revoke_access",
    "revoke_token",
    "roll_server_certificate",
    "rollback_deployment",
    "suspend_account",
    "unlock_account",
    "unsuspend_account",
)
READS = (
    "find_account",
    "find_app",
    "find_ci_run",
    "find_deployment",
    "find_node",
    "find_order",
    "find_person",
    "find_server_certificate",
    "find_ticket",
    "find_token",
    "get_device",
    "list_access",
    "list_licences",
    "list_mailing_lists",
    "service_status",
    "who_is_on_call",
)
BEYOND_TOOLS = ("confirm_identity",)
"""What the bot itself asks of the systems."""


async def fault_of(session: AsyncSession, tool: str) -> Fault | None:
    """The fault that is switched on for a tool."""
    mode = await session.scalar(select(FaultRow.mode).where(col(FaultRow.tool) == tool))
    return Fault(mode) if mode else None


def away(tool: str) -> SystemAway:
    """What a caller sees when no answer comes."""
    return SystemAway(f"the system behind {tool} did not answer")


def refused(tool: str) -> Refused:
    """What a caller sees when the system says no without more."""
    return Refused(f"the system behind {tool} refused the request")


async def answers(session: AsyncSession, tool: str) -> None:
    """Before a read on behalf of `tool`: raise what its fault asks for. A check that reads the same way is hit too."""
    mode = await fault_of(session, tool)
    if mode in (Fault.AWAY, Fault.TIMEOUT):
        raise away(tool)
    if mode is Fault.REFUSED:
        raise refused(tool)
