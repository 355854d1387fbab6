"""A small browser over http.client: one kept connection, cookies, and the forms of a page."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.message import Message
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

SECONDS = 60  # the longest that a page may take
EXCERPT = 300  # characters
TYPED = {"text", "hidden", "email", "password", "url", "number", "date", "search"}
Fields = list[tuple[str, str]]


@dataclass
class Form:
    """A POST form as a browser would send it untouched: `fields` in order.

    `buttons` are apart, and `choices` are the values of radio buttons and boxes, by name.
    """

    path: str
    fields: Fields = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def filled(self, typed: dict[str, str | Iterable[str]]) -> Fields:
        """The fields with what was typed in place of what stood there; a list gives one each."""
        kept = [(name, value) for name, value in self.fields if name not in typed]
        for name, value in typed.items():
            kept += [(name, v) for v in ([value] if isinstance(value, str) else value)]
        return kept


class Forms(HTMLParser):
    """Reads the POST forms of a page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.area: tuple[str, list[str]] | None = None
        self.choice = ""
        self.named: dict[str, Form] = {}
        self.elsewhere: list[tuple[str, str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form" and of.get("method", "").lower() == "post":
            target = urlsplit(urljoin(self.address, of.get("action") or self.address))
            self.open = Form(target.path + (f"?{target.query}" if target.query else ""))
            self.forms.append(self.open)
            self.named[of.get("id", "")] = self.open
        elif of.get("form") and "disabled" not in of:
            self.elsewhere.append((of["form"], tag, of))
        elif self.open is not None and "disabled" not in of:
            self.control(self.open, tag, of)

    def control(self, form: Form, tag: str, of: dict[str, str]) -> None:
        name, kind = of.get("name", ""), of.get("type", "submit" if tag == "button" else "text")
        if tag == "textarea":
            self.area = (name, [])
        elif tag == "select":
            self.choice = name
        elif tag == "option" and self.choice and "selected" in of:
            form.fields.append((self.choice, of.get("value", "")))
        elif kind == "submit" and tag in ("button", "input"):
            form.buttons.append((name, of.get("value", "")))
        elif tag == "input" and kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(of.get("value", "on"))
            if "checked" in of:
                form.fields.append((name, of.get("value", "on")))
        elif tag == "input" and name and kind in TYPED:
            form.fields.append((name, of.get("value", "")))

    def close(self) -> None:
        """Give controls that stand outside their form, and name it, to that form."""
        super().close()
        for name, tag, of in self.elsewhere:
            if name in self.named:
                self.control(self.named[name], tag, of)

    def handle_data(self, data: str) -> None:
        if self.area:
            self.area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area and self.open is not None:
            name, parts = self.area
            self.open.fields.append((name, "".join(parts).removeprefix("\n")))
            self.area = None
        elif tag == "select":
            self.choice = ""
        elif tag == "form":
            self.open = None


@dataclass
class Page:
    """One answer. `path` is what was asked for, without the host."""

    method: str
    path: str
    status: int
    headers: Message
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        """Where a redirect leads, as a path with query and fragment; empty without one."""
        target = self.headers.get("Location")
        if not target:
            return ""
        there = urlsplit(urljoin(self.path, target))
        return there._replace(scheme="", netloc="").geturl()

    def excerpt(self) -> str:
        """The first words of its main part, on one line."""
        _, found, main = self.text.partition("<main")
        words = re.sub(r"<[^>]*>", " ", f"<main{main}" if found else self.text)
        return " ".join(words.split())[:EXCERPT]

    def forms(self) -> list[Form]:
        reader = Forms(self.path)
        reader.feed(self.text)
        reader.close()
        return reader.forms

    def form(self, path: str, button: str | None = None) -> Form | None:
        """The form that is sent to this path (and has this button), None when there is none."""
        for form in self.forms():
            fits = urlsplit(form.path).path == path
            if fits and (button is None or any(value == button for _, value in form.buttons)):
                return form
        return None


Told = Callable[[Page], None]


class Browser:
    """One person's browser. `told` hears of every answer."""

    def __init__(self, url: str, told: Told = lambda _: None) -> None:
        parts = urlsplit(url)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        self.host = parts.netloc
        self.connection = kinds[parts.scheme](parts.netloc, timeout=SECONDS)
        self.cookies: dict[str, str] = {}
        self.told = told

    def get(self, path: str) -> Page:
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Fields | dict[str, str]) -> Page:
        return self._ask("POST", path, urlencode(fields).encode())

    def submit(self, form: Form, typed: dict[str, str | Iterable[str]]) -> Page:
        """Send a form with what was typed; line ends go out as CRLF, as browsers do."""
        fields = [(name, value.replace("\r\n", "\n").replace("\n", "\r\n"))
                  for name, value in form.filled(typed)]
        return self.post(form.path, fields)

    def follow(self, page: Page, most: int = 3) -> Page:
        """Where the redirects lead."""
        while page.status in (301, 302, 303, 307, 308) and most:
            page, most = self.get(page.location.partition("#")[0]), most - 1
        return page

    def close(self) -> None:
        self.connection.close()

    def _ask(self, method: str, path: str, body: bytes | None) -> Page:
        headers = {"Accept": "text/html", "User-Agent": "parley-bench"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        response = self._send(method, path, body, headers)
        content = response.read()
        page = Page(method, path, response.status, response.headers, content,
                    time.perf_counter() - begun)
        self._keep(response.headers)
        self.told(page)
        return page

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        """Ask on the kept connection; a server may have closed it while it lay idle."""
        fresh = self.connection.sock is None
        try:
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.connection.close()
            if fresh:
                raise
        self.connection.request(method, path, body, headers)
        return self.connection.getresponse()

    def _keep(self, headers: Message) -> None:
        for line in headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
