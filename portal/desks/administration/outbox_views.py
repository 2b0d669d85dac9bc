"""What goes out by mail, text message or call: how far it has come, and what could not be sent."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.access import accounts
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_nobody
from portal.access.relations import WholeConsortium
from portal.frame.transaction import db
from portal.outbox import messages
from portal.outbox.messages import MessageState
from portal.words.outbox import CHANNEL_WORDS, FAILURE_WORDS, MESSAGE_KINDS, MESSAGE_STATES
from portal.words.refusals import words_of
from vault import audit

bp = Blueprint("outbox", __name__, url_prefix="/outbox")


@bp.get("/")
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=of_nobody(Reading.ACCOUNTS))
def listing() -> ResponseReturnValue:
    """What was given up, what waits, and how many of each there are."""
    return render_template(
        "administration/outbox.html",
        counted=messages.counted(db),
        given_up=messages.listed(db, MessageState.GIVEN_UP),
        waiting=messages.listed(db, MessageState.WAITING),
        names={account.id: accounts.sign_in_name(db, account) for account in accounts.listed(db)},
        channels=CHANNEL_WORDS,
        failures=FAILURE_WORDS,
        kinds=MESSAGE_KINDS,
        states=MESSAGE_STATES,
    )


@bp.post("/<message_id>/try-again")
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=leads_on())
def try_again(message_id: str) -> ResponseReturnValue:
    """Send anew what was given up."""
    return _after(message_id, "try_again")


@bp.post("/<message_id>/drop")
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=leads_on())
def drop(message_id: str) -> ResponseReturnValue:
    """Let go what is not needed any more."""
    return _after(message_id, "drop")


def _after(message_id: str, act: str) -> ResponseReturnValue:
    message = messages.by_id(db, message_id) or abort(404)
    try:
        (messages.try_again if act == "try_again" else messages.drop)(db, message.id)
    except messages.NotNow as refusal:
        flash(str(words_of(refusal)))
    else:
        audit.record(db, current_user.account.as_actor(), f"outbox.{act}", target=message.account_id)
    return redirect(url_for(".listing"), 303)
