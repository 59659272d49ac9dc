"""The commands on what is kept: who reads it, what is erased of a person and by age; the audit goes on to verify."""

import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.audit.chain import BEGINNING, Head, sealed
from bot.audit.record import Record
from bot.cli import commands, forgetting
from bot.consent import Approval, ApprovalState, Question, Vote
from bot.domain import Call, CallState, Case, CaseState, Event, EventKind, Post, PostKind
from bot.errors import CommandError
from bot.report import figures
from bot.store import erase
from bot.store.removal import remove_audit
from bot.store.seals import NEWEST, Seals, verify
from bot.store.tables import SealRow
from bot.store.work import Store
from tests.e2e.test_audit import MARK
from tests.e2e.test_clicks import agree, policy
from tests.office import Office, opened_office
from tests.postgres import for_the_bot

NOW = datetime.now(UTC)


@pytest.fixture
def settings(company_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The commands of a terminal work on this database, as its owner."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", for_the_bot(company_database))
    monkeypatch.setenv("DATABASE_OWNER_URL", company_database)
    monkeypatch.setenv("BOT_DATA_DIR", str(tmp_path / "data"))
    root = Path(__file__).parents[2]
    monkeypatch.setenv("POLICY_FILE", str(root / "policies.yaml"))
    monkeypatch.setenv("RUNBOOK_DIR", str(root / "knowledge" / "runbooks"))
    return monkeypatch


@pytest.fixture
async def office(company_database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened_office(company_database, tmp_path / "data", POLICY_FILE=str(policy(tmp_path))) as office:
        yield office


@pytest.fixture
async def store(company_database: str) -> AsyncIterator[Store]:
    async with Store(company_database) as store:
        yield store


async def case(store: Store, name: str, who: str, state: CaseState, *, days: int = 0, words: str = MARK) -> None:
    """A case that is written down with a word in each of its texts."""
    at = NOW - timedelta(days=days)
    number = name.removeprefix("C-")
    call = Call(f"K-{number}", name, f"c{number}", "unlock_account", {"user": who}, CallState.VERIFIED, who, at, system="identity")
    async with store.work() as work:
        await work.accept(Event(f"e{number}", "T:D", EventKind.MESSAGE, f"{number}.0", sender=f"U{who}", text=words))
        await work.save_case(Case(name, "T:D", "T", "D", "1.1", who, f"U{who}", at, at, state=state, title=MARK))
        await work.handled([f"e{number}"], name)
        await work.say(name, "requester", words, {"event": f"e{number}"})
        await work.save_call(dataclasses.replace(call, purpose=words, facts={"words": words}))
        given = Vote("omar", "Uomar", True, words, at)
        asked = Question("omar", words, at, words)
        await work.save_approval(
            Approval(f"A-{number}", name, call.id, "", "", (), at, at, ApprovalState.USED, votes=(given,), questions=(asked,))
        )
        await work.put(Post(f"p{number}", PostKind.NOTE, {"text": words}, channel="D", case=name))
    async with store.session() as session:
        await session.execute(sa.text("UPDATE outbox SET state = 'posted', posted_version = version"))
        await session.execute(
            sa.text("UPDATE company.people SET slack_id = :slack_id WHERE handle = :who"), {"slack_id": f"U{who}", "who": who}
        )


def everything(database: str) -> dict[str, str]:
    """Every row of every table, as text."""
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'company') ORDER BY 1, 2"
        ).fetchall()
        return {
            f"{schema}.{table}": "\n".join(
                json.dumps(row, ensure_ascii=False)
                for (row,) in connection.execute(f'SELECT to_jsonb(t) FROM {schema}."{table}" t').fetchall()
            )
            for schema, table in tables
        }


def tables_with(database: str, *words: str) -> set[str]:
    return {table for table, text in everything(database).items() if any(word in text for word in words)}


async def told(office: Office) -> None:
    """Ana asks for access with a reason and is denied; she is let in again; Omar says why; Ben's case is about her, too."""
    office.say("ana", f"could I get figma until friday? {MARK}")
    await agree(office, "ana", f"{MARK} needs it")
    await office.deny("omar", f"no, {MARK}")
    await office.hears("ana", "I couldn't do this")
    office.say("ana", "hi, I'm locked out of my account")
    await office.press("ana", "feedback_yes")
    office.say("ana", f"@deskhand the {MARK} machine makes noises", channel="general")
    await office.hears("ana", "ticket", "general")
    office.say("ben", "could I get figma until friday?")
    await agree(office, "ben", "Ana Almeida needs it, see ana@example.com")
    await office.deny("omar", "Ana Almeida is away")
    await office.hears("ben", "I couldn't do this")

    async def over() -> bool:
        async with office.store.session() as session:
            open_posts = await session.scalar(sa.text("SELECT count(*) FROM outbox WHERE state = 'pending'"))
            unread = await session.scalar(sa.text("SELECT count(*) FROM inbox WHERE handled IS NULL"))
        done = all(one["state"] in ("closed", "handed_over") for one in await office.cases())
        return done and not open_posts and not unread

    await office.until(over, "everything to be over")


