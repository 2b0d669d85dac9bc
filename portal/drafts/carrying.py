"""What staff typed is kept where it was not taken: refused, cut off by the end of a session, or shut meanwhile.

Each form of staff in which something is typed says which form it is (`WRITTEN_IN`, drawn beside the token); one with a
passphrase does not. What was kept is brought back by sending it to its own address with `REDRAWN`: that draws the page
with everything typed, as a refusal does, and changes nothing.
"""

from collections.abc import Sequence
from typing import cast

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.drafts import form_drafts
from portal.drafts.form_drafts import Draft, Typed
from portal.fields.marks import NOT_TYPED, REDRAWN, WRITTEN_IN, is_redrawn
from portal.frame import repeats, tokens, transaction
from portal.frame.transaction import database, db, is_changing
from portal.frame.visitor import is_staff
from portal.frame.web import own_path
from vault import clock
from vault.policy import in_force, law

# What shuts a form: it was refused, it may not be used any more, it is gone, it stands otherwise by now.
_SHUT = (400, 403, 404, 409, 422)
# What a page that is only drawn may answer: itself, or that the second factor comes first.
_DRAWN = (422, 428)


def typed() -> Typed | None:
    """What the form at hand holds, without tokens; None where it does not say which form it is."""
    page, _sign, form = request.form.get(WRITTEN_IN, "").partition("#")
    if not form or not is_changing():
        return None
    action = request.form.get("draft_action", request.full_path.rstrip("?"))
    fields = [each for each in request.form.items(multi=True) if each[0] not in NOT_TYPED]
    return Typed(own_path(page), own_path(action), form, tuple(fields))


def keep_cut_off() -> bool:
    """Keep what came after the end of a session for the account whose page it was, and for nobody else.

    Survivors' pages keep nothing: whose hands the telephone is in by now, nobody knows.
    """
    token, found = tokens.sent(), typed()
    if token is None or not token.account_id or found is None or repeats.has_led_to() is not None:
        return False
    transaction.undo()
    with database().writing() as writing:
        form_drafts.keep(writing, token.account_id, found, is_cut_off=True)
    if not current_user.is_authenticated:
        flash(_("You were signed out, because nothing was done for a while. What you wrote is kept: sign in again."))
    return True


def come_back_to(account_id: str) -> str | None:
    """Where whoever signs in again finds what was cut off; None where nothing was."""
    with database().reading() as reading:
        # A day's work: whoever signs in later finds it on the page and in their account.
        since = clock.now() - in_force.value(reading, law.SESSION_LONGEST)
        draft_id = form_drafts.cut_off(reading, account_id, since)
    return None if draft_id is None else url_for("account.drafts.show", draft_id=draft_id)


def is_kept_when_shut() -> bool:
    """Whether what came with the request at hand is kept, should it be refused without its page."""
    found = typed() if is_staff() else None
    return found is not None and bool(found.texts)


def follow(response: Response) -> Response:
    """Keep what was not taken, and forget what was (after_request).

    After the reading is written down, and before what the request wrote is committed.
    """
    found = typed() if is_staff() else None
    if found is None:
        return response
    if is_redrawn():
        return _only_drawn(response)
    account_id = current_user.account.id
    if 300 <= response.status_code < 400:
        form_drafts.drop_sent(db, account_id, found.action, found.form)
    elif response.status_code in _SHUT and found.texts and repeats.has_led_to() is None:
        transaction.undo()
        with database().writing() as writing:
            form_drafts.keep(writing, account_id, found)
    return response


def _only_drawn(response: Response) -> Response:
    transaction.undo()
    if response.status_code in _DRAWN:
        return response
    return cast(Response, redirect(url_for("account.drafts.show", draft_id=request.form[REDRAWN], shut=1)))


def here() -> Sequence[Draft]:
    """The drafts of the page at hand, for whoever is signed in."""
    if request.method != "GET" or not is_staff():
        return ()
    # Who opened the page may read what they had begun to write on it.
    return [each for each in form_drafts.of_account(db, current_user.account.id) if each.typed.page == request.path]
