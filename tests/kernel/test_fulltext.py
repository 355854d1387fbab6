"""Whatever is typed into the search is safe, and finds what it should on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.kernel import fulltext

DAY = datetime(2026, 11, 1, tzinfo=UTC)
TEXTS = {
    "1": ("Refund for a cancelled night train", "Nobody answers my letters about the refund."),
    "2": ("Lamp flickers", "The lamp flickered after a week. Réparation, please."),
    "3": ("Invoice 4711 is wrong", "I paid the invoice twice; the second payment is missing."),
}
NASTY = [
    '"log', "a AND", "x:y", "NOT", "OR OR", "*", "lamp*", "(", ")(", "NEAR(a b)", "^lamp", "'",
    "''", "a & | !", "!lamp", "<->", "lamp:*", ":*", "\\", "\x00", "lamp\x00train", "-lamp", "$1",
    "{title}: x", "title:lamp", "%s", "{p}", "; DROP TABLE document", "ﷺ", "\u202elamp", "日本語",
    "🚆", " ", "", "a" * 10_000, "lamp " * 500, "_", "__", "٣", "ß",
]


@pytest.fixture
def texts(backend):
    for number, (ref, (title, body)) in enumerate(TEXTS.items()):
        fulltext.put("thread", ref, title, body, DAY + timedelta(days=number), scope=f"v{ref}")


def refs(query: str, **how) -> list[str]:
    return [hit.ref for hit in fulltext.find(query, kind="thread", **how)]


def test_words_are_found_in_title_and_body(texts):
    assert refs("refund") == ["1"]
    assert refs("flickered week") == ["2"]
    assert refs("INVOICE") == ["3"]
    assert refs("refund invoice") == []


def test_the_beginning_of_the_last_word_is_enough(texts):
    assert refs("invoice miss") == ["3"]
    assert refs("canc") == ["1"]


def test_one_of_the_words_is_enough_for_what_is_similar(texts):
    assert refs("invoice for the letters", any_word=True)[:2] in (["3", "1"], ["1", "3"])


def test_a_hit_in_the_title_counts_for_more(backend):
    for ref, title, body in (("b", "Something else", "the word heating in the body"),
                             ("t", "Heating", "something else in the body")):
        fulltext.put("thread", ref, title, body, DAY)
    assert refs("heating", any_word=True) == ["t", "b"]


def test_the_newest_comes_first_and_pages_follow_each_other(backend):
    for number in range(7):
        fulltext.put("thread", f"r{number}", "Same words", "in all", DAY + timedelta(number // 2))
    seen, before = [], None
    while page := fulltext.find("same words", kind="thread", before=before, limit=3):
        seen += page
        before = (page[-1].at, page[-1].ref)
    assert [hit.ref for hit in seen] == ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]
    assert seen[0].at == DAY + timedelta(3)


def test_kind_and_scope_narrow_it(texts):
    fulltext.put("vendor", "v", "Lamp works", "", DAY)
    assert refs("lamp") == ["2"]
    assert refs("lamp", scope="v2") == ["2"]
    assert refs("lamp", scope="v1") == []
    assert [hit.ref for hit in fulltext.find("lamp", kind="vendor")] == ["v"]


def test_new_words_replace_the_old_ones(texts):
    fulltext.put("thread", "1", "Ticket", "Solved.", DAY)
    assert refs("refund") == []
    assert refs("ticket") == ["1"]


def test_what_was_dropped_is_not_found(texts):
    fulltext.drop("thread", "1")
    fulltext.drop("thread", "1")
    assert refs("refund") == []


@pytest.mark.parametrize("query", NASTY)
def test_nothing_that_is_typed_breaks_it(texts, query):
    for any_word in (False, True):
        assert isinstance(refs(query, any_word=any_word), list)


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_text_at_all_breaks_it(texts, query):
    refs(query)
    refs(query, any_word=True)


def test_more_words_than_help_are_left_out():
    assert len(fulltext.words_of("word " * 100)) == fulltext.MOST_WORDS
    assert fulltext.words_of('"log a:b') == ["log", "a", "b"]
