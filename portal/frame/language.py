"""Which of the three languages a page is in: chosen before sign-in and on every page, remembered with the account."""

from flask import Blueprint, Flask, abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_login import current_user

from consent.ledger.scopes import LANGUAGES
from portal.access import accounts
from portal.access.permissions import public
from portal.access.readings import nothing
from portal.frame import zone
from portal.frame.transaction import database
from portal.frame.web import own_path
from portal.installation import TRANSLATIONS

_COOKIE = "language"
_YEAR = 365 * 24 * 3600

bp = Blueprint("language", __name__)


def init_app(app: Flask) -> None:
    """Choose the language and the zone of each request, and find the catalogues."""
    Babel(
        app,
        default_locale="be",
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=selected,
        timezone_selector=zone.name,
    )


def selected() -> str:
    """The language of this request: the account's, else the chosen one, else what the browser asks for, else `be`."""
    if current_user and current_user.is_authenticated:
        return str(current_user.account.language)
    chosen = request.cookies.get(_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or "be"


@bp.get("/language/<code>")
@public(reads=nothing("it changes the language and leads back"))
def choose(code: str) -> ResponseReturnValue:
    """Choose a language and go back to where the reader was."""
    if code not in LANGUAGES:
        abort(404)
    if current_user.is_authenticated and current_user.account.language != code:
        with database().writing() as session:
            accounts.keep_language(session, current_user.account.id, code)
    response = redirect(own_path(request.args.get("next", "/")))
    response.set_cookie(_COOKIE, code, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return response
