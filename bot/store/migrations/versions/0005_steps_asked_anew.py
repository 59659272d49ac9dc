"""A plan names the calls whose step it asks for anew, so that the ledger keeps what came of them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("plan", sa.Column("anew", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False))
    op.alter_column("plan", "anew", server_default=None)


def downgrade() -> None:
    op.drop_column("plan", "anew")
