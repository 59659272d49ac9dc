"""What the figures rest on: a case's states, the model's calls, who was told what is recorded"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "case_state",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"]),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("case_state_of", "case_state", ["case"])
    op.execute(
        """
        CREATE FUNCTION case_came_to() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
          INSERT INTO case_state ("case", state, outcome, at) VALUES (NEW.id, NEW.state, NEW.outcome, NEW.updated);
          RETURN NULL;
        END $$
        """
    )
    op.execute('CREATE TRIGGER case_begins AFTER INSERT ON "case" FOR EACH ROW EXECUTE FUNCTION case_came_to()')
    op.execute(
        'CREATE TRIGGER case_moves AFTER UPDATE ON "case" FOR EACH ROW'
        " WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.outcome IS DISTINCT FROM NEW.outcome)"
        " EXECUTE FUNCTION case_came_to()"
    )
    op.execute('INSERT INTO case_state ("case", state, outcome, at) SELECT id, state, outcome, updated FROM "case"')
    op.create_table(
        "model_call",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("cached", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"]),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("model_call_of", "model_call", ["case"])
    op.create_table(
        "notice",
        sa.Column("slack_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("slack_id"),
    )


def downgrade() -> None:
    for name in ("notice", "model_call", "case_state"):
        op.drop_table(name)
    op.execute('DROP TRIGGER case_moves ON "case"')
    op.execute('DROP TRIGGER case_begins ON "case"')
    op.execute("DROP FUNCTION case_came_to()")
