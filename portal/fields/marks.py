"""What goes with a form beside its token, hidden, and is nothing that somebody typed."""

import secrets

from flask import request
from markupsafe import Markup

from portal.frame.visitor import is_staff

# Which form it is, and of which page: the page's path, "#", the form's name, "~", a word drawn with the page.
WRITTEN_IN = "written_in"
# Draw the page with what is sent, and change nothing; its value is the id of the draft.
REDRAWN = "redrawn"
# What is asked for in between.
CONFIRMING = ("confirm_code", "confirm_passkey")
NOT_TYPED = frozenset({"csrf_token", WRITTEN_IN, REDRAWN, "draft_action", *CONFIRMING})


def written_in(form: str) -> Markup:
    """The hidden input by which what staff type into a form can be kept; nothing on anybody else's page."""
    if not is_staff():
        return Markup("")
    sent = request.form.get(WRITTEN_IN, "")
    # A page that is drawn again stands for the one that it was sent from.
    is_again = sent.partition("#")[2].partition("~")[0] == form
    value = sent if is_again else f"{request.path}#{form}~{secrets.token_urlsafe(12)}"
    return Markup('<input type="hidden" name="{}" value="{}">').format(WRITTEN_IN, value)


def is_redrawn() -> bool:
    """Whether what is sent is a draft that its writer, of staff, wants to see again, and nothing may come of it yet."""
    return REDRAWN in request.form and WRITTEN_IN in request.form and is_staff()
