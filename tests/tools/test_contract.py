"""Every tool keeps the contract: reads leave no trace; changes happen once, can be seen afterwards, and a failure is noticed."""

import asyncio
from typing import Any

import pytest

from tests.tools.desk import Desk, days
from tools.catalog import TOOLS, TwoToolsOfOneName, by_name
from tools.contract import Effect, NotFound, Refused, SystemAway
from tools.systems.embedded.faults import CHANGES as FAULTY_CHANGES
from tools.systems.embedded.faults import READS as FAULTY_READS
from tools.systems.embedded.scene import set_account, set_fault, set_ticket

FRIDAY = days(5)

READS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "find_person": ({"query": "Omar Haddad"}, {"people", "user"}),
    "find_account": ({"user": "ana"}, {"user", "name", "status", "failed_logins", "factors", "sessions"}),
    "find_app": ({"query": "warehouse"}, {"app", "name", "risk", "max_days", "candidates"}),
    "list_access": ({"user": "ana"}, {"user", "apps", "grants"}),
    "get_device": (
        {"user": "ana"},
        {"user", "devices", "serial", "model", "os", "certificate_status", "certificate_expires", "kind", "compliant", "locked"}
        | {"last_seen", "booted"},
    ),
    "list_licences": ({"user": "ben"}, {"user", "licences", "apps"}),
    "list_mailing_lists": ({"user": "ana"}, {"user", "lists", "others"}),
    "find_order": ({"user": "ben"}, {"user", "orders"}),
    "find_ticket": ({"user": "ben", "query": ""}, {"user", "tickets"}),
    "service_status": ({"service": "vpn"}, {"services", "troubled"}),
    "who_is_on_call": ({"schedule": "identity"}, {"schedule", "people"}),
    "find_deployment": (
        {"name": "production/orders-api"},
        {"deployments", "deployment", "status", "image", "revision", "replicas", "ready", "log"},
    ),
    "find_ci_run": (
        {"repo": "storefront"},
        {"repo", "branch", "run", "attempt", "status", "conclusion", "failed"},
    ),
    "find_server_certificate": (
        {"server": "orders.harborline.example"},
        {"server", "serial", "expires", "status", "days_left"},
    ),
    "find_token": ({"token": "ci-deploy"}, {"token", "key", "works", "dead"}),
    "find_node": ({"node": "shop-1"}, {"node", "pool", "status", "running", "others", "least"}),
}

CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "unlock_account": ({"user": "ana"}, {"user", "status"}),
    "reset_mfa": ({"user": "ben"}, {"user", "removed"}),
    "grant_access": ({"user": "ana", "app": "figma", "until": FRIDAY}, {"user", "app", "until", "grant"}),
    "revoke_access": ({"user": "ben", "app": "figma"}, {"user", "app", "before"}),
    "renew_certificate": (
        {"user": "ana"},
        {"user", "serial", "certificate_status", "certificate_expires", "before"},
    ),
    "reset_password": ({"user": "ben"}, {"user", "status"}),
    "end_sessions": ({"user": "ana"}, {"user", "ended"}),
    "suspend_account": ({"user": "ben"}, {"user", "status", "before"}),
    "unsuspend_account": ({"user": "ida"}, {"user", "status"}),
    "assign_licence": ({"user": "ana", "app": "figma"}, {"user", "app", "free"}),
    "release_licence": ({"user": "ben", "app": "figma"}, {"user", "app", "free"}),
    "join_mailing_list": ({"user": "ana", "list": "berlin-office"}, {"user", "list"}),
    "leave_mailing_list": ({"user": "ana", "list": "running-club"}, {"user", "list"}),
    "restart_device": ({"user": "ana"}, {"user", "serial", "model", "booted"}),
    "lock_device": ({"user": "ana", "device": "computer"}, {"user", "serial", "model", "locked"}),
    "order_equipment": (
        {"user": "ana", "item": "headset", "reason": "The old one broke."},
        {"user", "order", "item", "price", "status"},
    ),
    "cancel_order": ({"user": "mia", "order": "OR-503"}, {"user", "order", "status"}),
    "comment_ticket": ({"ticket": "IT-1003", "text": "It is still so."}, {"ticket", "comment"}),
    "create_ticket": ({"user": "ana", "title": "Chair", "text": "It squeaks."}, {"ticket", "title"}),
    "page_on_call": ({"schedule": "identity", "text": "Please look at C-1."}, {"page", "schedule", "people"}),
    "restart_deployment": ({"deployment": "staging/orders-api"}, {"deployment", "restarted_at", "generation"}),
    "rollback_deployment": (
        {"deployment": "production/orders-api", "revision": 40},
        {"deployment", "image", "revision", "before"},
    ),
    "rerun_ci": ({"repo": "storefront", "run": "4101"}, {"repo", "branch", "run", "attempt"}),
    "roll_server_certificate": ({"server": "orders.harborline.example"}, {"server", "serial", "expires", "before"}),
    "revoke_token": ({"token": "ci-deploy"}, {"token", "key"}),
    "issue_token": ({"token": "ci-deploy"}, {"token", "key"}),
    "drain_node": ({"node": "shop-1"}, {"node", "pool", "status", "running"}),
    "restore_node": ({"node": "stage-3"}, {"node", "pool", "status", "running"}),
}

