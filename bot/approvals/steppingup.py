"""What a yes takes besides the click, where the policy says so: the name of what is touched, a second factor."""

import unicodedata

import structlog

from bot.consent import Approval
from bot.domain import Call, Principal
from bot.ports import ClickAnswer
from bot.words import askwording
from tools.contract import SystemAway, ToolError
from tools.systems.secondfactor import SecondFactor

log = structlog.get_logger(__name__)

NAME_LENGTH = 80
"""Nobody has to type more of a name; Slack takes a form with a text of 3,000 letters at most."""


class SteppingUp:
    """`factor` is None where nobody can ask for one: then no approval that owes one is given. `page`: where its challenges lead,
    followed by their code.
    """

    def __init__(self, factor: SecondFactor | None = None, page: str = "") -> None:
        self._factor = factor
        self._page = page

    async def missing(self, name: str, approval: Approval, call: Call, clicker: Principal) -> ClickAnswer | None:
        """What whoever said yes to this has still to do; None where nothing is missing. `name` is what they typed."""
        wrong = "target" in approval.step_up and _typed(name) not in _names(call)
        types = target(call) if "target" in approval.step_up else ""
        link = ""
        if "factor" in approval.step_up:
            if self._factor is None:
                return ClickAnswer(False, askwording.NO_SECOND_FACTOR)
            about = f"{call.sentence} ({approval.id}, {approval.digest[:12]})"
            try:
                challenge = await self._factor.challenge(clicker.id, about, purpose(approval, clicker.id))
            except SystemAway as error:
                log.warning("a second factor could not be asked for", approval=approval.id, error=str(error))
                return ClickAnswer(False, askwording.FACTOR_AWAY)
            except ToolError as error:
                return ClickAnswer(False, askwording.no_factor(str(error)))
            link = "" if challenge.passed else f"{self._page}{challenge.code}"
        if not wrong and not link:
            return None
        told = (askwording.OTHER_NAME if name else askwording.NAME_WANTED) if wrong else askwording.FACTOR_WANTED
        return ClickAnswer(False, told, asks=call.sentence, types=types, link=link)


def purpose(approval: Approval, person: str) -> str:
    """The key of the challenge by which this person (a handle) confirms that it is they who say yes to exactly this."""
    return f"{approval.id}:{approval.digest}:{person}"


def of_purpose(key: str) -> tuple[str, str]:
    """(id of the approval, handle) of such a key."""
    approval, _, rest = key.partition(":")
    return approval, rest.partition(":")[2]


def target(call: Call) -> str:
    """The name of what is touched, as it is typed by whoever steps up: one line, and the beginning of what is longer everywhere."""
    names = [name for name in (_line(call.resource.get("label")), _line(call.resource.get("id")), call.tool) if name]
    return next((name for name in names[:-1] if len(name) <= NAME_LENGTH), names[0][:NAME_LENGTH].strip())


def _names(call: Call) -> set[str]:
    """What counts as that name."""
    resource = call.resource
    return {typed for name in (target(call), resource.get("label"), resource.get("id")) if (typed := _typed(name))}


def _typed(name: object) -> str:
    """Small and large letters, and the ways to write the same letter, are the same."""
    return unicodedata.normalize("NFKC", _line(name)).casefold()


def _line(name: object) -> str:
    """Without what nobody can type: breaks of lines and invisible characters are blanks, and several blanks are one."""
    return " ".join("".join(char if char.isprintable() else " " for char in str(name or "")).split())
