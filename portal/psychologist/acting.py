"""Who acts at the psychologist's desk, and noting what they did in the case at hand."""

from flask import g
from flask_login import current_user

from mhpss import entries
from portal.transaction import db


def author() -> str:
    """The account that acts."""
    return str(current_user.account.id)


def note(act: str) -> None:
    """Audit an act in the case at hand, behind the wall."""
    entries.note_act(db, current_user.account.as_actor(), g.case.id, act)
