"""Words about what the requester writes beside something that is open: remarks, what they take back, change, or don't mean."""

from collections.abc import Sequence

from bot.words.wording import all_of

NONE_OF_THESE = "None of these"
ALL_GOES_ON = "All right: nothing was dropped or changed. If you meant something that isn't open here, press the button."
OVER_ALREADY = "That is over already, so there was nothing to drop or change."


def remarked(waiting_: Sequence[tuple[str, str]], title: str) -> str:
    """`waiting_`: (approval, who has to answer) of each card that shows the remark now."""
    if waiting_:
        where = all_of([f"{approval}, which {needed_} can answer" for approval, needed_ in waiting_])
        return f"I've added that to {where}: they read it there. If it is about something else, press the button."
    return f"I've written that down with what is open ({title}). If it is about something else, press the button."


def unsure_whether_it_belongs(title: str) -> str:
    return (
        f"I can't tell whether that belongs to what is open ({title}), so nobody else reads it there yet. Press *Add it there* "
        "if it does, or *It's something new*."
    )


def already(waiting_: Sequence[tuple[str, str]]) -> str:
    """The same was asked again."""
    where = "".join(
        f" It waits for a yes from {needed_} ({approval}), who read there what you added." for approval, needed_ in waiting_
    )
    return f"I'm already on that; I'll tell you here as soon as there is news.{where}"


def revised(calls: Sequence[tuple[str, str]], title: str, stays: Sequence[str]) -> str:
    """`calls`: (sentence, approval) of what waited and was not done; `stays`: what was done before."""
    what = all_of([f"*{sentence}* ({approval})" for sentence, approval in calls]) if calls else f"“{title}” as you asked before"
    done = f" What was done before that stays: {' '.join(stays)}" if stays else ""
    return f"Changed: I've dropped {what}, and it was not done.{done} Now for what you mean instead:"


def which_is_meant(number: int, *, drop: bool) -> str:
    """So many open requests may be meant by words that take one back, or change one."""
    if drop:
        asks = "Which of these don't you need any more?" if number > 1 else "Is it this that you don't need any more?"
    else:
        asks = "Which of these do you mean?" if number > 1 else "Do you mean this?"
    return f"{asks} Until you say so, nothing is dropped or changed."


def dropped(what: Sequence[str], stays: Sequence[str], others: Sequence[str]) -> str:
    """`what`: each thing that was withdrawn, with its reference; `stays`: what was done before; `others`: what else is open."""
    done = f" What was done before stays: {' '.join(stays)}" if stays else ""
    open_ = f" Still open: {all_of([f'“{title}”' for title in others])}." if others else ""
    return f"Dropped, as you said: {all_of(what)}. I'll do nothing more of it.{done}{open_}"
