"""A bank's list is looked at, then booked whole, and never twice."""

from __future__ import annotations

import time

import pytest

from parley.billing import actions, bank, coverage, gifts, statements
from parley.billing.models import BankImport, Payment, Subscription
from parley.kernel import ids, rulebook
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.members import actions as members
from tests.conftest import NOON
from tests.factories import make_account, make_member

HEAD = "Buchungstag;Auftraggeber;Verwendungszweck;Betrag;Währung"


def line(reference: str, amount: str = "50,00", day: str = "10.11.2026", currency: str = "EUR",
         name: str = "Ada L.") -> str:
    return f"{day};{name};Beitrag {reference};{amount};{currency}"


def content(*lines: str, head: str = HEAD) -> bytes:
    return "\r\n".join([head, *lines]).encode()


def look(dues, data: bytes) -> BankImport:
    return BankImport.get_by_id(bank.look(dues.treasurer, "list.csv", data).id)


def reasons(row: BankImport) -> dict[str, int]:
    return {key.removeprefix("rest_"): count for key, count in row.counts.items()
            if key.startswith("rest_")}


def test_two_hundred_lines_partly_wrong(dues, mails):
    people = [make_account() for _ in range(120)]
    mine = [actions.agree(one, "month", "5").reference for one in people]
    lines = [line(ref, "5,00") for ref in mine]
    lines += [line("no reference at all", name="DUES") for _ in range(40)]
    lines += [line(mine[0], "5,00"), line(mine[1], "-5,00"), line(mine[2], "1,99"),
              line(mine[3], "5,00", currency="CHF"), line(mine[4], "five"),
              line(mine[5], "5,00", day="31.12.2026"), line(mine[6], "5,00", day="soon"),
              line(mine[7][:-1] + ("A" if mine[7][-1] != "A" else "B")),
              line(f"{mine[8]} and {mine[9]}"), line(mine[10], "9.999.999,00"), "", ";;;;"]
    lines += [line(f"Rent {n}", "-900,00") for n in range(200 - len(lines))]
    row = look(dues, content(*lines))
    assert (row.counts["read"], row.counts["book"]) == (198, 121)
    assert row.counts["rest"] == len(row.rest) == 198 - 121
    assert reasons(row)["twice"] == 1
    assert reasons(row)["outgoing"] == 1
    assert reasons(row)["below_floor"] == 1
    assert reasons(row)["currency"] == 1
    assert reasons(row)["unusable"] == 3
    assert reasons(row)["reference"] == 1
    assert not Payment.select().exists()
    assert all(entry["why"].endswith(".") for entry in row.rest)

    assert bank.book(dues.treasurer, row.id) == 121
    assert Payment.select().count() == 121
    assert all(members.standing_of(one) == "member" for one in people)
    with pytest.raises(Refused):
        bank.book(dues.treasurer, row.id)

    again = look(dues, content(*lines))
    assert "book" not in again.counts
    assert reasons(again)["booked"] == 122
    assert bank.book(dues.treasurer, again.id) == 0
    assert Payment.select().count() == 121


def test_two_lists_looked_at_before_either_is_booked(dues):
    data = content(line(dues.row.reference))
    first, second = look(dues, data), look(dues, data)
    assert bank.book(dues.treasurer, first.id) == 1
    assert bank.book(dues.treasurer, second.id) == 0
    assert Payment.select().count() == 1


