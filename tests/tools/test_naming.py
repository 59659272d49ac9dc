"""What people write becomes ids, or a question; never a guess."""

import pytest

from tests.tools.desk import Desk, days
from tools.contract import Ambiguous, NotFound
from tools.systems.embedded.scene import set_fault


@pytest.mark.parametrize(
    "user",
    [
        pytest.param("ben", id="handle"),
        pytest.param("@Ben", id="handle as it is typed"),
        pytest.param("Ben.Brandt@harborline.example", id="e-mail in any case"),
        pytest.param("UDESKHAND0002", id="Slack id"),
        pytest.param("<@UDESKHAND0002>", id="mention"),
        pytest.param("<@UDESKHAND0002|ben>", id="mention with a label"),
        pytest.param("  ben brandt ", id="whole name"),
    ],
)
async def test_one_person_however_named(desk: Desk, user: str) -> None:
    """Every form becomes the handle, which stays as it is when resolved again."""
    args = await desk.args("find_account", user=user)

    assert args.model_dump() == {"user": "ben"}
    assert args == await desk.args("find_account", **args.model_dump())


async def test_a_name_without_its_accents(desk: Desk) -> None:
    """People write Nystrom for Nyström."""
    assert (await desk.args("find_account", user="Ida Nystrom")).model_dump() == {"user": "ida"}


async def test_two_people_of_one_name_are_asked_about(desk: Desk) -> None:
    """Both are told, so that one can be chosen; her handle is plain."""
    with pytest.raises(Ambiguous, match="'Lena'") as error:
        await desk.args("reset_mfa", user="Lena")

    assert list(error.value.candidates) == [
        ("lena.fischer", "Lena Fischer (Accountant)"),
        ("lena.kowalska", "Lena Kowalska (Recruiter)"),
    ]
    assert (await desk.args("reset_mfa", user="lena.fischer")).model_dump() == {"user": "lena.fischer"}


@pytest.mark.parametrize("user", ["omarr", "<@UDESKHAND9999>", "U0123456789", "x@harborline.example", "' or 1=1 --"])
async def test_nobody_is_guessed(desk: Desk, user: str) -> None:
    """What is similar is offered in the message, not taken."""
    with pytest.raises(NotFound, match="nobody called"):
        await desk.args("unlock_account", user=user)


async def test_a_typo_is_offered(desk: Desk) -> None:
    """The nearest handle stands in the answer."""
    with pytest.raises(NotFound, match="did you mean omar"):
        await desk.args("unlock_account", user="omarr")


@pytest.mark.parametrize(
    "app", ["analytics-warehouse", "Analytics Warehouse", "warehouse", "the_data-warehouse"[4:], "DATA warehouse"]
)
async def test_one_application_however_named(desk: Desk, app: str) -> None:
    """Id, name and other names become the id."""
    args = await desk.args("grant_access", user="ana", app=app, until=days(3))

    assert args.model_dump()["app"] == "analytics-warehouse"


async def test_several_applications_are_asked_about(desk: Desk) -> None:
    """A word that fits several names none of them."""
    with pytest.raises(Ambiguous) as error:
        await desk.args("revoke_access", user="ana", app="tool")
    assert len(error.value.candidates) > 1


@pytest.mark.parametrize("app", ["warehous", "quake"])
async def test_no_application_is_guessed(desk: Desk, app: str) -> None:
    """Not even by a letter."""
    with pytest.raises(NotFound, match="no application called"):
        await desk.args("grant_access", user="ana", app=app, until=days(3))


async def test_finding_people(desk: Desk) -> None:
    """One is named; several are listed; nobody is said to be nobody."""
    one = await desk.run("find_person", query="omar@harborline.example")
    lenas = await desk.run("find_person", query="lena")
    nobody = await desk.run("find_person", query="qqqq zzzz")

    assert one.data["people"] == []
    assert [person["user"] for person in lenas.data["people"]][:2] == ["lena.fischer", "lena.kowalska"]
    assert "user" not in lenas.data
    assert (nobody.data["people"], nobody.summary) == ([], "Found nobody for “qqqq zzzz”.")
    assert (await desk.run("find_person", query="<@UDESKHAND0003>")).data["user"] == "omar"


async def test_finding_applications(desk: Desk) -> None:
    """One is told in full; a word of several lists them; nothing is said to be nothing."""
    one = await desk.run("find_app", query="warehouse")
    nothing = await desk.run("find_app", query="qqqq zzzz")

    assert (one.data["app"], one.data["risk"], one.data["max_days"]) == ("analytics-warehouse", "medium", 30)
    assert (nothing.data["candidates"], nothing.summary) == ([], "No application is called “qqqq zzzz”.")


async def test_an_unknown_schedule_names_the_known(desk: Desk) -> None:
    """So that the next attempt fits; the case of letters does not matter."""
    with pytest.raises(NotFound, match="identity, network, platform"):
        await desk.args("who_is_on_call", schedule="databases")
    assert (await desk.args("who_is_on_call", schedule=" Identity ")).model_dump() == {"schedule": "identity"}


async def test_ids_need_no_search(desk: Desk) -> None:
    """A search that is away does not keep a call from being understood whose arguments are ids already."""
    await set_fault(desk.engine, "find_person", "away")
    await set_fault(desk.engine, "find_app", "away")

    args = await desk.args("revoke_access", user="ana", app="figma")

    assert args.model_dump() == {"user": "ana", "app": "figma", "grant": None}
