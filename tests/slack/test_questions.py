"""A question as a message, before and after its answer."""

from bot.slack import answers


def test_an_answer_calls_nobody_and_is_cut() -> None:
    """It may be anybody's words: nothing in it is a mention, and no button is left beside it."""
    shown = answers.question({"text": "Why?", "choices": [], "answer": "<!channel> " + "a" * 500})
    [told] = [block for block in shown if block["type"] == "context"]
    assert told["elements"][0]["text"].startswith("Answered: &lt;!channel&gt; aaa")
    assert len(told["elements"][0]["text"]) < 150
    assert [block["type"] for block in shown] == ["section", "context"]
