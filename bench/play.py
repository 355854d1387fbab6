"""The play: many members at once open threads; a company and an advocate answer a share.

Everybody has one browser, one thread of execution and a list of what waits for them. A case
goes from one to the next until its plan is done.
"""

from __future__ import annotations

import itertools
import queue
import re
import threading
import traceback
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.acknowledged import Log
from bench.client import Browser, Form, Page
from bench.report import Report

TITLE = (5, 120)  # characters
ANSWER = ("Thank you for asking. We have looked at your account: this is **fixed** now, and you "
          "will see it within the hour.")
AGAIN = "You were right, one step was missing on our side. It is done now; please look once more."
HELP = ("I had the same last month. Sign out of the app, wait a minute, sign in again, and it "
        "shows up under *Statements*.")
BACK = "I looked, and it is still the same here. Please look again."
REASON = "It came back this morning, exactly as before."


@dataclass
class Case:
    """One text on its way: its plan, and the thread that it became."""

    number: int
    text: str
    category: str
    path: str = ""
    plan: list[tuple[str, Step]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The text's first 120 characters; a very short one says what it is about."""
        title = unicodedata.normalize("NFC", " ".join(self.text[: TITLE[1]].split()))
        if len(title) >= TITLE[0]:
            return title
        return f"{title} ({self.category.replace('_', ' ')})"[: TITLE[1]]

    @property
    def thread_id(self) -> str:
        return self.path.rpartition("/")[2]


class Unexpected(Exception):
    """The server answered something else than it should; the page is what it answered."""

    def __init__(self, page: Page, wanted: str) -> None:
        super().__init__(wanted)
        self.page, self.wanted = page, wanted


@dataclass
class Person:
    """Somebody at a browser, with what waits for them: the furthest case first."""

    name: str
    email: str
    browser: Browser
    waiting: queue.PriorityQueue[tuple[int, int, Case | None]] = field(
        default_factory=queue.PriorityQueue)

    def sign_in(self, password: str) -> None:
        page = self.form(self.browser.get("/sign-in"), "/sign-in")
        self.sent(self.browser.submit(page, {"email": self.email, "password": password}))

    def page(self, path: str) -> Page:
        """A page that must be there."""
        page = self.browser.get(path)
        if page.status != 200:
            raise Unexpected(page, "200")
        return page

    def form(self, page: Page, path: str, button: str | None = None) -> Form:
        form = page.form(path, button) if page.status == 200 else None
        if form is None:
            raise Unexpected(page, f"a form for {path}")
        return form

    def sent(self, page: Page) -> Page:
        """An answer that must lead on."""
        if page.status not in (302, 303):
            raise Unexpected(page, "303")
        return page


@dataclass
class Stage:
    """What the steps need to know."""

    vendor: str
    log: Log
    report: Report


Step = Callable[[Person, Case, Stage], None]


def open_thread(by: Person, case: Case, stage: Stage) -> None:
    """Fill in the form; when like threads are shown first, send it once more."""
    page = by.page(f"/threads/new?vendor={stage.vendor}")
    typed: dict[str, Any] = {
        "kind": "question", "title": case.title, "body": case.text, "do": "send"}
    page = by.browser.submit(by.form(page, "/threads/new", "send"), typed)
    if page.status == 200:
        stage.report.event("shown similar threads")
        again = by.form(page, "/threads/new", "send")
        if ("seen", "1") not in again.fields:
            raise Unexpected(page, "similar threads, or 303")
        page = by.browser.submit(again, {"do": "send"})
    case.path = by.sent(page).location.partition("?")[0].partition("#")[0]
    if not re.fullmatch(r"/threads/[0-9a-z]{20}", case.path):
        raise Unexpected(page, "the way to the new thread")
    stage.log.add("thread", case.thread_id, case.text)
    stage.report.event("opened")
    by.page(case.path)


def _write(by: Person, case: Case, stage: Stage, words: str, **chosen: str) -> None:
    form = by.form(by.page(case.path), f"{case.path}/posts", "send")
    for name, value in chosen.items():
        if value not in form.choices.get(name, []):
            raise Unexpected(by.page(case.path), f"{name}={value} to choose")
    text = f"{words}\n\n{case.number}"  # no two alike, so that none is taken for another
    page = by.sent(by.browser.submit(form, {"body": text, "do": "send", **chosen}))
    stage.log.add("post", case.thread_id, text)
    landed = by.page(page.location.partition("#")[0])
    if f'id="{page.location.partition("#")[2]}"' not in landed.text:
        raise Unexpected(landed, f"the post {page.location}")


def answer(by: Person, case: Case, stage: Stage) -> None:
    _write(by, case, stage, ANSWER, purpose="answer")
    stage.report.event("answered")


def answer_again(by: Person, case: Case, stage: Stage) -> None:
    _write(by, case, stage, AGAIN, purpose="answer")
    stage.report.event("answered again")


def weigh_in(by: Person, case: Case, stage: Stage) -> None:
    _write(by, case, stage, HELP, side="helping")
    stage.report.event("weighed in")


def send_back(by: Person, case: Case, stage: Stage) -> None:
    _write(by, case, stage, BACK, then="give_back")
    stage.report.event("sent back")


def confirm_vendor(by: Person, case: Case, stage: Stage) -> None:
    _confirm(by, case, stage, {"solved_by": "vendor"})


def confirm_community(by: Person, case: Case, stage: Stage) -> None:
    """Mark the advocate's post as helpful, and name it as what solved it."""
    page = by.page(case.path)
    posts = by.form(page, f"{case.path}/resolution").choices.get("posts", [])[:1]
    if not posts:
        raise Unexpected(page, "a post to name")
    helped = by.form(page, f"/posts/{posts[0]}/helped")
    by.sent(by.browser.submit(helped, {}))
    stage.report.event("marked as helpful")
    _confirm(by, case, stage, {"solved_by": "community", "posts": posts})


def _confirm(by: Person, case: Case, stage: Stage, typed: dict[str, Any]) -> None:
    form = by.form(by.page(case.path), f"{case.path}/resolution")
    by.sent(by.browser.submit(form, typed))
    stage.log.add("closed", case.thread_id)
    stage.report.event(f"confirmed, {typed['solved_by']}")


def reopen(by: Person, case: Case, stage: Stage) -> None:
    form = by.form(by.page(case.path), f"{case.path}/reopening")
    text = f"{REASON}\n\n{case.number}"
    by.sent(by.browser.submit(form, {"body": text}))
    stage.log.add("reopened", case.thread_id)
    stage.log.add("post", case.thread_id, text)
    stage.report.event("reopened")


A, R, W = "author", "representative", "advocate"
# What becomes of ten texts in a row: 40% are answered, 20% get an advocate's help.
PLANS: tuple[list[tuple[str, Step]], ...] = (
    [(R, answer), (A, confirm_vendor)],
    [(R, answer), (A, send_back), (R, answer_again), (A, confirm_vendor)],
    [(R, answer), (A, confirm_vendor), (A, reopen)],
    [(R, answer), (W, weigh_in), (A, confirm_community)],
    [(W, weigh_in), (A, confirm_community)],
    [], [], [], [], [],
)


class Play:
    """Lets every case run its course; `sign_ins` is what `People.sign_ins` gives."""

    def __init__(self, url: str, sign_ins: dict[str, Any], cases: list[Case], report: Report,
                 log: Log) -> None:
        self.report, self.cases, self.password = report, cases, sign_ins["password"]
        self.stage = Stage(sign_ins["vendor"], log, report)
        self.people = {
            name: Person(name, email, Browser(url, report.answered)) for name, email in (
                (R, sign_ins[R]), (W, sign_ins[W]),
                *((f"{A} {n}", email) for n, email in enumerate(sign_ins["members"])))}
        self.left = len(cases)
        self.order = itertools.count()
        self.guard = threading.Lock()

    def run(self) -> None:
        authors = [name for name in self.people if name.startswith(A)]
        for case in self.cases:
            author = authors[case.number % len(authors)]
            share = case.number + case.number // len(authors)  # so that nobody has one plan only
            case.plan = [(author, open_thread)] + [
                (author if who == A else who, step) for who, step in PLANS[share % len(PLANS)]]
            self._hand_on(case)
        threads = [threading.Thread(target=self._live, args=(p,)) for p in self.people.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _hand_on(self, case: Case) -> None:
        """To whoever has the next step; a finished case leaves, and the last one ends the play."""
        if case.plan:
            furthest = (len(case.plan) if case.path else 99, next(self.order), case)
            self.people[case.plan[0][0]].waiting.put(furthest)
            return
        self.report.case_done()
        with self.guard:
            self.left -= 1
            if self.left == 0:
                for person in self.people.values():
                    person.waiting.put((100, next(self.order), None))

    def _live(self, person: Person) -> None:
        self._try(lambda: person.sign_in(self.password), person)
        while (case := person.waiting.get()[2]) is not None:
            _, step = case.plan.pop(0)
            if not self._try(lambda: step(person, case, self.stage), person):  # noqa: B023
                case.plan.clear()
            self._hand_on(case)
        person.browser.close()

    def _try(self, do: Callable[[], None], person: Person) -> bool:
        """Whether it went as it should; if not, it is noted."""
        try:
            do()
        except Unexpected as problem:
            page = problem.page
            self.report.surprise(page.status, f"{page.method} {page.path}",
                                 f"{person.name} wanted {problem.wanted}: {page.excerpt()}")
        except Exception:
            last = traceback.format_exc().strip().splitlines()
            self.report.surprise(0, person.browser.host, f"{person.name}: {' | '.join(last[-3:])}")
        else:
            return True
        return False
