"""Stewards hide single words of a problem: what was said to a step, or one update."""


def up(migrator, db):
    for table in ("problem_step", "problem_update"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN hidden_at BIGINT")
    for table in ("problem_report", "problem_act"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN part TEXT NOT NULL DEFAULT ''")
    db.execute_sql("DROP INDEX problemreport_problem_id_reporter_id")
    db.execute_sql("CREATE UNIQUE INDEX problemreport_problem_id_part_reporter_id "
                   "ON problem_report (problem_id, part, reporter_id)")


def down(migrator, db):
    db.execute_sql("DROP INDEX problemreport_problem_id_part_reporter_id")
    for table in ("problem_act", "problem_report"):
        db.execute_sql(f"DELETE FROM {table} WHERE part <> ''")
        db.execute_sql(f"ALTER TABLE {table} DROP COLUMN part")
    db.execute_sql("CREATE UNIQUE INDEX problemreport_problem_id_reporter_id "
                   "ON problem_report (problem_id, reporter_id)")
    for table in ("problem_update", "problem_step"):
        db.execute_sql(f"ALTER TABLE {table} DROP COLUMN hidden_at")
