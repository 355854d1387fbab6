"""Reading a bank's list of transfers (CSV): which column is which, and what each line says.

Pure: bytes in, lines out. Banks differ in everything, so columns are found by common names in
English, German, French, Dutch, Spanish, Italian and the Nordic languages.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from parley.billing import rules
from parley.kernel.errors import Invalid

MOST_LINES = 100_000
MOST_BYTES = 24 * 1024 * 1024
MOST_CELL = 10_000  # characters; a quote that is never closed swallows all lines after it
LOOK_FOR_HEADER = 30  # lines; many banks put the account's name and a balance above it

NAMES = {
    "day": ("bookingdate", "date", "transactiondate", "valuedate", "buchungstag",
            "buchungsdatum", "buchung", "datum", "valutadatum", "wertstellung", "valuta",
            "dateoperation", "datedecomptabilisation", "boekdatum", "fecha", "fechaoperacion",
            "data", "dataoperazione", "bokforingsdag", "bokfortdato", "dato", "completeddate"),
    "amount": ("amount", "betrag", "betrageur", "betragineur", "umsatz", "umsatzineur",
               "montant", "bedrag", "importe", "importo", "belopp", "belob", "belop", "kwota",
               "castka", "amounteur", "transactionamount"),
    "credit": ("credit", "gutschrift", "haben", "paidin", "moneyin", "entrate", "ingreso",
               "gutschriftinchf"),
    "text": ("reference", "purpose", "verwendungszweck", "buchungstext", "description",
             "details", "text", "remittanceinformation", "libelle", "communication",
             "omschrijving", "mededelingen", "mededeling", "concepto", "descrizione", "causale",
             "mitteilung", "meddelande", "melding", "zahlungszweck", "avisierungstext", "memo",
             "paymentreference", "kundenreferenz", "note"),
    "name": ("name", "counterparty", "payer", "payername", "auftraggeber", "zahlungspflichtiger",
             "begunstigterzahlungspflichtiger", "beguenstigterzahlungspflichtiger",
             "auftraggeberempfanger", "namezahlungsbeteiligter", "naamtegenpartij", "partner",
             "partnername", "sender", "contrepartie", "avsandare"),
    "currency": ("currency", "wahrung", "waehrung", "devise", "munt", "divisa", "moneda", "valuta"),
}
DELIMITERS = (";", ",", "\t")


@dataclass(frozen=True)
class Line:
    """One line of the list, as typed by the bank, with its number in the file."""

    number: int
    day: str
    amount: str
    text: str
    name: str
    currency: str

    @property
    def digest(self) -> str:
        """The same for the same transfer in any later list of the same bank."""
        plain = "\x1f".join(" ".join(part.split()).lower() for part in (
            self.day, self.amount, self.text, self.name, self.currency))
        return hashlib.sha256(plain.encode()).hexdigest()

    def references(self) -> set[str]:
        return rules.references_in(self.text) or rules.references_in(self.name)


def read(content: bytes) -> list[Line]:
    """All lines of a list.

    :raise Invalid: under `file`: it is no such list, has no usable columns, or is too long
    """
    if len(content) > MOST_BYTES:
        raise _invalid("That file is too large. Ask your bank for a shorter span of time.")
    text = decode(content)
    rows = _rows(text)
    columns: dict[str, list[int]] | None = None
    lines: list[Line] = []
    for number, row in rows:
        if columns is None:
            columns = _columns(row)
            if columns is None and number > LOOK_FOR_HEADER:
                break
        elif any(cell.strip() for cell in row):
            if len(lines) >= MOST_LINES:
                raise _invalid(f"That file has more than {MOST_LINES:,} lines. Import a shorter "
                               "span of time.")
            lines.append(_line(number, row, columns))
    if columns is None:
        raise _invalid("We found no line of headings with a date, an amount and a text, such as "
                       "Date;Amount;Reference. Nothing was imported.")
    return lines


def _invalid(words: str) -> Invalid:
    return Invalid({"file": words})


def decode(content: bytes) -> str:
    """Text of UTF-8, UTF-16 or Latin-1 (Windows) bytes, with or without a byte order mark.

    :raise Invalid: it is empty, or no text
    """
    if content.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise _invalid("This is no CSV file. Ask your bank for CSV, or save the table as CSV.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        kinds = ["utf-16"]
    elif b"\0" in content[:2000]:
        kinds = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    else:
        kinds = ["utf-8-sig", "cp1252", "latin-1"]
    for kind in kinds:
        try:
            text = content.decode(kind)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _invalid("The letters of this file cannot be read. Save it as CSV in UTF-8.")
    if "\0" in text:
        raise _invalid("This is no CSV file. Ask your bank for CSV, or save the table as CSV.")
    if not text.strip():
        raise _invalid("This file is empty.")
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    head = text[:20_000]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(len(cell) > MOST_CELL for cell in row):
                raise csv.Error
            yield reader.line_num, row
    except csv.Error:
        raise _invalid(f"Line {reader.line_num} of this file cannot be read as CSV. Nothing was "
                       "imported.") from None


def _key(heading: str) -> str:
    plain = unicodedata.normalize("NFKD", heading.lower())
    return re.sub(r"[^a-z0-9]", "", plain.replace("ø", "o").replace("ß", "ss"))


def _columns(row: list[str]) -> dict[str, list[int]] | None:
    """Which columns hold what, best name first; None when this is no line of headings."""
    keys = [_key(cell) for cell in row]
    found = {what: [keys.index(name) for name in names if name in keys]
             for what, names in NAMES.items()}
    if not found["amount"]:
        found["amount"] = found["credit"]
    currency = [n for n in found["currency"] if n not in found["day"][:1]]
    if not (found["day"] and found["amount"] and found["text"]):
        return None
    return found | {"currency": currency}


def _line(number: int, row: list[str], columns: dict[str, list[int]]) -> Line:
    def cell(what: str) -> str:
        places = columns[what]
        return row[places[0]].strip() if places and places[0] < len(row) else ""

    text = " ".join(row[n].strip() for n in columns["text"] if n < len(row))
    return Line(number, cell("day"), cell("amount"), text, cell("name"), _currency(cell))


def _currency(cell: object) -> str:
    found = cell("currency").upper()  # type: ignore[operator]
    return found if re.fullmatch("[A-Z]{3}", found) else ""
