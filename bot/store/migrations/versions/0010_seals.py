"""Seals over the audit, and the rows that wait for theirs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("rows", JSONB(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "audit_unsealed",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.execute("INSERT INTO audit_unsealed SELECT position FROM audit")
    op.execute(
        """
        CREATE FUNCTION audit_waits_for_its_seal() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.audit_unsealed VALUES (NEW.position); RETURN NULL; END $$
        """
    )
    op.execute("CREATE TRIGGER audit_to_be_sealed AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_waits_for_its_seal()")
    op.execute(
        "CREATE TRIGGER audit_seal_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_insert_only()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_to_be_sealed ON audit")
    op.execute("DROP FUNCTION audit_waits_for_its_seal")
    op.drop_table("audit_unsealed")
    op.drop_table("audit_seal")
