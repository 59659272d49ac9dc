"""One stream, step by step: a Slack that fails where it is told to, and a time that is turned."""

from typing import Any

import pytest

from bot.errors import StoreAway
from bot.slack.streams import SlackStreams
from bot.slack.words import Words
from tests.slack.fakes import FakeOutbox, FakeSlack, Turned, refusal, unreachable

KEY, LONG = "answer:C-1:k", "word " * 90


class Scene:
    def __init__(self) -> None:
        self.slack, self.outbox, self.ticks = FakeSlack(), FakeOutbox(), Turned()
        self.streams = SlackStreams(self.slack, self.outbox, ticks=self.ticks)  # type: ignore[arg-type]
        self.words = self.begin()

    def begin(self, channel: str = "D1", thread: str = "1.1", key: str = KEY) -> Words:
        return self.streams.begin(key, channel, thread, "UANA", "T1", "C-1")

    async def says(self, text: str, seconds: float = 0.0) -> None:
        await self.words.write(text)
        await self.ticks.turn(seconds, self.words)

    @property
    def stands(self) -> list[str]:
        return list(self.slack.messages.values())


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_a_short_answer_that_comes_at_once_costs_no_call(scene: Scene) -> None:
    """Under a second and under 400 characters: the post alone; the same words over two seconds are a stream."""
    await scene.says("Your account ", 0.4)
    await scene.says("works again.", 0.5)
    await scene.words.close()
    assert scene.slack.calls == []

    scene.words = scene.begin()
    await scene.says("Your account ", 1.5)
    await scene.words.close()
    assert scene.slack.names() == ["start", "stop"]


async def test_many_words_are_shown_before_their_second_is_over(scene: Scene) -> None:
    """More than 400 characters in the same moment."""
    await scene.says(LONG, 0.1)
    assert scene.stands == [LONG]
    assert scene.slack.made("start") == [
        {
            "channel": "D1",
            "thread_ts": "1.1",
            "markdown_text": LONG,
            "recipient_user_id": "UANA",
            "recipient_team_id": "T1",
        }
    ]
    assert scene.outbox.rows == {KEY: "1.0"}


async def test_words_go_out_at_most_once_a_second_and_all_of_them(scene: Scene) -> None:
    """Fifty words in five seconds: one start, no more than five appends, and at the end everything in one message."""
    for number in range(50):
        await scene.says(f"w{number} ", 0.1)
    await scene.words.close()
    assert scene.slack.names()[0] == "start"
    assert 3 <= scene.slack.names().count("append") <= 5
    assert scene.stands == ["".join(f"w{number} " for number in range(50))]
    assert scene.slack.live == set()


async def test_the_last_words_come_with_the_stop(scene: Scene) -> None:
    """Half a word waits for its other half, and at the end for nothing; the mark lets a later look find the message."""
    await scene.says("One two thr", 1.0)
    assert scene.stands == ["One two "]
    await scene.words.close()
    assert scene.stands == ["One two thr"]
    assert scene.slack.made("stop")[0]["metadata"]["event_payload"] == {"key": KEY, "version": 0}


async def test_after_four_minutes_another_message_follows(scene: Scene) -> None:
    """Everything so far is shown anew, the outbox knows the new one, and only one stands."""
    for number in range(300):
        await scene.says(f"w{number} ", 1.0)
    await scene.words.close()
    assert scene.stands == ["".join(f"w{number} " for number in range(300))]
    assert scene.outbox.rows == {KEY: "2.0"}
    assert scene.slack.names().count("start") == 2
    assert [one["ts"] for one in scene.slack.made("delete")] == ["1.0"]
    assert scene.slack.made("stop")[0] == {"ts": "1.0", "channel": "D1", "session_status": "processing"}


async def test_a_silent_stream_is_ended_before_slack_does_and_goes_on_with_the_next_words(scene: Scene) -> None:
    """Five minutes without a word: no message is left to die, and nothing that was said is lost."""
    await scene.says("One moment please ", 300.0)
    assert scene.slack.live == set()
    assert scene.slack.names() == ["start", "stop"]
    await scene.says("here it is ", 5.0)
    assert scene.stands == ["One moment please here it is "]
    assert scene.outbox.rows == {KEY: "2.0"}


