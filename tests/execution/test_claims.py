"""The claim on a real PostgreSQL with real parallel connections: limits, ceilings, freezes, and what is given for it."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.consent import Approval, ApprovalState
from bot.domain import SYSTEM, Call, CallState, Case, Due
from bot.execution.claims import Asks, Claims, Stopped, Taken
from bot.obligations import Freeze, Limit, Obligation, Owed, Permit
from bot.store.work import Store, StoredWork
from bot.words import wording

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ADMIN = Owed("many", "Many of them are rare.", ("it-admin",))


class Noon:
    """It is noon, or some other time."""

    def __init__(self, at: datetime = NOW) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    async def refresh(self) -> None:
        """It stays."""


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    async with Store(database, pool=40) as store:
        async with store.work() as work:
            for case in ("C-1", "C-2"):
                await work.save_case(Case(case, "T:D", "T", "D", "1.1", "ana", "UANA", NOW, NOW))
        yield store


@pytest.fixture
def claims(store: Store) -> Claims:
    return Claims(store.work, Noon())


def call(number: int, state: CallState = CallState.STARTED, **more: str) -> Call:
    asked = Call("", "C-1", f"c{number}", "unlock_account", {}, state, "ana", NOW, effect="change", system="identity", digest="d")
    return dataclasses.replace(asked, resource={"kind": "account", "id": "ana"}, beneficiary="ana", **more)


def permit(*owes: Obligation) -> Permit:
    return Permit(("own-account",), "v1", owes)


def told(answers: Sequence[Call | Taken | Stopped | Asks]) -> dict[str, int]:
    """How many were claimed, and how the others ended."""
    return dict(Counter(str(one.state) if isinstance(one, Call | Stopped) else type(one).__name__ for one in answers))


async def waiting(store: Store, number: int, owed: tuple[Owed, ...] = (), state: ApprovalState = ApprovalState.APPROVED) -> Call:
    """A call that waits, with an approval of this state."""
    async with store.work() as work:
        held = call(number, CallState.WAITING, id=f"K-{900 + number}", approval=f"A-{number}")
        await work.save_call(held)
        await work.save_approval(Approval(f"A-{number}", "C-1", held.id, held.digest, "n", owed, NOW, NOW + DAY, state=state))
    return held


async def approval(store: Store, number: int) -> Approval:
    async with store.work() as work:
        found = await work.approval(f"A-{number}")
    assert found is not None
    return found


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_limit_holds_with_forty_at_once(claims: Claims) -> None:
    """Counted and claimed under one lock: exactly as many as are allowed."""
    limited = permit(Limit("own-account", 3, DAY))

    answers = await asyncio.gather(*(claims.claim(call(number), limited) for number in range(40)))

    assert told(answers) == {"started": 3, "denied": 37}


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param(Limit("one", 3, DAY, per="tool"), id="of the tool"),
        pytest.param(Limit("one", 3, DAY, per="beneficiary"), id="for whoever gains"),
        pytest.param(Limit("one", 3, DAY, per="resource"), id="of the thing"),
        pytest.param(Limit("one", 3, DAY, per="case", every=True), id="of the case"),
        pytest.param(Limit("one", 3, DAY, per="principal", every=True), id="of the person"),
        pytest.param(Limit("one", 3, DAY, per="system", every=True), id="in the system"),
    ],
)
async def test_so_many_and_no_more(claims: Claims, limit: Limit) -> None:
    answers = [await claims.claim(call(number), permit(limit)) for number in range(5)]

    assert told(answers) == {"started": 3, "denied": 2}
    assert isinstance(answers[-1], Stopped)
    assert "3" in answers[-1].reason
    assert "1 day already, which is the limit." in answers[-1].reason


async def test_a_ceiling_counts_the_changes_of_every_tool_and_a_limit_only_its_own(claims: Claims) -> None:
    ceiling, limit = Limit("per-case", 2, DAY, per="case", every=True), Limit("own-account", 2, DAY)
    for number, tool in enumerate(("reset_mfa", "grant_access")):
        assert isinstance(await claims.claim(call(number, tool=tool), permit(ceiling)), Call)

    assert isinstance(await claims.claim(call(2), permit(ceiling)), Stopped)
    assert isinstance(await claims.claim(call(3), permit(limit)), Call)
    assert isinstance(await claims.claim(call(4, case="C-2"), permit(ceiling)), Call)


async def test_a_ceiling_on_persons_is_none_on_deskhand(claims: Claims) -> None:
    """It ends what others were given; a ceiling on what happens in a system holds for it as well."""
    mine = Limit("per-person", 1, DAY, per="principal", every=True)
    ours = [await claims.claim(call(number, principal=SYSTEM.id), permit(mine)) for number in range(2)]
    theirs = [await claims.claim(call(number + 2), permit(mine)) for number in range(2)]
    system = await claims.claim(call(4, principal=SYSTEM.id), permit(Limit("per-system", 1, DAY, per="system", every=True)))

    assert told(ours) == {"started": 2}
    assert told(theirs) == {"started": 1, "denied": 1}
    assert told([system]) == {"denied": 1}


async def test_claims_with_the_same_limits_in_another_order_do_not_wait_in_a_circle(claims: Claims) -> None:
    """Each takes both locks; taken in the order of the policies, half of them would hold one and wait for the other."""
    one, other = Limit("one", 15, DAY), Limit("other", 15, DAY, per="system", every=True)

    answers = await asyncio.gather(*(claims.claim(call(n), permit(*((one, other) if n % 2 else (other, one)))) for n in range(40)))

    assert told(answers) == {"started": 15, "denied": 25}


# ── beyond a limit ───────────────────────────────────────────────────────────────────────────────────────────────────

FEW = Limit("many", 1, DAY, beyond=ADMIN)


async def test_beyond_a_limit_people_are_asked_and_not_before(claims: Claims) -> None:
    """Before it is tried, the count says whether an approval is owed, and its card says why."""
    assert await claims.owed_beyond(call(1), permit(FEW)) == ()
    assert isinstance(await claims.claim(call(1), permit(FEW)), Call)

    [owed] = await claims.owed_beyond(call(2), permit(FEW))
    assert (owed.policy, owed.by) == ("many", ("it-admin",))
    assert owed.because == (
        "That was done 1 time within 1 day already, which is the limit. Beyond it somebody has to say yes. Many of them are rare."
    )


async def test_whoever_passes_a_limit_at_the_claim_asks_people_and_is_not_denied(claims: Claims) -> None:
    """Of forty that were all below it when they were asked for, one runs and the others owe an approval."""
    answers = await asyncio.gather(*(claims.claim(call(number), permit(FEW)) for number in range(40)))

    assert told(answers) == {"started": 1, "Asks": 39}
    assert {one.owed[0].by for one in answers if isinstance(one, Asks)} == {("it-admin",)}


async def test_what_was_approved_beyond_a_limit_runs(store: Store, claims: Claims) -> None:
    """With the yes that is owed beyond it, and with no other; the yes is used up."""
    assert isinstance(await claims.claim(call(1), permit(FEW)), Call)
    other = Owed("else", "", ("identity-oncall",))
    held, less = await waiting(store, 2, (ADMIN,)), await waiting(store, 3, (other,))

    assert isinstance(await claims.claim(less, permit(other, FEW), [await approval(store, 3)]), Asks)
    assert isinstance(await claims.claim(held, permit(FEW), [await approval(store, 2)], (ADMIN,)), Call)
    assert [(await approval(store, n)).state for n in (2, 3)] == [ApprovalState.USED, ApprovalState.APPROVED]


# ── the row and its approvals ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_call_is_claimed_once(store: Store, claims: Claims) -> None:
    """Whoever comes second gets it as it stands, and it is not theirs to perform."""
    held = await waiting(store, 1, (ADMIN,))
    given = [await approval(store, 1)]

    answers = await asyncio.gather(*(claims.claim(held, permit(ADMIN), given) for _ in range(10)))

    assert told(answers) == {"started": 1, "Taken": 9}


async def test_what_was_given_is_used_in_its_time_or_not_at_all(store: Store) -> None:
    """A day after it was asked for the yes is void, though its row says that it was given; a minute before it is not."""
    held = await waiting(store, 1, (ADMIN,))
    given = [await approval(store, 1)]

    late = await Claims(store.work, Noon(NOW + DAY)).claim(held, permit(ADMIN), given)
    assert isinstance(late, Stopped)
    assert late.state is CallState.EXPIRED
    assert isinstance(await Claims(store.work, Noon(NOW + DAY - timedelta(minutes=1))).claim(held, permit(ADMIN), given), Call)


@pytest.mark.parametrize("state", [ApprovalState.WITHDRAWN, ApprovalState.USED, ApprovalState.FROZEN])
async def test_an_approval_that_is_void_claims_nothing(store: Store, claims: Claims, state: ApprovalState) -> None:
    """It was given when it was read, and is not any more when the row is locked: the call stays as it is."""
    held = await waiting(store, 1, (ADMIN,), state)
    given = dataclasses.replace(await approval(store, 1), state=ApprovalState.APPROVED)

    with pytest.raises(RuntimeError, match="used by another"):
        await claims.claim(held, permit(ADMIN), [given])

    async with store.work() as work:
        found = await work.call(held.id)
    assert found is not None
    assert found.state is CallState.WAITING


# ── freezes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("freeze", "stops"),
    [
        pytest.param(Freeze("F-1", "phishing", "omar", tool="unlock_account"), True, id="the tool"),
        pytest.param(Freeze("F-1", "phishing", "omar", system="identity"), True, id="its system"),
        pytest.param(Freeze("F-1", "phishing", "omar"), True, id="everything"),
        pytest.param(Freeze("F-1", "phishing", "omar", tool="reset_mfa"), False, id="another tool"),
        pytest.param(Freeze("F-1", "phishing", "omar", system="access"), False, id="another system"),
    ],
)
async def test_a_freeze_stops_what_it_names_until_it_is_lifted(
    store: Store, claims: Claims, freeze: Freeze, *, stops: bool
) -> None:
    async with store.work() as work:
        await work.freeze(dataclasses.replace(freeze, at=NOW))

    answer = await claims.claim(call(1), permit())

    assert told([answer]) == {"frozen" if stops else "started": 1}
    if isinstance(answer, Stopped):
        assert "F-1: “phishing”" in answer.reason
    async with store.work() as work:
        assert await work.freezes() == [dataclasses.replace(freeze, at=NOW)]
        assert await work.lift("F-1", "omar", NOW) is not None
        assert await work.lift("F-1", "omar", NOW) is None
        assert await work.freezes() == []
    assert isinstance(await claims.claim(call(2), permit()), Call)


async def test_a_freeze_waits_for_the_claims_that_are_under_way(
    store: Store, claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that when it stands, nothing is claimed any more by whoever looked a moment before."""
    claimed: list[asyncio.Task[None]] = []
    claim = StoredWork.claim

    async def freeze() -> None:
        async with store.work() as work:
            await work.freeze(Freeze("F-1", "phishing", "omar", at=NOW))

    async def waits() -> bool:
        query = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while not claimed[0].done():
            async with store.session() as session:
                if await session.scalar(query):
                    return True
            await asyncio.sleep(0.01)
        return False

    async def first(work: StoredWork, started: Call) -> bool:
        claimed.append(asyncio.create_task(freeze()))
        assert await waits()
        return await claim(work, started)

    monkeypatch.setattr(StoredWork, "claim", first)
    assert isinstance(await claims.claim(call(1), permit()), Call)
    await claimed[0]
    async with store.work() as work:
        assert [one.id for one in await work.freezes()] == ["F-1"]


