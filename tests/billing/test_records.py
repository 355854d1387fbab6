"""What a member takes away of their dues, and the commands for the rules."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from parley.archives.formats import SCHEMAS
from parley.billing import gifts, records
from parley.config import ConfigError, Settings
from parley.kernel import rulebook
from tests.archives.rows import archive_of
from tests.factories import make_account


def test_payments_and_plan_are_in_the_archive(dues, tmp_path):
    friend = make_account(handle="berta")
    gift = gifts.give(dues.person, "berta", "3")
    dues.record("70.50")
    dues.record("15", reference=gift.reference)
    gifts.accept(friend, gift.id)
    gifts.ask_for_place(make_account(handle="cleo"))
    archive = archive_of(dues.person, tmp_path)
    rows = list(csv.DictReader(io.StringIO(archive.text("payments.csv"))))
    assert {(row["kind"], row["amount"], row["solidarity_share"]) for row in rows} == {
        ("dues", "70.50", "20.50"), ("gift", "15.00", "0.00")}
    found = archive.json("dues.json")
    assert found["plan"]["reference"] == dues.row.reference
    assert found["gifts"][0]["with"] == "berta"
    assert [row["kind"] for row in found["coverage"]] == ["dues"]
    assert archive.json("manifest.json")["counts"]["payments"] == 2
    schema = json.loads((SCHEMAS / "dues.json").read_text())
    for person in (dues.person, friend, dues.treasurer, make_account()):
        Draft202012Validator(schema).validate(dict(list(records.export(person)))["dues.json"])
    assert dues.person.email not in json.dumps(dict(list(records.export(friend)))["dues.json"])


def test_rules_are_listed_and_set_by_command(app):
    run = app.test_cli_runner()
    listed = run.invoke(args=["rules", "list"]).output
    for name, (words, _, _) in rulebook.RULES.items():
        assert name in listed
        assert words in listed
    assert "from now on" in run.invoke(args=["rules", "set", "floor_month", "300"]).output
    assert rulebook.current().floor_month == 300
    for wrong in (["price", "1"], ["floor_month", "900"], ["grace_days", "x"]):
        assert run.invoke(args=["rules", "set", *wrong]).exit_code != 0


def test_settings_that_would_be_unsafe_are_refused(tmp_path):
    good = Settings(data=tmp_path, secret_key="k" * 40)
    for wrong, words in (({"currency": "JPY"}, "PARLEY_CURRENCY"), ({"currency": "eur"}, "EUR"),
                         ({"stripe_key": "sk_test_1"}, "PARLEY_STRIPE_WEBHOOK_SECRET")):
        with pytest.raises(ConfigError, match=words):
            replace(good, **wrong).completed().check()
    replace(good, currency="CHF", stripe_key="sk", stripe_webhook_secret="wh").completed().check()
