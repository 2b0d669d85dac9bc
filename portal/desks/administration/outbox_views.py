"""What goes out by mail, text message or call: how far it has come, and what could not be sent."""

from flask import Blueprint, abort, flash, redirect
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, of_nobody
from portal.access.relations import WholeConsortium
from portal.desks.administration.listings import OUTBOX, GoesOut, messages_in_state
from portal.frame.transaction import db
from portal.lists import Found
from portal.outbox import messages
from portal.words.outbox import MESSAGE_STATES
from portal.words.refusals import words_of
from vault import audit

bp = Blueprint("outbox", __name__, url_prefix="/outbox")


@bp.get("/")
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=of_nobody(Reading.ACCOUNTS))
def listing() -> ResponseReturnValue:
    """What was given up and what waits, or what has gone, and how many of each there are."""
    return _page(lists.find(OUTBOX, messages_in_state))


def _page(found: Found[GoesOut]) -> ResponseReturnValue:
    return found.page("administration/outbox.html", counted=messages.counted(db), states=MESSAGE_STATES)


@bp.get("/list.csv")
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=of_nobody(Reading.ACCOUNTS_FILE), step_up=True)
def file() -> ResponseReturnValue:
    """The same as a file."""
    return lists.find_all(OUTBOX, messages_in_state).file()


@bp.post("/work")
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=of_nobody(Reading.ACCOUNTS))
def work() -> ResponseReturnValue:
    """Send anew what was given up, or let go what is not needed any more."""
    found = lists.find(OUTBOX, messages_in_state)
    if not found.is_chosen:
        return _page(found)
    for message_id in found.chosen:
        _do(found.act, message_id)
    return redirect(found.back_url, 303)


def _do(act: str, message_id: str) -> None:
    message = messages.by_id(db, message_id) or abort(404)
    try:
        (messages.try_again if act == "try_again" else messages.drop)(db, message.id)
    except messages.NotNow as refusal:
        flash(str(words_of(refusal)))
    else:
        audit.record(db, current_user.account.as_actor(), f"outbox.{act}", target=message.account_id)
