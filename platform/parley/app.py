"""create_app: the only place that knows every domain."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request, session
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from parley import cli, health
from parley.accounts import actions as accounts
from parley.accounts import leaving as accounts_leaving
from parley.accounts import oidc, sessions
from parley.accounts import views as accounts_views
from parley.advocates import actions as advocates
from parley.advocates import views as advocates_views
from parley.archives import actions as archives
from parley.archives import bringing, erasures, import_pages, leaving, leaving_pages
from parley.archives import views as archives_views
from parley.billing import bank as bank_lists
from parley.billing import card_events, cards, coverage, gifts
from parley.billing import notices as dues_notices
from parley.billing import views as billing_views
from parley.config import LOOPBACK, Settings
from parley.demo import mailbox
from parley.desk import actions as desk
from parley.desk import views as desk_views
from parley.kernel import db, signing
from parley.kernel.errors import NotFound
from parley.members import viewer
from parley.moderation import briefing_pages as briefing_moderation
from parley.moderation import company_pages
from parley.moderation import problem_pages as problem_moderation
from parley.moderation import restored_pages as moderation_restored
from parley.moderation import views as moderation_views
from parley.notifications import actions as notifications
from parley.notifications import delivery, inbound, mail_pages, problem_notices, replies
from parley.notifications import views as notifications_views
from parley.outbox import actions as outbox
from parley.outbox import mail, worker
from parley.problems import answering
from parley.problems import following as problems_following
from parley.problems import views as problems_views
from parley.promises import actions as promises
from parley.promises import editor_pages, promise_pages
from parley.scorecards import actions as scorecards
from parley.scorecards import days
from parley.scorecards import views as scorecards_views
from parley.threads import clocks, drafts, files, following, outcomes
from parley.threads import views as threads_views
from parley.vendors import actions as vendors
from parley.vendors import claim_pages, claims, contact_pages, lookups, people, people_pages
from parley.vendors import views as vendors_views
from parley.web import errors, forms, limits, own_pages, pagecache, times
from parley.web.permissions import SignInNeeded

ROOT = Path(__file__).parents[2]
COOKIE = "parley"
MOST_REQUEST = 26 * 1024 * 1024  # three files of 8 MB and the text

CSP = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'{elsewhere}; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class IdConverter(BaseConverter):
    """A public id; anything else in its place is 404 before the database is asked."""

    regex = "[0-9a-hjkmnp-tv-z]{20}"


class SecretConverter(BaseConverter):
    regex = "[0-9a-hjkmnp-tv-z]{26}"


class SlugConverter(BaseConverter):
    regex = "[a-z0-9][a-z0-9-]{0,79}"


class HandleConverter(BaseConverter):
    regex = "[A-Za-z][A-Za-z0-9_]{2,29}"


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application.

    :raise ConfigError: the settings are not safe to run with
    """
    settings = (settings or Settings.from_env()).completed()
    settings.check()
    app = Flask("parley", root_path=str(ROOT / "platform" / "parley"),
                template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.extensions["parley.settings"] = settings
    _configure(app, settings)
    _prepare(settings)
    _install_people(app)
    _install_web(app, settings)
    _install_domains(app, settings)
    cli.install(app)
    _wrap(app, settings)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        DEBUG=settings.debug,
        MAX_CONTENT_LENGTH=MOST_REQUEST,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=60),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.secure,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        TRUSTED_HOSTS=sorted(LOOPBACK) if settings.demo else [settings.hostname],
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.url_map.converters.update(
        id=IdConverter, secret=SecretConverter, slug=SlugConverter, handle=HandleConverter)


def _prepare(settings: Settings) -> None:
    settings.data.mkdir(parents=True, exist_ok=True)
    db.connect(settings.database_url)
    signing.configure(settings.secret_key)
    accounts_leaving.configure(settings.secret_key)
    erasures.configure(settings.data / "erasures.jsonl")
    sessions.configure(cheap=settings.cheap_passwords)
    mail.configure(
        folder=settings.data / "mail", smtp_url=settings.smtp_url, sender=settings.mail_from,
        base_url=settings.base_url, site_name=settings.site_name, demo=settings.demo)


