"""A stand-in for Stripe's HTTP API, over real HTTP on loopback, under Parley's test clock.

Only what Parley asks for: customers, checkout sessions, subscriptions, invoices, charges,
refunds, disputes. `advance` renews, fails, retries and cancels as time passes; each change
leaves signed events in `events`, to be delivered by the test in whatever order it likes.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

from parley.billing.rules import add_months
from parley.kernel import clock

SECRET = "whsec_a_secret_of_the_tests"
KEY = "sk_test_stand_in"
RETRY = 3 * 24 * 3600  # seconds between tries of a card that failed
MOST_TRIES = 4


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`items[0][price]=x` as `{"items": {"0": {"price": "x"}}}`."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        place = found
        *path, last = re.findall(r"[^\[\]]+", name)
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return found


class Missing(Exception):
    pass


class StandIn:
    def __init__(self) -> None:
        self.kinds: dict[str, dict[str, dict]] = {kind: {} for kind in (
            "customers", "subscriptions", "invoices", "charges", "refunds", "disputes",
            "sessions")}
        self.events: list[dict] = []
        self.cards_work = True
        self.down = False
        self.asked: list[tuple[str, str]] = []
        self._numbers = itertools.count(1)
        self._keys: dict[str, dict] = {}
        self._guard = threading.RLock()
        self.url = ""

    def now(self) -> int:
        return int(clock.now().timestamp())

    def make(self, kind: str, prefix: str, **values: Any) -> dict:
        row = {"id": f"{prefix}_{next(self._numbers):06}", "object": kind.rstrip("s"),
               "created": self.now(), "livemode": False, **values}
        self.kinds[kind][row["id"]] = row
        return row

    def tell(self, kind: str, about: dict) -> None:
        """Leave an event, with the object as it is at this moment."""
        self.events.append({
            "id": f"evt_{next(self._numbers):06}", "object": "event", "type": kind,
            "created": self.now(), "data": {"object": json.loads(json.dumps(about))}})

    def signed(self, event: dict, secret: str = SECRET, at: int | None = None) -> tuple[str, str]:
        """The body and the header of a webhook."""
        body = json.dumps(event)
        return body, stripe.WebhookSignature.generate_signature_header(
            body, secret, at or self.now())

    # What a person does at the checkout

    def complete(self, session_id: str) -> dict:
        """The person gave a card that works."""
        session = self.kinds["sessions"][session_id]
        session["status"] = "complete"
        if session["mode"] == "subscription":
            price = session["_line"]
            self.subscribe(session["customer"], int(price["unit_amount"]), price["currency"],
                           price["recurring"]["interval"])
        elif session["mode"] == "payment":
            self.charge(session["customer"], int(session["_line"]["unit_amount"]),
                        session["_line"]["currency"], session["_metadata"])
        else:
            session["setup_intent"] = {"id": "seti_1", "object": "setup_intent",
                                       "payment_method": f"pm_{next(self._numbers)}"}
        self.tell("checkout.session.completed", session | {"_line": None})
        return session

    def subscribe(self, customer: str, amount: int, currency: str, interval: str) -> dict:
        price = {"id": "price_1", "object": "price", "product": "prod_1", "currency": currency,
                 "unit_amount": amount, "recurring": {"interval": interval}}
        sub = self.make(
            "subscriptions", "sub", customer=customer, status="incomplete",
            cancel_at_period_end=False, default_payment_method="pm_0", metadata={},
            items={"object": "list", "has_more": False, "url": "/v1/subscription_items", "data": [
                {"id": "si_1", "object": "subscription_item", "price": price}]})
        sub["_end"] = sub["_anchor"] = self.now()
        sub["_count"], sub["_tries"] = 0, 0
        self.tell("customer.subscription.created", sub)
        self.renew(sub)
        return sub

    # What time does

    def advance(self) -> None:
        """Let every subscription come to where the clock stands."""
        for sub in list(self.kinds["subscriptions"].values()):
            while sub["status"] in ("active", "past_due") and self._due(sub) <= self.now():
                self.step(sub)

    @staticmethod
    def _due(sub: dict) -> int:
        return sub["_end"] + sub["_tries"] * RETRY

    def step(self, sub: dict) -> None:
        if sub["status"] == "active" and sub["cancel_at_period_end"]:
            self.cancel(sub)
        elif sub["status"] == "active":
            self.renew(sub)
        else:
            self.collect(sub, self.kinds["invoices"][sub["_open"]])

    def cancel(self, sub: dict) -> None:
        sub["status"] = "canceled"
        self.tell("customer.subscription.deleted", sub)

    def renew(self, sub: dict) -> None:
        """Write the next period's invoice, and try to collect it."""
        price = sub["items"]["data"][0]["price"]
        starts = sub["_end"]
        sub["_count"] += 12 if price["recurring"]["interval"] == "year" else 1
        ends = int(add_months(datetime.fromtimestamp(sub["_anchor"], UTC),
                              sub["_count"]).timestamp())
        invoice = self.make(
            "invoices", "in", customer=sub["customer"], status="open", subscription=sub["id"],
            amount_due=price["unit_amount"], currency=price["currency"],
            lines={"object": "list", "has_more": False, "url": "/v1/lines", "data": [
                {"id": "il_1", "object": "line_item", "period": {"start": starts, "end": ends}}]},
            payments={"object": "list", "has_more": False, "url": "/v1/p", "data": []})
        sub["_open"] = invoice["id"]
        self.tell("invoice.created", invoice)
        self.collect(sub, invoice)

    def collect(self, sub: dict, invoice: dict) -> None:
        if self.cards_work:
            charge = self.charge(invoice["customer"], invoice["amount_due"], invoice["currency"],
                                 {})
            invoice["status"] = "paid"
            invoice["payments"]["data"] = [{
                "id": "inpay_1", "object": "invoice_payment", "status": "paid", "payment": {
                    "type": "payment_intent", "payment_intent": charge["payment_intent"]}}]
            sub["status"], sub["_tries"] = "active", 0
            sub["_end"] = invoice["lines"]["data"][0]["period"]["end"]
            self.tell("invoice.paid", invoice)
        else:
            sub["_tries"] += 1
            sub["status"] = "past_due" if sub["_tries"] < MOST_TRIES else "canceled"
            self.tell("invoice.payment_failed", invoice)
        self.tell("customer.subscription.updated", sub)

    def charge(self, customer: str, amount: int, currency: str, metadata: dict) -> dict:
        charge = self.make(
            "charges", "ch", customer=customer, amount=amount, amount_refunded=0,
            currency=currency, paid=True, status="succeeded", disputed=False, refunded=False,
            metadata=metadata)
        charge["payment_intent"] = f"pi_{charge['id']}"
        self.tell("charge.succeeded", charge)
        return charge

    # What the bank and the treasurer do

    def refund(self, charge_id: str, amount: int | None = None) -> dict:
        charge = self.kinds["charges"][charge_id]
        charge["amount_refunded"] = min(
            charge["amount"], charge["amount_refunded"] + (amount or charge["amount"]))
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.tell("charge.refunded", charge)
        return self.make("refunds", "re", charge=charge_id, status="succeeded", amount=amount)

    def dispute(self, charge_id: str) -> dict:
        self.kinds["charges"][charge_id]["disputed"] = True
        row = self.make("disputes", "dp", charge=charge_id, status="needs_response")
        self.tell("charge.dispute.created", row)
        return row

    def decide(self, dispute: dict, status: str) -> None:
        dispute["status"] = status
        self.tell("charge.dispute.closed", dispute)

    def paid_until(self, customer: str) -> int | None:
        """The truth: the end of the last time that was paid and not taken back."""
        lost = {row["charge"] for row in self.kinds["disputes"].values()
                if row["status"] == "lost"}
        good = {row["payment_intent"] for row in self.kinds["charges"].values()
                if row["customer"] == customer and not row["refunded"] and row["id"] not in lost}
        return max((
            invoice["lines"]["data"][0]["period"]["end"]
            for invoice in self.kinds["invoices"].values()
            if invoice["status"] == "paid"
            and invoice["payments"]["data"][0]["payment"]["payment_intent"] in good), default=None)

    # The API

    def answer(self, method: str, path: str, values: dict, key: str = "") -> dict:
        """What Stripe answers. Raises `Missing` for what is not there."""
        with self._guard:
            self.asked.append((method, path))
            if key and key in self._keys:
                return self._keys[key]
            parts = path.removeprefix("/v1/").removeprefix("checkout/").split("/")
            found = self._answer(method, parts, values)
            if key:
                self._keys[key] = found
            return found

    def _answer(self, method: str, parts: list[str], values: dict) -> dict:
        kind, rest = parts[0], parts[1:]
        if kind not in self.kinds:
            raise Missing
        if method == "GET" and not rest:
            return self._list(kind, values)
        if rest and rest[0] not in self.kinds[kind]:
            raise Missing
        row = self.kinds[kind][rest[0]] if rest else {}
        if method == "GET":
            return row
        if method == "DELETE":
            return self.delete_customer(self.kinds[kind].pop(rest[0]))
        return getattr(self, f"post_{kind}")(row, values, rest[1:])

    def _list(self, kind: str, values: dict) -> dict:
        def fits(row: dict) -> bool:
            asked = {name: values[name] for name in (
                "customer", "subscription", "charge", "status") if name in values}
            if asked.get("status") == "all":
                asked.pop("status")
            elif kind == "subscriptions" and row["status"] == "canceled":
                return False
            return all(row.get(name) == value for name, value in asked.items())

        rows = [row for row in reversed(self.kinds[kind].values()) if fits(row)]
        ids = [row["id"] for row in rows]
        start = ids.index(values["starting_after"]) + 1 if "starting_after" in values else 0
        size = min(int(values.get("limit", 10)), 4)  # small pages, so that paging is tested
        return {"object": "list", "url": f"/v1/{kind}", "has_more": len(rows) > start + size,
                "data": rows[start:start + size]}

    def post_customers(self, row: dict, values: dict, rest: list[str]) -> dict:
        return self.make("customers", "cus", **values)

    def delete_customer(self, row: dict) -> dict:
        for sub in list(self.kinds["subscriptions"].values()):
            if sub["customer"] == row["id"] and sub["status"] != "canceled":
                self.cancel(sub)
        self.tell("customer.deleted", row)
        return {"id": row["id"], "object": "customer", "deleted": True}

    def post_sessions(self, row: dict, values: dict, rest: list[str]) -> dict:
        line = values.get("line_items", {}).get("0", {}).get("price_data")
        made = self.make(
            "sessions", "cs", mode=values["mode"], customer=values["customer"], status="open",
            client_reference_id=values["client_reference_id"], _line=line,
            _metadata=values.get("payment_intent_data", {}).get("metadata", {}))
        made["object"] = "checkout.session"
        made["_success"] = values["success_url"].replace("{CHECKOUT_SESSION_ID}", made["id"])
        made["url"] = f"{self.url}/pay/{made['id']}"
        return made

    def post_subscriptions(self, row: dict, values: dict, rest: list[str]) -> dict:
        if "cancel_at_period_end" in values:
            row["cancel_at_period_end"] = values["cancel_at_period_end"] in ("true", "True")
        if "default_payment_method" in values:
            row["default_payment_method"] = values["default_payment_method"]
        if "items" in values:
            data = values["items"]["0"]["price_data"]
            row["items"]["data"][0]["price"] |= {
                "unit_amount": int(data["unit_amount"]), "recurring": data["recurring"]}
        self.tell("customer.subscription.updated", row)
        return row

    def post_invoices(self, row: dict, values: dict, rest: list[str]) -> dict:
        assert rest == ["pay"]
        self.collect(self.kinds["subscriptions"][row["subscription"]], row)
        return row

    def post_refunds(self, row: dict, values: dict, rest: list[str]) -> dict:
        return self.refund(values["charge"])


