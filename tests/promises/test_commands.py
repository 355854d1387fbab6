"""The command that says what a company promises."""

from __future__ import annotations

from tests import factories
from tests.promises.test_actions import publish


def test_a_promise_is_said_in_plain_words(run, travel):
    vendor = factories.make_vendor(name="Acme")
    assert "No promise is in force." in run("promises", "show", "acme")
    publish(factories.make_manager(vendor), vendor)
    said = run("promises", "show", "acme")
    assert "We give a first answer to questions within 8 opening hours." in said
    assert "version 1: published 12 November 2026, 12:00 UTC" in said and "in force" in said
    assert "No company" in run("promises", "show", "nobody", fails=True)
