"""What the playground keeps over a restart."""

from pathlib import Path

from bot.playground import Member, Workspace

ANA = Member("UANA", "ana", "Ana")


def test_channels_and_messages_are_there_again_after_a_restart(tmp_path: Path) -> None:
    """With their kind: what was public is not private afterwards, and a shared one stays so."""
    before = Workspace([ANA], keep=tmp_path / "playground.json")
    general, oncall, direct = before.channel("general"), before.channel("oncall"), before.direct("UANA")
    assert general
    assert oncall
    general.shared = True
    said = before.say(ANA, direct, "help")
    before.save()

    after = Workspace([ANA], keep=tmp_path / "playground.json")

    assert after.channels == {"C0GENERAL0": general, "C0ONCALL00": oncall, direct.id: direct}
    assert after.direct("UANA").messages == [said]
    assert [one.kind for one in after.channels.values()] == ["channel", "channel", "im"]
