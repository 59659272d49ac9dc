"""App Home: one's own cases, requests as typed forms, and what waits for one's answer; of nobody else anything."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event as sa_event

from bot.playground import Member
from bot.playground.workspace import Json
from bot.store.home import StoredHome
from tests.office import Office, words

FIGMA = "could I get figma until friday?"


def actions(view: Mapping[str, Any]) -> list[str]:
    return [one["action_id"] for block in view["blocks"] for one in block.get("elements", ()) if "action_id" in one]


def element(view: Json, field: str) -> Json:
    found: Json = next(one["element"] for one in view["blocks"] if one["block_id"] == f"field:{field}")
    return found


async def test_a_day_that_lies_too_far_is_said_at_its_field(office: Office) -> None:
    """Nothing is taken, and the latest day is named; that day itself is taken."""
    await office.home("ana", "Ask for something")
    view = await office.home_form("ana", "app-access")
    far = office.company.clock.now() + timedelta(days=400)
    errors = await office.send("ana", view, {"app": "figma", "until": f"{far:%Y-%m-%d}"})

    assert set(errors) == {"until"}
    assert "Figma is given for" in errors["until"]
    assert await office.cases() == []
    latest = datetime.strptime(errors["until"].split("The latest is ")[1], "%a %d %b %Y.").replace(tzinfo=UTC)
    assert await office.send("ana", view, {"app": "figma", "until": f"{latest:%Y-%m-%d}"}) == {}
    await office.hears("ana", "needs a person's yes")


async def test_a_form_is_made_of_the_runbooks_needs(office: Office) -> None:
    """Applications of the catalogue, people, a day; defaults are there already, and nothing is asked that words would not be."""
    await office.home("ana", "Ask for something")
    view = await office.home_form("ana", "app-access")

    kinds = {block["block_id"]: block["element"]["type"] for block in view["blocks"]}
    assert kinds == {
        "field:app": "static_select",
        "field:until": "datepicker",
        "field:user": "users_select",
        "field:anything_else": "plain_text_input",
    }
    apps = {one["id"] for one in (await office.books())["apps"]}
    assert {one["value"] for one in element(view, "app")["options"]} == apps
    assert element(view, "user")["initial_user"] == office.who("ana").slack_id
    assert element(view, "until")["initial_date"] > "2026"


async def test_a_default_that_has_no_words_for_people_is_not_shown_to_them(office: Office) -> None:
    """A field that may be left empty; left so, the runbook's default is taken."""
    await office.home("ana")
    view = await office.home_form("ana", "service-status")
    assert "initial_value" not in element(view, "service")
    assert next(block["optional"] for block in view["blocks"] if block["block_id"] == "field:service")

    assert await office.send("ana", view, {}) == {}
    trail = await office.case_is(requester="ana", state="resolved")
    assert trail["plans"][0]["runbook"] == "service-status"


async def test_a_form_leaves_the_same_trail_as_words(office: Office) -> None:
    """Sent from Home: a message stands in one's direct messages, its case has the form's needs, is gated and approved like any."""
    await office.home("ana")
    view = await office.home_form("ana", "app-access")
    errors = await office.send("ana", view, {"app": "figma", "anything_else": "for the campaign"})
    assert errors == {}
    await office.hears("ana", "needs a person's yes")
    await office.press("omar", "approve")
    await office.hears("ana", "Gave Ana Almeida access to Figma")
    trail = await office.case_is(state="resolved", outcome="verified")
    assert "for the campaign" in office.heard("omar")

    plan = trail["plans"][0]
    day = element(view, "until")["initial_date"]
    assert (plan["runbook"], plan["needs"]["app"]["id"], plan["needs"]["until"][:10]) == ("app-access", "figma", day)
    assert (plan["needs"]["user"]["id"], trail["requester"]) == ("ana", "ana")
    said = [line["text"] for line in trail["messages"] if line["role"] == "requester"]
    assert len(said) == 1
    assert "Figma" in said[0]
    assert "for the campaign" in said[0]
    grant = next(call for call in trail["calls"] if call["tool"] == "grant_access")
    assert (grant["decision"], grant["principal"]) == ("permit", "ana")
    root = office.server.workspace.message(office.place("ana"), trail["thread"])
    assert root is not None
    assert "You asked" in words(root)


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        pytest.param({"app": "figma", "until": "2020-01-01"}, "until", "has already passed", id="a day that has gone by"),
        pytest.param({"app": "figma", "user": "UNOBODY"}, "user", "don't find this person", id="nobody of the directory"),
        pytest.param({"app": ""}, "app", "needed", id="nothing chosen"),
    ],
)
async def test_what_does_not_fit_keeps_the_form_open_and_names_the_field(
    office: Office, values: dict[str, str], field: str, said: str
) -> None:
    """The form stays as it is, nothing is recorded, and no message stands for it."""
    await office.home("ana")
    view = await office.home_form("ana", "app-access")
    errors = await office.send("ana", view, values)

    assert list(errors) == [field]
    assert said in errors[field]
    assert view["id"] in office.server.workspace.views
    assert await office.cases() == []
    assert "You asked" not in office.heard("ana")


