"""A company's scorecard: as a page, JSON, CSV and a badge for elsewhere, and the company's word."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request
from flask_login import current_user
from markupsafe import Markup

from parley.kernel.errors import NotFound, Refusal, Refused
from parley.problems import showing as problems
from parley.problems.rules import State
from parley.scorecards import actions, days, figures, reading, telling
from parley.scorecards.figures import USUAL, WINDOWS, Figures
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.web import forms, pagecache
from parley.web.forms import reshow
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("scorecards", __name__)

COMMENTS = 20
BADGES = {"answered": "answered", "promises": "promises kept"}
SHORT = {"within an hour": "1 h", "within 8 hours": "8 h", "within a day": "1 d",
         "within 2 days": "2 d", "within 5 days": "5 d", "within 2 weeks": "2 wk"}
MOST_NAMED = 9  # months whose names fit under the chart
TONES = {
    "confirmed_by_vendor": "chart-solved", "without_company": "chart-solved",
    "declined": "chart-unconfirmed", "unconfirmed": "chart-unconfirmed",
    "withdrawn": "chart-soft", "void": "chart-soft", "question": "chart-company",
    "complaint": "chart-late", "idea": "chart-advocate", "praise": "chart-solved",
    "consultation": "chart-soft",
}
Group = tuple[str, list[tuple[int, str]]]
IN_CELLS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


@dataclass(frozen=True)
class Asked:
    """A company, and its figures in the window and as of the day that the address names."""

    vendor: Vendor
    found: Figures
    past: bool

    @property
    def until(self) -> datetime:
        """The day that the figures are of, as an instant for the page to name."""
        return days.midnight(self.found.day)


def _asked(slug: str) -> Asked:
    """:raise NotFound: no such company, or no such window
    :raise Refused: no figures are kept of that day
    """
    vendor = vendors.by_slug(slug)
    pagecache.reads(f"vendor:{vendor.id}")
    vendor = vendors.by_slug(slug)
    window = request.args.get("window", USUAL)
    if window not in WINDOWS:
        raise NotFound
    day = _day(request.args.get("as_of", ""))
    if day is not None and day < telling.day_of(vendor.created_at):
        raise Refused(Refusal("before", f"The page of {vendor.name} was made on "
                              f"{vendor.created_at:%-d %B %Y}; there are no figures before."), 404)
    found = days.figures_of(vendor.id, window, day)
    pagecache.fresh_until(days.midnight(days.today() + 1))
    return Asked(vendor, found, found.day != days.today())


def _day(typed: str) -> int | None:
    if not typed:
        return None
    try:
        on = date.fromisoformat(typed)
    except ValueError:
        raise Refused(Refusal("as_of", "Name the day as in 2026-11-30."), 404) from None
    return telling.day_of(datetime.combine(on, time(), UTC))


@views.get("/vendors/<slug:slug>/scorecard")
@allowed("public:read")
@limited(60, "minute")
def show(slug: str) -> Any:
    asked = _asked(slug)
    said = actions.comments(asked.vendor.id, COMMENTS)
    role = vendors.role_of(current_user, asked.vendor) if current_user.is_authenticated else None
    as_of = f"&as_of={asked.until:%Y-%m-%d}" if asked.past else ""
    tabs = [(key, words, f"/vendors/{slug}/scorecard?window={key}{as_of}")
            for key, words in WINDOWS.items()]
    return render_template(
        "scorecards/show.html", vendor=asked.vendor, found=asked.found, past=asked.past,
        until=asked.until, began=asked.vendor.created_at, today=days.midnight(days.today()),
        lines=reading.lines(asked.found), left_out=reading.left_out(asked.found),
        tabs=tabs, window_words=WINDOWS[asked.found.window], since=_since(asked.found), role=role,
        query=f"?window={asked.found.window}{as_of}", comment=said[0] if said else None,
        earlier=said[1:], enough=figures.ENOUGH,
        month_groups=_month_groups(asked.found), span_groups=_span_groups(asked.found),
        outcome_rows=[(reading.OUTCOMES[key], count, TONES[key])
                      for key, count in asked.found.outcomes.items()],
        kind_rows=[(reading.KINDS[key], count, TONES[key])
                   for key, count in asked.found.kinds.items() if count],
        cause_rows=[] if asked.past else _cause_rows(asked.vendor))


def _cause_rows(vendor: Vendor) -> list[tuple[Markup, int, str]]:
    link = Markup('<a href="/problems/{}">{}</a> <span class="soft small">{}</span>')
    return [(link.format(one.id, one.title, problems.STATE_WORDS[one.state]), one.affected,
             "chart-solved" if one.state == State.CONFIRMED else "chart-company")
            for one in problems.most_hit(vendor.id)]


def _month_groups(found: Figures) -> list[Group]:
    """The columns of the chart of months; of many, every third is named."""
    named = 3 if len(found.months) > MOST_NAMED else 1
    return [(month.name[:3] if n % named == 0 else "",
             [(month.kept, "chart-solved"), (month.missed, "chart-late"),
              (month.declined, "chart-unconfirmed")])
            for n, month in enumerate(found.months)]


def _span_groups(found: Figures) -> list[Group]:
    return [(SHORT.get(words, words), [(count, "chart-late" if words == "never" else
                                        "chart-company")]) for words, count in found.spans]


def _since(found: Figures) -> datetime | None:
    first = figures.first_day(found.window, found.day)
    return None if first is None else days.midnight(first)


@views.get("/vendors/<slug:slug>/scorecard.json")
@allowed("public:read")
@limited(60, "minute")
def as_json(slug: str) -> Response:
    asked = _asked(slug)
    found, said = asked.found, actions.comments(asked.vendor.id, 1)
    response = jsonify({
        "vendor": {"slug": asked.vendor.slug, "name": asked.vendor.name,
                   "domain": asked.vendor.controls},
        "window": found.window,
        "as_of": f"{asked.until:%Y-%m-%d}",
        "enough": figures.ENOUGH,
        "figures": {line.key: line.record() for line in reading.lines(found).values()},
        "left_out": {key: found.counts.get(key, 0) for key in reading.LEFT_OUT},
        "first_answers": [{"within": words, "threads": count} for words, count in found.spans]
        if found.answered.enough else [],
        "months": {"of": found.drawn, "verdicts": [
            {"month": month.name, "kept": month.kept, "missed": month.missed,
             "declined": month.declined} for month in found.months]
            if found.kept(found.drawn).enough else []},
        "comment": {"text": said[0].text, "at": said[0].at.isoformat()}
        if said and said[0].text else None,
    })
    return _for_all(response)


def _for_all(response: Response) -> Response:
    """Other sites may show it and read it: it is public, and says nothing of who asks."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@views.get("/vendors/<slug:slug>/scorecard.csv")
