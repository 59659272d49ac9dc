"""Forms as Slack draws them, and what is read of what comes back."""

from pathlib import Path
from typing import Any

import pytest

from bot.homeview import ANYTHING_ELSE, Field, Form, HomeCase, HomeView
from bot.playground.limits import wrong_view
from bot.slack import blocks, forms, home
from bot.slack.clicks import Malformed
from bot.slack.events import Identity
from knowledge.parse import RunbookError, parse

ME = Identity("UBOT", "BBOT", "T1")


def drawn(*fields: Field) -> list[dict[str, Any]]:
    view = forms.modal(Form("app-access", "Access to an application", fields))
    assert wrong_view(view) == ""
    return [block["element"] for block in view["blocks"]]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        pytest.param(Field("a", "Which?", "choice", (("eu", "Europe"), ("us", "United States"))), "radio_buttons", id="few"),
        pytest.param(Field("a", "Which?", "choice", tuple((str(n), f"n{n}") for n in range(20))), "static_select", id="some"),
        pytest.param(
            Field("a", "Which?", "catalogue", tuple((str(n), f"n{n}") for n in range(100))), "static_select", id="a hundred"
        ),
        pytest.param(Field("a", "Which?", "catalogue", tuple((str(n), f"n{n}") for n in range(101))), "external_select", id="more"),
        pytest.param(Field("a", "Who?", "person"), "users_select", id="a person"),
        pytest.param(Field("a", "When?", "date", initial="2026-11-27"), "datepicker", id="a day"),
        pytest.param(Field("a", "What?", "text"), "plain_text_input", id="words"),
        pytest.param(Field("a", "What?", "something new"), "plain_text_input", id="a source of another day"),
    ],
)
def test_each_need_has_its_input(field: Field, kind: str) -> None:
    """And Slack takes the view."""
    assert [element["type"] for element in drawn(field)] == [kind]


def test_what_was_chosen_before_is_one_of_the_options() -> None:
    """An initial value that is no option would make Slack refuse the whole form."""
    options = (("eu", "Europe"), ("us", "x" * 200))
    assert drawn(Field("a", "Which?", "choice", options, "us"))[0]["initial_option"]["value"] == "us"
    assert "initial_option" not in drawn(Field("a", "Which?", "choice", options, "mars"))[0]


def test_long_titles_and_labels_fit() -> None:
    """Slack takes 24 characters of a title."""
    view = forms.modal(Form("x", "t" * 60, (Field(ANYTHING_ELSE, "l" * 3000),)))
    assert wrong_view(view) == ""


def body(metadata: str, values: dict[str, Any]) -> dict[str, Any]:
    blocks = [{"type": "input", "block_id": "field:app"}]
    view = {"id": "V1", "private_metadata": metadata, "state": {"values": values}, "blocks": blocks}
    return {"user": {"id": "UANA"}, "team": {"id": "T1"}, "view": view}


def test_what_was_filled_in_is_read_whatever_its_input() -> None:
    """By field; blocks that are not ours, and characters that no database takes, are left out."""
    values = {
        "field:app": {"value": {"selected_option": {"value": "figma"}}},
        "field:user": {"value": {"selected_user": "UBEN"}},
        "field:until": {"value": {"selected_date": "2026-11-27"}},
        "field:anything_else": {"value": {"value": "hi\x00"}},
        "field:none": {"value": {"selected_option": None}},
        "other": {"value": {"value": "x"}},
    }
    sent = forms.submitted(body('{"form": "app-access"}', values), ME)
    assert sent.values == {"app": "figma", "user": "UBEN", "until": "2026-11-27", "anything_else": "hi", "none": ""}
    assert (sent.name, sent.user, sent.team, sent.first) == ("app-access", "UANA", "T1", "field:app")
    event = forms.event(sent, "<b> & c", "D1", "17.5")
    assert (event.key, event.conversation, event.sender, event.text) == ("form:T1:V1", "T1:D1", "UANA", "&lt;b&gt; &amp; c")


@pytest.mark.parametrize("metadata", ["", "[]", '{"x": 1}', "null"])
def test_a_view_that_is_not_ours_is_refused(metadata: str) -> None:
    with pytest.raises(Malformed):
        forms.submitted(body(metadata, {}), ME)


def test_home_keeps_what_people_wrote_from_becoming_markup() -> None:
    """A title with Slack's control characters is shown as written, also inside of a link; a link leads where it says."""
    case = HomeCase("C-1", "<!channel> a|b > c", "Waiting", "<@U1>", "D1", "17.000005")
    text = str(home.view(HomeView(name="Ana", open=(case,)), url="https://x.slack.com/"))
    assert "<!channel>" not in text
    assert "<@U1>" not in text
    assert "https://x.slack.com/archives/D1/p17000005|&lt;!channel&gt; a¦b &gt; c>" in text
    assert blocks.permalink("javascript:alert(1)", "D1", "1.2") == ""
    assert blocks.permalink("https://x/", "../..", "1.2") == ""


def test_a_label_that_no_button_holds_is_a_problem_of_the_runbook(tmp_path: Path) -> None:
    """Named with its line; a label that fits is taken."""
    source = (Path(__file__).parents[2] / "knowledge" / "runbooks" / "guest-wifi.md").read_text()
    path = tmp_path / "guest-wifi.md"
    path.write_text(source)
    assert parse(path).home == "Wireless network for guests"
    path.write_text(source.replace("home: Wireless network for guests", "home: " + "w" * 41))
    with pytest.raises(RunbookError, match=r"guest-wifi.md:\d+: home .* a button takes 40"):
        parse(path)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Access to an application", "Access to an application"),
        ("Sign-in codes on a new phone", "Sign-in codes on a new…"),
        ("Wireless network for guests", "Wireless network for…"),
        ("t" * 60, "t" * 23 + "…"),
    ],
)
def test_a_long_title_ends_with_a_whole_word(title: str, shown: str) -> None:
    """Slack gives a form's title 24 letters."""
    assert forms.modal(Form("x", title, (Field("a", "What?"),)))["title"]["text"] == shown
