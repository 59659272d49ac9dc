"""The environment (and `.env`), read once into a frozen value. What is wrong is named, with what was expected.

Imported by `bot.app`, `bot.databases`, `bot.cli.commands` and the command line only; everything else is given what it needs.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.approvals import quiet
from bot.errors import SettingsError

SECRETS = ("slack_bot_token", "slack_app_token", "slack_signing_secret", "openai_api_key", "database_url", "database_owner_url")
EMBEDDED = Literal["embedded"]


def _expects(what: str, default: Any) -> Any:
    return Field(default=default, description=what)


class Settings(BaseSettings):
    """Every setting. Its name in the environment is its name in capitals; the description says what is expected."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    slack_bot_token: str = _expects("a bot token that begins with xoxb-, together with SLACK_APP_TOKEN", "")
    slack_app_token: str = _expects("an app-level token that begins with xapp-, together with SLACK_BOT_TOKEN", "")
    slack_signing_secret: str = _expects("the app's signing secret; only for BOT_TRANSPORT=http", "")
    slack_api_url: str = _expects("where Slack's Web API is: a URL that begins with https:// or http://", "https://slack.com/api/")
    slack_connections: Annotated[int, Field(ge=1, le=10)] = _expects("how many Socket Mode connections: a number from 1 to 10", 2)
    bot_transport: Literal["socket", "http"] = _expects(
        "how Slack reaches the bot: socket (it dials out) or http (Slack posts to /slack/events on BOT_PORT)", "socket"
    )
    bot_host: str = _expects("the address that BOT_PORT is opened on; 0.0.0.0 only behind a proxy that ends TLS", "127.0.0.1")
    bot_port: Annotated[int, Field(ge=1, le=65535)] = _expects(
        "the port of the playground's page, of /slack/events, /metrics, /healthz and /readyz: a number from 1 to 65535", 8710
    )
    bot_public_url: str = _expects(
        "where people's browsers reach BOT_PORT, for links to confirm who they are: an http(s):// URL; unset: this machine",
        "",
    )
    bot_data_dir: Path = _expects("a folder for everything that is kept", Path(".data"))
    bot_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _expects("DEBUG, INFO, WARNING or ERROR", "INFO")
    openai_api_key: str = _expects("a key for an OpenAI-compatible model; unset, and no OPENAI_BASE_URL: runbook mode", "")
    openai_base_url: str = _expects(
        "where an OpenAI-compatible server is: an http:// or https:// URL, often ending in /v1; unset: OpenAI's own",
        "",
    )
    openai_model: str = _expects("the model's name at that server", "gpt-4.1-mini")
    openai_responses_api: bool = _expects("true to speak the Responses API, false for Chat Completions", False)
    openai_stream: bool = _expects("true to show words as they come, false for servers that cannot stream", True)
    openai_temperature: Annotated[float, Field(ge=0, le=2)] | None = _expects("a number from 0 to 2; unset: the model's own", None)
    openai_timeout: Annotated[float, Field(gt=0, le=600)] = _expects(
        "how long to wait for each part of an answer: seconds, at most 600", 60.0
    )
    openai_price_input: Annotated[float, Field(ge=0)] = _expects("US dollars for a million tokens read; 0: not known", 0.0)
    openai_price_output: Annotated[float, Field(ge=0)] = _expects("US dollars for a million tokens written; 0: not known", 0.0)
    model_calls_per_case: Annotated[int, Field(ge=1)] = _expects("how often the model is asked for one case: a number from 1", 40)
    model_steps_per_turn: Annotated[int, Field(ge=1)] = _expects("tool calls of the model in one turn: a number from 1", 25)
    model_tokens_per_case: Annotated[int, Field(ge=1000)] = _expects("tokens for one case, read and written: from 1000", 400_000)
    model_cost_per_case: Annotated[float, Field(gt=0)] = _expects("US dollars for one case, where prices are known", 2.0)
    model_context_tokens: Annotated[int, Field(ge=2000)] = _expects(
        "tokens of a conversation that the model is shown: from 2000", 32_000
    )
    openai_embedding_model: str = _expects("a model of an OpenAI-compatible server of embeddings; unset: the embedded one", "")
    openai_embedding_url: str = _expects("where that server is, an address with https or http; unset: OPENAI_BASE_URL", "")
    openai_embedding_floor: Annotated[float, Field(gt=0, lt=1)] = _expects(
        "the cosine of that model below which nothing fits: `knowledge bench` measures it", 0.52
    )
    database_url: str = _expects("a PostgreSQL to use: postgresql://user:password@host:port/name; unset: the embedded one", "")
    database_owner_url: str = _expects(
        "the same PostgreSQL for the role that owns the tables: migrations, retention, `forget` run under it; unset: DATABASE_URL",
        "",
    )
    audit_head_file: Path | None = _expects(
        "a file that gets the head of the audit, a line for each seal; best on another machine's disk; unset: the log only",
        None,
    )
    audit_channel: str = _expects("a channel that is told the head of the audit, once an hour; unset: none", "")
    retention_text_days: Annotated[int, Field(ge=0)] = _expects(
        "`retention` erases texts of cases that ended so many days ago; 0: they are kept until somebody is forgotten", 0
    )
    retention_audit_days: Annotated[int, Field(ge=0)] = _expects(
        "`retention` removes rows of the audit that are so many days old; 0: they are kept as long as the database", 0
    )
    policy_file: Path = _expects("the permission policy: a YAML file that exists", Path("policies.yaml"))
    runbook_dir: Path = _expects("the runbooks: a folder that exists", Path("knowledge/runbooks"))
    runbook_url: str = _expects(
        "where people read a runbook, https://…/{id}.md with {id} for its id: a plan in Slack links there; unset: no link", ""
    )
    knowledge_sources: Path | None = _expects("a YAML file that names where articles come from; unset: there are none", None)
    knowledge_sync_minutes: Annotated[int, Field(ge=1)] = _expects("minutes between two looks at the sources: from 1", 15)
    knowledge_exact: Annotated[int, Field(ge=10_000)] = _expects(
        "pieces of articles up to which a search looks at every one, from 10000; beyond, it is approximate and smaller", 200_000
    )
    knowledge_probes: Annotated[int, Field(ge=1)] = _expects("how much an approximate search looks at: a number from 1", 128)
    oncall_channel: str = _expects("the channel for approval cards, by name or id", "oncall")
    oncall_schedule: str = _expects("whose engineer on call gets what no runbook is near to: the name of a schedule", "identity")
    quiet_hours: str = _expects(
        "when approvers are not reminded of what can wait, by the clock where each of them is: hours such as 22:00-07:00, or none",
        "22:00-07:00",
    )
    identity_system: EMBEDDED = _expects("embedded", "embedded")
    ticket_system: EMBEDDED = _expects("embedded", "embedded")
    oncall_system: EMBEDDED = _expects("embedded", "embedded")
    code_system: EMBEDDED = _expects("embedded", "embedded")

    @field_validator("slack_bot_token")
    @classmethod
    def _bot_token(cls, value: str) -> str:
        return _begins(value, "xoxb-")

    @field_validator("slack_app_token")
    @classmethod
    def _app_token(cls, value: str) -> str:
        return _begins(value, "xapp-")

    @field_validator("runbook_url")
    @classmethod
    def _page(cls, value: str) -> str:
        if value and "{id}" not in value:
            raise ValueError
        return _begins(value, "https://", "http://")

    @field_validator("slack_api_url", "openai_base_url", "openai_embedding_url")
    @classmethod
    def _url(cls, value: str) -> str:
        value = _begins(value, "https://", "http://")
        return value if not value or value.endswith("/") else value + "/"

    @field_validator("bot_public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        return _begins(value, "https://", "http://").rstrip("/")

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _database(cls, value: str) -> str:
        return _begins(value, "postgresql://", "postgres://").replace("postgres://", "postgresql://", 1)

    @field_validator("oncall_channel", "audit_channel")
    @classmethod
    def _channel(cls, value: str) -> str:
        return value.removeprefix("#")

    @field_validator("quiet_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        quiet.night(value)
        return value

    @field_validator("policy_file")
    @classmethod
    def _file(cls, value: Path) -> Path:
        if not value.is_file():
            raise ValueError
        return value

    @field_validator("knowledge_sources")
    @classmethod
    def _sources(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError
        return value

    @field_validator("runbook_dir")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        if not value.is_dir():
            raise ValueError
        return value

    @field_validator("bot_data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        if value.exists() and not value.is_dir():
            raise ValueError
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _both_tokens(self) -> "Settings":
        if self.bot_transport == "http":
            if self.slack_bot_token and not self.slack_signing_secret:
                raise ValueError("SLACK_SIGNING_SECRET is missing: a real Slack over http needs a bot token and the signing secret")
        elif bool(self.slack_bot_token) != bool(self.slack_app_token):
            missing = "SLACK_APP_TOKEN" if self.slack_bot_token else "SLACK_BOT_TOKEN"
            raise ValueError(f"{missing} is missing: a real Slack needs both tokens, the playground neither")
        return self

    @model_validator(mode="after")
    def _an_owner_of_what_is_named(self) -> "Settings":
        if self.database_owner_url and not self.database_url:
            raise ValueError("DATABASE_URL is missing: DATABASE_OWNER_URL names the owner of the same database")
        return self

    @property
    def has_model(self) -> bool:
        """Whether a language model plans; without one the runbooks are followed as they are."""
        return bool(self.openai_api_key or self.openai_base_url)

    @property
    def real_slack(self) -> bool:
        return bool(self.slack_bot_token)


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, or of a given environment. Raises SettingsError with all that is wrong, one a line."""
    try:
        if environ is None:
            return Settings()
        named = {name: value for name in Settings.model_fields if (value := environ.get(name.upper()))}
        return Settings(_env_file=None, **named)  # type: ignore[call-arg, arg-type]
    except ValidationError as error:
        raise SettingsError("\n".join(["These settings are wrong:", *(f"  {_told(one)}" for one in error.errors())])) from None


def _told(problem: Any) -> str:
    where = str(problem["loc"][0]) if problem["loc"] else ""
    if where not in Settings.model_fields:
        return str(problem["msg"]).removeprefix("Value error, ")
    given = (
        "a value that I don't repeat here"
        if where in SECRETS
        else repr(problem["input"] if isinstance(problem["input"], str) else str(problem["input"]))
    )
    return f"{where.upper()} is {given}, but expected: {Settings.model_fields[where].description}"


def _begins(value: str, *prefixes: str) -> str:
    if value and not value.startswith(prefixes):
        raise ValueError
    return value