async def test_when_nothing_can_follow_the_stream_is_ended_in_good_order(scene: Scene) -> None:
    """Slack takes no start for a while: the message rests with what it has, instead of dying with an error."""
    scene.slack.fails["start"] = [None, refusal("ratelimited", 429, {"Retry-After": "120"})]
    for number in range(300):
        await scene.says(f"w{number} ", 1.0)
    assert scene.slack.live == set()
    assert len(scene.stands) == 1
    assert scene.outbox.rows == {KEY: "1.0"}


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(refusal("message_not_in_streaming_state"), id="Slack ended it"),
        pytest.param(refusal("message_not_found"), id="somebody deleted it"),
        pytest.param(TimeoutError(), id="in doubt"),
        pytest.param(refusal("internal_error"), id="Slack is broken"),
    ],
)
async def test_a_cut_is_followed_by_everything_once(scene: Scene, error: Exception) -> None:
    """One failed append is replayed in a new message; when that fails as well, no more is tried."""
    scene.slack.fails["append"] = [error]
    await scene.says("one ", 1.0)
    await scene.says("two ", 1.0)
    assert scene.stands == ["one two "]
    assert scene.outbox.rows == {KEY: "2.0"}

    scene.slack.fails["append"] = [None, error, error]
    for word in ("three ", "four ", "five ", "six "):
        await scene.says(word, 3.0)
    assert scene.stands == ["one two three four "]
    assert len(scene.slack.made("start")) == 3
    assert scene.slack.live == set()


async def test_words_that_went_through_give_a_new_chance(scene: Scene) -> None:
    """A stream that is cut now and then goes on; only two failures in a row end it."""
    for number in range(3):
        scene.slack.fails["append"] = [None, refusal("message_not_in_streaming_state")]
        for part in "abc":
            await scene.says(f"{part}{number} ", 10.0)
    assert scene.stands == ["a0 b0 c0 a1 b1 c1 a2 b2 c2 "]


async def test_a_person_who_stops_it_is_heeded(scene: Scene) -> None:
    """Nothing more is said there, and nothing is started anew; what stands stays for the answer."""
    await scene.says("one ", 1.0)
    scene.slack.fails["append"] = [refusal("stopped_by_user")]
    await scene.says("two ", 1.0)
    await scene.says("three ", 60.0)
    await scene.words.close()
    assert scene.slack.names() == ["start", "append"]
    assert scene.outbox.rows == {KEY: "1.0"}


async def test_slack_says_when_to_go_on(scene: Scene) -> None:
    """Too many requests: silence for as long as Slack asks, then everything that was kept back."""
    await scene.says("one ", 1.0)
    scene.slack.fails["append"] = [refusal("ratelimited", 429, {"Retry-After": "30"})]
    await scene.says("two ", 1.0)
    for _ in range(28):
        await scene.says("more ", 1.0)
    assert len(scene.slack.made("append")) == 1
    await scene.says("three ", 5.0)
    assert scene.stands == ["one two " + "more " * 28 + "three "]


@pytest.mark.parametrize("error", ["unknown_method", "missing_scope"])
async def test_a_slack_without_streams_is_asked_once(scene: Scene, error: str) -> None:
    """Never again in this process, whatever the channel; every answer comes as a post."""
    scene.slack.fails["start"] = [refusal(error)]
    for channel in ("D1", "D1", "C2"):
        scene.words = scene.begin(channel)
        await scene.says(LONG, 5.0)
        await scene.words.close()
    assert scene.slack.names() == ["start"]


async def test_a_channel_that_takes_no_stream_is_asked_once_and_others_are_not_spared(scene: Scene) -> None:
    """Refused for its kind."""
    scene.slack.fails["start"] = [refusal("channel_type_not_supported")]
    for channel in ("C1", "C1", "D2"):
        scene.words = scene.begin(channel, key=channel)
        await scene.says(LONG, 5.0)
        await scene.words.close()
    assert [one["channel"] for one in scene.slack.made("start")] == ["C1", "D2"]


