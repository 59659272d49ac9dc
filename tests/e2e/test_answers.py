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
