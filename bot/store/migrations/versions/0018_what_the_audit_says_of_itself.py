"""An index over the few rows of the audit that say which policy came into force, and what was removed"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_index("audit_of_itself", "audit", ["what", "position"], postgresql_where=sa.text("what IN ('policy', 'retention')"))


def downgrade() -> None:
    op.drop_index("audit_of_itself", "audit")
