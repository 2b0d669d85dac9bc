"""What goes with a form beside its token, hidden, and is nothing that somebody typed."""

from flask import request
from flask_login import current_user
from markupsafe import Markup

# Which form it is, and of which page: the page's path, "#", the form's name.
WRITTEN_IN = "written_in"
# Draw the page with what is sent, and change nothing; its value is the id of the draft.
REDRAWN = "redrawn"
# What is asked for in between.
CONFIRMING = ("confirm_code", "confirm_passkey")
NOT_TYPED = frozenset({"csrf_token", WRITTEN_IN, REDRAWN, "draft_action", *CONFIRMING})


def written_in(form: str) -> Markup:
    """The hidden input by which what staff type into a form can be kept; nothing on anybody else's page."""
    if not current_user or not current_user.is_authenticated or current_user.account.subject_id is not None:
        return Markup("")
    here = f"{request.path}#{form}"
    sent = request.form.get(WRITTEN_IN, here)
    # A page that is drawn again stands for the one that it was sent from.
    value = sent if sent.endswith(f"#{form}") else here
    return Markup('<input type="hidden" name="{}" value="{}">').format(WRITTEN_IN, value)


def is_redrawn() -> bool:
    """Whether what is sent is a draft that its writer wants to see again, and nothing may come of it yet."""
    return REDRAWN in request.form