@pytest.mark.parametrize(
    ("metadata", "values"),
    [
        pytest.param('{"form": "no-such-runbook"}', {}, id="a form that there is not"),
        pytest.param('{"form": "app-access"}', {"app": "root-of-everything"}, id="an application that there is not"),
        pytest.param("rubbish", {}, id="no metadata"),
    ],
)
async def test_what_comes_back_with_a_form_is_not_believed(office: Office, metadata: str, values: dict[str, str]) -> None:
    """Metadata and options are forged; the form that was really opened is taken, the forged ones are not."""
    await office.home("ana")
    view = await office.home_form("ana", "vpn-certificate")
    state = {
        block["block_id"]: {"value": {"type": "static_select", "selected_option": {"value": values.get("app", "x")}}}
        for block in view["blocks"]
    }
    state["field:app"] = {"value": {"type": "static_select", "selected_option": {"value": values.get("app", "")}}}
    errors = await office.send("ana", view, {}, forged={"private_metadata": metadata, "state": {"values": state}})
    assert errors
    assert await office.cases() == []

    assert await office.send("ana", view, {}) == {}
    await office.case_is(requester="ana")


async def test_a_form_that_cannot_be_recorded_leaves_nothing_behind(office: Office) -> None:
    """The inbox is away in that moment: the form says so and stays, and no message stands for nothing."""
    await office.home("ana")
    view = await office.home_form("ana", "vpn-certificate")
    async with office.store.session() as session:
        await session.execute(sa.text("ALTER TABLE inbox RENAME TO inbox_away"))
    errors = await office.send("ana", view, {})
    async with office.store.session() as session:
        await session.execute(sa.text("ALTER TABLE inbox_away RENAME TO inbox"))

    assert "not recorded" in errors["user"]
    assert "You asked" not in office.heard("ana")
    assert await office.send("ana", view, {}) == {}
    await office.hears("ana", "The VPN certificate is valid")


async def test_a_form_sent_twice_is_one_request(office: Office) -> None:
    """Slack's time-out made somebody press again: one case, one message."""
    await office.home("ana")
    view = await office.home_form("ana", "vpn-certificate")
    kept = dict(view)
    await office.send("ana", view, {})
    office.server.workspace.views[view["id"]] = kept
    await office.send("ana", kept, {})
    await office.hears("ana", "The VPN certificate is valid")
    await asyncio.sleep(0.3)

    assert len(await office.cases()) == 1
    assert sum("You asked" in words(message) for message in office.place("ana").messages) == 1


async def test_what_is_added_to_a_form_is_heard(office: Office) -> None:
    """A second wish in the free field is a plan of its own."""
    await office.home("ana")
    view = await office.home_form("ana", "vpn-certificate")
    await office.send("ana", view, {"anything_else": "and I'm locked out of my account"})
    await office.hears("ana", "Unlocked the account of Ana")

    assert {plan["runbook"] for plan in (await office.trail())["plans"]} == {"vpn-certificate", "account-locked"}


async def test_a_person_please(office: Office) -> None:
    """One sentence of what it is about, and people have it; an empty one is asked for."""
    await office.home("ana")
    view = await office.home_form("ana", "a_person")
    assert list(await office.send("ana", view, {"anything_else": " "})) == ["anything_else"]
    await office.send("ana", view, {"anything_else": "It is about my contract"})
    await office.hears("ana", "I've opened ticket")

    trail = await office.case_is(outcome="handed_over")
    assert "about my contract" in str(trail["messages"])


async def test_a_secret_that_is_pasted_into_a_form_is_kept_nowhere(office: Office) -> None:
    """Blanked before the first row, in every table of the bot and the company; its writer is told kindly; the request goes on."""
    await office.home("ana")
    view = await office.home_form("ana", "a_person")
    assert await office.send("ana", view, {"anything_else": "I can't get in, my password is Sommer2024!"}) == {}
    await office.hears("ana", "I've opened ticket")
    await office.hears("ana", "please delete that message")

    assert "I can't get in" in str((await office.trail())["messages"])
    assert "Sommer2024" not in office.heard("ana")
    async with office.store.session() as session:
        names = await session.execute(
            sa.text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'company')")
        )
        for schema, table in names.all():
            rows = (await session.execute(sa.text(f'SELECT row_to_json(t)::text FROM "{schema}"."{table}" t'))).scalars().all()
            assert "Sommer2024" not in "".join(rows), table


