"""What of a model's Markdown is shown while it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.markdown import MOST, shown

PIECES = st.lists(
    st.sampled_from(
        [
            "a",
            "word",
            " ",
            "\n",
            "[",
            "]",
            "(",
            ")",
            "!",
            ":",
            "<",
            ">",
            "&",
            "http://x.y",
            "https://evil.example/a_b",
            "設定",
            "`",
            "*",
            '"',
        ]
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        pytest.param("<!channel> hi <@UANA>", "&lt;!channel&gt; hi &lt;@UANA&gt;", id="nobody is mentioned"),
        pytest.param("[your bank](https://evil.example)", "your bank (https://evil.example)", id="a link is written out"),
        pytest.param("![a b](https://evil.example/x.png)", "a b (https://evil.example/x.png)", id="no image is fetched"),
        pytest.param('[x](https://evil.example "t")', '[x] (https://evil.example "t")', id="a link with a title is none"),
        pytest.param("[x](slack://open)", "[x] (slack://open)", id="a link of another kind is none"),
        pytest.param("[x][1]\n[1]: https://evil.example", "[x] [1]\n[1] : https://evil.example", id="nor one by reference"),
        pytest.param("<https://evil.example|bank>", "&lt;https://evil.example|bank&gt;", id="nor one of Slack's"),
        pytest.param("abc\u202edcba", "abcdcba", id="nothing turns the line around"),
        pytest.param("**bold** and `code`\n- one", "**bold** and `code`\n- one", id="Markdown is kept"),
    ],
)
def test_what_is_shown_can_neither_mention_nor_hide_a_link(text: str, visible: str) -> None:
    """Whole, once no more comes; and each beginning of it shows a beginning of that."""
    assert visible == shown(text, done=True)
    assert all(visible.startswith(shown(text[:end])) for end in range(len(text)))


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        pytest.param("One two thr", "One two ", id="half a word waits"),
        pytest.param("See [the portal](https://po", "See ", id="half a link waits"),
        pytest.param(
            "See [the portal](https://portal.example) now", "See the portal (https://portal.example) ", id="a whole one does not"
        ),
        pytest.param("A [bracket\nnever closed", "A [bracket\nnever ", id="a bracket waits to the end of its line"),
        pytest.param("[設定](https://x.example/設定", "", id="nor does such a script end a link"),
        pytest.param("設定を開", "設定を開", id="a script without blanks is not held back"),
    ],
)
def test_what_is_not_decided_yet_waits(text: str, visible: str) -> None:
    """Nothing is shown that later words would change."""
    assert visible == shown(text)


@given(PIECES)
def test_what_was_shown_stays_a_beginning(pieces: list[str]) -> None:
    """Slack can only be given more: so each state continues the one before, and the end continues all."""
    text, before = "", ""
    for piece in pieces:
        text += piece
        now = shown(text)
        assert now.startswith(before)
        before = now
    end = shown(text, done=True)
    assert end.startswith(before)
    assert "<" not in end
    assert "](" not in end


def test_a_message_is_never_fuller_than_slack_allows() -> None:
    """Cut with a mark, and no more is added to it."""
    text = "some words " * 1100
    assert len(shown(text)) < 12_000
    assert shown(text).endswith("(cut)")
    assert shown(text) == shown(text + "more and more ") == shown(text, done=True)
    assert shown(text).startswith(shown(text[: MOST - 3]))
