"""The requester's own click and reason, and what is owed once a change was made"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0004"

NONE = sa.text("'[]'::jsonb")


def upgrade() -> None:
    op.add_column("tool_call", sa.Column("confirmation", sa.String(), server_default="", nullable=False))
    op.add_column("tool_call", sa.Column("purpose", sa.String(), server_default="", nullable=False))
    op.add_column("tool_call", sa.Column("after", JSONB(), server_default=NONE, nullable=False))
    op.add_column("approval", sa.Column("kind", sa.String(), server_default="approval", nullable=False))
    op.add_column("approval", sa.Column("asks", JSONB(), server_default=NONE, nullable=False))
    for table, name in (
        ("tool_call", "confirmation"),
        ("tool_call", "purpose"),
        ("tool_call", "after"),
        ("approval", "kind"),
        ("approval", "asks"),
    ):
        op.alter_column(table, name, server_default=None)
    op.drop_constraint("approval_call_key", "approval")
    op.create_unique_constraint("approval_call_kind_key", "approval", ["call", "kind"])


def downgrade() -> None:
    op.execute("DELETE FROM approval WHERE kind <> 'approval'")
    op.drop_constraint("approval_call_kind_key", "approval")
    op.create_unique_constraint("approval_call_key", "approval", ["call"])
    for table, name in (
        ("tool_call", "confirmation"),
        ("tool_call", "purpose"),
        ("tool_call", "after"),
        ("approval", "kind"),
        ("approval", "asks"),
    ):
        op.drop_column(table, name)
