"""What people do with an approval besides yes and no: questions, doing it by hand, less time"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("approval", sa.Column("questions", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False))
    op.add_column("approval", sa.Column("taker", sa.String(), server_default="", nullable=False))
    op.add_column("approval", sa.Column("successor", sa.String(), server_default="", nullable=False))
    for name in ("questions", "taker", "successor"):
        op.alter_column("approval", name, server_default=None)


def downgrade() -> None:
    for name in ("questions", "taker", "successor"):
        op.drop_column("approval", name)
