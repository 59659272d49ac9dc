"""Wrong codes of a second factor: each stands in the audit, and whose factor it is hears once no more may be tried."""

import structlog

from bot.approvals.steppingup import of_purpose
from bot.calls import ledger
from bot.domain import Post, PostKind
from bot.ports import Clock, Directory, WorkFactory
from bot.words import askwording

log = structlog.get_logger(__name__)


class WrongCodes:
    """Implements `bot.company.pages.WrongCode`. `channel`, that for cards, hears of it where nobody can say who it is."""

    def __init__(self, work: WorkFactory, directory: Directory, clock: Clock, channel: str) -> None:
        self._work = work
        self._directory = directory
        self._clock = clock
        self._channel = channel

    async def __call__(self, key: str, /, *, last: bool) -> None:
        """`key` is that of the challenge (`steppingup.purpose`). Raises StoreAway."""
        approval, person = of_purpose(key)
        async with self._work() as work:
            one = await work.approval(approval, lock=True)
            call = await work.call(one.call) if one is not None else None
            if one is None or call is None:
                return
            await ledger.audit_answer(work, one, refused=person, factor="last" if last else "wrong")
        if last and (to := await self._whom(person)) is not None:
            known = "person" in to
            text = (
                askwording.wrong_codes(call.sentence, one.id) if known else askwording.wrong_codes_of(person, call.sentence, one.id)
            )
            key = f"wrongcodes:{one.id}:{person}:{self._clock.now().isoformat()}"
            async with self._work() as work:
                await work.put(Post(key, PostKind.NOTE, {"text": text}, case=one.case, **to))

    async def _whom(self, person: str) -> dict[str, str] | None:
        """Where they read it, or the channel while the directory is away; None where no message reaches them."""
        try:
            found = await self._directory.person(person)
        except Exception as error:  # noqa: BLE001 - whatever it raises
            log.warning("the directory did not answer", error=type(error).__name__)
            return {"channel": self._channel} if self._channel else None
        return {"person": found.slack_id} if found is not None and found.slack_id else None