async def test_nothing_of_a_person_is_left_and_the_audit_verifies(
    office: Office, company_database: str, settings: pytest.MonkeyPatch
) -> None:
    """Their words, name and mail address stand in no table any more; what was done stays by ids; others keep their words."""
    ana = next(one for one in (await office.books())["people"] if one["handle"] == "ana")
    await told(office)
    await office.close()
    await Seals(office.store).seal()
    before = await verify(office.store, {})
    assert before.problems == []
    calls = [
        {name: call[name] for name in ("id", "tool", "state", "digest", "policies")}
        for call in (await office.trail("C-1"))["calls"]
    ]
    mine = sorted(one["id"] for one in await office.cases() if one["requester"] == "ana")
    assert len(mine) == 3
    secrets = (MARK, ana["name"], ana["email"])
    assert {"public.inbox", "public.transcript", "public.tool_call", "public.outbox", "company.people"} <= tables_with(
        company_database, *secrets
    )

    dump = everything(company_database)
    would = await forgetting.forget("ana", dry_run=True)
    assert would["cases"] == mine
    assert everything(company_database) == dump

    done = await forgetting.forget(ana["email"])
    assert (done["person"], done["cases"], done["profile"]) == ("ana", mine, True)
    assert tables_with(company_database, *secrets) == set()
    assert "could I get figma until friday?" in everything(company_database)["public.transcript"], "Ben's own words stay"
    trail = await office.trail("C-1")
    assert [{name: call[name] for name in calls[0]} for call in trail["calls"]] == calls
    assert (trail["messages"], trail["title"]) == ([], "[erased]")

    after = await verify(office.store, {before.head.number: before.head.digest})
    assert (after.problems, after.rows, after.waiting) == ([], before.rows, 1)
    async with office.store.session() as session:
        row = (await session.execute(sa.text("SELECT data FROM audit WHERE what = 'forget'"))).one()
    assert (row.data["person"], row.data["cases"]) == ("ana", 3)
    assert figures.as_json(await commands.report(30))["whole"]["cases"] == 4
    assert (await forgetting.forget("ana"))["cases"] == mine, "once more changes nothing and does not fail"


async def test_nobody_is_forgotten_while_something_of_theirs_is_open(
    store: Store, company_database: str, settings: pytest.MonkeyPatch
) -> None:
    """The case is named, nothing is erased; others' open cases hinder nobody and keep what they need."""
    await case(store, "C-1", "ana", CaseState.CLOSED)
    await case(store, "C-2", "mia", CaseState.WAITING, words="Ana Almeida asked me to")
    dump = everything(company_database)
    with pytest.raises(CommandError, match="C-2"):
        await forgetting.forget("mia")
    would = await forgetting.forget("mia", dry_run=True)
    assert (would["cases"], [one["case"] for one in would["in_the_way"]]) == (["C-2"], ["C-2"])
    assert everything(company_database) == dump
    assert (await forgetting.forget("ana"))["cases"] == ["C-1"]
    assert "Ana Almeida asked me to" in everything(company_database)["public.transcript"], "it is open"


async def answers(store: Store) -> list[tuple[str, str]]:
    """Of each approval: the reasons of its votes, and its questions."""
    async with store.work() as work:
        found = [await work.approval(f"A-{number}") for number in range(1, 4)]
    return [("".join(vote.reason for vote in one.votes), "".join(asked.text for asked in one.questions)) for one in found if one]