DEEDS = {"create_ticket", "comment_ticket", "page_on_call", "restart_device", "restart_deployment", "rerun_ci", "order_equipment"}
DEEDS |= {"reset_password", "reset_mfa", "roll_server_certificate", "issue_token"}
"""Changes of which there may be several alike; the others bring about a state."""

NAMED = ("user", "schedule", "ticket", "deployment", "repo", "server", "token", "node")
"""What a change is about."""

each_read = pytest.mark.parametrize("tool", READS)
each_change = pytest.mark.parametrize("tool", CHANGES)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """With an access that can be revoked, an account that can be unsuspended and a ticket that can be added to."""
    await set_account(desk.engine, "ida", status="SUSPENDED")
    await set_ticket(desk.engine, "IT-1003", status="open")
    await desk.run("grant_access", "before", user="ben", app="figma", until=FRIDAY)
    return desk


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        pytest.param("comment_ticket", {"ticket": "IT-99999999999999999999", "text": "x"}, id="a ticket"),
        pytest.param("comment_ticket", {"ticket": "IT-3000000000", "text": "x"}, id="a ticket beyond an integer"),
        pytest.param("cancel_order", {"user": "ana", "order": "OR-99999999999999999999"}, id="an order"),
        pytest.param("rerun_ci", {"repo": "storefront", "run": "99999999999999999999"}, id="a run"),
        pytest.param("rerun_ci", {"repo": "storefront", "run": "²"}, id="a digit that is no number"),
    ],
)
async def test_a_number_that_no_row_can_have_is_not_found(desk: Desk, tool: str, arguments: dict[str, str]) -> None:
    """It is not the system that is away."""
    with pytest.raises(NotFound):
        await desk.run(tool, **arguments)


def test_every_tool_is_under_this_contract() -> None:
    """A tool that is added without a case here, or without its faults, is found out."""
    effects = {tool.name: tool.effect for tool in TOOLS}

    assert set(READS) == {name for name, effect in effects.items() if effect is Effect.READ} == set(FAULTY_READS)
    assert set(CHANGES) == {name for name, effect in effects.items() if effect is Effect.CHANGE} == set(FAULTY_CHANGES)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_model_can_read_what_the_arguments_mean(tool: Any) -> None:
    """Every argument is described, stands in the schema itself, and no other is taken."""
    schema = tool.arguments.model_json_schema()

    assert schema["additionalProperties"] is False
    assert "$defs" not in schema
    assert [name for name, one in schema["properties"].items() if len(one.get("description", "")) < 15] == []
    assert tool.description.endswith(".")


async def test_a_name_twice_is_an_error(desk: Desk) -> None:
    """Policies name tools; two of one name would be one policy for both."""
    tools = list(desk.tools.values())

    with pytest.raises(TwoToolsOfOneName, match="find_person"):
        by_name([*tools, tools[0]])


@each_read
async def test_a_read_leaves_no_trace(desk: Desk, tool: str) -> None:
    """It answers in the words that runbooks rely on, and nothing in the company has changed."""
    arguments, words = READS[tool]
    before = await desk.look()

    result = await desk.run(tool, **arguments)

    assert words == set(result.data)
    assert result.summary.endswith(".")
    assert before == await desk.look()


@each_read
@pytest.mark.parametrize(("fault", "error"), [("away", SystemAway), ("timeout", SystemAway), ("refused", Refused)])
async def test_a_read_tells_that_its_system_fails(desk: Desk, tool: str, fault: str, error: type[Exception]) -> None:
    """An answer that did not come is no empty answer."""
    arguments, _ = READS[tool]
    await set_fault(desk.engine, tool, fault)

    with pytest.raises(error):
        await desk.run(tool, **arguments)

    await set_fault(desk.engine, tool, "off")
    assert (await desk.run(tool, **arguments)).data


