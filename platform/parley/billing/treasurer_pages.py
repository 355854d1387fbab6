"""The treasurer's page: recording what came in, bank lists, and what does not fit."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from peewee import Tuple

from parley.accounts.models import Account
from parley.billing import actions, bank, cards, coverage, gifts
from parley.billing.models import BankImport, Difference, Payment
from parley.kernel import clock, db, ids
from parley.kernel.errors import Invalid, NotFound
from parley.web import paging
from parley.web.forms import reshow, text
from parley.web.limits import limited
from parley.web.permissions import allowed

views = Blueprint("treasurer", __name__)

PAGE = 40
DIFFERENCES = 50
LISTS = 10


@views.get("/treasurer")
@allowed("treasurer:record")
def desk(payment_id: str = "", difference_id: str = "") -> str:
    """Also what comes back when a payment cannot be recorded or sent back."""
    rows = Payment.select(Payment, Account).join(Account, on=Payment.account)
    if after := paging.asked():
        last = Tuple(Payment.booked_at.db_value(after[0]), after[1])
        rows = rows.where(Tuple(Payment.booked_at, Payment.id) < last)
    rows = list(rows.order_by(Payment.booked_at.desc(), Payment.id.desc()).limit(PAGE + 1))
    differences = Difference.select().where(Difference.settled_at.is_null()).order_by(
        Difference.found_at.desc(), Difference.id).limit(DIFFERENCES)
    lists = BankImport.select(BankImport.id, BankImport.name, BankImport.made_at,
                              BankImport.booked_at, BankImport.counts)
    return render_template(
        "billing/treasurer.html", page=paging.page(rows, PAGE, "booked_at"), key=ids.unguessable(),
        differences=list(differences), balance=actions.fund_balance(), cost=gifts.place_cost(),
        waiting=gifts.places_waiting(), cards=cards.offered(), ways=list(actions.WAYS.items()),
        lists=list(lists.order_by(BankImport.made_at.desc()).limit(LISTS)),
        today=clock.now().date().isoformat(), currency=coverage.currency())


@views.post("/treasurer/payments")
@reshow(desk)
@allowed("treasurer:record")
def record() -> Any:
    payment = actions.record(current_user, actions.Recorded(
        text("reference"), text("amount"), text("day"), text("way"), text("kind"), text("key")))
    flash(f"Recorded for {payment.account.display_name}. The receipt is on its way.")
    return redirect(url_for("treasurer.desk"))


@views.post("/treasurer/payments/<secret:payment_id>/refund")
@reshow(desk)
@allowed("treasurer:record")
def refund(payment_id: str) -> Any:
    payment = Payment.get_or_none(Payment.id == payment_id)
    if payment is None:
        raise NotFound
    if payment.provider == "stripe":
        cards.refund(current_user, payment_id)
        flash("The card provider sends it back. The time that it bought is void.")
    else:
        actions.refund(current_user, payment_id)
        flash("Noted as sent back. The time that it bought is void.")
    return redirect(url_for("treasurer.desk"))


@views.post("/treasurer/imports")
@reshow(desk)
@allowed("treasurer:record")
@limited(30, "hour")
def look() -> Any:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid({"file": "Choose the file that your bank gave you."})
    row = bank.look(current_user, file.filename, file.read())
    return redirect(url_for("treasurer.preview", import_id=row.id))


@views.get("/treasurer/imports/<secret:import_id>")
@allowed("treasurer:record")
def preview(import_id: str) -> str:
    row = bank.find(current_user, import_id)
    names = {one.id: one.display_name for one in Account.select(
        Account.id, Account.display_name).where(
            Account.id.in_([line["account"] for line in row.lines[:bank.IN_QUESTION]]))}
    return render_template("billing/preview.html", row=row, names=names,
                           shown=row.lines[:bank.IN_QUESTION])


@views.post("/treasurer/imports/<secret:import_id>/booking")
@reshow(preview)
@allowed("treasurer:record")
def book(import_id: str) -> Any:
    count = bank.book(current_user, import_id)
    flash("1 payment is booked." if count == 1 else f"{count:,} payments are booked.")
    return redirect(url_for("treasurer.desk"))


@views.post("/treasurer/differences/<id:difference_id>/settlement")
@reshow(desk)
@allowed("treasurer:record")
def settle(difference_id: str) -> Any:
    with db.write():
        if not Difference.update(settled_at=clock.now()).where(
                Difference.id == difference_id, Difference.settled_at.is_null()).execute():
            raise NotFound
    flash("Taken off the list.")
    return redirect(url_for("treasurer.desk"))