async def test_direct_messages_that_must_not_name_their_recipient(scene: Scene) -> None:
    """Slacks differ: tried without, once, and remembered; a channel always names them."""
    scene.slack.fails["start"] = [refusal("invalid_arguments")]
    for channel in ("D1", "D2", "C3"):
        scene.words = scene.begin(channel, key=channel)
        await scene.says(LONG, 1.0)
    assert ["recipient_user_id" in one for one in scene.slack.made("start")] == [True, False, False, True]
    assert len(scene.stands) == 3


async def test_without_a_thread_there_is_no_stream(scene: Scene) -> None:
    """Slack streams into threads only."""
    scene.words = scene.begin(thread="")
    await scene.says(LONG, 5.0)
    await scene.words.close()
    assert scene.slack.calls == []


async def test_a_start_whose_answer_was_lost_is_found(scene: Scene) -> None:
    """It may have arrived, and it has: that message is taken, not a second one started."""
    scene.slack.fails["start"] = [TimeoutError()]
    scene.slack.lost = {"start"}
    await scene.says("Let me look at this ", 1.0)
    await scene.says("now ", 1.0)
    assert scene.slack.names() == ["start", "replies", "append"]
    assert scene.stands == ["Let me look at this now "]
    assert scene.outbox.rows == {KEY: "1.0"}


@pytest.mark.parametrize(
    "error", [pytest.param(TimeoutError(), id="in doubt, and not there"), pytest.param(unreachable(), id="no connection")]
)
async def test_a_start_that_did_not_arrive_is_tried_once_more(scene: Scene, error: Exception) -> None:
    """The second try goes through; two failures in a row and the post has to do."""
    scene.slack.fails["start"] = [error]
    await scene.says("one ", 4.0)
    assert scene.stands == ["one "]

    scene.words = scene.begin(key="another")
    scene.slack.fails["start"] = [error, error]
    await scene.says("two ", 60.0)
    await scene.says("three ", 60.0)
    assert scene.stands == ["one "]
    assert len(scene.slack.made("start")) == 4


async def test_an_append_without_a_connection_is_said_again(scene: Scene) -> None:
    """It did not arrive, so the same message goes on."""
    await scene.says("one ", 1.0)
    scene.slack.fails["append"] = [unreachable()]
    await scene.says("two ", 5.0)
    assert scene.stands == ["one two "]
    assert len(scene.slack.made("start")) == 1


async def test_words_of_no_use_give_way_to_the_next(scene: Scene) -> None:
    """After a restart the next words begin in a message of their own, and the first goes."""
    await scene.says("Nonsense so far ", 2.0)
    await scene.words.restart()
    await scene.says("Second ", 0.5)
    assert scene.stands == ["Nonsense so far "], "held back again"
    await scene.says("try ", 1.0)
    await scene.words.close()
    assert scene.stands == ["Second try "]
    assert scene.outbox.rows == {KEY: "2.0"}


async def test_words_of_no_use_go_when_nothing_follows(scene: Scene) -> None:
    """Taken away, unless something was put under their key: then they stay for it to change."""
    await scene.says("Nonsense so far ", 2.0)
    await scene.words.restart()
    await scene.words.close()
    assert (scene.stands, scene.outbox.rows) == ([], {})

    scene.words = scene.begin()
    await scene.says("Nonsense again ", 2.0)
    scene.outbox.put.add(KEY)
    await scene.words.restart()
    await scene.words.close()
    assert scene.stands == ["Nonsense again "]
    assert scene.slack.live == set()


async def test_a_restart_before_anything_was_shown_costs_nothing(scene: Scene) -> None:
    """Held back words are forgotten."""
    await scene.says("Nonsense ", 0.5)
    await scene.words.restart()
    await scene.says("Better ", 2.0)
    assert scene.stands == ["Better "]
    assert scene.slack.names() == ["start"]


async def test_a_message_that_the_outbox_does_not_take_goes_again(scene: Scene) -> None:
    """The answer was put first and may stand already: then no words stand beside it, and none come after."""
    scene.outbox.put.add(KEY)
    await scene.says("one ", 1.0)
    await scene.says("two ", 60.0)
    await scene.words.close()
    assert scene.stands == []
    assert scene.slack.names() == ["start", "stop", "delete"]