@pytest.mark.parametrize("how", ["gains", "owns", "named", "mail"])
async def test_what_those_who_were_asked_wrote_about_somebody_goes_from_cases_that_go_on(
    store: Store, company_database: str, settings: pytest.MonkeyPatch, how: str
) -> None:
    """Where they gain by the call, own something in it, or are named; the requester's words, and other answers, stay. It verifies."""
    about = {"named": "Ana Almeida is ill", "mail": "see ana.almeida@harborline.example"}.get(how, "is ill, they say")
    await case(store, "C-1", "ana", CaseState.CLOSED)
    await case(store, "C-2", "mia", CaseState.WAITING, words=about)
    await case(store, "C-3", "mia", CaseState.WAITING, words="no need any more")
    async with store.session() as session:
        statements = {"gains": "beneficiary = 'ana'", "owns": 'resource = \'{"owner": "ana"}\''}
        if how in statements:
            await session.execute(sa.text(f"UPDATE tool_call SET {statements[how]} WHERE id = 'K-2'"))
        await session.execute(sa.text("UPDATE tool_call SET reason = :words WHERE id = 'K-2'"), {"words": f"Denied: {about}"})
        await session.execute(
            sa.text("INSERT INTO transcript (\"case\", role, text, data) VALUES ('C-2', 'bot', :words, '{}')"), {"words": about}
        )
    async with store.work() as work:
        await work.audit("approval", "C-2", {"approval": "A-2", "call": "K-2", "state": "waiting", "votes": []})
    await Seals(store).seal()
    before = await verify(store, {})

    await forgetting.forget("ana")

    assert await answers(store) == [("", ""), ("[erased]", "[erased]"), ("no need any more", "no need any more")]
    assert about not in everything(company_database)["public.outbox"]
    async with store.session() as session:
        said = (await session.execute(sa.text("SELECT role, text FROM transcript WHERE \"case\" = 'C-2' ORDER BY position"))).all()
        reason = await session.scalar(sa.text("SELECT reason FROM tool_call WHERE id = 'K-2'"))
    assert [tuple(one) for one in said] == [("requester", about), ("bot", "[erased]")]
    assert reason == "Denied: [erased]"
    async with store.work() as work:
        approval = await work.approval("A-2")
    assert approval is not None
    assert (approval.votes[0].by, approval.votes[0].approve, approval.open_question) == ("omar", True, False)
    after = await verify(store, {before.head.number: before.head.digest})
    assert (after.problems, after.rows) == ([], before.rows)


async def test_what_somebody_wrote_when_they_were_asked_goes_with_them(store: Store, settings: pytest.MonkeyPatch) -> None:
    """From others' cases as well, whether they are over or go on; what others were asked stays."""
    for name, state in (("C-1", CaseState.CLOSED), ("C-2", CaseState.WAITING), ("C-3", CaseState.WAITING)):
        await case(store, name, "ana", state, words=f"words of {name}")
    async with store.session() as session:
        await session.execute(
            sa.text(
                "UPDATE approval SET votes = replace(votes::text, 'omar', 'tariq')::jsonb,"
                " questions = replace(questions::text, 'omar', 'tariq')::jsonb WHERE id = 'A-3'"
            )
        )
    await forgetting.forget("omar")
    assert await answers(store) == [("", ""), ("[erased]", "[erased]"), ("words of C-3", "words of C-3")]


async def test_a_question_about_somebody_is_nowhere_while_its_case_goes_on(
    office: Office, company_database: str, settings: pytest.MonkeyPatch
) -> None:
    """Asked on a card, repeated in the requester's thread; then the person is forgotten, and the approval is still answered."""
    office.say("ben", "could I get figma until friday?")
    await agree(office, "ben", "for the campaign")
    await office.hears("omar", "Please decide")
    await office.pick("omar", "Ask them first")
    assert await office.fill("omar", f"Is that instead of Ana Almeida, who {MARK}?") == {}
    await office.hears("ben", MARK)
    await office.until(lambda: settled(office), "the posts")
    assert {"public.approval", "public.outbox", "public.transcript"} <= tables_with(company_database, MARK)
    await forgetting.forget("ana")
    assert tables_with(company_database, MARK) == set()
    await office.press("omar", "approve")
    await office.case_is(outcome="verified")
    assert tables_with(company_database, MARK) == set()


def due(what: str) -> str:
    return f"INSERT INTO due VALUES ('{what}:K-1', now(), '{what}', 'T:D', '{{\"case\": \"C-1\"}}')"


async def settled(office: Office) -> bool:
    async with office.store.session() as session:
        return not await session.scalar(sa.text("SELECT count(*) FROM outbox WHERE state = 'pending'"))


async def test_the_button_that_is_named_ends_the_case(office: Office, settings: pytest.MonkeyPatch) -> None:
    """What waits for an answer ends with the requester's “Never mind” on Home, as it is said; then she is forgotten."""
    office.say("ana", f"could I get figma until friday? {MARK}")
    await agree(office, "ana", "for the board")
    await office.until(lambda: office.button("omar", "approve"), "a card")
    with pytest.raises(CommandError, match=r"C-1 [^;]*waits for an answer[^;]*: “Never mind” on the Home tab"):
        await forgetting.forget("ana")

    await office.home("ana", "waits for")
    await office.press_home("ana", "withdraw")
    await office.case_is(state="closed")
    await office.until(lambda: settled(office), "the posts")

    assert (await forgetting.forget("ana"))["cases"] == ["C-1"]


