"""Domains as labels: which may be claimed, which stand for the same company, which look alike.

Pure functions over two libraries: the Public Suffix List that publicsuffixlist brings along, and
Unicode's list of confusable characters.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from urllib.parse import urlsplit

from confusable_homoglyphs import categories, confusables
from publicsuffixlist import PublicSuffixList

from parley.kernel.errors import Invalid
from parley.kernel.safe_html import skeleton as glance
from parley.vendors import rules

MOST_SKELETON = 300
SCRIPTS_TOGETHER = ({"HAN", "HIRAGANA", "KATAKANA", "LATIN"}, {"HAN", "HANGUL", "LATIN"})
_OF_NO_SCRIPT = {"COMMON", "INHERITED"}


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def claimable(typed: str) -> str:
    """The domain that somebody wants to prove, as ASCII labels without `www`.

    :raise Invalid: under `domain`: no domain, more than one (an address with a user name or a
        port), or one below which everybody can register
    """
    typed = typed.strip()
    if not typed:
        raise _wrong("Type the domain of your company, like example.com.")
    try:
        domain = rules.domain_of(typed)
        parts = urlsplit(typed if "://" in typed else f"//{typed}")
        extra = parts.port is not None or parts.username is not None
    except (Invalid, ValueError):
        raise _wrong("That is no domain we can read. Type it like example.com.") from None
    if extra:
        raise _wrong("Type only the domain, without a user name or a port, like example.com.")
    assert domain is not None
    if is_public_suffix(domain):
        raise _wrong(f"{domain} is no company’s own domain: everybody can get a name below it. "
                     f"Type yours, like acme.{domain}.")
    return domain


def _wrong(words: str) -> Invalid:
    return Invalid({"domain": words})


def is_public_suffix(domain: str) -> bool:
    """Whether anybody can register a name directly below it: `co.uk`, `github.io`."""
    return _suffixes().privatesuffix(domain) is None


def covers(proved: str, domain: str) -> bool:
    """Whether who controls `proved` controls `domain`: it is the same, or lies below it.

    Whole labels count, so `acme.com` covers `help.acme.com` and nothing that merely ends alike.
    """
    return domain.split(".")[-len(proved.split(".")):] == proved.split(".")


def same_site(one: str, other: str) -> bool:
    """Whether two hosts are one site: the same, but for a leading `www`."""
    return _bare(one) == _bare(other)


def _bare(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")


def in_letters(domain: str) -> str:
    """The domain with its labels decoded, as it would be typed. For comparing, not for showing."""
    return ".".join(_letters(label) for label in domain.split("."))


def _letters(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label


def readable(domain: str) -> str:
    """The domain as people may be shown it: decoded, but in punycode where that could deceive.

    It could when a label mixes scripts, or when all of it looks like plain Latin letters.
    """
    labels = in_letters(domain).split(".")
    return domain if any(_mixed(label) or _foreign_double(label) for label in labels) else (
        ".".join(labels))


def _foreign_double(label: str) -> bool:
    return "LATIN" not in _scripts(label) and not label.isascii() and skeleton(label).isascii()


def mixes_scripts(domain: str) -> bool:
    """Whether a label mixes alphabets that no language writes together, such as Latin and
    Cyrillic."""
    return any(_mixed(label) for label in in_letters(domain).split("."))


def _mixed(label: str) -> bool:
    scripts = _scripts(label)
    return len(scripts) > 1 and not any(scripts <= known for known in SCRIPTS_TOGETHER)


def _scripts(label: str) -> set[str]:
    return {categories.alias(character) for character in label} - _OF_NO_SCRIPT


def skeleton(text: str) -> str:
    """What a name or a domain looks like at a glance: two with one skeleton are look-alikes.

    After UTS 39: each character becomes the plain Latin one that it can be taken for, accents and
    case are dropped; then what handles fold (0/o, 1/i/l, rn/m …) folds here too.
    """
    plain = unicodedata.normalize("NFKD", in_letters(text) if "xn--" in text else text).casefold()
    kept = (_prototype(c) for c in plain if not unicodedata.combining(c))
    return glance("".join(kept))[:MOST_SKELETON]


@cache
def _prototype(character: str) -> str:
    if character.isascii():
        return character
    known = confusables.confusables_data.get(character, ())
    return next((one["c"].lower() for one in known if one["c"].isascii() and one["c"].isalnum()),
                character)