async def test_an_answer_that_was_put_keeps_the_message_that_stands(scene: Scene) -> None:
    """Words that follow too late are taken away, not the message that the answer changes."""
    await scene.says("one ", 1.0)
    scene.outbox.put.add(KEY)
    scene.slack.fails["append"] = [refusal("message_not_in_streaming_state")]
    await scene.says("two ", 5.0)
    await scene.words.close()
    assert scene.slack.messages == {"1.0": "one "}
    assert scene.outbox.rows == {KEY: "1.0"}


async def test_while_the_database_is_away_no_more_is_said(scene: Scene) -> None:
    """The outbox is asked until it answers; then it goes on, or the message goes."""
    scene.outbox.fails = [StoreAway("away")] * 5
    await scene.says("one ", 1.0)
    await scene.says("two ", 3.0)
    assert scene.stands == ["one "]
    await scene.ticks.turn(10.0, scene.words)
    assert scene.stands == ["one two "]
    assert scene.outbox.rows == {KEY: "1.0"}


async def test_a_message_of_which_the_outbox_may_know_stays(scene: Scene) -> None:
    """The database was away for minutes, and whether it has the message is not known: it rests where it is."""
    scene.outbox.fails = [StoreAway("away")] * 15
    await scene.says("one ", 600.0)
    await scene.says("two ", 60.0)
    await scene.words.close()
    assert scene.stands == ["one "]
    assert scene.slack.live == set()


async def test_a_lost_roll_over_is_not_mistaken_for_the_message_before(scene: Scene) -> None:
    """Both begin with the same words; the old one must not be taken for the new, and then be taken away."""
    await scene.says(LONG, 238.0)
    scene.slack.fails["start"] = [TimeoutError()]
    for number in range(8):
        await scene.says(f"w{number} ", 1.0)
    await scene.words.close()
    assert scene.slack.messages == {"2.0": LONG + "".join(f"w{number} " for number in range(8))}
    assert scene.outbox.rows == {KEY: "2.0"}


async def test_what_cannot_be_taken_away_at_once_is_tried_again(scene: Scene) -> None:
    """A delete that fails, and then one that does not."""
    scene.outbox.put.add(KEY)
    scene.slack.fails["delete"] = [refusal("internal_error"), refusal("ratelimited", 429, {"Retry-After": "7"})]
    await scene.says("one ", 20.0)
    assert scene.stands == []
    assert len(scene.slack.made("delete")) == 3


async def test_many_streams_stay_within_slacks_rates(scene: Scene) -> None:
    """Thirty answers at once: no minute sees more than Slack's tiers allow, and all words come in the end."""
    many = [scene.begin(key=f"k{number}", thread=f"{number}.0") for number in range(30)]
    times: dict[str, list[float]] = {"start": [], "append": [], "stop": []}
    real = scene.slack._called

    def called(method: str, arguments: dict[str, Any]) -> Exception | None:
        times[method].append(scene.ticks.now())
        return real(method, arguments)

    scene.slack._called = called  # type: ignore[method-assign]
    for second in range(100):
        for words in many:
            await words.write(f"w{second} ")
        await scene.ticks.turn(1.0, *many)
    for words in many:
        await words.close()
    assert scene.slack.live, "what is not ended in time is ended by whoever changes the message"
    for method, most in {"start": 20, "append": 100, "stop": 20}.items():
        worst = max((sum(at <= other < at + 60 for other in times[method]) for at in times[method]), default=0)
        assert worst <= most, method
    assert len(scene.stands) == 30


async def test_the_end_of_the_process_closes_what_is_open(scene: Scene) -> None:
    """What stands is left at rest, for the post to change after the start."""
    await scene.says("one ", 1.0)
    await scene.streams.stop()
    assert scene.slack.live == set()
    assert scene.outbox.rows == {KEY: "1.0"}
    await scene.words.write("two ")
    assert scene.stands == ["one "]


async def test_nothing_raises_whatever_happens(scene: Scene) -> None:
    """An error that nobody thought of ends the stream and nothing else."""
    scene.slack.fails["start"] = [ValueError("?")]
    scene.slack.fails["replies"] = [ValueError("?")]
    await scene.says(LONG, 5.0)
    await scene.words.restart()
    await scene.words.close()