# ── what is owed in all ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_whoever_asks_beyond_a_limit_asks_for_all_that_is_owed(claims: Claims) -> None:
    """What the policies owe, and then what the limits do, each once with the reason of the last of them."""
    other = Owed("else", "", ("identity-oncall",))
    assert isinstance(await claims.claim(call(1), permit(FEW)), Call)
    answer = await claims.claim(call(2), permit(other, FEW))
    assert isinstance(answer, Asks)
    assert answer.owed == (other, *await claims.owed_beyond(call(2), permit(FEW)))
    assert len(answer.owed) == 2


async def test_where_some_limits_are_reached_those_are_meant(claims: Claims) -> None:
    """Not the ones before or after them."""
    wide, tight = Limit("wide", 9, DAY), Limit("tight", 1, DAY, per="tool")
    assert isinstance(await claims.claim(call(1), permit(wide, tight)), Call)
    for limits in ((wide, tight), (tight, wide)):
        answer = await claims.claim(call(2), permit(*limits))
        assert isinstance(answer, Stopped)
        assert answer.state is CallState.DENIED
        assert answer.reason == wording.over_limit(tight)


async def test_whoever_comes_second_gets_the_call_as_it_stands(store: Store, claims: Claims) -> None:
    """Without an approval, too; and what nobody would answer any more names the approval that it lacks."""
    first = await claims.claim(call(1), permit())
    assert isinstance(first, Call)
    assert await claims.claim(dataclasses.replace(call(1), id=first.id), permit()) == Taken(first)

    held = await waiting(store, 2, (ADMIN,), ApprovalState.WITHDRAWN)
    given = dataclasses.replace(await approval(store, 2), state=ApprovalState.APPROVED)
    with pytest.raises(RuntimeError, match=r"^approval A-2 was used by another$"):
        await claims.claim(held, permit(ADMIN), [given])


