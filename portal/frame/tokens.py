"""Form tokens: what shows that a form was drawn for whoever sends it, by which page, and for which account of staff."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Flask, current_app, g, request, session
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadData, URLSafeTimedSerializer
from wtforms import ValidationError
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.form import BaseForm

from portal.frame.visitor import is_staff

NAME = "csrf_token"
# How long a page of staff may stay open over signing in again.
OPEN_AT_MOST = timedelta(hours=24)
_OF_SESSION = "form_secret"
_REFUSED = "This form was not drawn for whoever sends it."


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it was drawn: the page, and the account of staff whose page it was ("" for everybody else)."""

    page: str
    account_id: str
    proof: str


def issue() -> str:
    """The token of the page at hand: another in each page, so that compressing pages tells nothing of it."""
    if "form_token" not in g:
        secret = session.setdefault(_OF_SESSION, secrets.token_urlsafe(24))
        page = secrets.token_urlsafe(12)
        g.form_token = _serializer().dumps([page, _staff_account(), _proof(secret, page)])
    return cast(str, g.form_token)


def sent() -> Token | None:
    """The token that came with the form at hand, whoever it was drawn for; None where it is none of ours."""
    try:
        read = _serializer().loads(request.form.get(NAME, ""), max_age=int(OPEN_AT_MOST.total_seconds()))
        return Token(*read)
    except (BadData, TypeError):
        return None


def is_right() -> bool:
    """Whether the form at hand was drawn in this session, or for the account of staff that is signed in now.

    A page of staff may have stayed open over the end of a session: who signs in again sends it all the same. Nobody
    else's page is taken.
    """
    token = sent()
    if token is None:
        return False
    if hmac.compare_digest(token.proof, _proof(session.get(_OF_SESSION, ""), token.page)) and _OF_SESSION in session:
        return True
    return token.account_id != "" and token.account_id == _staff_account()


class FormTokens(CSRFProtect):
    """Looks at the token of every form before a view sees it."""

    def init_app(self, app: Flask) -> None:
        """Look at every form, and give templates their tokens."""
        super().init_app(app)
        app.jinja_env.globals[NAME] = issue
        app.context_processor(lambda: {NAME: issue})

    def protect(self, apply_exemptions: bool = False) -> None:
        """Refuse a form that was not drawn for whoever sends it.

        Raises:
            flask_wtf.csrf.CSRFError: it was not.
        """
        if not request.endpoint or request.method not in current_app.config["WTF_CSRF_METHODS"]:
            return
        if apply_exemptions and self._is_exempt():
            return
        if not is_right():
            self._error_response(_REFUSED)
        g.csrf_valid = True


class FieldTokens(CSRF):
    """Gives each form its token, and looks at it again where no form was looked at before."""

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        """The token of the page."""
        return issue()

    def validate_csrf_token(self, form: BaseForm, field: CSRFTokenField) -> None:
        """Refuse what was not drawn for whoever sends it.

        Raises:
            wtforms.ValidationError: it was not.
        """
        if not g.get("csrf_valid", False) and not is_right():
            raise ValidationError(_REFUSED)


def _staff_account() -> str:
    return str(current_user.account.id) if is_staff() else ""


def _proof(secret: str, page: str) -> str:
    return hmac.new(secret.encode(), page.encode(), hashlib.sha256).hexdigest()[:32]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(cast(str, current_app.secret_key), salt="form")
