"""The steps lead up to the tables of the models and back down to nothing."""

from __future__ import annotations

import pytest
from playhouse import schema_diff

from parley import app, backup
from parley.kernel import db, fulltext

assert app.create_app  # it knows every table


def columns() -> dict[str, set[str]]:
    ours = [name for name in db.database.get_tables() if not name.startswith(backup.SHADOWS)]
    return {name: {column.name for column in db.database.get_columns(name)} for name in ours}


def test_up_makes_what_the_models_say(own_database):
    db.database.connect(reuse_if_open=True)
    found = columns()
    for model in backup.tables():
        extra = {"words"} if model is fulltext.Document and not db.is_sqlite() else set()
        assert found[model._meta.table_name] == set(backup._columns(model)) | extra


def test_indexes_and_types_are_those_of_the_models(own_database):
    db.database.connect(reuse_if_open=True)
    found = schema_diff.diff_models(db.database.obj, backup.tables())
    searched = [] if db.is_sqlite() else [("document", "words")]  # PostgreSQL makes it itself
    assert (found.create_tables, found.add_columns, found.add_indexes) == ([], [], [])
    assert (found.drop_columns, len(found.drop_indexes)) == (searched, len(searched))


def test_every_step_goes_down_and_up_again(own_database):
    db.database.connect(reuse_if_open=True)
    before = columns()
    steps = [step.name for step in db.runner().status()]
    for name in reversed(steps):
        assert db.runner().down(name) == [name]
    assert set(columns()) == {backup.HISTORY}
    assert db.pending_migrations() == steps
    for name in steps:
        assert db.runner().up(name) == [name]
    assert columns() == before


def test_a_step_that_fails_leaves_nothing_behind(own_database, tmp_path, monkeypatch):
    db.database.connect(reuse_if_open=True)
    before = columns()
    (tmp_path / "9000_half.py").write_text(
        "def up(migrator, database):\n"
        "    database.execute_sql('CREATE TABLE half (id INTEGER)')\n"
        "    raise ValueError('in the middle')\n")
    monkeypatch.setattr(db, "MIGRATIONS", tmp_path)
    with pytest.raises(ValueError, match="in the middle"):
        db.runner().up()
    assert columns() == before
    assert "9000_half" in db.pending_migrations()


def test_searching_works_after_going_down_and_up(own_database):
    db.database.connect(reuse_if_open=True)
    db.runner().down("0001_first")
    db.runner().up()
    fulltext.put("thread", "1", "Lamp", "flickers", fulltext.Document.at.python_value(1))
    assert [hit.ref for hit in fulltext.find("lamp", kind="thread")] == ["1"]