@pytest.mark.parametrize(
    ("statement", "why", "how"),
    [
        ("UPDATE tool_call SET state = 'waiting'", "a call of it waits for an answer", "“Deny” on the card"),
        ("UPDATE tool_call SET state = 'started'", "a call of it is being performed", "start the bot"),
        ("UPDATE outbox SET state = 'pending'", "something of it is not posted yet", "start the bot"),
        ("UPDATE inbox SET handled = NULL", "something in it has not been taken up yet", "start the bot"),
        (due("review"), "has to look at it afterwards", "start the bot"),
        (due("approval_expire"), "has not run out yet", "over by itself"),
        ("UPDATE \"case\" SET state = 'reopened'", "is being worked on", "“Never mind” on the Home tab of Deskhand's app"),
        ("UPDATE \"case\" SET state = 'resolved'", "waits for ana to say whether that fixed it", "“Yes” below its answer"),
    ],
)
async def test_whatever_is_still_to_be_done_keeps_a_case(
    store: Store, settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], statement: str, why: str, how: str
) -> None:
    """It is named with what is still to be done, and what ends it."""
    await case(store, "C-1", "ana", CaseState.CLOSED)
    async with store.session() as session:
        await session.execute(sa.text(statement))
    with pytest.raises(CommandError, match=f"End them first: C-1 .*{why}[^:]*: .*{how}"):
        await forgetting.forget("ana")
    would = await forgetting.forget("ana", dry_run=True)
    [one, *_] = would["in_the_way"]
    assert one["case"] == "C-1"
    assert why in one["why"]
    forgetting.forgotten(would)
    assert how in capsys.readouterr().out


async def test_somebody_whom_nobody_knows_is_not_found(settings: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="zorro"):
        await forgetting.forget("zorro")


async def test_access_ends_although_its_case_was_erased(office: Office) -> None:
    """What ends one day is written down by ids, so it ends when its time comes."""
    office.say("ana", "could I get figma until friday?")
    await agree(office, "ana", "for the board")
    await office.press("omar", "approve")
    await office.press("ana", "feedback_yes")
    await office.case_is(state="closed")
    async with office.store.session() as session:
        await erase.cases(session, ["C-1"])
    await office.company.clock.turn(timedelta(days=9))
    await office.hears("ana", "As agreed, this has ended")
    grants = [one for one in (await office.books())["grants"] if one["person"] == "ana" and one["app"] == "figma"]
    assert [one["state"] for one in grants] == ["ended"]


async def test_who_reads_a_trail_at_the_terminal_is_recorded(store: Store, settings: pytest.MonkeyPatch) -> None:
    """By the name of their account on the machine, before they see it; a case that there is not leaves nothing."""
    await case(store, "C-1", "ana", CaseState.CLOSED)
    settings.setenv("LOGNAME", "rosa")
    assert (await commands.case("C-1"))["messages"][0]["text"] == MARK
    with pytest.raises(LookupError):
        await commands.case("C-2")
    async with store.session() as session:
        [row] = await session.execute(sa.text('SELECT what, "case", data FROM audit'))
    assert tuple(row) == ("read", "C-1", {"by": "rosa", "via": "terminal", "of": "trail"})


# ── by age ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_texts_of_old_cases_go_when_the_setting_says_so_and_of_others_stay(
    store: Store, company_database: str, settings: pytest.MonkeyPatch
) -> None:
    """By when a case was last touched; one that is open stays however old; once more there is nothing to do."""
    for name, state, days in (
        ("C-1", CaseState.CLOSED, 40),
        ("C-2", CaseState.CLOSED, 20),
        ("C-3", CaseState.WAITING, 40),
        ("C-4", CaseState.HANDED_OVER, 40),
    ):
        await case(store, name, "ana", state, days=days)
    dump = everything(company_database)
    assert (await forgetting.retention())["cases"] == []
    assert everything(company_database) == dump, "without a setting nothing goes"

    settings.setenv("RETENTION_TEXT_DAYS", "30")
    assert (await forgetting.retention(dry_run=True))["cases"] == ["C-1", "C-4"]
    assert everything(company_database) == dump
    assert (await forgetting.retention())["cases"] == ["C-1", "C-4"]
    async with store.session() as session:
        titles = dict((await session.execute(sa.text('SELECT id, title FROM "case"'))).all())
        kept = set(await session.scalars(sa.text('SELECT DISTINCT "case" FROM transcript')))
        written = await session.scalar(sa.text("SELECT count(*) FROM audit WHERE what = 'retention'"))
    assert titles == {"C-1": "[erased]", "C-2": MARK, "C-3": MARK, "C-4": "[erased]"}
    assert (kept, written) == ({"C-2", "C-3"}, 1)
    assert (await forgetting.retention())["cases"] == []