async def test_home_shows_ones_own_cases_and_nobody_elses(office: Office) -> None:
    """What is open with what it waits for and a link, what is finished with its outcome; Ben sees none of it."""
    office.say("ana", "how do guests get on the wifi?")
    await office.hears("ana", "Guests use the")
    ts = office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")
    shown = words(await office.home("ana", "waits for"))
    assert re.search(r"Waiting · waits for: A yes from whoever is on call for identity to: [^\n]*Figma[^\n]* \(A-\d+\)", shown), (
        shown
    )
    assert f"{office.server.url}/archives/{office.place('ana').id}/p{ts.replace('.', '')}" in shown
    assert "Answered" in shown
    others = words(await office.home("ben", "Nothing is open"))
    assert "figma" not in others.lower()
    assert "waits for" not in others


async def test_what_people_have_is_not_finished(office: Office) -> None:
    """It stands under what is open, with its ticket; what is needed no more is written there."""
    office.say("ana", "The coffee machine is making strange noises")
    await office.hears("ana", "opened ticket")
    shown = words(await office.home("ana", "With people, as ticket"))
    ticket = (await office.trail())["ticket"]
    assert f"With people, as ticket {ticket}" in shown.split("Your open cases")[1].split("Ask for something")[0]
    assert "Nothing is open" not in shown
    assert "Finished lately" not in shown

    await office.press_home("ana", "withdraw")
    await office.hears("ana", "I've written there that you don't need it any more")


async def test_home_is_brought_up_to_date_when_something_changes(office: Office) -> None:
    """Opened before anything was asked; what is asked and decided elsewhere appears by itself, and only when it changed."""
    await office.home("ana", "Nothing is open")
    office.say("ana", FIGMA)
    await office.home_says("ana", "A yes from whoever is on call for identity")
    published = [args for method, args in office.server.workspace.calls if method == "views.publish"]
    await asyncio.sleep(2.5)
    assert len([args for method, args in office.server.workspace.calls if method == "views.publish"]) - len(published) <= 1

    await office.press_home("ana", "withdraw")
    await office.hears("ana", "nothing more will happen")
    await office.home_says("ana", "Withdrawn")


async def test_a_button_of_home_is_for_ones_own_case_only(office: Office) -> None:
    """Ben forges the id of Ana's case into a button of his: nothing is withdrawn, and his own is."""
    office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")
    case = (await office.cases())[0]["id"]
    office.say("ben", FIGMA)
    await office.hears("ben", "needs a person's yes")
    await office.home("ben", "waits for")
    await office.press_home("ben", "withdraw", forged={"value": f'{{"case": "{case}"}}'})
    await office.home_says("ben", "belongs to the person who asked")
    assert (await office.trail(case))["approvals"][0]["state"] == "waiting"

    await office.press_home("ben", "withdraw")
    await office.hears("ben", "nothing more will happen")
    assert (await office.trail(case))["approvals"][0]["state"] == "waiting"


async def test_an_approver_answers_on_home(office: Office) -> None:
    """Oldest first, each call in full; approved and denied right there, with the same checks and traces as on a card."""
    office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")
    office.say("ben", "Please reset the MFA of ana")
    await office.hears("ben", "needs a person's yes")
    shown = await office.home("omar", "Waiting for your answer (2)")
    text = words(shown)
    assert text.index("`grant_access`") < text.index("`reset_mfa`")
    assert "*user*  `ana`" in text
    assert actions(shown).count("approve") == 2

    await office.press_home("omar", "approve")
    await office.home_says("omar", "Approved. I'm doing it now")
    await office.hears("ana", "Gave Ana Almeida access to Figma")
    await office.home_says("omar", "Waiting for your answer (1)")
    await office.press_home("omar", "deny")
    view = next(iter(office.server.workspace.views.values()))
    await office.server.interactions.submit(office.who("omar"), view["id"], {"reason": {"reason": "Ana has to ask"}})
    await office.hears("ben", "Ana has to ask")
    await office.home_says("omar", "Denied.")
    assert "Waiting for your answer" not in words(office.server.workspace.homes[office.who("omar").slack_id])
    assert await office.journal("reset_mfa") == []


