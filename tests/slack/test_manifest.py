"""What the manifest asks Slack for is what the code uses: no less, and no more."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import dialogs, scopes
from bot.slack.commands import COMMAND
from bot.slack.events import Identity
from bot.slack.http import PATH
from bot.slack.listeners import ABOUT_SHORTCUT, ASK_SHORTCUT, WHY_SHORTCUT, Listeners
from tests.programs import ROOT

TEXT = (ROOT / "docs" / "slack-manifest.yaml").read_text()
MANIFEST: Any = YAML(typ="safe").load(TEXT)
FEATURES, SETTINGS = MANIFEST["features"], MANIFEST["settings"]
EVENTS = SETTINGS["event_subscriptions"]["bot_events"]
ME = Identity(user="UBOT", bot="BBOT", team="T1")

CATCH_ALLS = ("ignored", "acked", "no_options")


class _Silent:
    """Stands for the forms of Home, which have listeners of their own (tests/e2e/test_home.py)."""

    def register(self, app: AsyncApp) -> None:
        """Nothing is registered."""


class Heard(Listeners):
    """The real listeners, which only write down which of them was called."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self._filing = self._acting = _Silent()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or name in ("called", "register", "settled", "failed") or not callable(found):
            return found

        async def listener(ack: Any) -> None:
            self.called.append(name)
            await ack()

        return listener


async def heard(body: dict[str, Any]) -> tuple[int, str]:
    """(HTTP status, the listener that Bolt chose) for a payload."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="UBOT", bot_id="BBOT", bot_token="xoxb-1")

    app = AsyncApp(client=AsyncWebClient(), authorize=authorize, process_before_response=True, request_verification_enabled=False)
    listeners = Heard()
    listeners.register(app)
    response = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    return response.status, (listeners.called or [""])[0]


def event(name: str) -> dict[str, Any]:
    kind, _, place = name.partition(".")
    inner = {"type": kind, "user": "U1", "channel": "C1", "ts": "1.0", "text": "x"} | ({"channel_type": place} if place else {})
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": inner}


@pytest.mark.parametrize("name", EVENTS)
async def test_every_event_that_is_subscribed_has_a_listener_of_its_own(name: str) -> None:
    """Acked, and not by what is there for whatever else may come."""
    status, listener = await heard(event(name))
    assert status == 200
    assert listener
    assert listener not in CATCH_ALLS


async def test_what_is_not_subscribed_is_acked_and_ignored() -> None:
    """Slack would deliver it again and again otherwise."""
    assert await heard(event("emoji_changed")) == (200, "ignored")


def test_no_event_is_listened_to_that_is_not_subscribed() -> None:
    """The names that the listeners give to Bolt are those of the manifest."""
    names: set[str] = set()

    class App:
        def __getattr__(self, _: str) -> Callable[..., Any]:
            return lambda *_: lambda function: function

        def event(self, name: Any) -> Callable[..., Any]:
            names.update([name] if isinstance(name, str) else [])
            return lambda function: function

    Heard().register(App())  # type: ignore[arg-type]
    assert names == {one.split(".")[0] for one in EVENTS}


@pytest.mark.parametrize(
    ("body", "listener"),
    [
        pytest.param({"command": COMMAND, "team_id": "T1", "user_id": "U1", "text": ""}, "commanded", id="the command"),
        pytest.param({"type": "shortcut", "callback_id": ASK_SHORTCUT}, "ask", id="the shortcut of everywhere"),
        pytest.param({"type": "message_action", "callback_id": ABOUT_SHORTCUT}, "ask_about", id="the shortcut of a message"),
        pytest.param({"type": "message_action", "callback_id": WHY_SHORTCUT}, "why", id="the shortcut of a message of ours"),
        pytest.param({"type": "view_submission", "view": {"callback_id": dialogs.ASK, "type": "modal"}}, "asked", id="the form"),
        pytest.param({"command": "/other", "team_id": "T1", "user_id": "U1"}, "acked", id="another command"),
        pytest.param({"type": "shortcut", "callback_id": "other"}, "acked", id="another shortcut"),
    ],
)
async def test_commands_shortcuts_and_forms_reach_their_listener(body: dict[str, Any], listener: str) -> None:
    assert await heard({"team": {"id": "T1"}, "user": {"id": "U1"}, **body}) == (200, listener)


def test_the_commands_and_shortcuts_of_the_manifest_are_those_of_the_code() -> None:
    assert [one["command"] for one in FEATURES["slash_commands"]] == [COMMAND]
    wanted = {(ASK_SHORTCUT, "global"), (ABOUT_SHORTCUT, "message"), (WHY_SHORTCUT, "message")}
    assert {(one["callback_id"], one["type"]) for one in FEATURES["shortcuts"]} == wanted


def calls() -> dict[str, set[str]]:
    """Every method of Slack's Web API that the code calls, and where."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "bot").rglob("*.py")):
        if "playground" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and re.fullmatch(r"[a-z]+(_[a-zA-Z]+)+", node.attr):
                method = getattr(AsyncWebClient, node.attr, None)
                if callable(method) and "slack.com" not in node.attr and node.attr not in ("api_call", "build_socket_mode_uri"):
                    found.setdefault(node.attr, set()).add(str(path.relative_to(ROOT)))
    return found


