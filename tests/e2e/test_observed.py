"""What a story leaves in the log and in the numbers: ids and states, and nobody's words."""

import asyncio
import json
from collections.abc import Iterator, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from aiohttp import ClientSession, web

from bot import logs
from bot.health import Health
from bot.web import serve as serve_web
from tests.office import Office
from tools.systems.embedded import scene

WORDS = "could I get figma until friday, it is for the Zanzibar campaign"
SECRETS = ("Zanzibar", "Ben has to ask", "xoxb-")


@pytest.fixture
def lines(office: Office) -> Iterator[list[dict[str, Any]]]:
    """Everything that is logged from now on, as it would be written."""
    found: list[dict[str, Any]] = []
    before = structlog.get_config()

    def keep(_: Any, __: str, entry: MutableMapping[str, Any]) -> Any:
        found.append(dict(entry))
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, logs.redact, keep],
        wrapper_class=structlog.make_filtering_bound_logger(10),
    )
    yield found
    structlog.configure(**before)


def of(lines: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == event]


async def test_each_turn_click_and_due_time_leaves_one_line(office: Office, lines: list[dict[str, Any]]) -> None:
    """Asked, refused, approved, ended by its time: cases, calls, approvals and posts are counted; no line holds a word of it."""
    office.say("ana", WORDS)
    await office.hears("ana", "needs a person's yes")
    await office.press("ana", "approve", "oncall")
    await office.hears("ana", "somebody else has to answer it", "oncall")
    await office.press("omar", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma")
    await office.until(lambda: len(of(lines, "turn")) >= 2, "two turns")
    case = (await office.cases())[0]["id"]
    first, second = of(lines, "turn")[:2]

    assert (first["cases"], first["events"], first["approvals_asked"], first["outcome"]) == ([case], {"message": 1}, 1, "done")
    assert first["calls"] == {"done": 1, "waiting": 1}
    assert first["posts"] >= 3
    assert (second["events"], second["approvals_answered"], second["calls"]) == ({"approval": 1}, 1, {"verified": 1, "done": 1})
    assert [(line["kind"], line["outcome"]) for line in of(lines, "click")] == [("approve", "refused"), ("approve", "taken")]
    await office.company.clock.turn(timedelta(days=9))
    await office.hears("ana", "As agreed, this has ended")
    assert {line["what"] for line in of(lines, "due")} == {"case_silent", "grant_end"}
    assert all(line["case"] == case for line in of(lines, "due"))
    whole = json.dumps(lines, default=str)
    assert [secret for secret in SECRETS if secret in whole] == []
    assert "analytics" not in whole.lower()


async def test_an_error_of_the_database_is_logged_without_what_people_wrote(office: Office, lines: list[dict[str, Any]]) -> None:
    """The statement says what went wrong; its values are somebody's words."""
    await office.home("ana")
    view = await office.home_form("ana", "a_person")
    async with office.store.session() as session:
        await session.execute(sa.text("ALTER TABLE inbox RENAME TO inbox_away"))
    assert "not recorded" in str(await office.send("ana", view, {"anything_else": "It is about Zanzibar"}))

    assert 'relation "inbox" does not exist' in str(of(lines, "a form could not be recorded"))
    assert "Zanzibar" not in json.dumps(lines, default=str)


async def test_a_line_inside_of_a_turn_names_the_case(office: Office, lines: list[dict[str, Any]]) -> None:
    """Something goes wrong deep inside of a tool: its line can be found by the case, and the turn's line says so."""
    await scene.set_fault(office.engine, "unlock_account", "away")
    office.say("ana", "I'm locked out of my account")
    await office.hears("ana", "I've opened ticket")
    await office.until(lambda: of(lines, "turn"), "the turn's line")
    case = (await office.cases())[0]["id"]

    inside = [line for line in lines if line["event"] not in ("turn", "click", "due") and "conversation" in line]
    assert [line for line in inside if "case" not in line and "event_key" not in line and line["level"] == "error"] == []
    assert of(lines, "turn")[0]["calls"]["failed"] == 1
    assert of(lines, "turn")[0]["cases"] == [case]


async def test_a_turn_that_fails_says_so(office: Office, lines: list[dict[str, Any]]) -> None:
    """The engine takes it again; each try has its line, and the good one comes last."""
    import sqlalchemy as sa

    async with office.store.session() as session:
        await session.execute(sa.text("ALTER TABLE plan RENAME TO plan_away"))
    office.say("ana", "I'm locked out of my account")
    await office.until(lambda: of(lines, "turn"), "the first try")
    async with office.store.session() as session:
        await session.execute(sa.text("ALTER TABLE plan_away RENAME TO plan"))
    await office.hears("ana", "Did that fix it?")
    await office.until(lambda: of(lines, "turn")[-1]["outcome"] == "done", "the good try")
    assert of(lines, "turn")[0]["outcome"].startswith("failed: ")


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def scraped(health: Health) -> tuple[dict[str, float], dict[str, Any], int]:
    """What is scraped, and what /readyz says with which status."""
    runner = await serve_web(health.routes(), host="127.0.0.1", port=0)
    try:
        port = runner.addresses[0][1]
        async with ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
                text = await answer.text()
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                ready, status = await answer.json(), answer.status
            async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert (answer.status, await answer.json()) == (200, {"alive": True})
    finally:
        await runner.cleanup()
    samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in samples.items()}, ready, status


