"""The doctor: what is well is ok, what is missing is named with its place and how to mend it, and nothing is changed by looking."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.ext.asyncio import create_async_engine

from bot.company.directory import opened_company
from bot.databases import Database
from bot.doctor import examined, healthy
from bot.doctor import policy as books_of_doctor
from bot.doctor.finding import Finding, State, ok
from bot.domain import Case, CaseState
from bot.playground import Member, Server, Workspace, serve
from bot.settings import Settings, load
from bot.slack import scopes
from bot.slack.http import Door
from bot.store.work import Store
from tests import kept
from tests.e2e.test_less_time import ACCESS
from tests.e2e.test_step_up import FACTOR
from tests.postgres import for_the_bot
from tests.programs import ROOT
from tools.systems.embedded import scene

MODEL = "qwen3-32b"


class Ward:
    """A Slack, a model's server and a database to look at."""

    def __init__(self, server: Server, database: str, folder: Path) -> None:
        self.slack = server
        self.settings = {
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_APP_TOKEN": "xapp-playground",
            "SLACK_API_URL": f"{server.url}/api/",
            "DATABASE_URL": for_the_bot(database),
            "BOT_DATA_DIR": str(folder),
        }

    async def look(self, **settings: str) -> dict[str, tuple[State, str, str]]:
        found = await examined(load({**self.settings, **settings}))
        self.healthy = healthy(found)
        by_check: dict[str, tuple[State, str, str]] = {}
        for one in found:
            if by_check.get(one.check, (State.OK,))[0] is not State.FAIL:
                by_check[one.check] = (one.state, one.says, one.mend)
        text = json.dumps([one.row() for one in found])
        assert "playground-secret" not in text
        assert "sk-verysecret" not in text
        return by_check


