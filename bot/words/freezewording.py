"""What the bot says of freezes: to whoever asked for what is frozen, to whoever approves it, and to whoever freezes."""

from collections.abc import Mapping, Sequence

from bot.obligations import Freeze
from bot.words.wording import local, one_of, role

NO_ADMINS = "Nobody may freeze anything from here: the policy names no `admins`. Whoever runs Deskhand can, on its machine."
ADMIN_UNKNOWN = (
    "I can't make sure right now whether you may freeze, lift and list freezes, so nothing was done. Please try again in a moment; "
    "whoever runs Deskhand can freeze on its machine."
)
EXAMPLE = "For example: `/deskhand freeze reset_mfa links go to strangers`."
WHY = f"Please say why as well: people who ask for it read the reason. {EXAMPLE}"
WHAT = f"Nothing was frozen: say what, and why. {EXAMPLE}"
WHICH = (
    "Nothing was lifted: say which freeze, such as `/deskhand unfreeze F-3`, or what is frozen, such as "
    "`/deskhand unfreeze reset_mfa`. `/deskhand freezes` lists them."
)


def stopped(freeze: str, because: str) -> str:
    """To whoever asked: why nothing was done, and what is next."""
    return (
        f"Changes like this are stopped at the moment ({freeze}: “{because}”), so nothing was done. It is nobody's no to you: "
        "ask me again once the stop is lifted. If it can't wait, ask for a person."
    )


def click(approval: str, freeze: Freeze) -> str:
    """To whoever would have it done now."""
    return (
        f"Changes like this are stopped at the moment ({freeze.id}: “{freeze.because}”), so your answer was not recorded. "
        f"{approval} goes on waiting: press again once the stop is lifted, or deny it."
    )


def end_waits(sentence: str) -> str:
    """To whoever has access that should have ended."""
    return f"*{sentence}* was to be done now, but changes like this are stopped at the moment. I do it once the stop is lifted."


def what(freeze: Freeze) -> str:
    """``the tool reset_mfa``, ``every change in identity``, ``every change``."""
    if freeze.tool:
        return f"the tool {freeze.tool}"
    return f"every change in {freeze.system}" if freeze.system else "every change"


def no_target(name: str, meant: str) -> str:
    """To an admin who mistyped what is to be frozen, or did not say it."""
    if not name:
        return WHAT
    near = f" Did you mean `{meant}`?" if meant else " `/deskhand freeze everything` with a reason stops every change."
    return f"Nothing was frozen: there is no tool or system `{name}`.{near}"


def begun(freeze: Freeze) -> str:
    return (
        f"Frozen: {what(freeze)} ({freeze.id}: “{freeze.because}”). From now on nothing of it runs, also what was approved; what "
        f"waits goes on waiting. `/deskhand unfreeze {freeze.id}` lifts it."
    )


def lifted(freeze: Freeze, still: Sequence[Freeze] = ()) -> str:
    """`still`: others that stop the same."""
    if still:
        others = ", ".join(f"{one.id} ({what(one)})" for one in still)
        return f"Lifted: {freeze.id}. But {what(freeze)} goes on being frozen, by {others}."
    return f"Lifted: {what(freeze)} runs again ({freeze.id}). What was stopped is not done by itself; people ask again."


def none_such(freeze: str) -> str:
    return f"No freeze {freeze} is in force; `/deskhand freezes` lists those that are."


def none_on(name: str, stopping: Sequence[Freeze]) -> str:
    """`stopping`: freezes on more than this, which stop it too."""
    if not stopping:
        return f"Nothing was lifted: `{name}` is not frozen."
    others = "; ".join(f"{one.id} ({what(one)}), lifted by `/deskhand unfreeze {one.id}`" for one in stopping)
    return f"Nothing was lifted: no freeze is on `{name}` alone. What stops it is {others}."


def several(name: str, freezes: Sequence[Freeze]) -> str:
    listed_ = "; ".join(f"{one.id} (“{one.because}”)" for one in freezes)
    which = f"Say which, such as `/deskhand unfreeze {freezes[0].id}`."
    return f"Nothing was lifted: more than one freeze is on `{name}`: {listed_}. {which}"


def listed(freezes: Sequence[Freeze], zone: str, names: Mapping[str, str]) -> str:
    """`names`: of those who froze, by handle, as far as the directory knows them."""
    if not freezes:
        return "Nothing is frozen."
    lines = [
        f"• {one.id}: {what(one)}, “{one.because}”, by {names.get(one.by, one.by)}"
        + (f", since {local(one.at, zone)}" if one.at else "")
        for one in freezes
    ]
    return "\n".join(["*Frozen*", *lines])


def no_admin(roles: Sequence[str]) -> str:
    return f"Only {one_of([role(name) for name in roles])} may freeze, lift and list freezes, and you are not in there right now."