async def test_what_is_claimed_says_since_when_and_under_which_key(claims: Claims) -> None:
    started = await claims.claim(dataclasses.replace(call(1), digest="0123456789abcdef01"), permit())
    assert isinstance(started, Call)
    assert (started.started, started.key, started.id[:2]) == (NOW, "C-1:c1:0123456789abcdef", "K-")


async def test_what_is_used_up_is_looked_at_no_more(store: Store, claims: Claims) -> None:
    """Whatever is due for another approval stays."""
    held = await waiting(store, 1, (ADMIN,))
    async with store.work() as work:
        for name in ("A-1", "A-9"):
            await work.at(Due(f"expire:{name}", NOW, "approval_expire", "T:D", {}))
    assert isinstance(await claims.claim(held, permit(ADMIN), [await approval(store, 1)]), Call)
    async with store.session() as session:
        assert list(await session.scalars(sa.text("SELECT key FROM due"))) == ["expire:A-9"]


async def test_whether_a_freeze_stops_it_now(store: Store, claims: Claims) -> None:
    async with store.work() as work:
        await work.freeze(Freeze("F-1", "phishing", "omar", system="access", at=NOW))
    assert not await claims.stopped(call(1))
    assert await claims.stopped(dataclasses.replace(call(1), system="access"))
    assert not await claims.stopped(dataclasses.replace(call(1), system="access", effect="read"))