async def test_what_is_scraped_is_what_happened(office: Office) -> None:
    """Counters and gauges after a story; no label holds a person's or a case's id."""
    assert office.running is not None
    health = office.running.health
    office.say("ana", WORDS)
    await office.press("omar", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma")
    await office.case_is(state="resolved")

    async def found() -> bool:
        numbers, _, _ = await scraped(health)
        return numbers.get('deskhand_cases{state="resolved"}') == 1 and numbers["deskhand_inbox_unread"] == 0

    await office.until(found, "the numbers of now")
    numbers, ready, status = await scraped(health)
    assert (status, ready["ready"]) == (200, True)
    assert set(ready["parts"]) == {"database", "slack", "worker", "policy"}
    assert numbers['deskhand_calls_total{tool="grant_access",state="verified"}'] == 1
    assert numbers['deskhand_approvals_total{state="used"}'] == 1
    assert numbers['deskhand_approvals_total{state="waiting"}'] == 1
    assert numbers["deskhand_approval_wait_seconds_count"] == 1
    assert numbers['deskhand_turns_total{outcome="done"}'] == numbers["deskhand_turn_seconds_count"] >= 2
    assert numbers["deskhand_approvals_waiting"] == 0
    assert (numbers["deskhand_slack_connected"], numbers["deskhand_database_up"]) == (1, 1)
    assert not [name for name in numbers if any(word in name for word in ("ana", "omar", "C-1", "UDESK", "figma"))]


async def test_not_ready_names_the_part(office: Office) -> None:
    """The connection to Slack, the worker, the database: each by itself makes it unready, and alive all the same."""
    assert office.running is not None
    health = office.running.health
    assert (await health.parts())["slack"] == ""
    office.running.connection.ready.clear()
    _, told, status = await scraped(health)
    assert (status, told["parts"]["slack"]) == (503, {"ok": False, "problem": "the connection to Slack does not stand"})
    office.running.connection.ready.set()
    await office.close()
    _, told, status = await scraped(health)
    assert (status, told["ready"], list(told["parts"])) == (503, False, ["start"])


async def test_a_policy_file_that_is_refused_is_seen_from_outside(office: Office, tmp_path: Path) -> None:
    """The old policy stays in force, so it is ready all the same; both answers say that the file is refused, until it is mended."""
    assert office.running is not None
    health, policies = office.running.health, office.running.policies
    file = tmp_path / "mine.yaml"
    good = office.settings.policy_file.read_text()
    policies._path = file

    async def seen(text: str) -> tuple[int, str, float]:
        await asyncio.to_thread(file.write_text, text)
        policies.reload()
        health.watch(health._watched)  # looks at once
        numbers, ready, status = await scraped(health)
        return status, str(ready["parts"]["policy"].get("warning", "")), numbers["deskhand_policy_file_refused"]

    assert await seen(good) == (200, "", 0)
    status, warning, refused = await seen(good.replace("version: 1", "version: 9"))
    assert (status, refused) == (200, 1)
    assert "`version` must be 1" in warning
    assert await seen(good) == (200, "", 0)


async def test_a_database_that_is_away_is_looked_for_once_a_second() -> None:
    """However often somebody scrapes; and the numbers say that it is away."""
    from bot.health import Watched

    asked = 0

    async def away() -> dict[str, dict[str, float]]:
        nonlocal asked
        asked += 1
        raise ConnectionError

    health = Health()
    health.watch(Watched(away, lambda: "", lambda: "", lambda: ""))
    for _ in range(20):
        assert (await health.parts())["database"] == "the database does not answer"
    assert asked == 1
    assert "deskhand_database_up 0" in health.meter.text()
    assert isinstance(health.routes()[0], web.RouteDef)
