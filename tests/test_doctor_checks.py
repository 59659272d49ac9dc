"""Each look of the doctor by itself: the one condition under which it says something else, and to the bound where there is one."""

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import httpx
import psycopg
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.databases import Database
from bot.doctor import database, door, machine, model, oncall, policy, retention, slack
from bot.doctor.finding import Finding, State
from bot.settings import Settings, load
from tests.books import LIST, written
from tests.e2e.test_step_up import FACTOR
from tests.postgres import for_the_bot
from tests.programs import ROOT
from tests.test_doctor import MODEL, models, old
from tools.contract import Person

REAL = {"SLACK_BOT_TOKEN": "xoxb-playground", "SLACK_APP_TOKEN": "xapp-playground"}


def settings(folder: Path, **more: str) -> Settings:
    return load({"BOT_DATA_DIR": str(folder), **more})


async def every(looks: AsyncIterator[Finding]) -> list[Finding]:
    return [one async for one in looks]


class Answer(dict[str, Any]):
    """What Slack says, with headers."""

    def __init__(self, headers: Mapping[str, str] | None = None, **values: Any) -> None:
        super().__init__(values)
        self.headers = headers or {}


class Client:
    """Slack's methods by name: an answer, or what is raised."""

    proxy: str | None = None

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        async def answer(**_: Any) -> Any:
            if isinstance(given := self._answers[name], BaseException):
                raise given
            return given

        return answer


def says(code: str) -> SlackApiError:
    """Slack's no."""
    response = AsyncSlackResponse(
        client=cast(Any, None), http_verb="POST", api_url="x", req_args={}, data={"error": code}, headers={}, status_code=200
    )
    return SlackApiError(code, response)


def looked(folder: Path, client: Client, **more: str) -> slack._Slack:
    return slack._Slack(settings(folder, **REAL, **more), cast(AsyncWebClient, client), "https://slack.example/api/")


# ── Slack ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("everywhere", [True, False])
async def test_an_installation_for_a_whole_organisation_is_not_ours(tmp_path: Path, *, everywhere: bool) -> None:
    """Users and channels of another workspace would come in under the same ids."""
    answer = Answer(user="deskhand", team="T", is_enterprise_install=everywhere)
    first = await anext(slack._connected(looked(tmp_path, Client(auth_test=answer))))
    assert (first.check, first.state) == ("slack: bot token", State.FAIL if everywhere else State.OK)


@pytest.mark.parametrize(
    ("off", "state"), [(0, State.OK), (25, State.OK), (-35, State.WARN), (290, State.WARN), (305, State.FAIL), (-305, State.FAIL)]
)
def test_a_clock_that_is_off_slacks_is_told(off: int, state: State) -> None:
    """Slack's signatures are good for five minutes."""
    theirs = datetime.now(UTC) - timedelta(seconds=off)
    assert slack._clock({"Date": format_datetime(theirs, usegmt=True)}).state is state


def test_a_clock_that_slack_does_not_tell_cannot_be_looked_at() -> None:
    assert slack._clock({"X-Other": "1"}).state is State.SKIPPED


async def test_behind_a_proxy_the_address_for_the_socket_is_not_dialled(tmp_path: Path) -> None:
    """It would be reached another way than the bot reaches it."""
    client = Client(apps_connections_open={"url": "wss://127.0.0.1:9/link"})
    assert (await slack._socket(looked(tmp_path, client))).state is State.FAIL
    client.proxy = "http://proxy.example"
    assert (await slack._socket(looked(tmp_path, client))).state is State.OK


GROUPS = "roles:\n  owners: {usergroup: app-owners}\n"


