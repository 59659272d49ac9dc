"""Wrong codes of a second factor: each stands in the audit, and whose factor it is hears once no more may be tried."""

from bot.approvals.steppingup import of_purpose
from bot.calls import ledger
from bot.domain import Post, PostKind
from bot.ports import Clock, Directory, WorkFactory
from bot.words import askwording


class WrongCodes:
    """Implements `bot.company.pages.WrongCode`."""

    def __init__(self, work: WorkFactory, directory: Directory, clock: Clock) -> None:
        self._work = work
        self._directory = directory
        self._clock = clock

    async def __call__(self, key: str, /, *, last: bool) -> None:
        """`key` is that of the challenge (`steppingup.purpose`). Raises StoreAway."""
        approval, person = of_purpose(key)
        whose = await self._directory.person(person) if last else None
        async with self._work() as work:
            one = await work.approval(approval, lock=True)
            call = await work.call(one.call) if one is not None else None
            if one is None or call is None:
                return
            await ledger.audit_answer(work, one, refused=person, factor="last" if last else "wrong")
            if whose is not None and whose.slack_id:
                text = askwording.wrong_codes(call.sentence, one.id)
                key = f"wrongcodes:{one.id}:{person}:{self._clock.now().isoformat()}"
                await work.put(Post(key, PostKind.NOTE, {"text": text}, person=whose.slack_id, case=one.case))
