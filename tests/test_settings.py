"""Settings: all of them documented, each wrong one named."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load

DOCS = (Path(__file__).parent.parent / "docs" / "settings.md").read_text()


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    """The table in docs/settings.md is the settings'."""
    rows = {line.split("`")[1]: line for line in DOCS.splitlines() if line.startswith("| `")}
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    assert all(str(field.description) in rows[name.upper()] for name, field in Settings.model_fields.items())


def test_nothing_set_is_the_playground_with_everything_embedded() -> None:
    settings = load({})
    assert (settings.real_slack, settings.database_url, settings.oncall_channel) == (False, "", "oncall")


def test_all_that_is_wrong_is_told_at_once_and_no_secret_is_repeated() -> None:
    with pytest.raises(SettingsError) as error:
        load({"BOT_PORT": "70000", "DATABASE_URL": "mysql://u:geheim@h/d", "SLACK_API_URL": "slack"})

    assert [name in str(error.value) for name in ("BOT_PORT is '70000'", "DATABASE_URL", "SLACK_API_URL is 'slack'")] == [True] * 3
    assert "geheim" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        pytest.param({"QUIET_HOURS": "none"}, ("quiet_hours", "none"), id="reminded at every hour"),
        pytest.param({"ONCALL_CHANNEL": "#duty"}, ("oncall_channel", "duty"), id="a channel with its #"),
        pytest.param(
            {"SLACK_API_URL": "http://127.0.0.1:1/api"}, ("slack_api_url", "http://127.0.0.1:1/api/"), id="a base without its /"
        ),
        pytest.param({"DATABASE_URL": "postgres://h/d"}, ("database_url", "postgresql://h/d"), id="the other name of the scheme"),
    ],
)
def test_small_differences_are_taken(given: dict[str, str], read: tuple[str, str]) -> None:
    assert getattr(load(given), read[0]) == read[1]


@pytest.mark.parametrize(
    "hours", ["22-7", "22:00", "22:00-22:00", "24:00-07:00", "22:60-07:00", "at night", "22:00-07:00,12:00-13:00"]
)
def test_hours_that_are_none_are_told(hours: str) -> None:
    """With what was given and what is expected; nobody is woken for a slip of the pen, nor left in peace for ever."""
    with pytest.raises(
        SettingsError, match=f"QUIET_HOURS is {hours!r}, but expected: when approvers are not reminded .*, or none$"
    ):
        load({"QUIET_HOURS": hours})