@pytest.mark.parametrize(
    ("group", "state"),
    [
        pytest.param({"handle": "app-owners", "user_count": "2"}, State.OK, id="somebody is in it"),
        pytest.param({"handle": "app-owners"}, State.OK, id="Slack does not say how many"),
        pytest.param({"handle": "app-owners", "user_count": 0}, State.FAIL, id="nobody is in it"),
        pytest.param({"handle": "app-owners", "user_count": "2", "date_delete": 1}, State.FAIL, id="it was taken away"),
        pytest.param({"handle": "others", "user_count": "2"}, State.FAIL, id="another"),
    ],
)
async def test_a_user_group_must_have_somebody_in_it(tmp_path: Path, group: dict[str, Any], state: State) -> None:
    """Nobody would hold its role."""
    file = tmp_path / "policies.yaml"
    file.write_text((ROOT / "policies.yaml").read_text().replace("roles:\n", GROUPS, 1))
    slack_ = looked(tmp_path, Client(usergroups_list={"usergroups": [group]}), POLICY_FILE=str(file))
    found = {one.check: one.state for one in await every(slack._groups(slack_))}
    assert found["slack: user group @app-owners"] is state


async def test_a_policy_that_cannot_be_read_is_told_where_it_is_looked_at_alone(tmp_path: Path) -> None:
    """Not by every look that needs it."""
    (file := tmp_path / "policies.yaml").write_text("nonsense")
    slack_ = looked(tmp_path, Client(), POLICY_FILE=str(file))
    assert await every(slack._groups(slack_)) == await every(slack._told(slack_)) == []
    assert oncall._groups(slack_.settings) == []
    assert [one.state for one in await every(policy.looks(slack_.settings)) if one.check == "policy"] == [State.FAIL]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(ssl.SSLError("x"), "the certificate of slack.example is not trusted here", id="a certificate"),
        pytest.param(
            aiohttp.ClientConnectorCertificateError(cast(Any, SimpleNamespace(host="h", port=1, is_ssl=True)), Exception("x")),
            "the certificate of slack.example is not trusted here",
            id="another's certificate",
        ),
        pytest.param(says("invalid_auth"), "Slack says invalid_auth", id="a no of Slack's"),
        pytest.param(TimeoutError(), "https://slack.example/api/ cannot be reached", id="no answer"),
    ],
)
def test_why_a_call_to_slack_failed(error: Exception, said: str) -> None:
    found = slack.trouble("x", error, "https://slack.example/api/", "the mend")
    assert found.says.startswith(said)
    assert (found.mend == "the mend") == ("Slack says" in said)


# ── who is on call ───────────────────────────────────────────────────────────────────────────────────────────────────

OMAR, MIA = [Person(name, name.title(), f"{name}@x.example", f"U-{name}") for name in ("omar", "mia")]
GONE = says("user_not_found")


@pytest.mark.parametrize(
    ("people", "user", "state", "said"),
    [
        pytest.param([], {}, State.WARN, "nobody, so no card", id="nobody"),
        pytest.param([OMAR, MIA], {"user": {}}, State.OK, "Omar, Mia", id="both are there"),
        pytest.param(
            [OMAR], {"user": {"deleted": True}}, State.WARN, "Omar: no account in this Slack", id="an account that is over"
        ),
        pytest.param([OMAR, MIA], GONE, State.WARN, "Omar, Mia: no account in this Slack", id="neither is there"),
        pytest.param([OMAR], says("user_not_visible"), State.WARN, "Omar: no account", id="not for us"),
        pytest.param([OMAR], says("missing_scope"), State.OK, "Omar", id="what else fails is told elsewhere"),
        pytest.param([OMAR], TimeoutError(), State.OK, "Omar", id="no answer"),
        pytest.param([OMAR], None, State.OK, "Omar", id="in the playground all are there"),
    ],
)
async def test_whoever_is_on_call_must_have_an_account(people: list[Person], user: Any, state: State, said: str) -> None:
    client = None if user is None else cast(AsyncWebClient, Client(users_info=user))
    found = await oncall._told("x", people, client, "the mend")
    assert (found.state, found.says[: len(said)]) == (state, said)


