"""Archives of a part of what belongs to a person: of one company, one year, or texts alone."""

from parley.kernel.db import is_sqlite


def up(migrator, db):
    no = "INTEGER NOT NULL DEFAULT 0" if is_sqlite() else "BOOLEAN NOT NULL DEFAULT false"
    db.execute_sql("ALTER TABLE archive ADD COLUMN company TEXT NOT NULL DEFAULT ''")
    db.execute_sql("ALTER TABLE archive ADD COLUMN year INTEGER")
    db.execute_sql(f"ALTER TABLE archive ADD COLUMN text_only {no}")


def down(migrator, db):
    for column in ("text_only", "year", "company"):
        db.execute_sql(f"ALTER TABLE archive DROP COLUMN {column}")