def answer_http(
    standin: StandIn, method: str, url: str, body: str, headers: dict
) -> tuple[int, str]:
    parts = urlsplit(url)
    if standin.down:
        return 503, json.dumps({"error": {"type": "api_error", "message": "down"}})
    if headers.get("Authorization") != f"Bearer {KEY}":
        return 401, json.dumps({"error": {"type": "invalid_request_error", "message": "key"}})
    values = nested(parse_qsl(body or parts.query, keep_blank_values=True))
    key = headers.get("Idempotency-Key", "")
    try:
        found = standin.answer(method, parts.path, values, key)
    except Missing:
        return 404, json.dumps({"error": {
            "type": "invalid_request_error", "code": "resource_missing", "message": "No such"}})
    return 200, json.dumps(found)


@contextmanager
def serving():
    """A stand-in that listens on a port of its own."""
    standin = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # a body would wait 40 ms for the word that its head arrived

        def _do(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if self.path.startswith("/pay/"):
                self.rfile.read(size)
                self._checkout(self.path.rpartition("/")[2])
                return
            status, body = answer_http(standin, self.command, self.path,
                                       self.rfile.read(size).decode(), dict(self.headers))
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _checkout(self, session: str) -> None:
            """The page on which a person gives their card, and where it leads back to."""
            page = (b'<!doctype html><html lang="en"><title>Pay</title><h1>Pay</h1>'
                    b'<link rel="icon" href="data:,">'
                    b'<form method="post"><button>Pay with a card</button></form>')
            self.send_response(303 if self.command == "POST" else 200)
            if self.command == "POST":
                standin.complete(session)
                page = b""
                self.send_header("Location", standin.kinds["sessions"][session]["_success"])
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        do_GET = do_POST = do_DELETE = _do

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    standin.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield standin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class InProcess(stripe.HTTPClient):
    """The same answers without the network, for tests that ask many thousand times."""

    name = "in-process"

    def __init__(self, standin: StandIn) -> None:
        super().__init__()
        self.standin = standin

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        status, body = answer_http(self.standin, method.upper(), url, post_data or "",
                                   dict(headers))
        return body, status, {}

    def close(self) -> None:
        pass
