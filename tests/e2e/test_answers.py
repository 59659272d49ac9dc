"""The answer to a question of the bot is taken as that answer, with a model as without one, and as nothing else."""

from tests.office import Office


async def test_a_name_is_an_answer_and_no_request(either: Office) -> None:
    """ "Lena Kowalska" says whose password is meant; nothing else is begun about her, and the other Lena keeps hers."""
    either.say("mia", "please reset the password of lena")
    await either.hears("mia", "Whose password?")
    either.say("mia", "Lena Kowalska")
    await either.press("omar", "approve")

    trail = await either.case_is(state="resolved", outcome="verified")
    assert [plan["runbook"] for plan in trail["plans"]] == ["password-reset"]
    assert await either.status("lena.kowalska") == "RECOVERY"
    assert await either.status("lena.fischer") == "ACTIVE"


async def test_a_choice_is_made_in_ones_own_words(either: Office) -> None:
    """Nothing is restarted before the yes; then it is, once, and the case does not go on waiting for the choice."""
    either.say("ben", "my laptop hangs all the time and everything takes forever")
    await either.hears("ben", "Shall I restart it now?")
    assert await either.journal("restart_device") == []
    either.say("ben", "yes, please restart it now")

    trail = await either.case_is(state="resolved", outcome="verified")
    assert [plan["runbook"] for plan in trail["plans"]] == ["device-slow"]
    assert len(await either.journal("restart_device")) == 1
