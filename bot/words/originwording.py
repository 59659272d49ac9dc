"""What people read about where a call's values come from. Pure."""

from collections.abc import Sequence

from bot.provenance import Kind, Origin


def disguised(argument: str, what: str) -> str:
    """Why a name or an id is refused: it may look like another one."""
    return f"The value of {argument} holds {what}, so it may look like something that it is not. Please write it plainly."


def told(origin: Origin, requester: str) -> str:
    """Where a value comes from, for whoever has to agree."""
    match origin.kind:
        case Kind.OWN:
            return f"from {requester}'s own message" + (f": “{origin.where}”" if origin.where else "")
        case Kind.IDENTITY:
            return f"from who {requester} is, by the directory"
        case Kind.CATALOGUE:
            return f"what {requester} called “{origin.where}”, by the catalogue or directory"
        case Kind.RESULT:
            return f"an id that I looked up{_with(origin.where)}"
        case Kind.RUNBOOK:
            return f"from the runbook {origin.where}"
        case Kind.TOOL:
            return "settled by the tool itself"
        case Kind.ASSUMED:
            return f"*assumed* by the runbook {origin.where}: {requester} did not say it"
        case Kind.MEANT if origin.where:
            return f"what the language model made of {requester}'s “{origin.where}”"
        case Kind.MEANT:
            return f"*chosen by the language model*: {requester} did not say it"
        case Kind.APPROVER:
            return f"set by {origin.where}, who chose less time"
        case Kind.TEXT:
            return f"*not from {requester}*: text in what I looked up{_with(origin.where)}"
        case Kind.RETRIEVED:
            return f"*not from {requester}*: the text of a runbook that was found"
        case Kind.OTHER:
            return f"*not from {requester}*: what somebody else wrote in the thread"
        case Kind.MODEL:
            return f"*not from {requester}*: the language model alone"


def rows(origins: Sequence[Origin], requester: str) -> list[list[str]]:
    """[argument, value, where from], those that nobody may trust first."""
    ordered = sorted(origins, key=lambda one: one.kind.trusted)
    return [[one.path, one.value, told(one, requester)] for one in ordered]


def unsaid(origins: Sequence[Origin], end: str, requester: str) -> str:
    """That nobody asked for this end (an argument), for whoever has to agree; empty where somebody did."""
    of = next((one for one in origins if end and one.path == end), None)
    if of is None or not (of.kind is Kind.ASSUMED or (of.kind is Kind.MEANT and not of.where)):
        return ""
    who = f"the runbook {of.where} assumes it" if of.kind is Kind.ASSUMED else "the language model chose it"
    return f"{requester} did not say until when: {who}."


def why(origins: Sequence[Origin], requester: str, *, aside: bool) -> list[str]:
    """Lines for *Why?*: each target with where it comes from, and that a click was owed since something was read before."""
    lines = [f"• `{path}` ({value.replace('`', '')}): {where}" for path, value, where in rows(origins, requester)]
    if lines:
        lines.insert(0, "What it is about:")
    if aside:
        lines.append(f"Before it I had read something that {requester} did not write, and it is no part of the plan.")
    return lines


def _with(where: str) -> str:
    """`where`: ``K-3 get_device``."""
    tool = where.partition(" ")[2]
    return f" with `{tool}`" if tool else ""
