"""A person's cases, and the approvals that wait, found without reading all of them"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("case_of_person", "case", ["slack_id", "position"])
    op.create_index("approval_waiting", "approval", ["position"], postgresql_where=sa.text("state = 'waiting'"))


def downgrade() -> None:
    op.drop_index("approval_waiting", "approval")
    op.drop_index("case_of_person", "case")