@each_change
async def test_a_change_happens_once_and_can_be_seen(desk: Desk, tool: str) -> None:
    """Not there before, there after, on another connection; one row in the journal; the same key again does nothing more."""
    arguments, words = CHANGES[tool]
    entries = await desk.journal()
    assert not (await desk.check(tool, None, **arguments)).held

    result = await desk.run(tool, **arguments)

    assert result.changed
    assert words == set(result.data)
    check = await desk.check(tool, result, **arguments)
    assert (check.held, bool(check.observed), bool(check.how)) == (True, True, True)
    assert (await desk.check(tool, None, **arguments)).held
    after = await desk.look()
    [entry] = after["journal"][len(entries) :]
    assert ("key-1", tool, "ana", "C-1") == (entry["key"], entry["tool"], entry["actor"], entry["case"])

    again = await desk.run(tool, **arguments)

    assert result == again
    assert after == await desk.look()


@each_change
async def test_a_repeated_key_is_answered_before_the_state_is_looked_at(desk: Desk, tool: str) -> None:
    """What came of it then is told, though the account was closed meanwhile and the system would refuse now."""
    arguments, _ = CHANGES[tool]
    result = await desk.run(tool, **arguments)
    await set_account(desk.engine, "ana", status="SUSPENDED")
    await set_account(desk.engine, "ben", status="SUSPENDED")
    await set_fault(desk.engine, tool, "refused")

    assert result == await desk.run(tool, **arguments)


@each_change
async def test_a_silent_system_is_noticed(desk: Desk, tool: str) -> None:
    """It says that it is done; reading back shows that it is not."""
    arguments, words = CHANGES[tool]
    await set_fault(desk.engine, tool, "silent")
    before = await desk.look()

    result = await desk.run(tool, **arguments)

    assert (True, words) == (result.changed, set(result.data))
    assert not (await desk.check(tool, result, **arguments)).held
    assert before == await desk.look()


@each_change
async def test_a_lost_answer_is_found_again(desk: Desk, tool: str) -> None:
    """It was done: reading back shows it, the same key tells it, and it was done once."""
    arguments, words = CHANGES[tool]
    entries = len(await desk.journal())
    await set_fault(desk.engine, tool, "timeout")

    with pytest.raises(SystemAway):
        await desk.run(tool, **arguments)

    assert (await desk.check(tool, None, **arguments)).held
    result = await desk.run(tool, **arguments)
    assert (True, words) == (result.changed, set(result.data))
    assert entries + 1 == len(await desk.journal())


@each_change
async def test_an_earlier_deed_is_not_taken_for_this_one(desk: Desk, tool: str) -> None:
    """The same was done just before, and now the system does not answer and does nothing: a deed counts as not done, a state is
    there whoever made it so. What the earlier call gave is recalled by its own key, as it was told.
    """
    arguments, _ = CHANGES[tool]
    args = await desk.args(tool, **arguments)
    earlier = await desk.run(tool, "key-0", **arguments)
    await set_fault(desk.engine, tool, "away")
    with pytest.raises(SystemAway):
        await desk.tools[tool].run(args, desk.caller("key-1"))

    assert (tool not in DEEDS) == (await desk.check(tool, None, "key-1", **arguments)).held
    assert await desk.tools[tool].recall(args, "key-1") is None
    assert (earlier if tool in DEEDS else None) == await desk.tools[tool].recall(args, "key-0")


@each_change
@pytest.mark.parametrize(("fault", "error"), [("refused", Refused), ("away", SystemAway)])
async def test_a_failing_system_changes_nothing(desk: Desk, tool: str, fault: str, error: type[Exception]) -> None:
    """It says so, nothing is there afterwards, and the same key does the work once the system is back."""
    arguments, _ = CHANGES[tool]
    await set_fault(desk.engine, tool, fault)
    before = await desk.look()

    with pytest.raises(error, match=tool):
        await desk.run(tool, **arguments)

    assert not (await desk.check(tool, None, **arguments)).held
    assert before == await desk.look()
    await set_fault(desk.engine, tool, "off")
    assert (await desk.run(tool, **arguments)).changed


@each_change
async def test_one_key_has_one_effect_however_many_ask_at_once(desk: Desk, tool: str) -> None:
    """Twenty at the same moment get one answer."""
    arguments, _ = CHANGES[tool]
    entries = len(await desk.journal())
    args = await desk.args(tool, **arguments)

    results = await asyncio.gather(*(desk.tools[tool].run(args, desk.caller("same")) for _ in range(20)))

    assert all(result == results[0] for result in results)
    assert entries + 1 == len(await desk.journal())


