"""Leaving fast: ends the session, leaves nothing behind, and shows a neutral site."""

from flask import Blueprint, current_app, redirect, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.access import sessions
from portal.access.permissions import public
from portal.access.readings import nothing
from portal.frame.transaction import database

bp = Blueprint("leave", __name__)


@bp.post("/leave")
@public(reads=nothing("it signs out and leads away"))
def leave() -> ResponseReturnValue:
    """End the session and go to the configured neutral site; also when nobody is signed in any more."""
    if current_user.is_authenticated:
        with database().writing() as writing:
            sessions.end(writing, current_user.token)
    session.clear()
    response = redirect(current_app.config["ZHODA"].leave_url, 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
