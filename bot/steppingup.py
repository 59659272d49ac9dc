"""What a yes takes besides the click, where the policy says so: the name of what is touched, a second factor."""

import structlog

from bot import askwording
from bot.consent import Approval
from bot.domain import Call, Principal
from bot.ports import ClickAnswer
from tools.contract import SystemAway, ToolError
from tools.systems.secondfactor import SecondFactor

log = structlog.get_logger(__name__)


class SteppingUp:
    """`factor` is None where nobody can ask for one: then no approval that owes one is given. `page`: where its challenges lead,
    followed by their code.
    """

    def __init__(self, factor: SecondFactor | None = None, page: str = "") -> None:
        self._factor = factor
        self._page = page

    async def missing(self, name: str, approval: Approval, call: Call, clicker: Principal) -> ClickAnswer | None:
        """What whoever said yes to this has still to do; None where nothing is missing. `name` is what they typed."""
        wrong = "target" in approval.step_up and name.casefold() not in _names(call)
        types = target(call) if "target" in approval.step_up else ""
        link = ""
        if "factor" in approval.step_up:
            if self._factor is None:
                return ClickAnswer(False, askwording.NO_SECOND_FACTOR)
            about = f"{call.sentence} ({approval.id}, {approval.digest[:12]})"
            try:
                challenge = await self._factor.challenge(clicker.id, about, f"{approval.id}:{approval.digest}:{clicker.id}")
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


def target(call: Call) -> str:
    """The name of what is touched, as it is typed by whoever steps up."""
    return str(call.resource.get("label") or call.resource.get("id") or call.tool)


def _names(call: Call) -> set[str]:
    """What counts as that name; small and large letters are the same."""
    return {str(name).strip().casefold() for name in (target(call), call.resource.get("id")) if name}