@each_change
async def test_a_key_belongs_to_one_change(desk: Desk, tool: str) -> None:
    """A key that was used for something else is refused, and does nothing."""
    other = "create_ticket" if tool != "create_ticket" else "unlock_account"
    await desk.run(other, "used", **CHANGES[other][0])
    before = await desk.look()

    with pytest.raises(Refused, match="used before"):
        await desk.run(tool, "used", **CHANGES[tool][0])

    assert before == await desk.look()


@each_change
async def test_what_can_be_taken_back_is_taken_back(desk: Desk, tool: str) -> None:
    """A reversible tool's undo restores what stood before; another's says that it cannot."""
    arguments, _ = CHANGES[tool]
    before = await desk.look()
    result = await desk.run(tool, **arguments)

    if not desk.tools[tool].reversible:
        with pytest.raises(Refused, match="cannot be taken back"):
            await desk.undo(tool, result, **arguments)
        return
    undone = await desk.undo(tool, result, **arguments)

    assert undone.changed
    assert not (await desk.check(tool, result, **arguments)).held
    assert _state(before) == _state(await desk.look())
    assert not (await desk.undo(tool, result, "undo-2", **arguments)).changed


def _state(company: dict[str, Any]) -> dict[str, Any]:
    """What people have, whatever its number and history: access in force, tickets not cancelled, accounts, devices."""
    return {
        "grants": sorted((one["person"], one["app"], str(one["until"])) for one in company["grants"] if one["state"] == "active"),
        "tickets": [one for one in company["tickets"] if one["status"] != "cancelled"],
        "accounts": [{**one, "failed_logins": 0} for one in company["accounts"]],
        "devices": company["devices"],
        "deployments": [(one["id"], one["image"]) for one in company["deployments"]],
        "served": [(one["id"], one["serial"], one["status"]) for one in company["server_certificates"]],
        "tokens": [(one["id"], one["works"]) for one in company["tokens"]],
        "nodes": company["nodes"],
        "subscriptions": company["subscriptions"],
        "seats": company["seats"],
        "orders": [one for one in company["orders"] if one["status"] != "cancelled"],
    }


@each_change
async def test_an_approver_reads_what_it_would_do(desk: Desk, tool: str) -> None:
    """One line in the imperative that names whom it is about; whom it benefits and what it touches are told by id."""
    arguments, _ = CHANGES[tool]
    args = await desk.args(tool, **arguments)
    known = desk.tools[tool]

    sentence, resource = known.sentence(args), await known.resource(args)

    assert next(str(arguments[name]) for name in NAMED if name in arguments) in sentence
    assert (sentence[0].isupper(), sentence.endswith("."), "\n" in sentence) == (True, False, False)
    assert resource.id
    gains = {"unlock_account", "reset_mfa", "grant_access", "renew_certificate", "reset_password", "unsuspend_account"}
    gains |= {"assign_licence", "join_mailing_list", "order_equipment"}
    gained = {"issue_token": resource.owner} | dict.fromkeys(gains & {tool}, arguments.get("user", ""))
    assert gained.get(tool, "") == await known.beneficiary(args)


@each_change
async def test_somebody_who_is_not_there_is_named(desk: Desk, tool: str) -> None:
    """Before anything is run, with what was meant perhaps."""
    arguments, _ = CHANGES[tool]
    name = next(name for name in NAMED if name in arguments)

    with pytest.raises(NotFound, match="nobodyy"):
        await desk.args(tool, **{**arguments, name: "nobodyy"})


async def test_whose_an_order_is_stands_in_the_books(desk: Desk) -> None:
    """Never in the arguments: a name that does not fit owns nothing, and what is not there has no owner."""
    cancel = desk.tools["cancel_order"]

    resource = await cancel.resource(cancel.arguments(user="ana", order="OR-503"))

    assert (resource.owner, resource.id) == ("mia", "OR-503")
    with pytest.raises(NotFound, match="OR-999"):
        await cancel.resource(cancel.arguments(user="ana", order="OR-999"))


@pytest.mark.parametrize(("user", "found"), [("ben", True), ("ana", False)])
async def test_a_ticket_is_found_among_ones_own_only(desk: Desk, user: str, found: bool) -> None:
    """Its key in the question of somebody else shows nothing of it."""
    key = await desk.run("create_ticket", "by-ben", user="ben", title="Salary slip", text="It is wrong.")
    told = await desk.run("find_ticket", user=user, query=str(key.data["ticket"]))

    assert found == ("Salary slip" in told.summary) == bool(told.data["tickets"])
