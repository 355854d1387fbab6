"""The problems of a company by how many people they hit."""


def up(migrator, db):
    db.execute_sql("CREATE INDEX problem_vendor_id_affected_id ON problem "
                   "(vendor_id, affected, id)")


def down(migrator, db):
    db.execute_sql("DROP INDEX problem_vendor_id_affected_id")
