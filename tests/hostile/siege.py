"""Cases by the dozen, at once: an adversary asks, people write and press, the world changes between the rounds, a witness watches."""

import asyncio
import dataclasses
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain import CallState, Case, ToolCall
from bot.execution.freezing import Target
from tests.gate import naive
from tests.hostile.adversary import PEOPLE, TEMPTING, Adversary, words
from tests.hostile.mechanism import POLICIES, Mechanism
from tests.hostile.people import Card, cards, press
from tests.hostile.witness import Ask, Effect, Round, Story, Witness

ABREAST = 10
"""Cases at once."""
ROUNDS = 7
"""Of each case; the last asks for nothing."""
HELPERS = ("omar", "omar", "ida", "tariq", "noor", "mia", "pavel", "eva")
TABLES = ("people", "apps", "mailing_lists", "devices", "deployments", "repositories", "items")
TABLES += ("server_certificates", "tokens", "nodes")
"""What stays as far as the policy looks at it."""
MOVING = ("memberships", "shifts", "orders", "tickets")
FIXED = ("people", "groups", "apps", "mailing_lists", "licences", "items")
"""What no tool changes."""


@dataclass
class Seen:
    """What came of it all."""

    calls: int = 0
    states: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    presses: Counter[str] = field(default_factory=Counter)
    owed: Mapping[str, int] = field(default_factory=dict)
    guilt: list[str] = field(default_factory=list)


