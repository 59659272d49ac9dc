"""The words of the requester's own click on a call, and of the reason that they give for it."""

from bot.consent import Approval, ApprovalState

DO_IT, LEAVE_IT = "Do it", "No, leave it"
YOUR_CLICK = "your own click"
WAITS_FOR_CLICK = "waiting for your own click"
NOT_YOUR_CLICK = "Only the person who asked for this can say yes or no to it here, so your click changed nothing."
NOBODY_TO_CLICK = "The policy wants the requester's own click for this, and nobody is there to click."
REASON_WANTED = "The policy wants your own words for this: please say in a sentence why you need it."
LEFT_ALONE = "You said no, so I left it as it is."
NOT_CLICKED = "You didn't press the button in time, so I left it as it is."
CLICKED = "Thank you, I go on with it now."
STILL_TROUBLE = "If you still need help with it, write to me, or press *A person, please*."


def waits_for_click(approval: str, sentence: str) -> str:
    buttons = f"press *{DO_IT}* or *{LEAVE_IT}* in my message ({approval})"
    return f"*{sentence}* waits for {YOUR_CLICK}: {buttons}. A yes in words isn't enough."


def lapsed(sentence: str) -> str:
    """The requester's click did not come."""
    return f"*{sentence}*: you didn't press *{DO_IT}*, so I left it as it is. Ask me again at any time."


def late(one: Approval) -> str:
    """The answer to a click on what is over."""
    return f"{one.id} is over already, so your click changed nothing. {outcome(one)}".strip()


def outcome(approval: Approval) -> str:
    """What came of a confirmation; empty while it waits."""
    match approval.state:
        case ApprovalState.WAITING:
            return ""
        case ApprovalState.APPROVED | ApprovalState.USED:
            return "You said yes."
        case ApprovalState.TAKEN_OVER:
            return "A person does this by hand."
        case ApprovalState.EXPIRED if approval.votes:
            return "You said yes, but nobody else did in time, so this was not done."
        case ApprovalState.EXPIRED:
            return NOT_CLICKED
        case ApprovalState.FROZEN:
            return "You said yes, but changes are stopped at the moment, so this was not done."
        case ApprovalState.HANDED_OVER:
            return "People go on with the whole case, so this was not done."
        case ApprovalState.SUPERSEDED if approval.successor:
            return f"You said yes, and it was given for a shorter time instead ({approval.successor})."
        case ApprovalState.SUPERSEDED:
            return "You changed your request, so this was not done."
        case ApprovalState.CANCELLED:
            return "The request that it is a part of is not done, so this was not done either."
        case _ if approval.votes:
            return LEFT_ALONE
        case _:
            return "You withdrew it, so nothing was done."
