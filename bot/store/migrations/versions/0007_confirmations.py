"""The requester's own click and reason, and what is owed once a change was made"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

NONE = sa.text("'[]'::jsonb")


def upgrade() -> None:
    op.add_column("tool_call", sa.Column("confirmation", sa.String(), server_default="", nullable=False))
    op.add_column("tool_call", sa.Column("purpose", sa.String(), server_default="", nullable=False))
    op.add_column("tool_call", sa.Column("after", JSONB(), server_default=NONE, nullable=False))
    op.add_column("approval", sa.Column("kind", sa.String(), server_default="approval", nullable=False))
    op.add_column("approval", sa.Column("asks", JSONB(), server_default=NONE, nullable=False))
    for name in ("confirmation", "purpose", "after"):
        op.alter_column("tool_call", name, server_default=None)
    for name in ("kind", "asks"):
        op.alter_column("approval", name, server_default=None)
    one = sa.text("kind = 'confirmation'")
    op.create_index("approval_own_click", "approval", ["call"], unique=True, postgresql_where=one)


def downgrade() -> None:
    op.execute("DELETE FROM approval WHERE kind <> 'approval'")
    op.drop_index("approval_own_click", "approval")
    for name in ("kind", "asks"):
        op.drop_column("approval", name)
    for name in ("confirmation", "purpose", "after"):
        op.drop_column("tool_call", name)