async def test_of_several_those_without_an_account_are_named() -> None:
    async def users_info(user: str) -> Any:
        if user == OMAR.slack_id:
            raise GONE
        return {"user": {}}

    found = await oncall._told("x", [OMAR, MIA], cast(AsyncWebClient, SimpleNamespace(users_info=users_info)), "the mend")
    assert (found.state, found.says) == (State.WARN, "Omar, Mia; no account in this Slack: Omar")


# ── the database ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("off", "state"), [(0, State.OK), (25, State.OK), (35, State.WARN), (-35, State.WARN)])
async def test_a_clock_of_the_database_that_is_off_is_told(off: int, state: State) -> None:
    async def fetchone() -> tuple[datetime]:
        return (datetime.now(UTC) - timedelta(seconds=off),)

    async def execute(_: str) -> Any:
        return SimpleNamespace(fetchone=fetchone)

    assert (await database._clock(cast(Any, SimpleNamespace(execute=execute)))).state is state


async def test_before_a_first_start_there_is_no_database_to_look_at(tmp_path: Path) -> None:
    """None is made by looking."""
    assert [one.state for one in await every(database.looks(settings(tmp_path)))] == [State.SKIPPED]
    assert not (tmp_path / "postgres").exists()


async def test_where_there_is_no_company_its_systems_are_not_looked_at(database: str, tmp_path: Path) -> None:
    from bot.doctor import database as look

    found = await every(look.looks(settings(tmp_path, DATABASE_URL=for_the_bot(database))))
    assert [(one.state, one.check) for one in found if one.check.startswith(("system", "on call"))] == [(State.SKIPPED, "systems")]


async def came_in(url: str) -> list[Finding]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return await every(database._came_in(connection))