@pytest.fixture(autouse=True)
def books_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found of a folder of runbooks is found once: that is most of what a look costs."""
    real = books_of_doctor._books

    def once(settings: Settings) -> list[Finding]:
        if settings.runbook_dir not in _found:
            _found[settings.runbook_dir] = real(settings)
        return _found[settings.runbook_dir]

    monkeypatch.setattr(books_of_doctor, "_books", once)


_found: dict[Path, list[Finding]] = {}


@pytest.fixture
async def ward(company_database: str, tmp_path: Path) -> AsyncIterator[Ward]:
    await Database(for_the_bot(company_database), "", embedded=False, owner=company_database).prepare()
    async with opened_company(company_database) as (company, _):
        everybody = [Member(one.slack_id, one.handle, one.name) for one in await company.people()]
    workspace = Workspace(everybody, ("general", "oncall"))
    workspace.scopes = scopes.needed()
    server = await serve(workspace)
    kept.put_into(tmp_path)
    yield Ward(server, company_database, tmp_path)
    await server.stop()


@contextlib.asynccontextmanager
async def models(answer: Callable[[web.Request], web.StreamResponse]) -> AsyncIterator[str]:
    """A server of a model; the base URL."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(request)

    app = web.Application()
    app.router.add_get("/v1/models", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def test_where_all_is_well_nothing_is_missing(ward: Ward) -> None:
    """And every look has said something."""
    found = await ward.look()

    assert {name: says for name, (state, says, _) in found.items() if state not in (State.OK, State.SKIPPED)} == {}
    assert ward.healthy
    assert {
        "slack: bot token",
        "slack: scopes",
        "slack: clock",
        "slack: socket mode",
        "slack: channel for cards",
        "slack: events",
    } <= set(found)
    assert {"database", "database: clock", "policy", "runbooks", "index", "model", "disk", "proxy", "system: tickets"} <= set(found)


async def test_who_is_on_call_is_told_by_name_and_whether_they_are_in_this_slack(ward: Ward, company_database: str) -> None:
    """The invented cast has no account in a real Slack: that is a warning with the command that mends it; then it is well."""
    found = await ward.look()
    assert found["on call: identity"] == (State.OK, "Omar Haddad", "")
    assert found["approvers: it-admin"][0] is State.OK

    members = ward.slack.workspace.members
    omar, mia = [next(one for one in members.values() if one.handle == handle) for handle in ("omar", "mia")]
    del members[omar.slack_id]
    state, says, mend = (await ward.look())["on call: identity"]
    assert (state, says) == (State.WARN, "Omar Haddad: no account in this Slack, so no card and no page reaches anybody")
    assert mend.startswith("`.venv/bin/python -m bot company on-call identity U…`")
    assert ward.healthy, "it runs all the same"

    async with opened_company(company_database) as (_, engine):
        await scene.set_on_call(engine, "identity", mia.slack_id)
    assert (await ward.look())["on call: identity"] == (State.OK, mia.name, "")


async def test_a_schedule_that_does_not_exist_is_told(ward: Ward) -> None:
    """Who gets what no runbook is near to is a setting: a slip there would page nobody."""
    assert "on call: the rest" not in await ward.look()
    state, says, mend = (await ward.look(ONCALL_SCHEDULE="idnetity"))["on call: the rest"]
    assert (state, "no schedule idnetity" in says) == (State.WARN, True)
    assert "identity, network, platform in ONCALL_SCHEDULE" in mend


async def test_looking_changes_nothing(ward: Ward, company_database: str) -> None:
    """No row of any table, no file, no connection, no message, no status: Slack is only asked."""
    engine = create_async_engine(company_database.replace("postgresql://", "postgresql+psycopg://", 1))

    async def rows() -> dict[str, int]:
        async with engine.connect() as connection:
            names = (
                (await connection.execute(sa.text("SELECT schemaname || '.' || quote_ident(relname) FROM pg_stat_user_tables")))
                .scalars()
                .all()
            )
            return {name: int(await connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0) for name in names}

    def kept() -> list[Path]:
        return sorted(Path(ward.settings["BOT_DATA_DIR"]).rglob("*"))

    before, files = await rows(), kept()
    await ward.look()
    assert await rows() == before
    assert kept() == files
    assert ward.slack.sockets.dialled == 0
    assert {method for method, _ in ward.slack.workspace.calls} <= {
        "auth.test",
        "apps.connections.open",
        "conversations.list",
        "conversations.info",
        "usergroups.list",
        "users.info",
    }
    await engine.dispose()


def without(*missing: str) -> Callable[[Workspace], None]:
    def change(workspace: Workspace) -> None:
        workspace.scopes = scopes.needed() - set(missing)

    return change


def more(workspace: Workspace) -> None:
    workspace.scopes = {*scopes.needed(), "channels:manage"}


def silent(workspace: Workspace) -> None:
    workspace.scopes = None


def fails(method: str, error: str) -> Callable[[Workspace], None]:
    return lambda workspace: workspace.fail(method, "error", error, times=9)


def nothing(_: Workspace) -> None:
    """All is well on Slack's side."""


@pytest.mark.parametrize(
    ("change", "settings", "check", "state", "said", "mend"),
    [
        pytest.param(
            without("usergroups:read", "im:write"),
            {},
            "slack: scopes",
            State.FAIL,
            "usergroups:read (user groups",
            "OAuth",
            id="scopes are missing",
        ),
        pytest.param(more, {}, "slack: scopes", State.WARN, "channels:manage", "take them off", id="more scopes than needed"),
        pytest.param(silent, {}, "slack: scopes", State.WARN, "did not say", "manifest", id="scopes that are not told"),
        pytest.param(
            fails("auth.test", "account_inactive"),
            {},
            "slack: bot token",
            State.FAIL,
            "account_inactive",
            "install the app anew",
            id="a token that is no more",
        ),
        pytest.param(
            nothing,
            {"SLACK_BOT_TOKEN": "xoxb-playground-secret"},
            "slack: bot token",
            State.FAIL,
            "invalid_auth",
            "xoxb-",
            id="a wrong token",
        ),
        pytest.param(
            nothing,
            {"SLACK_API_URL": "http://127.0.0.1:9/"},
            "slack: bot token",
            State.FAIL,
            "cannot be reached",
            "proxy",
            id="no Slack there",
        ),
        pytest.param(
            nothing,
            {"SLACK_APP_TOKEN": "xapp-playground-secret"},
            "slack: socket mode",
            State.FAIL,
            "invalid_auth",
            "connections:write",
            id="a wrong app token",
        ),
        pytest.param(
            nothing,
            {"ONCALL_CHANNEL": "nowhere"},
            "slack: channel for cards",
            State.FAIL,
            "no channel #nowhere",
            "/invite",
            id="no channel",
        ),
    ],
)
async def test_what_is_missing_in_slack_is_named_with_how_to_mend_it(
    ward: Ward, change: Callable[[Workspace], None], settings: dict[str, str], check: str, state: State, said: str, mend: str
) -> None:
    change(ward.slack.workspace)
    found = await ward.look(**settings)

    assert found[check][0] is state
    assert said in found[check][1]
    assert mend in found[check][2]
    assert ward.healthy == (state is not State.FAIL)


async def test_a_socket_address_that_cannot_be_reached_is_told(ward: Ward) -> None:
    """Tokens are fine, the network is not: the address is named, and no connection is opened to try."""
    from bot.doctor import slack

    assert slack.TLS_SECONDS <= 10
    ward.slack.workspace.failures.clear()

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        answers = {"apps.connections.open": {"ok": True, "url": "wss://127.0.0.1:9/link"}}
        return web.json_response(answers.get(method, {"ok": True, "user": "deskhand", "team": "T"}))

    app = web.Application()
    app.router.add_post("/api/{method}", elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found = await ward.look(SLACK_API_URL=f"http://127.0.0.1:{runner.addresses[0][1]}/api/")
    await runner.cleanup()

    assert found["slack: socket mode"][0] is State.FAIL
    assert "127.0.0.1:9" in found["slack: socket mode"][1]


async def test_the_user_groups_of_the_policy_are_looked_for(ward: Ward, tmp_path: Path) -> None:
    """One that is not there fails; one that is there is fine; Slack's own trouble is told."""
    policy = tmp_path / "policies.yaml"
    policy.write_text(
        (ROOT / "policies.yaml")
        .read_text()
        .replace("roles:\n", "roles:\n  owners: {usergroup: app-owners}\n  admins: {usergroup: admins}\n", 1)
    )
    ward.slack.workspace.usergroups["admins"] = ["U1ANA"]
    found = await ward.look(POLICY_FILE=str(policy))
    assert (found["slack: user group @app-owners"][0], found["slack: user group @admins"][0]) == (State.FAIL, State.OK)
    assert "owners" in found["slack: user group @app-owners"][1]

    ward.slack.workspace.fail("usergroups.list", "error", "missing_scope")
    assert "missing_scope" in (await ward.look(POLICY_FILE=str(policy)))["slack: user groups"][1]


async def test_the_channels_that_the_policy_wants_told_are_looked_for(ward: Ward, tmp_path: Path) -> None:
    """One that is there is fine; one that is not is named with the policy that names it."""
    policy = tmp_path / "policies.yaml"
    named = "policies:\n  - {id: told, tools: [reset_mfa], effect: require, notify: {channel: CHANNEL}}\n"
    for name, state in (("general", State.OK), ("security-desk", State.FAIL)):
        text = (ROOT / "policies.yaml").read_text()
        assert "\npolicies:\n" in text
        policy.write_text(text.replace("policies:\n", named.replace("CHANNEL", name), 1))
        found, said, mend = (await ward.look(POLICY_FILE=str(policy)))[f"slack: channel #{name}"]
        assert found is state
        assert "told" in (said if state is State.OK else mend)


async def test_an_event_that_is_not_subscribed_is_known_by_slacks_warning(ward: Ward, company_database: str) -> None:
    """The bot keeps what Slack warned of; the doctor says which event to subscribe to."""
    async with Store(company_database) as store, store.work() as work:
        await work.audit("slack", "", {"warning": "missing_agent_session_stopped_event_subscription"})
    state, said, mend = (await ward.look())["slack: events"]
    assert state is State.FAIL
    assert "missing_agent_session_stopped_event_subscription" in said
    assert "agent_session_stopped" in mend


async def test_a_broken_policy_and_runbook_are_named_with_their_place(ward: Ward, tmp_path: Path) -> None:
    policy, books = tmp_path / "policies.yaml", tmp_path / "books"
    policy.write_text((ROOT / "policies.yaml").read_text().replace("tools: [unlock_account]", "tools: [unlok_account]", 1))
    books.mkdir()
    (books / "nonsense.md").write_text("no front matter")
    found = await ward.look(POLICY_FILE=str(policy), RUNBOOK_DIR=str(books))
    assert found["policy"][0] is found["runbooks"][0] is State.FAIL
    assert "unlock_account" in found["policy"][1]
    assert "nonsense.md:1" in found["runbooks"][1]


async def test_people_must_get_to_where_they_confirm_that_it_is_them(ward: Ward, tmp_path: Path) -> None:
    """Where a policy wants a second factor, a real Slack's people need an address that is not this machine's."""
    policy = tmp_path / "policies.yaml"
    policy.write_text((ROOT / "policies.yaml").read_text().replace(ACCESS, FACTOR))
    state, said, mend = (await ward.look(POLICY_FILE=str(policy)))["second factor"]
    assert (state, "BOT_PUBLIC_URL" in mend) == (State.FAIL, True)
    assert "second factor" in said
    assert "second factor" not in await ward.look(POLICY_FILE=str(policy), BOT_PUBLIC_URL="https://deskhand.example/")


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        pytest.param(lambda _: web.json_response({"data": [{"id": MODEL}]}), State.OK, MODEL, id="it is there"),
        pytest.param(
            lambda _: web.json_response({"data": [{"id": "another"}]}), State.FAIL, f"no model '{MODEL}'", id="another model"
        ),
        pytest.param(lambda _: web.Response(status=404), State.WARN, "no list of models", id="no such route"),
        pytest.param(lambda _: web.Response(status=401), State.FAIL, "does not take the key", id="a wrong key"),
        pytest.param(lambda _: web.Response(status=503), State.FAIL, "HTTP 503", id="it is ill"),
        pytest.param(lambda _: web.Response(text="<html>"), State.WARN, "something else", id="a page"),
        pytest.param(lambda _: web.json_response([1]), State.WARN, "something else", id="another JSON"),
    ],
)
async def test_the_models_server_is_asked_for_its_list(
    ward: Ward, answer: Callable[[web.Request], web.StreamResponse], state: State, said: str
) -> None:
    """With the key, which is never repeated."""
    asked: list[str] = []

    def noted(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers["Authorization"])
        return answer(request)

    async with models(noted) as base:
        found = await ward.look(OPENAI_BASE_URL=base, OPENAI_MODEL=MODEL, OPENAI_API_KEY="sk-verysecret123")
    assert (found["model"][0], asked) == (state, ["Bearer sk-verysecret123"])
    assert said in found["model"][1]