def test_nothing_is_half_booked(dues, monkeypatch):
    other = make_account()
    ref = actions.agree(other, "year", "50").reference
    row = look(dues, content(line(dues.row.reference), line(ref)))
    real, calls = actions.book_dues, []

    def second_fails(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("the machine stops here")
        return real(*args, **kwargs)

    monkeypatch.setattr(actions, "book_dues", second_fails)
    with pytest.raises(RuntimeError):
        bank.book(dues.treasurer, row.id)
    assert not Payment.select().exists()
    assert members.standing_of(dues.person) == "account"
    monkeypatch.undo()
    assert bank.book(dues.treasurer, row.id) == 2


def test_what_was_typed_by_hand_is_not_booked_again(dues):
    dues.record("50", day="2026-11-11")
    row = look(dues, content(line(dues.row.reference)))
    assert reasons(row) == {"by_hand": 1}


def test_gifts_have_references_of_their_own(dues):
    make_account(handle="berta")
    gift = gifts.give(dues.person, "berta", "3")
    row = look(dues, content(line(gift.reference, "15,00"), line(gift.reference, "15,01"),
                             line(gifts.give(dues.person, "berta", "3").reference, "14,00")))
    assert reasons(row) == {"gift_paid": 1, "gift_short": 1}
    assert bank.book(dues.treasurer, row.id) == 1
    assert gifts.offered(gift.id, gift.receiver).paid_at == NOON


def test_only_a_treasurer_looks_and_books(dues):
    row = look(dues, content(line(dues.row.reference)))
    with pytest.raises(NotFound):
        bank.book(make_member(), row.id)
    with pytest.raises(NotFound):
        bank.look(make_member(), "x", b"x")
    with pytest.raises(NotFound):
        bank.book(dues.treasurer, ids.unguessable())


ENGLISH = "Date,Description,Amount,Counterparty\n2026-11-10,{ref},50.00,Ada\n"


@pytest.mark.parametrize("data", [
    ENGLISH.encode(), ENGLISH.encode("utf-8-sig"), ENGLISH.encode("utf-16"),
    ENGLISH.encode("utf-16-le"), ENGLISH.encode("utf-16-be"),
    "Buchungstag;Beguenstigter/Zahlungspflichtiger;Verwendungszweck;Betrag\n"
    "10.11.26;Jürgen Groß;{ref};\"1.050,00\"\n".encode("latin-1"),
    b"Kontoauszug\n\nKonto;DE00\nBuchungsdatum;Text;Gutschrift in CHF\n10.11.2026;{ref};50.00\n",
    b"Date;Amount;Reference\r10/11/2026;50;{ref}\r",
    b'"Date"\t"Amount"\t"Details"\n"2026-11-10"\t"50.00"\t"a\n{ref}"\n',
    "Date opération;Libellé;Montant\n10/11/2026;VIR {ref};50,00\n".encode("cp1252"),
], ids=["utf-8", "bom", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "preamble", "cr", "tabs",
        "french"])
def test_banks_write_as_they_like(dues, data):
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data
    ref = dues.row.reference
    if wide:
        kind = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else (
            "utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
        data = data.decode(kind).replace("{ref}", ref).encode(kind)
    else:
        data = data.replace(b"{ref}", ref.encode())
    row = look(dues, data)
    assert row.counts.get("book") == 1, row.rest
    assert row.lines[0]["amount"] in (5_000, 105_000)
    assert row.lines[0]["paid_at"].startswith("2026-11-10")


@pytest.mark.parametrize(("data", "words"), [
    (b"", "empty"), (b"  \n \n", "empty"), (b"PK\x03\x04rest", "no CSV"), (b"%PDF-1.7", "no CSV"),
    (b"Name;Colour\nAda;red\n", "headings"), (b"just some words", "headings"),
    (b"Date;Reference\n2026-11-10;x\n", "headings"), (b"\x89PNG\r\n\0\0\0\rIHDR", "."),
    (b"Date;Amount;Reference\n2026-11-10;\"50;x\n" + b"x" * 200_000, "cannot be read"),
    (b"\xff\xfe\x00", "cannot be read"), (b"\0\0\0\0", ".")])
def test_files_that_are_no_list_are_refused_in_words(dues, data, words):
    with pytest.raises(Invalid) as refused:
        look(dues, data)
    assert words in refused.value.errors["file"]
    assert not BankImport.select().exists()


def test_a_line_with_missing_cells_is_listed(dues):
    row = look(dues, content(f"10.11.2026;x;{dues.row.reference}", "10.11.2026"))
    assert (row.counts["read"], row.counts["rest"]) == (2, 2)


@pytest.mark.drill
def test_a_hundred_thousand_lines_take_bounded_time(dues):
    refs = [dues.row.reference, *(
        coverage.subscription_of(make_account(password=None)).reference for _ in range(20))]
    lines = [line(refs[n % 21] if n % 5_000 == 0 else f"Rent {n}") for n in range(100_000)]
    started = time.monotonic()
    row = look(dues, content(*lines))
    took = time.monotonic() - started
    assert row.counts["read"] == 100_000
    assert row.counts["book"] == 20
    assert len(row.rest) == bank.MOST_LISTED
    assert took < 30
    with pytest.raises(Invalid, match="100,000"):
        look(dues, content(*lines, line("x")))
    with pytest.raises(Invalid, match="too large"):
        statements.read(b"x" * (statements.MOST_BYTES + 1))


def test_more_payments_than_one_write_bears_are_refused(dues, monkeypatch):
    monkeypatch.setattr(bank, "MOST_BOOKED", 1)
    other = actions.agree(make_account(), "year", "50")
    with pytest.raises(Invalid, match="shorter span"):
        look(dues, content(line(dues.row.reference), line(other.reference)))


def test_lists_that_nobody_booked_are_forgotten(dues, travel):
    look(dues, content(line(dues.row.reference)))
    travel(days=31)
    bank.sweep()
    assert not BankImport.select().exists()


def test_the_price_may_have_risen_between_looking_and_booking(dues):
    row = look(dues, content(line(dues.row.reference, "20,00")))
    assert row.counts["book"] == 1
    rulebook.change("floor_year", 3_000)
    assert bank.book(dues.treasurer, row.id) == 0
    assert Subscription.get_by_id(dues.person.id).paid_until is None