def _install_people(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # sessions live in a table and are ended there
    manager.anonymous_user = viewer.Visitor

    @manager.user_loader
    def load(token: str) -> Any:
        account = sessions.account_of(token)
        return viewer.with_standing(account) if account else None

    def gate(permission: str) -> None:
        passes = viewer.passes(permission, current_user)
        if passes is None:
            raise SignInNeeded
        if not passes:
            raise NotFound

    app.extensions["parley.gate"] = gate
    app.before_request(import_pages.make_room)
    CSRFProtect(app)


def _install_web(app: Flask, settings: Settings) -> None:
    limits.install(app, settings.data, settings.limits)
    errors.install(app)
    times.install(app)
    own_pages.install(app, settings.data / "pages")
    digests: dict[str, str] = {}

    def static(name: str) -> str:
        if name not in digests:
            data = (ROOT / "static" / name).read_bytes()
            digests[name] = hashlib.sha256(data).hexdigest()[:12]
        return f"/static/{name}?v={digests[name]}"

    app.jinja_env.globals.update(
        static=static, typed=forms.typed, typed_list=forms.typed_list, errors=forms.errors,
        site={"name": settings.site_name, "url": settings.base_url, "demo": settings.demo,
              "source_url": settings.source_url, "sign_up": settings.sign_up,
              "oidc": settings.oidc_name if settings.oidc_issuer else ""},
        url=mail.url,
    )
    app.context_processor(_reader)

    @app.before_request
    def connect() -> None:
        db.database.connect(reuse_if_open=True)

    @app.after_request
    def harden(response: Response) -> Response:
        places = "".join(f" {place}" for place in _form_targets(settings))
        response.headers.setdefault("Content-Security-Policy", CSP.format(elsewhere=places))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static":
            public = not current_user.is_authenticated and not session
            response.headers.setdefault(
                "Cache-Control", "no-cache" if public else "private, no-store")
            response.vary.add("Cookie")
        offer = pagecache.offered()
        if offer and not current_user.is_authenticated and not session:
            request.environ["parley.offer"] = offer
        return response


def _form_targets(settings: Settings) -> list[str]:
    """Where a form of ours may lead a person on to: the outside sign-in, and the checkout."""
    return [place for place in (settings.oidc_issuer, cards.checkout()) if place]


def _reader() -> dict[str, Any]:
    """What every page knows of who reads it."""
    if "reader" not in g:
        person = current_user._get_current_object()
        unread = notifications.unread_count(person) if person.is_authenticated else 0
        g.reader = {"viewer": person, "unread": unread}
    return g.reader


def _install_domains(app: Flask, settings: Settings) -> None:
    for module in (health, accounts_views, vendors_views, advocates_views, archives_views,
                   moderation_views, notifications_views, scorecards_views):
        app.register_blueprint(module.views)
    for module in (claim_pages, people_pages, company_pages, promise_pages, editor_pages,
                   desk_views, import_pages, leaving_pages, problem_moderation,
                   briefing_moderation, moderation_restored):
        app.register_blueprint(module.views)
    for blueprint in (*threads_views.BLUEPRINTS, *problems_views.BLUEPRINTS,
                      *billing_views.BLUEPRINTS):
        app.register_blueprint(blueprint)
    _install_mail(app, settings)
    if settings.demo:
        app.register_blueprint(mailbox.views)
    oidc.install(app, settings)
    files.configure(settings.data / "files")
    archives.configure(settings.data / "archives", settings.site_name)
    bringing.configure(settings.data / "imports")
    lookups.configure(settings.dns)
    _install_dues(app, settings)
    accounts.on_arrival[:] = [people_pages.arrive, threads_views.arrive]
    app.extensions["parley.keep_draft"] = threads_views.keep_for_later
    following.install()
    problems_following.install()
    people.listen()
    promises.listen()
    advocates.listen()
    desk.listen()
    notifications.listen()
    scorecards.listen()
    problem_notices.listen()
    outbox.handle("mail", mail.deliver)
    outbox.handle_slowly("archive", archives.build_task)
    outbox.handle_slowly("check_archive", bringing.check_task)
    outbox.handle_slowly("bring_archive", bringing.bring_task)
    outbox.handle("leave", leaving.carry_on)
    outbox.handle("farewell", leaving.say_farewell)
    outbox.handle("claim", claims.look_for)
    outbox.handle("clocks", clocks.carry)
    outbox.handle("problem_update", answering.carry)
    outbox.handle("problem_mail", problem_notices.carry)
    outbox.handle("unassign", desk.unassign)
    worker.sweep_every("accounts", timedelta(hours=1), accounts.sweep)
    worker.sweep_every("silence", timedelta(seconds=20), outcomes.sweep)
    worker.sweep_every("days", timedelta(minutes=1), days.sweep)
    worker.sweep_every("claims", timedelta(minutes=1), claims.sweep)
    worker.sweep_every("invitations", timedelta(hours=6), people.sweep)
    worker.sweep_every("outbox", timedelta(hours=1), outbox.sweep_done)
    worker.sweep_every("desk", timedelta(minutes=10), desk.sweep)
    worker.sweep_every("drafts", timedelta(hours=6), drafts.sweep)
    worker.sweep_every("archives", timedelta(hours=6), archives.expire)
    worker.sweep_every("imports", timedelta(hours=6), bringing.sweep)
    worker.sweep_every("leavings", timedelta(hours=1), leaving.sweep)
    worker.sweep_every("files", timedelta(hours=6), files.sweep)
    worker.sweep_every("limits", timedelta(hours=1), limits.sweep)


def _install_dues(app: Flask, settings: Settings) -> None:
    app.extensions["csrf"].exempt(billing_views.signed_by_others)
    coverage.configure(settings.currency, vendors.answers_for_any)
    coverage.listen()
    cards.configure(settings.stripe_key, settings.stripe_api)
    card_events.configure(settings.stripe_webhook_secret if settings.stripe_key else "")
    outbox.handle("stripe", card_events.carry_out)
    worker.sweep_every("dues", timedelta(minutes=10), dues_notices.sweep)
    worker.sweep_every("places", timedelta(minutes=10), gifts.sweep)
    worker.sweep_every("bank lists", timedelta(hours=6), bank_lists.sweep)
    worker.sweep_every("cards", timedelta(days=1), card_events.reconcile)


def _install_mail(app: Flask, settings: Settings) -> None:
    """Mail to companies that nobody claimed, and answers by mail."""
    app.register_blueprint(contact_pages.views)
    app.register_blueprint(mail_pages.views)
    for view in mail_pages.signed_by_others:
        app.extensions["csrf"].exempt(view)
    mail_pages.configure(settings.mail_in_secret)
    replies.configure(settings.reply_address)
    delivery.listen()
    outbox.handle("carry", delivery.carry)
    outbox.handle("mail_in", inbound.receive)
    worker.sweep_every("replies", timedelta(hours=12), replies.sweep)


def _wrap(app: Flask, settings: Settings) -> None:
    app.wsgi_app = pagecache.PageCache(app.wsgi_app, COOKIE)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)


logging.getLogger("parley").addHandler(logging.StreamHandler())
