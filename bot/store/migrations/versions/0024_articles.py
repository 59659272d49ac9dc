"""Articles as their sources gave them, and a number that grows whenever one of them changes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False, index=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("roles", JSONB(), nullable=False),
        sa.Column("sections", JSONB(), nullable=False),
    )
    op.create_table("article_version", sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False))
    op.execute("INSERT INTO article_version (version) VALUES (0)")


def downgrade() -> None:
    op.drop_table("article_version")
    op.drop_table("article")
