"""Which words mean a person, and which only look so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.accounts.naming import Depth, Person, Unnaming

MARA = Person("mara@people.example", "mara_l77", "Mara von Lindqvist")
CALLED = "Customer 7k2"


def unnamed(text: str, depth: Depth = Depth.WITHIN, person: Person = MARA) -> str:
    return Unnaming(person, CALLED, depth).text(text)


@pytest.mark.parametrize("before", [
    "mara@people.example", "MARA@People.Example", "@mara_l77", "@Mara_L77",
    "/members/mara_l77", "http://localhost/members/mara_l77"])
def test_address_handle_and_page_mean_nobody_else_anywhere(before):
    for depth in Depth:
        assert unnamed(f"Ask {before}, please. ({before})", depth) == (
            f"Ask {CALLED}, please. ({CALLED})")


@pytest.mark.parametrize("text", [
    "xmara@people.example", "mara@people.example.org", "@mara_l777", "me@mara_l77.example",
    "@mara_l77.org", "mara_l77", "/members/mara_l777", "@mara_l77@elsewhere.example"])
def test_what_only_looks_alike_stays(text):
    assert unnamed(text) == text


def test_a_full_name_means_them_only_where_they_were():
    text = "It says Mara von Lindqvist here, and Mara\nvon Lindqvists Brief."
    assert unnamed(text, Depth.ANYWHERE) == text
    assert unnamed(text, Depth.NEAR) == f"It says {CALLED} here, and {CALLED}s Brief."
    assert unnamed("Tamara von Lindqvist, Mara von Lindqvistson") == (
        "Tamara von Lindqvist, Mara von Lindqvistson")


@pytest.mark.parametrize(("before", "after"), [
    ("Dear Mara,\nit is paid.", "Dear {},\nit is paid."),
    ("Hallo Frau von Lindqvist", "Hallo {}"),
    ("Hallo Frau Lindqvist, danke", "Hallo {}, danke"),
    ("We told Ms Lindqvist so.", "We told {} so."),
    ("hi Mara!", "hi {}!"),
    ("Thank you, Mara", "Thank you, {}"),
    ("Mara, look at this.", "{}, look at this."),
    ("Yours\n\nMara", "Yours\n\n{}"),
    ("> Mara\n\n— Mara Lindqvist", "> {}\n\n— {}"),
    ("**Mara**", "**{}**"),
    ("@Mara can you see it?", "{} can you see it?"),
])
def test_part_of_a_name_means_them_where_somebody_is_spoken_to(before, after):
    assert unnamed(before) == after.replace("{}", CALLED)
    assert unnamed(before, Depth.NEAR) == before


@pytest.mark.parametrize("text", [
    "I know a Mara who likes trains.", "mara, look", "Marathon, again", "Dear Maralin,",
    "Hi there, Mara said so.", "von, bis"])
def test_a_first_name_among_other_words_stays(text):
    assert unnamed(text) == text


def test_a_name_that_is_a_word_is_replaced_only_where_somebody_is_spoken_to():
    will = Person("", "will_w", "Will")
    assert unnamed("Dear Will,\nWill you wait?", person=will) == f"Dear {CALLED},\nWill you wait?"


def test_what_stands_for_the_name_is_no_part_of_it():
    person = Person("", "fan", "Customer Fan")
    text = unnamed("Dear Customer Fan,\nDear Fan,", person=person)
    assert text == f"Dear {CALLED},\nDear {CALLED},"
    assert unnamed(text, person=person) == text


def test_json_values_are_looked_through():
    value = {"body": "Hi Mara", "n": 1, "of": ["@mara_l77", None]}
    assert Unnaming(MARA, CALLED, Depth.WITHIN).value(value) == {
        "body": f"Hi {CALLED}", "n": 1, "of": [CALLED, None]}


WORDS = st.sampled_from([
    "Mara", "von", "Lindqvist", "Mara von Lindqvist", "@mara_l77", "Dear", "Hi", "Ms", "é", ",",
    "mara@people.example", ".", "\n", " ", "> ", "**", "x"])


@settings(max_examples=150)
@given(st.lists(WORDS, max_size=12).map(" ".join), st.sampled_from(Depth))
def test_again_on_its_own_result_changes_nothing_and_hints_miss_nothing(text, depth):
    without = Unnaming(MARA, CALLED, depth)
    once = without.text(text)
    assert without.text(once) == once
    if once != text:
        assert any(hint.lower() in text.lower() for hint in without.hints)


@pytest.mark.parametrize("name", ["田中太郎", "A B", "O'Brien-Smith", "Jörg", "J. R. (Bob) \\d+"])
def test_any_name_can_be_looked_for(name):
    person = Person("", "somebody", name)
    assert unnamed(f"Dear {name},", person=person) == f"Dear {CALLED},"


@pytest.mark.parametrize("name", ["Ö", "(x)", "", "🚆"])
def test_what_is_hardly_a_name_is_left(name):
    person = Person("", "somebody", name)
    assert unnamed(f"Dear {name}, (x) Ö", person=person) == f"Dear {name}, (x) Ö"