@allowed("public:read")
@limited(60, "minute")
def as_csv(slug: str) -> Response:
    asked = _asked(slug)
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(["company", "window", "as_of", "figure", "name", "value", "unit", "low", "high",
                    "part", "of"])
    for line in reading.lines(asked.found).values():
        sheet.writerow([_cell(each) for each in (
            asked.vendor.name, asked.found.window, f"{asked.until:%Y-%m-%d}", line.key, line.name,
            line.words if line.value is None else line.value, line.unit, line.low, line.high,
            line.part, line.whole)])
    name = f"scorecard-{asked.vendor.slug}-{asked.found.window}-{asked.until:%Y-%m-%d}.csv"
    return Response(out.getvalue(), mimetype="text/csv", headers={
        "Content-Disposition": f'attachment; filename="{name}"'})


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(IN_CELLS) else text


@views.get("/vendors/<slug:slug>/badge.svg")
@allowed("public:read")
def badge(slug: str) -> Response:
    asked, what = _asked(slug), request.args.get("show", "answered")
    if what not in BADGES:
        raise NotFound
    share = asked.found.promises if what == "promises" else asked.found.answered
    body = render_template(
        "scorecards/badge.svg", vendor=asked.vendor, share=share, what=BADGES[what],
        window=WINDOWS[asked.found.window], until=asked.until)
    response = Response(body, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=600"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return _for_all(response)


@views.get("/vendors/<slug:slug>/scorecard/comment")
@allowed("scorecards:comment")
def comment_page(slug: str) -> Any:
    vendor = vendors.by_slug(slug)
    if vendors.role_of(current_user, vendor) != "manager":
        raise NotFound
    said = actions.comments(vendor.id, 1)
    return render_template("scorecards/comment.html", vendor=vendor,
                           text=said[0].text if said else "", most=actions.MOST_COMMENT)


@views.post("/vendors/<slug:slug>/scorecard/comment")
@reshow(comment_page)
@allowed("scorecards:comment")
@limited(20, "hour")
def comment(slug: str) -> Any:
    vendor = vendors.by_slug(slug)
    said = actions.comment(vendor, current_user, forms.text("text"))
    flash("Your comment stands on the scorecard." if said and said.text
          else "No comment stands on the scorecard.")
    return redirect(f"/vendors/{vendor.slug}/scorecard")
