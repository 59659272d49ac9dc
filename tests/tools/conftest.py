"""A company of one's own for each test, and a second look at it from a connection that knows nothing of the first."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.tools.desk import Desk
from tools.systems.embedded import CompanyClock


@pytest.fixture
def url(company_database: str) -> str:
    return company_database.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(url, pool_size=20)
    yield engine
    await engine.dispose()


@pytest.fixture
async def desk(engine: AsyncEngine, url: str) -> AsyncIterator[Desk]:
    """The seeded company with its tools."""
    other: Any = create_async_engine(url)
    yield Desk(engine, other, CompanyClock(engine))
    await other.dispose()