class Siege:
    """All of it, on one database."""

    def __init__(self, mechanism: Mechanism, seed: str) -> None:
        self._works = mechanism
        self._seed = seed
        shapes = {
            name: {"effect": str(tool.effect), "reversible": tool.reversible, "system": tool.system}
            for name, tool in mechanism.tools.items()
        }
        self._witness = Witness(shapes)
        self._policies = [naive.read(text) for text in POLICIES]
        self._version = 0
        self._freezes: list[tuple[str, str, str]] = []  # id, tool, system
        self._slack: dict[str, str] = {}
        self._cards: dict[tuple[str, str], list[Card]] = {}
        self._last = 0
        self._pressed: set[tuple[str, str]] = set()
        self._asked: dict[str, list[ToolCall]] = {}
        self._ended: dict[str, set[str]] = {}
        self._fixed: dict[str, Any] = {}
        self._tables: dict[str, list[Mapping[str, Any]]] = {}
        self.seen = Seen()

    async def run(self, calls: int) -> Seen:
        """At least so many calls; stops at the first that should not have been."""
        await self._begin()
        number = 0
        while self.seen.calls < calls and not self.seen.guilt:
            await self._batch(number)
            number += 1
        if await self._standing() != self._fixed:
            self.seen.guilt.append("what no tool changes has changed")
        self.seen.owed = dict(self._witness.owed)
        return self.seen

    async def _begin(self) -> None:
        """One shift a schedule, for ever, so that who has it is known."""
        begin, end = "2020-01-01", "2100-01-01"
        async with self._works.engine.begin() as connection:
            self._slack = {
                one.handle: one.slack_id for one in await connection.execute(sa.text("SELECT handle, slack_id FROM company.people"))
            }
            await connection.execute(sa.text("DELETE FROM company.shifts"))
            for schedule, people in {
                "identity": ("omar", "ida"),
                "network": ("ida", "tariq"),
                "platform": ("pavel", "noor"),
            }.items():
                for tier, person in enumerate(people, 1):
                    await connection.execute(
                        sa.text('INSERT INTO company.shifts (schedule, tier, person, start, "end") VALUES (:s, :t, :p, :b, :e)'),
                        {"s": schedule, "t": tier, "p": person, "b": begin, "e": end},
                    )
        self._fixed, self._tables = await self._standing(), await self._books(TABLES)

    async def _standing(self) -> dict[str, Any]:
        return {table: sorted(map(str, rows)) for table, rows in (await self._books(FIXED)).items()}

    async def _books(self, tables: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
        async with self._works.engine.connect() as connection:
            return {
                table: [dict(row) for row in (await connection.execute(sa.text(f"SELECT * FROM company.{table}"))).mappings()]
                for table in tables
            }

    # ── rounds ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _batch(self, number: int) -> None:
        chance = random.Random(f"{self._seed}:{number}")
        self._cards.clear()
        works, cases = self._works, []
        for _ in range(ABREAST):
            me, place = chance.choice(PEOPLE), chance.choice(("direct", "direct", "direct", "public", "private"))
            case = await works.opens(self._slack[me], place)
            self._witness.stories[case.id] = Story(me, case.slack_id, place)
            self._asked[case.id], self._ended[case.id] = [], set()
            cases.append(case)
        minds = {case.id: Adversary(random.Random(f"{self._seed}:{case.id}")) for case in cases}
        for turn in range(ROUNDS):
            await self._world(chance)
            began = works.clock.now()
            freezes = tuple((tool, system) for _, tool, system in self._freezes)
            self._witness.rounds.append(
                Round(began, self._policies[self._version], {**self._tables, **await self._books(MOVING)}, freezes)
            )
            approvals = sorted({name for name, _ in self._cards})
            for case, mind in minds.items():
                mind.seen = approvals
                mind.own = [name for name in approvals if any(card.case == case for card in self._shown(name))]
            await asyncio.gather(
                *(self._case(case, minds[case.id], f"{number}:{turn}:{place}", turn) for place, case in enumerate(cases))
            )
            await self._look([case.id for case in cases])
            await self._judge()
            if self.seen.guilt:
                return

    async def _world(self, chance: random.Random) -> None:
        """Time goes on, duty changes hands, somebody is no admin any more, something is frozen, the policy is another one."""
        works = self._works
        works.clock.at += timedelta(minutes=chance.choice((0, 0, 0, 0, 0, 1, 1, 5, 5, 20, 45, 300)))
        if chance.random() < 0.3:
            person = chance.choice(("omar", "ida", "tariq", "noor"))
            async with works.engine.begin() as connection:
                sql = sa.text("UPDATE company.shifts SET person = :p WHERE schedule = :s AND tier = 1")
                await connection.execute(sql, {"p": person, "s": chance.choice(("identity", "identity", "network", "platform"))})
        if chance.random() < 0.2:
            who = {"p": chance.choice(("ida", "noor", "tariq"))}
            async with works.engine.begin() as connection:
                gone = await connection.execute(
                    sa.text("DELETE FROM company.memberships WHERE \"group\" = 'it-admins' AND person = :p"), who
                )
                if not gone.rowcount:
                    await connection.execute(
                        sa.text("INSERT INTO company.memberships (\"group\", person) VALUES ('it-admins', :p)"), who
                    )
        async with works.engine.begin() as connection:  # the directory locks accounts, so that there is something to open
            who = {"some": chance.sample(PEOPLE, 3)}
            locked = "UPDATE company.accounts SET status = 'LOCKED_OUT' WHERE status = 'ACTIVE' AND person = ANY(:some)"
            await connection.execute(sa.text(locked), who)
        for name, _, _ in self._freezes:
            await works.freezing.lift(name, "noor")
        self._freezes = []
        if chance.random() < 0.25:
            tool = chance.choice((*TEMPTING, *[""] * len(TEMPTING)))
            system = chance.choice(("identity", "access", "")) if not tool else ""
            made = await works.freezing.begin(Target(tool, system), "Just to be sure.", "noor")
            self._freezes = [(made.id, tool, system)]
        if chance.random() < 0.3:
            self._version = chance.choice((0, 1))
            works.policies.current = works.versions[self._version]

    async def _case(self, case: Case, mind: Adversary, place: str, turn: int) -> None:
        """People write and press while a turn is taken."""
        chance = random.Random(f"{self._seed}:{place}")
        story = self._witness.stories[case.id]
        if turn == 0 or chance.random() < 0.4:
            await self._says(case, story, words(chance, story.requester), chance)
        asks = await self._asks(case, mind, chance, turn) if turn < ROUNDS - 1 else []
        known = [card for (_, _), some in self._cards.items() for card in some]
        mine = [card for card in known if card.case == case.id]
        meddling = [chance.choice(known).approval] if known and chance.random() < 0.15 else []
        busy = [
            self._press(chance, mine if mine and chance.random() < 0.9 else known)
            for _ in range(chance.choice((1, 2, 2, 3)) if known else 0)
        ]
        if chance.random() < 0.08:
            busy.append(self._says(case, story, words(chance, story.requester), chance))
        _, *_ = await asyncio.gather(self._turn(case, asks, meddling), *busy)

    async def _says(self, case: Case, story: Story, text: str, chance: random.Random) -> None:
        by = case.slack_id if chance.random() < 0.8 else self._slack[chance.choice(PEOPLE)]
        if by == case.slack_id:
            story.said.append(text)
        await self._works.says(case, by, text)

    async def _asks(self, case: Case, mind: Adversary, chance: random.Random, turn: int) -> list[ToolCall]:
        """New calls under the door's ids; now and then an old id with something else behind it."""
        story, before = self._witness.stories[case.id], self._asked[case.id]
        asks = await self._works.answered(case.id, mind.asks(story.requester, self._works.clock.at), turn)
        for ask in asks:
            new = Ask(case.id, ask.id, ask.tool, ask.arguments, len(story.said), frozenset(self._ended[case.id]), turn)
            self._witness.asked(new)
        again = []
        if before and chance.random() < 0.25:
            again = [dataclasses.replace(chance.choice(before), arguments=chance.choice(before).arguments)]
            again += [dataclasses.replace(asks[0], id=chance.choice(before).id)] if asks else []
        before += asks
        forged = {"plan": "P-1", "step": "unlock"} if chance.random() < 0.1 else {}
        every = [dataclasses.replace(ask, **forged) for ask in asks] + list({one.id: one for one in again}.values())
        self.seen.calls += len(every)
        return every

    async def _turn(self, case: Case, asks: Sequence[ToolCall], meddling: Sequence[str]) -> None:
        for call in await self._works.turn(case.id, asks, meddling):
            self.seen.states[f"{call.state}"] += 1
            if call.state is CallState.DONE:
                self._ended[case.id].add(call.call)
                if call.tool == "withdraw" and call.result:
                    name = str(call.result["approval"])
                    self._witness.dead.setdefault(name, len(self._witness.rounds))
                    whose = {card.case for card in self._shown(name)}
                    self.seen.guilt += [f"{name} of {one} was withdrawn in {case.id}" for one in whose if one != case.id]

    def _shown(self, approval: str) -> list[Card]:
        return [card for (one, _), some in self._cards.items() for card in some if one == approval]

    async def _press(self, chance: random.Random, known: Sequence[Card]) -> None:
        now = self._works.clock.now()
        open_ = [card for card in known if (card.approval, card.person) not in self._pressed and card.expires > now]
        over = [card for card in open_ if card.approval in self._witness.dead]
        if over and chance.random() < 0.3:  # what was withdrawn or denied is said yes to after all
            open_ = over
        shown, click = press(chance, open_ if open_ and chance.random() < 0.85 else known, HELPERS, self._slack, now)
        if shown.card:
            self._pressed.add((shown.card.approval, shown.card.person))
        desk = self._works.desk
        answer = await (desk.act(shown.act, click) if shown.act is not None else desk.answer(click))
        number = len(self._witness.presses)
        self._witness.presses.append(dataclasses.replace(shown, number=number, taken=answer.taken))
        self.seen.presses["taken" if answer.taken else "refused"] += 1
        if answer.taken and not shown.yes:
            self._witness.dead.setdefault(click.approval, len(self._witness.rounds))

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _look(self, cases: Sequence[str]) -> None:
        """What stands before people now; what stood before them they remember."""
        sql = sa.text("SELECT kind, content, person FROM outbox WHERE kind IN ('card', 'confirm') AND \"case\" = ANY(:cases)")
        async with self._works.engine.connect() as connection:
            for row in await connection.execute(sql, {"cases": list(cases)}):
                for card in cards(row.kind, row.content, row.person):
                    before = self._cards.setdefault((card.approval, card.person), [])
                    if card not in before:
                        before.append(card)
                        del before[:-2]

    async def _judge(self) -> None:
        """Every effect since the last look."""
        sql = sa.text(
            "SELECT j.*, t.call, t.arguments FROM company.journal j LEFT JOIN tool_call t ON t.key = j.key AND t.case = j.case"
            " WHERE j.id > :last AND j.case <> '' ORDER BY j.id"
        )
        given = sa.text('SELECT call, tool, result::text AS result FROM tool_call WHERE "case" = :case AND result IS NOT NULL')
        async with self._works.engine.connect() as connection:
            made = list(await connection.execute(sql, {"last": self._last}))
            results = {
                case: {row.call: f"{row.tool} {row.result}" for row in await connection.execute(given, {"case": case})}
                for case in {one.case for one in made}
            }
        for one in made:
            self._last = max(self._last, one.id)
            before = {call: text for call, text in results[one.case].items() if call != one.call}
            effect = Effect(
                one.id,
                one.key,
                one.tool,
                one.target,
                one.actor,
                one.case,
                one.at,
                one.after,
                one.call or "",
                one.arguments or {},
                before,
            )
            self.seen.effects[one.tool] += 1
            found = self._witness.guilt(effect)
            self.seen.guilt += [
                f"{one.tool} on {one.target} by {one.actor} in {one.case} ({effect.args}): {text}" for text in found
            ]
