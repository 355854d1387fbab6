"""How the same company is known again, and who may answer for it: pure values."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from parley.kernel.errors import Invalid, Refusal

ROLES = {"responder": "answers threads", "manager": "answers threads and keeps the page"}
MOST_ABOUT = 2_000
MOST_SLUG = 60
MOST_KEY = 120  # some single characters unfold into eighteen
MOST_HOST = 253

# Words that say what form a company has, not what it is called. Folded as `name_key` folds.
# Left out are those that also end a name ("Alpine Spa").
LEGAL_FORMS = {
    "ab", "ag", "aps", "as", "asa", "bv", "bvba", "co", "company", "corp", "corporation", "cv",
    "doo", "eirl", "eood", "ev", "ehf", "gbr", "gesmbh", "gmbh", "ggmbh", "hf", "inc",
    "incorporated", "kft", "kg", "kgaa", "kk", "lda", "limited", "llc", "llp", "lp", "ltd",
    "ltda", "mbh", "nv", "ood", "ohg", "oü", "oy", "oyj", "plc", "pte", "pty", "pvt", "sa",
    "sab", "sarl", "sàrl", "sas", "sca", "scs", "se", "sl", "sia", "slu", "snc", "spzoo", "srl",
    "sro", "tbk", "ug", "uab", "vof", "zrt", "ооо", "оао", "зао", "пао",
}  # fmt: skip
_JOINING = {"and", "und", "et", "og", "och"}
_WORDED = {"&": " and ", "＆": " and ", "+": " plus ", "＋": " plus "}
_DROPPED = ".'’‘`´"  # "A.G." is "ag", "Lea's" is "leas"
_SPELLED = str.maketrans({
    "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h",
    "ä": "ae", "ö": "oe", "ü": "ue",
})
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII)


def name_key(name: str) -> str:
    """What a company's name is compared by: "Northwind Rail Ltd." gives "northwind rail".

    Case, width, punctuation and the legal form at the end do not count. The key of a key is the
    same key; it is empty only for a name that shows nothing.
    """
    words = _folded(name)[:MOST_KEY].split()
    while len(words) > 1 and (words[-1] in LEGAL_FORMS or words[-1] in _JOINING):
        words.pop()
    return " ".join(words) or "".join(filter(str.isprintable, name)).strip()[:MOST_KEY].strip()


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFD", name).casefold()
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(_fold(character) for character in text)
    return unicodedata.normalize("NFKC", kept)


def _fold(character: str) -> str:
    if character in _DROPPED or unicodedata.category(character) == "Cf":
        return ""
    if character in _WORDED:
        return _WORDED[character]
    return character if unicodedata.category(character)[0] in "LNM" else " "


def slug_of(name: str, domain: str | None = None) -> str:
    """The name as it stands in an address: a-z, 0-9 and single hyphens, 60 characters at most.

    A name without such letters borrows those of the domain, else it is called "company".
    """
    return _slug(name_key(name)) or _slug((domain or "").partition(".")[0]) or "company"


def _slug(text: str) -> str:
    spelled = unicodedata.normalize("NFC", text.lower()).translate(_SPELLED)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:MOST_SLUG].strip("-")


def domain_of(website: str | None) -> str | None:
    """The host of what was typed as a website, as ASCII labels; None when nothing was typed.

    :raise Invalid: under `website`, when that is no address on the public web
    """
    typed = (website or "").strip()
    if not typed:
        return None
    labels = _ascii(_host(typed)).split(".")
    while labels[0] == "www" and len(labels) > 2:
        labels.pop(0)
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise _no_website()
    return ".".join(labels)


def _host(typed: str) -> str:
    if len(typed) > 500 or any(c.isspace() or not c.isprintable() for c in typed):
        raise _no_website()
    scheme = _SCHEME.match(typed)
    if scheme and scheme[0].lower() not in ("http://", "https://"):
        raise _no_website()
    try:
        host = urlsplit(typed if scheme else f"//{typed}").hostname or ""
    except ValueError:
        raise _no_website() from None
    return unicodedata.normalize("NFKC", host).lower().rstrip(".")


def _ascii(host: str) -> str:
    try:
        domain = host[: MOST_HOST + 1].encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _no_website() from None
    if len(domain) > MOST_HOST:
        raise _no_website()
    return domain


def _no_website() -> Invalid:
    return Invalid({"website": "That is no website we can read. Type it like example.com, "
                    "or leave it empty."})


def same_site(one: str | None, other: str | None) -> bool:
    """Whether two domains may be one company's: equal, one below the other, or one unknown."""
    if not one or not other:
        return True
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def may_edit(role: str | None) -> Refusal | None:
    if role == "manager":
        return None
    return Refusal("managers_only", "Only a manager of this company edits its page.")


def may_remove(role: str, managers: int, others: int) -> Refusal | None:
    """Whether someone with `role` may go, with so many managers and other people left there."""
    if role == "manager" and managers == 0 and others > 0:
        return Refusal("last_manager", "A company with people here keeps a manager. Appoint "
                       "another manager first.")
    return None


MOST_WAITING = 3  # addresses of one company before a steward; more would only be a flood


def may_write_to(*, claimed: bool, wish: bool) -> Refusal | None:
    """Whether mail with threads may go to an address of a company."""
    if claimed:
        return Refusal("claimed", "This company has people here, who hear of its threads already.")
    if wish:
        return Refusal("wish", "This company asked not to be written to.")
    return None


def may_enter_contact(
    *, claimed: bool, wish: bool, states: set[str], waiting: int
) -> Refusal | None:
    """Whether one more address may be entered. `states` are those of the same address there."""
    no = may_write_to(claimed=claimed, wish=wish)
    if no:
        return no
    if states & {"waiting", "approved"}:
        return Refusal("known", "Somebody entered this address already.", "email")
    if "stopped" in states:
        return Refusal("stopped", "Mail to this address came back, so another one is needed.",
                       "email")
    if waiting >= MOST_WAITING:
        return Refusal("many", "A few addresses of this company wait for a steward already. "
                       "Please wait until they are looked at.")
    return None


def may_decide_contact(*, state: str, own: bool) -> Refusal | None:
    if state != "waiting":
        return Refusal("decided", "This address was decided already.")
    if own:
        return Refusal("own", "You entered this address yourself, so another steward decides.")
    return None
