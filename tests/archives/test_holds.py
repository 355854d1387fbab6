"""No table with something of a member is forgotten by the archive."""

from __future__ import annotations

from parley import backup
from parley.archives.building import DOMAINS
from tests.archives.rows import Rich

# What no archive of a person holds, and why.
EXCEPTIONS = {
    "sign_up": "nobody's yet: whoever confirms it has an account",
    "leaving": "blank once all is erased, but for a certificate without names",
    "retired_handle": "digests of handles that nobody is given again",
    "token": "digests of links in mails, of use once",
    "archive": "the archives themselves",
    "fund": "the community's",
    "bringing": "an archive on its way in",
    "trusted_key": "public keys of other servers",
    "stripe_event": "ids of the card provider, so that each event counts once",
    "bank_import": "a bank's list of what others paid, as a treasurer looked at it",
    "answering": "who is at it this minute",
    "bulk": "kept a while so that it can be undone; what it did stands in threads and notes",
    "document": "the search index: words that stand elsewhere",
    "rulebook_version": "the community's",
    "signing_key": "the server's",
    "version": "numbers that pages go by",
    "delivery": "told by the history of the thread",
    "reply_token": "digests of addresses to answer to",
    "reply_refusal": "digests of addresses that were told off",
    "task": "what is about to happen, such as mail on its way",
    "closed_year": "a company's calendar",
    "vendor": "a company's page",
    "tally": "sums of a company",
    "contribution": "what a thread adds to such sums",
    "snapshot": "such sums, day by day",
    "closed_day": "for which days there are such sums",
}
HELD = {model for domain in DOMAINS for model in domain.HOLDS}


def test_every_table_is_held_or_an_exception(app):
    tables = {model._meta.table_name for model in backup.tables()}
    held = {model._meta.table_name for model in HELD}
    assert tables - held - EXCEPTIONS.keys() == set()
    assert held & EXCEPTIONS.keys() == set()
    assert EXCEPTIONS.keys() - tables == set()


def test_the_tests_know_a_person_with_a_row_in_every_table_that_is_held(life: Rich):
    assert [model._meta.table_name for model in HELD if not model.select().exists()] == []
