"""Which domains may be claimed, and which could deceive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.kernel.errors import Invalid
from parley.vendors import domains


@pytest.mark.parametrize(("typed", "domain"), [
    ("acme.com", "acme.com"), ("ACME.com.", "acme.com"), ("www.acme.com", "acme.com"),
    ("https://www.Acme.com/imprint?x=1", "acme.com"), ("acme.co.uk", "acme.co.uk"),
    ("acme.github.io", "acme.github.io"), ("müller.de", "xn--mller-kva.de"),
    ("help.acme.com", "help.acme.com"),
])
def test_a_domain_is_read_in_one_spelling(typed, domain):
    assert domains.claimable(typed) == domain


@pytest.mark.parametrize(("typed", "words"), [
    ("", "Type the domain"), ("acme", "no domain we can read"),
    ("co.uk", "everybody can get a name"), ("github.io", "everybody can get a name"),
    ("www.co.uk", "everybody can get a name"), ("com", "no domain we can read"),
    ("https://acme.com@evil.io/", "without a user name"), ("me@acme.com", "without a user name"),
    ("acme.com:8443", "without a user name or a port"), ("acme.com:99999", "no domain"),
    ("127.0.0.1", "no domain"), ("[::1]", "no domain"), ("http://2130706433/", "no domain"),
    ("0x7f.1", "no domain"), ("acme..com", "no domain"), ("-acme.com", "no domain"),
    ("acme.com\x00.evil.io", "no domain"), ("acme .com", "no domain"), ("ftp://acme.com", "no"),
    ("_dmarc.acme.com", "no domain"), ("a" * 300 + ".com", "no domain"),
])
def test_what_cannot_be_claimed_is_refused_in_words(typed, words):
    with pytest.raises(Invalid) as caught:
        domains.claimable(typed)
    assert words in caught.value.errors["domain"]


@pytest.mark.parametrize(("proved", "domain", "covered"), [
    ("acme.com", "acme.com", True), ("acme.com", "help.acme.com", True),
    ("help.acme.com", "acme.com", False), ("acme.com", "evil-acme.com", False),
    ("evil-acme.com", "acme.com", False), ("acme.com.evil.io", "acme.com", False),
    ("evil.io", "acme.com.evil.io", True), ("acme.com", "acme.com.evil.io", False),
])
def test_whole_labels_are_compared(proved, domain, covered):
    assert domains.covers(proved, domain) is covered


@pytest.mark.parametrize(("domain", "shown"), [
    ("acme.com", "acme.com"), ("xn--mller-kva.de", "müller.de"),
    ("xn--cme-5cd.com", "xn--cme-5cd.com"),  # a Cyrillic а before Latin cme
    ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),  # аррӏе, all Cyrillic
    ("xn--e1afmkfd.xn--p1ai", "пример.рф"), ("xn--zz-broken--.com", "xn--zz-broken--.com"),
])
def test_what_could_deceive_is_shown_in_punycode(domain, shown):
    assert domains.readable(domain) == shown


def test_mixed_alphabets_are_noticed():
    assert domains.mixes_scripts("xn--cme-5cd.com")
    assert not domains.mixes_scripts("xn--mller-kva.de")
    assert not domains.mixes_scripts("xn--e1afmkfd.xn--p1ai")


@pytest.mark.parametrize(("one", "other", "alike"), [
    ("acme.com", "acrne.com", True), ("paypal.com", "paypa1.com", True),
    ("apple.com", "xn--80ak6aa92e.com", True), ("acme.com", "xn--cme-5cd.com", True),
    ("Acme", "Аcme", True), ("Café Noir", "Cafe Noir", True), ("acme.com", "acme.net", False),
    ("Northwind", "Southwind", False),
])
def test_look_alikes_share_a_skeleton(one, other, alike):
    assert (domains.skeleton(one) == domains.skeleton(other)) is alike


@given(st.text(max_size=60))
def test_anything_typed_is_a_domain_or_refused(typed):
    try:
        domain = domains.claimable(typed)
    except Invalid:
        return
    assert domain.isascii()
    assert domain == domains.claimable(domain)
    assert domains.readable(domain)
    assert domains.skeleton(domain)
