"""Accounts, factors and certificates: what is so already, what is refused, and whose secret the link is."""

import asyncio

import pytest

from tests.tools.desk import Desk
from tools.contract import Refused, SystemAway
from tools.systems.embedded.scene import set_account, set_certificate, set_fault


async def test_an_account_that_is_not_locked(desk: Desk) -> None:
    """It is said that it was not, and nothing is written."""
    result = await desk.run("unlock_account", user="ben")

    assert (result.changed, result.summary) == (False, "The account of Ben Brandt was not locked.")
    assert (await desk.check("unlock_account", result, user="ben")).held
    assert await desk.journal() == []


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("SUSPENDED", "suspended by an administrator"),
        ("DEPROVISIONED", "closed for good"),
        ("PASSWORD_EXPIRED", "password has expired"),
        ("RECOVERY", "reset was begun"),
    ],
)
async def test_what_unlocking_cannot_open(desk: Desk, status: str, why: str) -> None:
    """The reason is told, and the account stays as it is."""
    await set_account(desk.engine, "ana", status=status)

    with pytest.raises(Refused, match=why):
        await desk.run("unlock_account", user="ana")

    assert status == (await desk.run("find_account", user="ana")).data["status"]
    assert not (await desk.check("unlock_account", None, user="ana")).held


async def test_many_unlock_at_once(desk: Desk) -> None:
    """Twenty with keys of their own: one changed it, the others found it so."""
    results = await asyncio.gather(*(desk.run("unlock_account", f"key-{number}", user="ana") for number in range(20)))

    assert sum(result.changed for result in results) == 1
    assert len(await desk.journal()) == 1


async def test_the_link_is_its_owners_secret(desk: Desk) -> None:
    """Whoever asked, it goes to the account's owner; it stands nowhere that others look; a repeated key tells the same one."""
    result = await desk.run("reset_mfa", user="ben")

    assert result.private is not None
    link = result.private.split()[0]
    assert result.private_to == "ben"
    assert link.startswith("https://")
    code = link.rsplit("/", 1)[1]
    assert len(code) >= 20
    everything = f"{result.data} {result.summary} {await desk.look()}"
    assert code not in everything
    assert result == await desk.run("reset_mfa", user="ben")
    assert [one for one in (await desk.look())["factors"] if one["person"] == "ben"] == []


async def test_the_link_is_found_again_when_its_answer_was_lost(desk: Desk) -> None:
    """It was made once, and the same key tells it."""
    await set_fault(desk.engine, "reset_mfa", "timeout")
    with pytest.raises(SystemAway):
        await desk.run("reset_mfa", user="ben")

    first = await desk.run("reset_mfa", user="ben")

    assert first.private is not None
    assert "/enrol/" in first.private
    assert first.private.split()[0].rsplit("/", 1)[1]
    assert first == await desk.run("reset_mfa", user="ben")


async def test_resetting_again_makes_another_link(desk: Desk) -> None:
    """Somebody who lost the first can get one, though there is no factor to remove any more."""
    first = await desk.run("reset_mfa", user="ben")
    second = await desk.run("reset_mfa", "key-2", user="ben")

    assert (first.data["removed"], second.data["removed"]) == (2, 0)
    assert first.private != second.private


async def test_what_somebody_owns_says_who_they_are(desk: Desk) -> None:
    """An account belongs to its person; a policy may look whether that is a guest."""
    for tool, user, guest in (("unlock_account", "ana", False), ("reset_mfa", "gus", True)):
        resource = await desk.tools[tool].resource(await desk.args(tool, user=user))

        assert ("account", user, user, guest) == (resource.kind, resource.id, resource.owner, resource.facts["guest"])


async def test_what_a_policy_sees_does_not_alter_while_an_approval_waits(desk: Desk) -> None:
    """The resource is part of what an approver signs: the account's status is none of it."""
    args = await desk.args("unlock_account", user="ana")
    before = await desk.tools["unlock_account"].resource(args)
    await set_account(desk.engine, "ana", status="ACTIVE")

    assert before == await desk.tools["unlock_account"].resource(args)


async def test_a_certificate_that_is_good(desk: Desk) -> None:
    """It is not renewed; one that has expired is, and its device is the resource."""
    good = await desk.run("renew_certificate", user="ben")
    assert not good.changed
    assert good.summary.startswith("Did not renew")

    await set_certificate(desk.engine, "ben", status="expired")
    renewed = await desk.run("renew_certificate", "key-2", user="ben")

    assert (renewed.changed, renewed.data["certificate_status"]) == (True, "valid")
    resource = await desk.tools["renew_certificate"].resource(await desk.args("renew_certificate", user="ben"))
    assert ("device", renewed.data["serial"], "ben") == (resource.kind, resource.id, resource.owner)


async def test_a_certificate_expires_by_the_companys_clock(desk: Desk) -> None:
    """Turning the clock makes it expire, and a renewal counts from there."""
    await desk.clock.turn(desk.clock.now().replace(year=desk.clock.now().year + 2))

    assert (await desk.run("get_device", user="ben")).data["certificate_status"] == "expired"
    renewed = await desk.run("renew_certificate", user="ben")
    assert renewed.data["certificate_expires"] > desk.clock.now().isoformat()
