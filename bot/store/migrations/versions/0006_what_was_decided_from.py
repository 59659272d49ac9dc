"""What each call was decided from, what kind of channel a case is spoken about in, and what is frozen"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("tool_call", sa.Column("facts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.alter_column("tool_call", "facts", server_default=None)
    op.add_column("tool_call", sa.Column("system", sa.String(), server_default="", nullable=False))
    op.alter_column("tool_call", "system", server_default=None)
    op.create_index("tool_call_changes_of_case", "tool_call", ["case", "started"])
    op.create_index("tool_call_changes_of_person", "tool_call", ["principal", "started"])
    op.create_index("tool_call_changes_in_system", "tool_call", ["system", "started"])
    op.add_column("case", sa.Column("place", sa.String(), server_default="", nullable=False))
    op.alter_column("case", "place", server_default=None)
    op.execute("UPDATE \"case\" SET place = 'direct' WHERE direct")
    op.create_table(
        "freeze",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("position"),
    )
    op.create_index("freeze_in_force", "freeze", ["position"], postgresql_where=sa.text("lifted_at IS NULL"))
    op.execute("CREATE SEQUENCE id_f")
    op.drop_constraint("approval_call_key", "approval")
    op.create_index("ix_approval_call", "approval", ["call"])


def downgrade() -> None:
    op.drop_index("ix_approval_call", "approval")
    op.create_unique_constraint("approval_call_key", "approval", ["call"])
    op.execute("DROP SEQUENCE id_f")
    op.drop_table("freeze")
    op.drop_column("case", "place")
    op.drop_index("tool_call_changes_in_system", "tool_call")
    op.drop_index("tool_call_changes_of_person", "tool_call")
    op.drop_index("tool_call_changes_of_case", "tool_call")
    op.drop_column("tool_call", "system")
    op.drop_column("tool_call", "facts")
