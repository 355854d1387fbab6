"""The demo community keeps the rules of the house and shows every state a thread can be in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from parley.demo.community import COMPANIES, DECLARATIONS, PEOPLE, STORIES
from parley.demo.shapes import LAPSED_DAYS_AGO, POSTS, POSTS_BY_COMPANY, Step, Story, prose

SIGN_INS = {"member", "lapsed", "advocate", "representative", "manager", "steward", "treasurer"}
CATEGORIES = {
    "transport", "telecoms", "media", "household", "housing",
    "finance", "energy", "health", "food", "other",
}
REASONS = {"personal_data", "threat", "unlawful", "spam", "false_identity", "off_topic"}
TIES = {
    "customer", "former_customer", "employee", "supplier",
    "partner", "shareholder", "competitor", "none",
}
CLAIMS = {"answer": "unconfirmed", "propose_resolution": "unconfirmed", "decline": "declined"}
NO_CLAIMS = {"praise", "idea", "consultation"}
SILENT_FOR = timedelta(days=14)
GRACE = timedelta(days=14)

PERSON = {person.key: person for person in PEOPLE}
COMPANY = {company.key: company for company in COMPANIES}
OFFICE = {
    (person, company.key): role
    for company in COMPANIES
    for person, role, _ in company.representatives
}
ADVOCATES = {(one.person, one.company) for one in DECLARATIONS}
BY_TITLE = {story.title: story for story in STORIES}
IDS = [story.title[:40] for story in STORIES]


@dataclass
class Thread:
    """A story told up to an instant, by a plain reading of the table of events."""

    story: Story
    at: timedelta = timedelta()
    status: str = "awaiting_vendor"
    outcome: str | None = None
    turn: str | None = None
    turn_from: timedelta = timedelta()
    turn_claims: int = 0
    round: int = 1
    idea_state: str | None = None
    solved_by: str | None = None
    hidden: bool = False
    posts: list[tuple[str, str]] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)
    hidden_posts: set[int] = field(default_factory=set)
    helped: set[int] = field(default_factory=set)
    reports: list[int] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def pass_time(self, until: timedelta) -> None:
        if self.status == "awaiting_author" and until >= self.turn_from + SILENT_FOR:
            self.status, self.outcome = "closed", CLAIMS.get(self.turn or "", "void")
            self.seen.add(f"silence:{self.outcome}")
        self.at = until

    def post(self, step: Step) -> None:
        kind, do = self.story.kind, step.do
        mine = step.by == self.story.author
        represents = (step.by, self.story.company) in OFFICE
        assert step.text and not self.hidden
        if do in POSTS_BY_COMPANY:
            assert represents and (not mine or kind == "consultation")
            assert self.status != "closed" or do == "update"
            if do in CLAIMS or do == "ask":
                assert kind not in NO_CLAIMS
                self.take_turn(do)
            assert do != "propose_resolution" or kind == "complaint"
        elif do in ("note", "send_back"):
            assert mine
            if do == "send_back":
                self.send_back()
        else:
            assert not mine and not represents and self.status != "closed"
            assert PERSON[step.by].member == "paid"
            assert ((step.by, self.story.company) in ADVOCATES) == (do == "weigh_in")
            assert (step.side in ("helping", "defending")) == (do == "weigh_in")
        self.posts.append((step.by, do))

    def take_turn(self, do: str) -> None:
        if self.status == "awaiting_vendor":
            self.turn, self.turn_from, self.turn_claims = do, self.at, 0
        if do in CLAIMS:
            self.turn, self.turn_claims = do, self.turn_claims + 1
            assert self.turn_claims == 1, "a second claim in one turn is not shown in the demo"
        self.status = "awaiting_author"

    def send_back(self) -> None:
        assert self.status == "awaiting_author"
        self.seen.add(f"sent back:{self.turn}")
        if self.turn == "decline":
            self.round += 1
        self.status = "awaiting_vendor"

    def take(self, step: Step) -> None:
        story = self.story
        self.pass_time(self.at + step.after)
        assert step.do == "silence" or step.by in PERSON
        if step.do in POSTS:
            self.post(step)
            return
        if step.do in ("confirm", "reopen", "withdraw", "helped"):
            assert step.by == story.author
        match step.do:
            case "silence":
                assert step.after == timedelta(days=15) and self.status == "closed"
            case "confirm":
                assert story.kind in ("question", "complaint") and self.outcome != "withdrawn"
                assert step.solved_by in ("vendor", "community", "myself")
                assert bool(step.posts) == (step.solved_by == "community")
                assert all(self.posts[one][1] in ("reply", "weigh_in") for one in step.posts)
                late = self.status == "closed"
                self.status, self.outcome, self.solved_by = "closed", "confirmed", step.solved_by
                self.seen.add("confirmed later" if late else f"confirmed:{step.solved_by}")
            case "reopen":
                assert self.status == "closed" and self.outcome != "withdrawn" and step.text
                self.status, self.outcome, self.round = "awaiting_vendor", None, self.round + 1
                self.seen.add("reopened")
            case "withdraw":
                assert self.status != "closed"
                self.status, self.outcome = "closed", "withdrawn"
            case "helped":
                assert step.post is not None and self.posts[step.post][0] != story.author
                self.helped.add(step.post)
            case "edit" | "remove":
                assert step.post is not None and self.posts[step.post][0] == step.by
                assert step.do == "remove" or step.text
                self.removed |= {step.post} if step.do == "remove" else set()
                self.seen.add(step.do)
            case "mark":
                assert story.kind == "idea" and (step.by, story.company) in OFFICE
                assert step.state in ("considering", "planned", "shipped", "declined")
                assert step.text or step.state != "declined"
                self.status, self.idea_state = "nobody", step.state
            case "report":
                assert step.post is not None and step.post < len(self.posts)
                assert step.reason in REASONS
                self.reports.append(step.post)
            case "hide_post" | "hide_thread":
                assert "steward" in PERSON[step.by].offices
                assert step.reason in REASONS and step.text
                assert step.by not in {author for author, _ in self.posts}
                if step.do == "hide_thread":
                    self.hidden, self.reports = True, []
                else:
                    self.hidden_posts.add(step.post)
                    self.reports = [one for one in self.reports if one != step.post]
            case "close_consultation":
                assert story.kind == "consultation" and step.by == story.author and step.text
                self.status = "closed"
            case other:
                raise AssertionError(f"no such step: {other}")


def told(story: Story, days_ago: float = 0) -> Thread:
    """The thread as it stood `days_ago`, having checked every step up to then."""
    life = timedelta(days=story.days_ago - days_ago)
    thread = Thread(story, posts=[(story.author, "open")])
    if story.kind in ("praise", "consultation"):
        thread.status = "nobody"
    for step in story.steps:
        if thread.at + step.after > life:
            break
        thread.take(step)
    thread.pass_time(life)
    return thread


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_every_step_is_one_that_the_table_allows(story: Story) -> None:
    assert sum((step.after for step in story.steps), timedelta()) <= timedelta(days=story.days_ago)
    told(story)


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_every_thread_is_opened_by_someone_who_may(story: Story) -> None:
    author = PERSON[story.author]
    assert story.days_ago <= 90
    assert 5 <= len(story.title) <= 120 and 1 <= len(story.body) <= 20_000
    if story.kind == "consultation":
        assert OFFICE[story.author, story.company] == "manager"
    else:
        assert story.kind in ("question", "complaint", "praise", "idea")
        assert (story.author, story.company) not in OFFICE
    if author.member == "lapsed":
        assert timedelta(days=story.days_ago) > timedelta(days=LAPSED_DAYS_AGO) - GRACE
    if author.member is None and story.kind != "consultation":
        assert sum(other.author == author.key for other in STORIES) == 1
    extras = (story.product, story.where, story.when, story.remedy, story.impact)
    assert story.kind == "complaint" or not any(extras)
    assert story.impact in (None, "safety", "no_service", "money_held", "nuisance")


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_me_too_is_said_once_by_members_who_may(story: Story) -> None:
    people = [person for person, _ in story.me_too]
    assert len(people) == len(set(people)) and story.author not in people
    assert all(PERSON[person].member == "paid" for person in people)
    assert not any((person, story.company) in OFFICE for person in people)
    assert {word for _, word in story.me_too} <= {"affected", "works_now", "left"}
    assert not (people and story.kind in ("praise", "consultation"))


def test_duplicates_name_a_thread_that_was_open_or_confirmed_by_then() -> None:
    for story in STORIES:
        for at, step in enumerate(story.steps):
            if not step.duplicate_of:
                continue
            other = BY_TITLE[step.duplicate_of]
            when = sum((one.after for one in story.steps[: at + 1]), timedelta())
            then = told(other, story.days_ago - when / timedelta(days=1))
            assert STORIES.index(other) < STORIES.index(story) and other.company == story.company
            assert then.status != "closed" or then.outcome == "confirmed"


def test_people_and_companies_are_who_they_should_be() -> None:
    for values in (
        [person.key for person in PEOPLE], [person.handle for person in PEOPLE],
        [person.email for person in PEOPLE], [company.key for company in COMPANIES],
        [company.name for company in COMPANIES], [company.website for company in COMPANIES],
        [story.title for story in STORIES],
    ):
        assert len(values) == len(set(values))
    assert len(PEOPLE) >= 14 and len(COMPANIES) >= 8 and len(STORIES) >= 44
    assert {f"{name}@demo.example" for name in SIGN_INS} <= {person.email for person in PEOPLE}
    assert all(person.email.endswith("@demo.example") for person in PEOPLE)
    assert all(company.website.endswith(".example") for company in COMPANIES)
    assert {company.category for company in COMPANIES} <= CATEGORIES
    for company in COMPANIES:
        assert company.claimed == bool(company.representatives)
        assert not company.claimed or "manager" in {role for _, role, _ in company.representatives}
    for one in DECLARATIONS:
        assert PERSON[one.person].member == "paid" and one.company in COMPANY
        assert (one.person, one.company) not in OFFICE and set(one.ties) <= TIES


def test_the_sign_ins_have_what_they_are_for() -> None:
    assert OFFICE["marta", "northwind"] == "responder"
    assert OFFICE["jonas", "northwind"] == "manager"
    assert sum(story.author == "ines" for story in STORIES) >= 4
    assert sum(one.person == "tomasz" for one in DECLARATIONS) == 2
    lapsed = [told(story) for story in STORIES if story.author == "ruben"]
    assert "awaiting_author" in {thread.status for thread in lapsed}
    helped_by_tomasz = {
        story.author
        for story in STORIES
        for thread in [told(story)]
        if any(thread.posts[post][0] == "tomasz" for post in thread.helped)
    }
    assert len(helped_by_tomasz) >= 5


def test_every_state_is_there_to_be_seen() -> None:
    threads = [told(story) for story in STORIES]
    shown = [thread for thread in threads if not thread.hidden]
    owed = [t for t in shown if t.story.kind in ("question", "complaint")]
    waiting = [t.story.days_ago for t in owed if t.status == "awaiting_vendor"]
    assert min(waiting) < 2 and max(waiting) > 21
    assert {t.turn for t in owed if t.status == "awaiting_author"} == {"ask", *CLAIMS}
    seen = Counter(what for thread in threads for what in thread.seen)
    assert set(seen) >= {
        "confirmed:vendor", "confirmed:community", "confirmed:myself", "confirmed later",
        "silence:unconfirmed", "silence:declined", "silence:void", "reopened",
        "sent back:ask", "sent back:answer", "sent back:propose_resolution", "sent back:decline",
        "edit", "remove",
    }
    assert {t.outcome for t in owed} == {
        None, "confirmed", "unconfirmed", "declined", "void", "withdrawn",
    }
    assert any(t.round == 2 and t.status == "awaiting_vendor" for t in owed)
    ideas = [t for t in shown if t.story.kind == "idea"]
    assert {t.idea_state for t in ideas} == {None, "considering", "planned", "shipped", "declined"}
    assert any(t.idea_state == "shipped" and t.helped for t in ideas)
    assert any(t.story.kind == "praise" and "acknowledge" in {do for _, do in t.posts}
               for t in shown)
    assert {t.status for t in shown if t.story.kind == "consultation"} == {"nobody", "closed"}
    assert any(not COMPANY[t.story.company].claimed and t.status == "awaiting_vendor" for t in owed)
    assert {word for t in shown for _, word in t.story.me_too} == {"affected", "works_now", "left"}
    assert sum(t.hidden for t in threads) == 1
    assert sum(len(t.hidden_posts) for t in threads) == 1
    assert sum(len(t.reports) for t in threads) == 2


def test_prose_joins_lines_and_leaves_lists_alone() -> None:
    assert prose("  one\n  two\n\n  - a\n    b\n  - c  ") == "one two\n\n- a b\n- c"
