"""The company's clock: the real time plus an offset that anybody may turn, also from another process."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from tools.systems.embedded.models import ClockRow

FURTHEST = timedelta(days=3660)


class TooFar(ValueError):
    """The clock cannot be turned as far as that."""


class CompanyClock:
    """What time it is in the company. `now` is cheap and uses the offset that `refresh` last read."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._offset = timedelta()

    def now(self) -> datetime:
        """Timezone-aware, UTC."""
        return datetime.now(UTC) + self._offset

    async def refresh(self) -> None:
        """Look whether somebody has turned the clock."""
        async with self._engine.connect() as connection:
            seconds = await connection.scalar(select(ClockRow.offset))
        self._offset = timedelta(seconds=seconds or 0)

    async def turn(self, to: timedelta | datetime | None) -> datetime:
        """Turn by a span, to a time (timezone-aware), or back to the real time (None); for every process, for good.

        Returns what time it is then. Raises TooFar beyond ten years from the real time.
        """
        async with self._engine.begin() as connection:
            offset = timedelta()
            if isinstance(to, timedelta):
                seconds = await connection.scalar(select(ClockRow.offset).with_for_update())
                offset = timedelta(seconds=seconds or 0) + to
            elif to is not None:
                offset = to - datetime.now(UTC)
            if abs(offset) > FURTHEST:
                raise TooFar("the company's clock can be turned by ten years at most")
            await connection.execute(update(ClockRow).values(offset=round(offset.total_seconds())))
        await self.refresh()
        return self.now()