@pytest.mark.parametrize(("minutes", "handled", "state"), [(6, "NULL", State.WARN), (4, "NULL", State.OK), (6, "now()", State.OK)])
async def test_what_came_in_and_is_not_read_is_told(database: str, minutes: int, handled: str, state: State) -> None:
    """After five minutes; and when something last came in, directly and in channels."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute(
            'INSERT INTO inbox (key, conversation, kind, ts, team, channel, thread, sender, text, data, "case", accepted, handled)'
            " VALUES ('k', 'c', 'message', '1', 'T', 'D', '', 'U', '', '{\"direct\": true}', '',"
            f" now() - interval '{minutes} minutes', {handled})"
        )
    [found] = await came_in(database)
    assert (found.check, found.state) == ("slack: events", state)
    assert "channels: none yet" in found.says
    assert "direct: none yet" not in found.says


@pytest.mark.parametrize(
    ("warning", "hours", "mend"),
    [
        pytest.param("missing_agent_session_stopped_event_subscription", 23, "subscribe to agent_session_stopped", id="an event"),
        pytest.param("something_new", 1, "look at Slack's documentation", id="one that is not known"),
        pytest.param("something_new", 25, "", id="the day before"),
    ],
)
async def test_what_slack_warned_of_is_told_for_a_day(database: str, warning: str, hours: int, mend: str) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        values = f"now() - interval '{hours} hours', 'slack', '', '{{\"warning\": \"{warning}\"}}'"
        await connection.execute(f'INSERT INTO audit (at, what, "case", data) VALUES ({values})')
    found = [one for one in await came_in(database) if one.state is State.FAIL]
    assert [one.mend.startswith(mend) for one in found] == ([True] if mend else [])
    assert all(warning in one.says for one in found)


@pytest.mark.parametrize("minutes", [9, 11])
async def test_rows_that_wait_for_their_seal_are_told_after_a_while(database: str, tmp_path: Path, minutes: int) -> None:
    """Ten minutes of them are none: the sealer may be at it."""
    from bot.doctor import database as look

    await Database(for_the_bot(database), "", embedded=False, owner=database).prepare()
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        values = f"now() - interval '{minutes} minutes', 'call', '', '{{}}'"
        await connection.execute(f'INSERT INTO audit (at, what, "case", data) VALUES ({values})')
    async with await psycopg.AsyncConnection.connect(for_the_bot(database), autocommit=True) as connection:
        found = await look._audit(connection, "")
    assert found.state is (State.WARN if minutes > 10 else State.OK)


async def test_a_schedule_of_nobody_is_told(company_database: str) -> None:
    """By the system that has the schedules, and with whoever would approve."""
    async with await psycopg.AsyncConnection.connect(company_database, autocommit=True) as connection:
        await connection.execute("UPDATE company.shifts SET \"end\" = start WHERE schedule = 'identity'")
    [found] = [one for one in await every(database._systems(company_database)) if one.check == "system: on call"]
    assert "nobody is on call for identity" in found.says


@pytest.mark.parametrize(
    ("text", "audit", "said"),
    [
        ("40", "0", "texts are kept for 40 days, the audit for ever; nothing is overdue"),
        ("38", "0", "overdue are the texts of 1 case and 0 seals"),
        ("0", "40", "texts are kept for ever, the audit for 40 days; nothing is overdue"),
        ("0", "38", "overdue are the texts of 0 cases and 2 seals"),
        ("0", "0", "everything is kept"),
    ],
)
async def test_texts_and_the_audit_go_by_themselves(database: str, tmp_path: Path, text: str, audit: str, said: str) -> None:
    await old(database, 41)
    chosen = settings(tmp_path, RETENTION_TEXT_DAYS=text, RETENTION_AUDIT_DAYS=audit)
    assert said in (await retention.look(chosen, database, may_remove=True)).says


async def test_a_role_that_may_not_remove_is_no_matter_where_the_audit_is_kept(database: str, tmp_path: Path) -> None:
    chosen = settings(tmp_path, RETENTION_TEXT_DAYS="40")
    assert (await retention.look(chosen, database, may_remove=False)).state is State.OK


# ── the policy and the runbooks ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("real", "wanted", "public", "missing"),
    [
        pytest.param(True, True, "", True, id="nobody gets there"),
        pytest.param(False, True, "", False, id="in the playground everybody does"),
        pytest.param(True, False, "", False, id="no policy wants it"),
        pytest.param(True, True, "https://x.example/", False, id="it has an address"),
    ],
)
def test_a_second_factor_needs_an_address(tmp_path: Path, *, real: bool, wanted: bool, public: str, missing: bool) -> None:
    from tests.e2e.test_less_time import ACCESS

    text = (ROOT / "policies.yaml").read_text()
    (file := tmp_path / "policies.yaml").write_text(text.replace(ACCESS, FACTOR) if wanted else text)
    more = {"BOT_PUBLIC_URL": public} if public else {}
    chosen = settings(tmp_path, POLICY_FILE=str(file), **(REAL if real else {}), **more)
    assert bool(policy._second_factor(chosen, policy.policies(chosen))) is missing


@pytest.mark.parametrize(("reviewed", "late"), [("2020-01-01", True), ("2999-01-01", False)])
def test_a_review_that_is_overdue_is_told(tmp_path: Path, reviewed: str, *, late: bool) -> None:
    books = written(tmp_path, LIST, reviewed=reviewed)
    found = policy._books(settings(tmp_path, RUNBOOK_DIR=str(books)))
    assert [one.says for one in found if one.state is State.WARN] == (["their review is overdue: bell"] if late else [])
    assert [one.check for one in found if one.state is State.OK] == ["runbooks", "index"]


def test_a_runbook_that_is_not_found_by_its_title_is_told(tmp_path: Path) -> None:
    """Of four that are called alike three are found. One that cannot be read is left out, and makes the others no worse."""
    for name in ("one", "two", "three", "four"):
        books = written(tmp_path, LIST, id=name, reviewed="2999-01-01")
    (books / "nonsense.md").write_text("no front matter")
    found = policy._books(settings(tmp_path, RUNBOOK_DIR=str(books)))
    assert [(one.check, one.state) for one in found] == [("runbooks", State.FAIL), ("index", State.FAIL)]
    assert found[1].says.count(",") == 0


def test_an_empty_folder_of_runbooks_is_told(tmp_path: Path) -> None:
    (empty := tmp_path / "books").mkdir()
    [found] = policy._books(settings(tmp_path, RUNBOOK_DIR=str(empty)))
    assert (found.state, "there are none in" in found.says) == (State.FAIL, True)


# ── the model, the machine and the way in ────────────────────────────────────────────────────────────────────────────


async def test_without_a_model_none_is_looked_for(tmp_path: Path) -> None:
    assert [one.state for one in await every(model.looks(settings(tmp_path)))] == [State.SKIPPED]


@pytest.mark.parametrize(
    ("status", "state"), [(401, State.FAIL), (403, State.FAIL), (405, State.WARN), (501, State.WARN), (204, State.FAIL)]
)
async def test_what_a_models_server_answers_with(tmp_path: Path, status: int, state: State) -> None:
    async with models(lambda _: web.Response(status=status)) as base:
        [found] = await every(model.looks(settings(tmp_path, OPENAI_BASE_URL=base)))
    assert found.state is state
    assert ("key" in found.mend) == (status in (401, 403))


@pytest.mark.parametrize(
    ("names", "shown"), [([], "(it has none)"), (list("abcde"), "a, b, c, d, e"), (list("abcdef"), "a, b, c, d, e, …")]
)
async def test_which_models_there_are_is_told_in_short(tmp_path: Path, names: list[str], shown: str) -> None:
    answer = {"data": [{"id": name} for name in names]}
    async with models(lambda _: web.json_response(answer)) as base:
        [found] = await every(model.looks(settings(tmp_path, OPENAI_BASE_URL=base, OPENAI_MODEL=MODEL)))
    assert found.mend == f"set OPENAI_MODEL to one that it has: {shown}"


async def test_a_server_without_a_key_is_sent_none(tmp_path: Path) -> None:
    sent: list[bool] = []

    def noted(request: web.Request) -> web.Response:
        sent.append("Authorization" in request.headers)
        return web.json_response({"data": [{"id": MODEL}]})

    async with models(noted) as base:
        await every(model.looks(settings(tmp_path, OPENAI_BASE_URL=base, OPENAI_MODEL=MODEL)))
    assert sent == [False]


async def test_without_another_server_it_is_openais(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def get(_: Any, url: str, **__: Any) -> Any:
        asked.append(url)
        raise httpx.ConnectError("no")

    monkeypatch.setattr(httpx.AsyncClient, "get", get)
    await every(model.looks(settings(tmp_path, OPENAI_API_KEY="sk-x")))
    assert asked == ["https://api.openai.com/v1/models"]


@pytest.mark.parametrize("name", ["", "HTTPS_PROXY", "http_proxy"])
async def test_a_proxy_on_the_way_to_a_model_is_hinted_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(httpx.AsyncClient, "get", _unreachable)
    if name:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    [found] = await every(model.looks(settings(tmp_path, OPENAI_BASE_URL="http://127.0.0.1:9/v1")))
    assert found.state is State.FAIL
    assert ("NO_PROXY" in found.mend) is bool(name)


async def _unreachable(*_: Any, **__: Any) -> Any:
    raise httpx.ConnectError("no")


MEGABYTES = 1024 * 1024


@pytest.mark.parametrize(
    ("free", "state"),
    [(99, State.FAIL), (100, State.WARN), (1023, State.WARN), (1024, State.OK)],
)
def test_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=free * MEGABYTES))
    assert machine._disk(tmp_path / "not" / "there" / "yet").state is state


def test_a_folder_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest that is there counts for one that is not."""
    monkeypatch.setattr(machine.os, "access", lambda path, _: path != tmp_path)
    assert machine._disk(tmp_path / "data").state is State.FAIL
    (tmp_path / "data").mkdir()
    assert machine._disk(tmp_path / "data").state is not State.FAIL


