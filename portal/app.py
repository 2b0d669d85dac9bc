"""Puts the application together: extensions, desks, error pages; nothing else."""

from typing import cast

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFError
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from mhpss.measures import instruments
from portal import demonstration, stores
from portal.access import papers, permissions, sessions, sign_in
from portal.desks import (
    account,
    administration,
    coordination,
    disclosure,
    documenter,
    figures,
    help_offers,
    protection,
    provider,
    psychologist,
    public_form,
    survivor,
)
from portal.drafts import carrying
from portal.frame import health, hosts, language, leave, navigation, repeats, tokens, transaction, web, zone
from portal.frame.visitor import is_staff
from portal.installation import TEMPLATES, open_database
from portal.lists import views as lists
from portal.settings import Settings
from portal.words import consent as words
from vault.database import Database
from vault.keys import KeyDestroyed
from vault.readings import ReadingLog

_ERRORS = (400, 403, 404, 405, 413, 415, 422, 429, 500, 503)


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The portal for `settings`; `database` where one is open already.

    Raises:
        portal.settings.BadSetting: the settings say another thing than the database (`demonstration.refuse_disguise`).
    """
    opened = database or open_database(settings)
    demonstration.refuse_disguise(settings, opened)
    app = Flask(__name__, static_folder="static", template_folder=str(TEMPLATES))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=1000,
        SESSION_COOKIE_NAME="__Host-s" if settings.secure_cookies else "s",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        ZHODA=settings,
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.url_map.converters = {**app.url_map.converters, "int": web.Count}
    instruments.use(settings.measures_dir)
    transaction.init_app(app, opened)
    app.extensions["readings"] = ReadingLog(opened)
    _prepare_templates(app, settings)
    language.init_app(app)
    zone.init_app(app)
    _prepare_sign_in(app)
    form_tokens = tokens.FormTokens(app)
    app.before_request(hosts.check)
    app.before_request(web.refuse_null_characters)
    app.before_request(web.refuse_other_sites)
    app.before_request(permissions.check)
    app.before_request(repeats.lead_on)
    app.after_request(web.harden)
    app.after_request(repeats.remember)
    app.after_request(carrying.follow)
    app.after_request(permissions.write_down_reading)
    for desk in (
        sign_in,
        papers,
        language,
        leave,
        health,
        lists,
        account,
        survivor,
        documenter,
        psychologist,
        coordination,
        figures,
        protection,
        disclosure,
        administration,
        public_form,
        help_offers,
        provider,
    ):
        app.register_blueprint(desk.bp)
    app.register_blueprint(account.person_bp)
    stores.init_app(app)
    form_tokens.exempt(stores.bp)
    for code in _ERRORS:
        app.register_error_handler(code, _error_page)
    app.register_error_handler(CSRFError, _of_another_page)
    app.register_error_handler(KeyDestroyed, lambda _error: _error_page(NotFound()))
    return app


def _prepare_templates(app: Flask, settings: Settings) -> None:
    kit = PrefixLoader(
        {
            "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
            "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
        }
    )
    app.jinja_loader = ChoiceLoader([FileSystemLoader(str(TEMPLATES)), kit])
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    WTFormsHelpers(app)
    words.init_app(app)

    @app.context_processor
    def frame() -> dict[str, object]:
        return {
            "site_name": settings.site_name or (_("Demonstration") if settings.demo else _("Desk")),
            "demo_mode": settings.demo,
            "home_url": url_for("access.home"),
            "navigation": navigation.items(),
            "drafts_here": carrying.here,
            "is_typed_kept": carrying.is_kept_when_shut,
            "stays_for": sign_in.minutes_left,
            "desk_search": navigation.search(),
        }


def _prepare_sign_in(app: Flask) -> None:
    login = LoginManager(app)
    login.session_protection = None

    @login.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> sessions.Visitor | None:
        return sign_in.load_visitor(token)


def _of_another_page(error: CSRFError) -> ResponseReturnValue:
    if carrying.keep_cut_off() and not current_user.is_authenticated:
        return redirect(url_for("access.sign_in"))
    return _error_page(error)


def _error_page(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    permissions.shows_nothing()
    # What failed may have been the transaction itself.
    transaction.undo()
    if code == RequestEntityTooLarge.code:
        web.take_as_empty()
    if stores.answers(request.path):
        return cast(ResponseReturnValue, stores.problem_for(error))
    return render_template("errors/page.html", code=code, survivor_page=not is_staff()), code