async def test_home_offers_nothing_that_one_may_not_answer(office: Office) -> None:
    """Neither the requester nor a colleague sees a card; a forged click of theirs is refused on the server."""
    office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")
    await office.home("omar", "Waiting for your answer")
    button = next(
        one
        for block in office.server.workspace.homes[office.who("omar").slack_id]["blocks"]
        for one in block.get("elements", ())
        if one.get("action_id") == "approve"
    )
    for handle, said in (("ana", "somebody else has to answer it"), ("ben", "can answer this request")):
        shown = await office.home(handle, "Ask for something")
        assert "approve" not in actions(shown)
        await office.press_home(handle, "form:a_person", forged={"action_id": "approve", "value": button["value"]})
        await office.home_says(handle, said)
    assert (await office.trail())["approvals"][0]["votes"] == []


async def test_guests_and_strangers_see_a_sentence_only(office: Office) -> None:
    """No button, no case; nor does a forged form do anything."""
    office.server.workspace.members["USTRANGER"] = Member("USTRANGER", "stan", "Stan Stranger", kind="stranger")
    assert actions(await office.home("gus", "only help full members")) == []
    assert actions(await office.home("stan", "another organisation")) == []
    await office.home("ana")
    view = await office.home_form("ana", "vpn-certificate")
    office.server.workspace.views[view["id"]]["viewer"] = office.who("gus").slack_id
    errors = await office.send("gus", view, {})
    assert "only help full members" in errors["user"]
    assert await office.cases() == []


async def test_home_asks_the_database_the_same_number_of_questions_for_one_case_and_for_many(office: Office) -> None:
    """However much there is to show."""
    rows = StoredHome(office.store)
    asked: list[str] = []
    sa_event.listen(office.store._engine.sync_engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    async def count() -> int:
        asked.clear()
        await rows.mine(office.who("ana").slack_id, 10, 5)
        await rows.waiting(200)
        await rows.stirred([office.who("ana").slack_id])
        return len(asked)

    office.say("ana", FIGMA)
    await office.hears("ana", "needs a person's yes")
    one = await count()
    for app in ("salesforce", "looker", "zendesk"):
        ts = office.say("ana", "@deskhand could I get " + app + " until friday?", channel="general")
        await office.hears("ana", "needs a person's yes", "general", ts)
    found = await rows.mine(office.who("ana").slack_id, 10, 5)
    assert len(found.open) == 4
    assert await count() == one


async def test_home_is_small_enough_for_slack_and_says_when_the_records_are_away(office: Office) -> None:
    """Many approvals wait: at most a hundred blocks, the oldest first; without the database a sentence instead of nothing."""
    for number, app in enumerate(("figma", "salesforce", "zendesk", "analytics warehouse") * 2):
        if number == 7:
            break
        who = ("ana", "ben")[number // 4]
        ts = office.say(who, "@deskhand could I get " + app + " until friday?", channel="general")
        await office.hears(who, "needs a person's yes", "general", ts)
    shown = await office.home("omar", "Waiting for your answer (7)")
    cards = actions(shown).count("approve")
    assert 3 <= cards < 7
    assert f"{7 - cards} more wait" in words(shown)
    assert len(shown["blocks"]) <= 100
    async with office.store.session() as session:
        await session.execute(sa.text("ALTER TABLE approval RENAME TO approval_away"))
    await office.home("omar", "can't look at my records")
    async with office.store.session() as session:
        await session.execute(sa.text("ALTER TABLE approval_away RENAME TO approval"))
    await office.home("omar", "Waiting for your answer (7)")


async def test_an_engineer_on_call_is_not_offered_their_own_request(office: Office) -> None:
    """Omar holds the role that may answer, and asked himself: his Home shows the case and no card; his on-call colleague's does."""
    office.say("omar", FIGMA)
    await office.hears("omar", "needs a person's yes")
    shown = await office.home("omar", "waits for")
    assert "approve" not in actions(shown)
    asked = {key.rsplit(":", 1)[-1] for key in (await office.trail())["approvals"][0]["cards"]} - {"channel"}
    other = next(member.handle for member in office.server.workspace.members.values() if member.slack_id in asked)
    assert "approve" in actions(await office.home(other, "Waiting for your answer (1)"))


async def test_a_home_that_somebody_else_published_meanwhile_is_published_anew(office: Office) -> None:
    """Another process was there: Slack's hash says so, and what is shown is read once more, not lost."""
    await office.home("ana", "Nothing is open")
    office.server.workspace.homes[office.who("ana").slack_id]["hash"] = "of another process"
    office.say("ana", FIGMA)
    await office.home_says("ana", "A yes from whoever is on call for identity")
