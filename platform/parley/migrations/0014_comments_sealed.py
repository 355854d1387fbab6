"""A company's comment on its scorecard is sealed when its people are gone."""


def up(migrator, db):
    db.execute_sql("ALTER TABLE scorecard_comment ADD COLUMN sealed_at BIGINT")


def down(migrator, db):
    db.execute_sql("ALTER TABLE scorecard_comment DROP COLUMN sealed_at")