async def test_a_model_that_is_not_there_is_told(ward: Ward) -> None:
    found = await ward.look(OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert found["model"][0] is State.FAIL
    assert "cannot be reached" in found["model"][1]


async def test_a_database_that_is_away_old_or_new_is_told_apart(ward: Ward, company_database: str) -> None:
    """Away: named without its password. Old: the next start brings it up, where it may. New: this program is too old."""
    away = await ward.look(DATABASE_URL="postgresql://u:playground-secret@127.0.0.1:9/x")
    assert away["database"][0] is State.FAIL
    engine = create_async_engine(company_database.replace("postgresql://", "postgresql+psycopg://", 1))
    for version, state, said in (("0001", State.WARN, "brings it to"), ("9999", State.FAIL, "newer than this Deskhand")):
        async with engine.begin() as connection:
            await connection.execute(sa.text(f"UPDATE alembic_version SET version_num = '{version}'"))
        found = await ward.look(DATABASE_OWNER_URL=company_database)
        assert found["database"][0] is state
        assert said in found["database"][1]
        async with engine.connect() as connection:
            assert await connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == version, "only looked at"
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    state, _, mend = (await ward.look())["database"]
    assert (state, "bot migrate" in mend) == (State.FAIL, True)
    await engine.dispose()


async def test_an_audit_that_the_bot_could_change_is_told(ward: Ward, company_database: str) -> None:
    """One role for everything works, and is a warning; a role of its own is well; rows that nobody seals are told of."""
    assert (await ward.look())["audit"][:2] == (
        State.OK,
        "insert only for the bot's role, 0 seals; `audit verify` looks at all of it",
    )
    state, says, mend = (await ward.look(DATABASE_URL=company_database))["audit"]
    assert (state, says) == (State.WARN, "the role of DATABASE_URL could change and remove its rows")
    assert "DATABASE_OWNER_URL" in mend
    assert ward.healthy
    engine = create_async_engine(company_database.replace("postgresql://", "postgresql+psycopg://", 1))
    async with engine.begin() as connection:
        await connection.execute(
            sa.text("INSERT INTO audit (at, what, \"case\", data) VALUES (now() - interval '1 hour', 'call', '', '{}')")
        )
    await engine.dispose()
    assert (await ward.look())["audit"][0] is State.WARN


async def test_a_system_that_does_not_answer_is_named_and_the_others_are_looked_at(ward: Ward, company_database: str) -> None:
    engine = create_async_engine(company_database.replace("postgresql://", "postgresql+psycopg://", 1))
    async with engine.begin() as connection:
        await connection.execute(sa.text("ALTER TABLE company.tickets RENAME TO elsewhere"))
    await engine.dispose()
    found = await ward.look()
    assert (found["system: tickets"][0], found["system: directory"][0], found["system: on call"][0]) == (
        State.FAIL,
        State.OK,
        State.OK,
    )


async def test_over_http_the_running_bot_is_asked_with_the_signing_secret(ward: Ward) -> None:
    """The same secret: fine; another: named; nothing there: cannot be seen now; open to all: a warning about TLS."""
    door = Door("playground-secret")
    bot = await serve(Workspace(()), routes=door.routes())
    port = bot.url.rsplit(":", 1)[1]
    http = {"BOT_TRANSPORT": "http", "BOT_PORT": port, "SLACK_APP_TOKEN": ""}
    try:
        right = await ward.look(**http, SLACK_SIGNING_SECRET="playground-secret")
        wrong = await ward.look(**http, SLACK_SIGNING_SECRET="playground-secret-2", BOT_HOST="0.0.0.0")
    finally:
        await bot.stop()
    gone = await ward.look(**http, SLACK_SIGNING_SECRET="playground-secret")
    assert [one["slack: requests"][0] for one in (right, wrong, gone)] == [State.OK, State.FAIL, State.SKIPPED]
    assert "Signing Secret" in wrong["slack: requests"][2]
    assert wrong["tls"][0] is State.WARN
    assert "slack: socket mode" not in right


async def test_the_traps_of_proxies_and_certificates_are_told(ward: Ward, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A proxy's password is not repeated; a model on this machine must not be asked for through it."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:playground-secret@proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://user:playground-secret@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    from bot.doctor import machine

    found = {one.check: one async for one in machine.looks(load({**ward.settings, "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}))}
    assert (found["proxy"].state, found["tls"].state) == (State.WARN, State.FAIL)
    assert "proxy.example:3128" in found["proxy"].says
    assert "playground-secret" not in str(found)


async def test_a_look_that_breaks_is_a_finding_and_the_others_go_on(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot import doctor

    async def broken(_: Any) -> AsyncIterator[Any]:
        yield ok("first", "fine")
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(doctor, "LOOKS", (broken, doctor.machine.looks))
    found = await ward.look()
    assert "ZeroDivisionError" in found["test_doctor"][1]
    assert found["disk"][0] is State.OK


async def old(database: str, days: int) -> None:
    """A case that ended so many days ago, and two seals that were made then."""
    engine = create_async_engine(database.replace("postgresql://", "postgresql+psycopg://", 1))
    at = datetime.now(UTC) - timedelta(days=days)
    async with Store(database) as store, store.work() as work:
        await work.save_case(Case("C-1", "T:D", "T", "D", "1.1", "ana", "U1", at, at, state=CaseState.CLOSED, title="words"))
    async with engine.begin() as connection:
        for number in (1, 2, 3):
            made = at if number < 3 else datetime.now(UTC)
            await connection.execute(sa.text("INSERT INTO audit_seal VALUES (:n, :at, '', '[]', '')"), {"n": number, "at": made})
    await engine.dispose()


async def test_what_is_overdue_by_the_settings_is_told(ward: Ward, company_database: str) -> None:
    """`retention` is a command: where nobody lets it run that is a warning, and so is a role that may not. A day's delay is none."""
    assert (await ward.look())["retention"][:2] == (
        State.OK,
        "everything is kept: RETENTION_TEXT_DAYS and RETENTION_AUDIT_DAYS are 0",
    )
    await old(company_database, 41)
    owner = {"DATABASE_OWNER_URL": company_database}
    days = {"RETENTION_TEXT_DAYS": "40", "RETENTION_AUDIT_DAYS": "40"}
    kept = "texts are kept for 40 days, the audit for 40 days"
    assert (await ward.look(**days, **owner))["retention"][:2] == (State.OK, f"{kept}; nothing is overdue")
    state, says, mend = (await ward.look(**days))["retention"]
    assert (state, says) == (State.WARN, f"{kept}; nobody can remove rows of the audit")
    assert "DATABASE_OWNER_URL" in mend

    days = {"RETENTION_TEXT_DAYS": "30", "RETENTION_AUDIT_DAYS": "38"}
    state, says, mend = (await ward.look(**days, **owner))["retention"]
    assert (state, says) == (
        State.WARN,
        "texts are kept for 30 days, the audit for 38 days; overdue are the texts of 1 case and 2 seals of the audit",
    )
    assert ("bot retention" in mend, ward.healthy) == (True, True)
    only = (await ward.look(RETENTION_TEXT_DAYS="30"))["retention"]
    assert only[1].startswith("texts are kept for 30 days, the audit for ever; overdue are the texts of 1 case and 0 seals")