@pytest.mark.parametrize(
    ("transport", "host", "open_"),
    [("http", "0.0.0.0", True), ("http", "127.0.0.1", False), ("http", "::1", False), ("socket", "0.0.0.0", False)],
)
def test_a_way_in_that_is_open_to_all_is_told(transport: str, host: str, *, open_: bool) -> None:
    """Without TLS, and only where Slack comes to us."""
    chosen = SimpleNamespace(bot_transport=transport, bot_host=host)
    assert [one.state for one in machine._tls(cast(Settings, chosen))] == ([State.WARN] if open_ else [])


def test_certificates_that_are_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert list(machine._tls(settings(tmp_path))) == []
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    assert [one.state for one in machine._tls(settings(tmp_path))] == [State.FAIL]
    (tmp_path / "trusted.pem").write_text("x")
    assert list(machine._tls(settings(tmp_path))) == []


@pytest.mark.parametrize(
    ("proxies", "no", "model_at", "state", "said"),
    [
        pytest.param({}, "", "http://127.0.0.1:1/v1", State.OK, "none is set", id="none"),
        pytest.param({"no": "x", "ftp": "f:1"}, "", "", State.OK, "none is set", id="none that is used"),
        pytest.param({"https": "u:p@proxy:1"}, "", "", State.OK, "Slack is reached through proxy:1", id="to Slack"),
        pytest.param({"all": "http://proxy"}, "slack.com", "", State.OK, "Slack is reached directly", id="around it"),
        pytest.param(
            {"http": "proxy:1"}, "", "http://localhost:1/v1", State.WARN, "the model on this machine", id="to our own model"
        ),
        pytest.param({"http": "proxy:1"}, "localhost", "http://localhost:1/v1", State.OK, "Slack is", id="not to our own model"),
        pytest.param({"http": "proxy:1"}, "", "https://models.example/v1", State.OK, "Slack is", id="to another's model"),
    ],
)
def test_what_goes_through_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxies: dict[str, str], no: str, model_at: str, state: State, said: str
) -> None:
    monkeypatch.setattr(machine, "getproxies", lambda: proxies)
    monkeypatch.setattr(machine, "proxy_bypass", lambda host: bool(no) and host.endswith(no))
    found = machine._proxy(settings(tmp_path, **({"OPENAI_BASE_URL": model_at} if model_at else {})))
    assert (found.state, found.says[: len(said)]) == (state, said)