async def seal_with_age(store: Store, days: int, rows: int = 2) -> Any:
    """A seal over rows that were written so many days ago, as it was made then."""
    at = NOW - timedelta(days=days)
    written = "INSERT INTO audit (at, what, \"case\", data) VALUES (:at, 'call', 'C-1', '{}') RETURNING position"
    async with store.session() as session:
        positions = [(await session.execute(sa.text(written), {"at": at})).scalar_one() for _ in range(rows)]
        last = (await session.execute(NEWEST)).one_or_none()
        seal = sealed(Head(*last) if last else BEGINNING, at, [Record(one, at, "call", "C-1", {}) for one in positions])
        values = {"number": seal.number, "at": seal.at, "previous": seal.previous, "digest": seal.digest}
        await session.execute(sa.insert(SealRow).values(**values, rows=[list(one) for one in seal.rows]))
        await session.execute(sa.text("DELETE FROM audit_unsealed"))
    return seal


async def test_old_audit_rows_go_by_whole_seals_and_the_rest_verifies(store: Store, settings: pytest.MonkeyPatch) -> None:
    """A seal with one younger row stays, and so does the newest; a row says what went, and the chain goes on."""
    seals = [await seal_with_age(store, days) for days in (400, 390, 380)]
    mixed = await seal_with_age(store, 370, 1)
    assert mixed is not None
    await seal_with_age(store, 10)
    await seal_with_age(store, 400)
    settings.setenv("RETENTION_AUDIT_DAYS", "375")

    would = await forgetting.retention(dry_run=True)
    assert (would["audit_seals"], would["audit_rows"]) == (3, 6)
    assert (await verify(store, {})).rows == 11
    done = await forgetting.retention()
    assert (done["audit_seals"], done["audit_rows"]) == (3, 6)

    found = await verify(store, {one.number: one.digest for one in seals})
    assert (found.problems, found.start.number, found.rows, found.waiting) == ([], 3, 5, 1)
    last = await Seals(store).seal()
    assert last is not None
    assert last.number == 7
    assert (await verify(store, {})).problems == []
    assert [(str(one.kind), one.seal) for one in (await verify(store, {3: "f" * 64})).problems] == [("broken", 3)]
    with pytest.raises(sa.exc.DBAPIError, match="insert only"):
        async with store.session() as session:
            await session.execute(sa.text("DELETE FROM audit"))


async def test_the_newest_seal_stays_however_old(store: Store) -> None:
    await seal_with_age(store, 400)
    assert (await remove_audit(store, NOW, {"by": "root"})).seals == 0


async def test_old_rows_that_were_sealed_late_stay_as_long_as_their_seal(store: Store) -> None:
    """So that the times of the heads that are kept elsewhere show what may be gone."""
    await seal_with_age(store, 400)
    async with store.session() as session:
        written = "INSERT INTO audit (at, what, \"case\", data) VALUES (:at, 'call', 'C-1', '{}')"
        await session.execute(sa.text(written), {"at": NOW - timedelta(days=390)})
    late = await Seals(store).seal()
    assert late is not None
    await seal_with_age(store, 10)
    assert (await remove_audit(store, NOW - timedelta(days=30), {"by": "root"})).seals == 1
    found = await verify(store, {}, {1: NOW - timedelta(days=400), late.number: late.at})
    assert (found.problems, found.start.number) == ([], 1)


async def test_nothing_is_removed_from_a_chain_that_does_not_hold(company_database: str, store: Store) -> None:
    for days in (400, 390, 380):
        await seal_with_age(store, days)
    with psycopg.connect(company_database) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE audit SET what = 'read' WHERE position = 1")
    with pytest.raises(CommandError, match="does not hold"):
        await remove_audit(store, NOW, {"by": "root"})


async def test_the_bots_role_removes_nothing(company_database: str, store: Store) -> None:
    for days in (400, 390, 380):
        await seal_with_age(store, days)
    async with Store(for_the_bot(company_database)) as bot:
        with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
            await remove_audit(bot, NOW, {"by": "root"})
    assert (await verify(store, {})).rows == 6
