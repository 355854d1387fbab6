"""What is new in a mail: quotations and signatures of many programs are cut."""

from __future__ import annotations

import pytest

from parley.notifications import mail_reading
from parley.outbox.mail import REPLY_LINE

OURS = f"{REPLY_LINE}\nHello Jonas,\nplease say."


def new_words(text: str) -> str:
    raw = ("From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text).encode()
    return mail_reading.read(raw, "a@b.example", "parley.example").text


def quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("tail", [
    f"On Mon, 3 May 2026 at 10:00, Parley <p@x.example> wrote:\n{quoted(OURS)}",
    f"Am 3. Mai 2026 um 10:00 schrieb Parley <p@x.example>:\n\n{quoted(OURS)}",
    f"Le lun. 3 mai 2026 à 10:00, Parley <p@x.example> a écrit :\n{quoted(OURS)}",
    "From: Parley <p@x.example>\nSent: Monday, 3 May 2026 10:00\nTo: Jonas\nSubject: A thread\n\n"
    f"{OURS}",
    "-----Original Message-----\nFrom: Parley\n\nHello Jonas",
    "Sent from my iPhone",
    "-- \nJonas Klein\nDepot Street 1",
    f"-- \nJonas Klein\n\nOn Mon, 3 May 2026 at 10:00, Parley <p@x.example> wrote:\n{quoted(OURS)}",
    f"\n{OURS}",
], ids=range(9))
def test_only_the_new_words_remain(tail):
    assert new_words(f"It is at the depot.\n\nThe second line.\n\n{tail}") == (
        "It is at the depot.\n\nThe second line.")


@pytest.mark.parametrize("text", [
    "1. this\n2. that", "- one\n- two\n\nend", "see https://x.example/a_b", "Ärger & Grüße, naïve"])
def test_words_that_are_new_all_stay(text):
    assert new_words(text) == text


def test_a_text_made_to_stall_the_library_is_cut_in_a_plainer_way(monkeypatch):
    monkeypatch.setattr(mail_reading, "CUT_SECONDS", 0.001)
    assert new_words("It is here.\n> quoted\n") == "It is here."


def test_a_very_long_mail_is_read_in_part():
    assert len(new_words("word " * 1_000_000)) <= mail_reading.MOST_READ
