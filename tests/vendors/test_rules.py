"""Names and websites: the same company is found again, however it is typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.kernel.errors import Invalid
from parley.vendors.rules import (
    MOST_KEY,
    domain_of,
    may_edit,
    may_remove,
    name_key,
    same_site,
    slug_of,
)

ASCII = st.characters(codec="ascii")
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True, alphabet=ASCII)
DOMAINS = st.lists(LABELS.filter(lambda label: label != "www"), min_size=1, max_size=3).map(
    lambda labels: ".".join([*labels, "example"]))


@pytest.mark.parametrize(("typed", "key"), [
    ("Northwind Rail Ltd.", "northwind rail"),
    ("NORTHWIND  RAIL", "northwind rail"),
    ("Müller & Söhne GmbH & Co. KG", "müller and söhne"),
    ("Ｎorthwind Rail, Inc.", "northwind rail"),
    ("Brightly A.G.", "brightly"),
    ("Lea’s Books plc", "leas books"),
    ("Canal+", "canal plus"),
    ("Straße SA", "strasse"),
    ("Co", "co"),
    ("Ltd Inc", "ltd"),
    ("!!!", "!!!"),
    ("ООО Ромашка ООО", "ооо ромашка"),
])
def test_names_are_compared_without_their_legal_form(typed, key):
    assert name_key(typed) == key


@given(st.text(max_size=80))
def test_the_key_of_a_key_is_the_same_key(name):
    assert name_key(name_key(name)) == name_key(name)


@given(st.text(min_size=1, max_size=80))
def test_every_name_has_a_short_key(name):
    assert len(name_key(name)) <= MOST_KEY
    assert bool(name_key(name)) or not any(map(str.isalnum, name))


@given(st.from_regex(r"[a-z]{3,12} [a-z]{5,12}", fullmatch=True), st.sampled_from(
    [" Ltd", " Ltd.", ", Inc.", " GmbH", " S.A.", " & Co. KG", " plc", " LLC", " AG"]))
def test_a_legal_form_makes_no_other_company(name, form):
    assert name_key(name + form) == name_key(name.upper()) == name_key(name)


@given(st.text(max_size=200), st.one_of(st.none(), DOMAINS))
def test_every_name_gives_a_slug_that_stands_in_an_address(name, domain):
    slug = slug_of(name, domain)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= 60


@pytest.mark.parametrize(("name", "domain", "slug"), [
    ("Northwind Rail Ltd.", None, "northwind-rail"),
    ("Müller & Söhne", None, "mueller-and-soehne"),
    ("Nestlé", None, "nestle"),
    ("株式会社", "kabu.example", "kabu"),
    ("株式会社", None, "company"),
])
def test_slugs(name, domain, slug):
    assert slug_of(name, domain) == slug


@given(DOMAINS, st.sampled_from(["", "http://", "HTTPS://", "https://ann:secret@"]),
       st.sampled_from(["", "www.", "WWW."]), st.sampled_from(["", ".", ":8443", "/", "/a?b#c"]))
def test_what_surrounds_a_domain_does_not_count(domain, before, www, after):
    assert domain_of(f"{before}{www}{domain.upper()}{after}") == domain


@given(st.text(max_size=300))
def test_a_website_is_a_domain_or_is_refused_in_words(typed):
    try:
        domain = domain_of(typed)
    except Invalid as error:
        assert list(error.errors) == ["website"]
    else:
        assert domain is None or (domain.isascii() and "." in domain)
        assert domain_of(domain) == domain


@pytest.mark.parametrize("typed", [
    "not a website", "localhost", "http://", "127.0.0.1", "http://[::1]/", "0x7f.1", "ftp://a.example",
    "javascript:alert(1)", "a..example", "-a.example", "a_b.example", "exa\x00mple.com",
    "a" * 64 + ".example", ("a." * 200) + "example", "\u202ea.example", "https://example",
])
def test_nonsense_is_no_website(typed):
    with pytest.raises(Invalid):
        domain_of(typed)


@pytest.mark.parametrize(("typed", "domain"), [
    ("", None), ("   ", None), (None, None), ("Bücher.example", "xn--bcher-kva.example"),
    ("www.com", "www.com"), ("example.com.", "example.com"), ("ｅxample.com", "example.com"),
])
def test_websites(typed, domain):
    assert domain_of(typed) == domain


def test_whole_labels_are_compared():
    assert same_site("help.acme.example", "acme.example")
    assert same_site(None, "acme.example")
    assert not same_site("badacme.example", "acme.example")


def test_who_may_edit_and_who_may_go():
    assert may_edit("manager") is None
    assert may_edit("responder").code == may_edit(None).code == "managers_only"
    assert may_remove("manager", managers=0, others=2).code == "last_manager"
    assert may_remove("manager", managers=0, others=0) is None
    assert may_remove("manager", managers=1, others=2) is None
    assert may_remove("responder", managers=0, others=2) is None