def test_the_token_is_granted_what_the_code_calls_and_nothing_else() -> None:
    """Scopes follow from the calls that stand in the code, from the events, and from having a command."""
    called = calls()
    assert {"chat_postMessage", "users_info", "usergroups_users_list"} <= set(called), "the code is read rightly"
    assert set(called) - set(scopes.METHODS) == set(), "a method without its line in bot/slack/scopes.py"
    assert set(MANIFEST["oauth_config"]["scopes"]) == {"bot"}, "nothing in the name of people"
    assert sorted(scopes.needed(called)) == sorted(MANIFEST["oauth_config"]["scopes"]["bot"])


def test_the_tables_that_doctor_reads_are_those_of_the_manifest() -> None:
    assert sorted(scopes.EVENTS) == sorted(EVENTS)
    beside = dict(re.findall(r"^ {6}- ([a-z_]+(?::[a-z.]+)*) {2}# (.+)$", TEXT.partition("    bot:\n")[2], re.MULTILINE))
    assert {scope: beside[scope] for scope in scopes.REASONS} == scopes.REASONS, "each scope with its reason beside it"
    assert set(scopes.REASONS) == scopes.needed()


def test_taking_the_comments_off_makes_it_a_manifest_for_http() -> None:
    """All of Slack's addresses lead to the one path that is served."""
    text = re.sub(r"# ((?:request_|message_menu_options_)?url: )", r"\1", TEXT).replace(
        "socket_mode_enabled: true", "socket_mode_enabled: false"
    )
    http: Any = YAML(typ="safe").load(text)
    urls = [
        http["features"]["slash_commands"][0]["url"],
        http["settings"]["event_subscriptions"]["request_url"],
        http["settings"]["interactivity"]["request_url"],
        http["settings"]["interactivity"]["message_menu_options_url"],
    ]
    assert {url.removeprefix("https://deskhand.example.com") for url in urls} == {PATH}
    assert len(re.findall(r"# [a-z_]*url: ", TEXT)) == len(urls)


def test_it_keeps_to_slacks_limits() -> None:
    """https://docs.slack.dev/reference/app-manifest: names and descriptions are short."""
    assert FEATURES["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    assert len(MANIFEST["display_information"]["description"]) <= 140
    assert 174 <= len(MANIFEST["display_information"]["long_description"]) <= 4000
    assert len(FEATURES["agent_view"]["agent_description"]) <= 300
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in FEATURES["shortcuts"])
    assert len(FEATURES["slash_commands"][0]["description"]) <= 2000
    assert Path(ROOT / "docs" / "slack-manifest.yaml").stat().st_size < 20_000
