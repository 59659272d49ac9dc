"""Each of the approvals that are owed has its own tier and its own time"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("approval", sa.Column("terms", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False))
    op.execute(
        """
        UPDATE approval SET terms = COALESCE(
          (SELECT jsonb_agg(jsonb_build_object('tier', tier, 'expires', to_jsonb(expires)) ORDER BY at)
             FROM jsonb_array_elements(owed) WITH ORDINALITY AS owing(one, at)),
          '[]'::jsonb)
        """
    )
    op.alter_column("approval", "terms", server_default=None)
    op.drop_column("approval", "tier")


def downgrade() -> None:
    op.add_column("approval", sa.Column("tier", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE approval SET tier = COALESCE((SELECT max((one->>'tier')::int) FROM jsonb_array_elements(terms) AS one), 0)")
    op.alter_column("approval", "tier", server_default=None)
    op.drop_column("approval", "terms")
