"""Whether what the settings let go by age has gone. `retention` is a command, and somebody has to let it run."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.doctor.finding import Finding, ok, warn
from bot.settings import Settings
from bot.store import erase
from bot.store.work import Store

CHECK = "retention"
GRACE = timedelta(days=2)
"""Cron lets it run once a day, and may miss one."""

OLD_SEALS = sa.text("SELECT count(*) FROM audit_seal WHERE at < :before AND number < (SELECT max(number) FROM audit_seal)")


async def look(settings: Settings, url: str, *, may_remove: bool) -> Finding:
    """`may_remove`: whether the role that commands work under may remove rows of the audit."""
    text, audit = settings.retention_text_days, settings.retention_audit_days
    if not text and not audit:
        return ok(CHECK, "everything is kept: RETENTION_TEXT_DAYS and RETENTION_AUDIT_DAYS are 0")
    latest = datetime.now(UTC) - GRACE
    async with Store(url) as store, store.session() as session:
        cases = len(await erase.old_cases(session, latest - timedelta(days=text))) if text else 0
        asked = {"before": latest - timedelta(days=audit)}
        seals = int(await session.scalar(OLD_SEALS, asked) or 0) if audit else 0
    kept = f"texts are kept for {_days(text)}, the audit for {_days(audit)}"
    if audit and not may_remove:
        return warn(
            CHECK, f"{kept}; nobody can remove rows of the audit", "set DATABASE_OWNER_URL: the role of DATABASE_URL may not"
        )
    if not cases and not seals:
        return ok(CHECK, f"{kept}; nothing is overdue")
    return warn(
        CHECK,
        f"{kept}; overdue are the texts of {_number(cases, 'case')} and {_number(seals, 'seal')} of the audit",
        "let cron run `.venv/bin/python -m bot retention` every day, and look at what it says (docs/operations.md)",
    )


def _days(number: int) -> str:
    return _number(number, "day") if number else "ever"


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
