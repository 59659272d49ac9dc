"""Where the values of each call come from, and which values of a plan a model has made known"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("tool_call", sa.Column("origins", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False))
    op.alter_column("tool_call", "origins", server_default=None)
    op.add_column("plan", sa.Column("learnt", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False))
    op.alter_column("plan", "learnt", server_default=None)


def downgrade() -> None:
    op.drop_column("plan", "learnt")
    op.drop_column("tool_call", "origins")