def test_a_slack_on_this_machine_is_reached_directly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the playground is, whatever stands in NO_PROXY."""
    monkeypatch.setattr(machine, "getproxies", lambda: {"http": "proxy:1"})
    monkeypatch.setattr(machine, "proxy_bypass", lambda _: False)
    found = machine._proxy(settings(tmp_path, SLACK_API_URL="http://127.0.0.1:1/api/"))
    assert found.says == "Slack is reached directly, by NO_PROXY"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(lambda: web.json_response({"challenge": "doctor"}), State.OK, id="it is the bot"),
        pytest.param(lambda: web.Response(status=401), State.FAIL, id="another secret"),
        pytest.param(lambda: web.Response(text="hello"), State.FAIL, id="something else"),
        pytest.param(lambda: web.Response(status=404, text="no doctor here"), State.FAIL, id="no such page"),
    ],
)
async def test_who_answers_at_our_port(tmp_path: Path, answer: Callable[[], web.Response], state: State) -> None:
    """Without a secret nothing is asked: the playground makes one for itself."""

    async def handle(_: web.Request) -> web.Response:
        return answer()

    app = web.Application()
    app.router.add_post("/slack/events", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = str(runner.addresses[0][1])
    found = await door.look(settings(tmp_path, BOT_PORT=port, SLACK_SIGNING_SECRET="x"))
    unasked = await door.look(settings(tmp_path, BOT_PORT=port))
    await runner.cleanup()
    assert (found.state, unasked.state) == (state, State.SKIPPED)
    assert ("signing secret" in found.says) == (answer().status == 401)
