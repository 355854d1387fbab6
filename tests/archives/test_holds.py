"""No table with something of a member is forgotten by the archive."""

from __future__ import annotations

from parley import backup
from parley.archives.building import DOMAINS
from tests.archives.rows import Rich

# What no archive of a person holds, and why.
EXCEPTIONS = {
    "SignUp": "nobody's yet: whoever confirms it has an account",
    "Token": "digests of links in mails, of use once",
    "Archive": "the archives themselves",
    "Fund": "the community's",
    "StripeEvent": "ids of the card provider, so that each event counts once",
    "BankImport": "a bank's list of what others paid, as a treasurer looked at it",
    "Answering": "who is at it this minute",
    "Bulk": "kept a while so that it can be undone; what it did stands in threads and notes",
    "Document": "the search index: words that stand elsewhere",
    "RulebookVersion": "the community's",
    "SigningKey": "the server's",
    "Version": "numbers that pages go by",
    "Delivery": "told by the history of the thread",
    "ReplyToken": "digests of addresses to answer to",
    "ReplyRefusal": "digests of addresses that were told off",
    "Task": "what is about to happen, such as mail on its way",
    "ClosedYear": "a company's calendar",
    "Vendor": "a company's page",
    "Tally": "sums of a company",
    "Contribution": "what a thread adds to such sums",
    "Snapshot": "such sums, day by day",
    "ClosedDay": "for which days there are such sums",
}
HELD = {model for domain in DOMAINS for model in domain.HOLDS}


def test_every_table_is_held_or_an_exception(app):
    tables = {model.__name__ for model in backup.tables()}
    held = {model.__name__ for model in HELD}
    assert tables - held - EXCEPTIONS.keys() == set()
    assert held & EXCEPTIONS.keys() == set()
    assert EXCEPTIONS.keys() - tables == set()


def test_the_tests_know_a_person_with_a_row_in_every_table_that_is_held(life: Rich):
    assert [model.__name__ for model in HELD if not model.select().exists()] == []
