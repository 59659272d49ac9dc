"""What a person was told: a model that is switched on later is told of as well"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("notice", sa.Column("about", sa.String(), server_default="records", nullable=False))
    op.alter_column("notice", "about", server_default=None)
    op.drop_constraint("notice_pkey", "notice")
    op.create_primary_key("notice_pkey", "notice", ["slack_id", "about"])


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE about <> 'records'")
    op.drop_constraint("notice_pkey", "notice")
    op.create_primary_key("notice_pkey", "notice", ["slack_id"])
    op.drop_column("notice", "about")
