"""`forget` and `retention`: what is erased, by whom, and that it happened. Under the owner's role, never under the bot's."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.cli.commands import me, prepared
from bot.company.directory import opened_company
from bot.errors import CommandError
from bot.settings import load
from bot.store import erase
from bot.store.removal import remove_audit
from bot.store.work import Store, StoredWork
from bot.words.wording import moment
from tools.systems.embedded.forget import forget as forget_in_company

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Person:
    handle: str
    slack_id: str
    names: tuple[str, ...] = ()
    known: bool = False


async def forget(person: str, *, dry_run: bool = False) -> Row:
    """Erase a person's texts and profile. Raises LookupError (nobody of that name), CommandError (something is still open)."""
    async with prepared() as data, opened_company(data.owner) as (company, engine), Store(data.owner) as store:
        who = await _found(person, company, store)
        async with store.long_session() as session:
            open_cases = await erase.unfinished(session, who.slack_id, who.handle)
            mine = await erase.cases_of(session, who.slack_id, who.handle)
            standing = await erase.standing(session, open_cases)
            stands = [{"case": one.id, "why": _why(one, who.handle), "how": _how(one, who.handle)} for one in standing]
            unread = []
            if await erase.unread(session, who.slack_id):
                unread.append({"case": "", "why": f"something that {who.handle} wrote has not been taken up yet", "how": _RUNS})
            told = {
                "person": who.handle,
                "slack_id": who.slack_id,
                "cases": mine,
                "profile": who.known,
                "dry_run": dry_run,
                "in_the_way": [*stands, *unread],
            }
            if dry_run:
                return told
            if stands:
                cases = "; ".join(f"{one['case']} {one['why']}: {one['how']}" for one in stands)
                raise CommandError(f"{who.handle} has cases of which something is still to be done. End them first: {cases}")
            if unread:
                raise CommandError("; ".join(f"{one['why']}: {one['how']}" for one in unread))
            await erase.person(session, who.slack_id, who.handle, who.names)
            await StoredWork(session, None).audit("forget", "", {**_by(), "person": who.handle, "cases": len(mine)})
        if who.known:
            await forget_in_company(engine, who.handle)
        return told


_RUNS = "start the bot, which does what is left, and try again"
_STATES = {
    "resolved": "waits for {who} to say whether that fixed it",
    "waiting": "waits for a word of {who}",
    "closed": "is closed",
    "handed_over": "is with people",
}


def _why(case: Any, who: str) -> str:
    """What of a case is still to be done (a row of `erase.standing`), in words: ``waits for ana to say whether that fixed it``."""
    more = {
        "a call of it waits for an answer": case.asked,
        "a call of it is being performed": case.performed,
        "something of it is not posted yet": case.unsaid,
        "something in it has not been taken up yet": case.unread,
        "somebody has to look at it afterwards": case.review,
        "an approval of it has not run out yet": case.timed and not case.asked,
    }
    state = "" if case.asked and case.state == "waiting" else _STATES.get(case.state, "is being worked on").format(who=who)
    closes = f"(it closes by itself on {moment(case.closes)})" if case.closes and case.state in ("resolved", "waiting") else ""
    parts = [" ".join(part for part in (state, closes) if part), *(words for words, so in more.items() if so)]
    return ", ".join(part for part in parts if part)


def _how(case: Any, who: str) -> str:
    """What ends such a case: which button of whom, or what else it takes."""
    ways = []
    if case.state == "resolved":
        ways.append(f"“Yes” below its answer, pressed by {who}, closes it")
    elif case.state not in ("closed", "handed_over"):
        ways.append(f"“Never mind” on the Home tab of Deskhand's app, or said in its thread, by {who}, ends it")
    if case.asked:
        ways.append("“Deny” on the card ends what waits for an answer")
    if case.performed or case.unsaid or case.unread or case.review:
        ways.append(_RUNS)
    if case.timed and not case.asked:
        ways.append("it is over by itself when its time has come")
    return "; ".join(ways)


async def _found(person: str, company: Any, store: Store) -> _Person:
    """By handle, mail address or Slack id in the company; else by what the cases say. Raises LookupError."""
    wanted = person.strip().removeprefix("@")
    for one in await company.people():
        if wanted.casefold() in (one.handle.casefold(), one.email.casefold()) or wanted == one.slack_id:
            return _Person(one.handle, one.slack_id, (one.name, one.email), known=True)
    chosen = 'SELECT requester, slack_id FROM "case" WHERE slack_id = :who OR requester = :who LIMIT 1'
    async with store.session() as session:
        row = (await session.execute(sa.text(chosen), {"who": wanted})).one_or_none()
    if row is None:
        raise LookupError(f"nobody is called {person!r}, by handle, mail address or Slack id")
    return _Person(*row)


async def retention(*, dry_run: bool = False) -> Row:
    """Erase texts and remove audit rows that are older than the settings say; nothing where they say nothing."""
    settings = load()
    now = datetime.now(UTC)
    told: Row = {"dry_run": dry_run, "cases": [], "audit_rows": 0, "audit_seals": 0}
    async with prepared() as data, Store(data.owner) as store:
        if settings.retention_text_days:
            before = now - timedelta(days=settings.retention_text_days)
            async with store.long_session() as session:
                told["cases"] = await erase.old_cases(session, before)
                if not dry_run:
                    await erase.cases(session, told["cases"])
                    await erase.old_words(session, before)
                if told["cases"] and not dry_run:
                    await StoredWork(session, None).audit("retention", "", {**_by(), "cases": len(told["cases"])})
        if settings.retention_audit_days:
            before = now - timedelta(days=settings.retention_audit_days)
            removed = await remove_audit(store, before, _by(), dry_run=dry_run)
            told |= {"audit_rows": removed.rows, "audit_seals": removed.seals}
    return told


def _by() -> Row:
    return {"by": me(), "via": "terminal"}


# ── for people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def forgotten(found: Row) -> None:
    """What was erased, or would be."""
    cases = ", ".join(found["cases"]) or "none"
    would = "would be erased" if found["dry_run"] else "erased"
    sys.stdout.write(f"{found['person']}: texts of the cases {would}: {cases}{'; profile too' if found['profile'] else ''}\n")
    for one in found["in_the_way"]:
        sys.stdout.write(f"In the way: {' '.join(part for part in (one['case'], one['why']) if part)}: {one['how']}\n")
    if found["in_the_way"]:
        sys.stdout.write("So nothing would be erased now.\n")
    sys.stdout.write("What stands in Slack and in the company's systems is not Deskhand's, and stays. So do ids in the audit.\n")


def removed(found: Row) -> None:
    """Likewise by age."""
    would = "would go" if found["dry_run"] else "went"
    said = (
        f"{len(found['cases'])} cases' texts, {found['audit_rows']} rows of the audit with {found['audit_seals']} seals {would}\n"
    )
    sys.stdout.write(said)
