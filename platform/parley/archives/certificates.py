"""What a leaving comes to, as JSON and in words: what was removed, what stays and why, and what
nobody here can reach."""

from __future__ import annotations

from typing import Any

from parley.accounts.leaving import REMOVE
from parley.accounts.models import Leaving
from parley.kernel.canonical import iso
from parley.outbox.mail import url

FORMAT = "parley-leaving/1"

# What was counted: (one, many)
REMOVED = {
    "sessions": ("signed-in browser", "signed-in browsers"),
    "links": ("link that was sent by mail", "links that were sent by mail"),
    "sign_ins": ("sign-in of an outside provider", "sign-ins of outside providers"),
    "silences": ("block or mute", "blocks and mutes"),
    "follows": ("follow", "follows"),
    "drafts": ("draft", "drafts"),
    "files": ("file that was never sent", "files that were never sent"),
    "votes": ("answer to a fix", "answers to fixes"),
    "notices": ("notice", "notices"),
    "declarations": ("declaration as an advocate", "declarations as an advocate"),
    "membership": ("membership", "memberships"),
    "dues": ("entry about dues", "entries about dues"),
    "card": ("customer at the card provider", "customers at the card provider"),
    "archives": ("archive", "archives"),
    "bringings": ("archive that was sent here", "archives that were sent here"),
    "restored": ("thread or note brought from elsewhere",
                 "threads and notes brought from elsewhere"),
    "documents": ("document brought from elsewhere", "documents brought from elsewhere"),
    "quoted": ("thread that others brought from elsewhere, in which a name was replaced",
               "threads that others brought from elsewhere, in which a name was replaced"),
    "desk": ("entry at a company’s desk", "entries at a company’s desk"),
    "posts_removed": ("post", "posts"),
    "texts": ("text elsewhere that named the account", "texts elsewhere that named the account"),
    "mentions": ("post of a thread in which a name was replaced",
                 "posts of threads in which a name was replaced"),
}
# What stays: (one, many, why)
KEPT = {
    "posts_kept": (
        "post", "posts", "A public answer to others stays readable. Each thread has a pseudonym of "
        "its own, and nothing links one to another. What was written for a company is the "
        "company’s."),
    "me_too_kept": ("“me too”", "“me too”", "It counts in its thread, under the same pseudonym."),
    "problems": ("problem that hit them", "problems that hit them", "They count once in each, "
                 "unless they took their words away."),
    "problems_named": (
        "problem that they named", "problems that they named", "Others joined it with threads of "
        "their own, so its title stays."),
    "links_kept": ("thread that they linked to a problem", "threads that they linked to problems",
                   "Which threads have one cause is for all who are hit."),
    "marks": ("“this helped”", "“this helped”", "It belongs to the person who helped."),
    "for_companies": (
        "act for a company", "acts for companies", "Promises, notes and the like are the "
        "company’s. They stand under “Someone of” and its name."),
    "acts": ("act in an office", "acts in an office",
             "What officers decide stays on record, under a name that is nobody’s."),
    "offices": ("term of office", "terms of office", "That there was one stays on record."),
    "reports": ("report to the stewards", "reports to the stewards",
                "They are part of what companies and stewards are measured by. Their notes are "
                "gone."),
    "addresses": ("address of a company", "addresses of companies",
                  "It is the company’s, and others use it."),
    "payments": ("payment or gift", "payments and gifts",
                 "The books keep the sums, without the name."),
    "card_elsewhere": (
        "customer at a card provider", "customers at a card provider", "This community has no "
        "connection to that provider any more; ask the provider."),
}
BEYOND = (
    "Mail that was sent, and archives that others made of their own threads.",
    "What others wrote about the person in other words than e-mail address, handle and full name; "
    "a first name is replaced where somebody is spoken to by it.",
    "Backups hold the account until they are deleted. Whoever restores one erases it again.",
)


def content(leaving: Leaving) -> dict[str, Any]:
    """The certificate of a leaving. Nothing in it is personal."""
    assert leaving.erased_at is not None
    counts = leaving.counts
    return {
        "format": FORMAT,
        "server": url("/"),
        "left_at": iso(leaving.left_at),
        "erased_at": iso(leaving.erased_at),
        "public_words": "removed" if leaving.words == REMOVE else "kept under pseudonyms",
        "removed": [
            {"what": "the account", "words": "E-mail address, password, names, profile and handle; "
             "the handle is never given to anybody again"},
            *({"what": what, "count": counts[what], "words": _words(counts[what], *words)}
              for what, words in REMOVED.items() if what in counts)],
        "kept": [
            {"what": what, "count": counts[what], "words": _words(counts[what], one, many),
             "why": why}
            for what, (one, many, why) in KEPT.items() if what in counts],
        "beyond_reach": list(BEYOND),
    }


def _words(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
