"""What a plan has taken for granted, so that it can be said"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("plan", sa.Column("assumed", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False))
    op.alter_column("plan", "assumed", server_default=None)


def downgrade() -> None:
    op.drop_column("plan", "assumed")
