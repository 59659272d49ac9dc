"""Alembic runs this: one connection, one transaction, our tables only."""

from alembic import context
from sqlalchemy import create_engine

from bot.store.tables import METADATA

engine = create_engine(context.config.attributes["url"])
try:
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=METADATA)
        with context.begin_transaction():
            context.run_migrations()
finally:
    engine.dispose()
