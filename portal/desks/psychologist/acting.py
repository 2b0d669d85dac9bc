"""Who acts at the psychologist's desk, and noting what they did in the case at hand."""

from collections.abc import Callable

from flask import g
from flask_login import current_user
from sqlalchemy.orm import Session

from mhpss import cases, entries
from portal.frame.transaction import database, db, undo


def author() -> str:
    """The account that acts."""
    return str(current_user.account.id)


def note(act: str) -> None:
    """Audit an act in the case at hand, behind the wall, with what the act writes."""
    entries.note_act(db, current_user.account.as_actor(), g.case.id, act)


def read(act: str, more: Callable[[Session], None] | None = None) -> None:
    """Audit that something of the case at hand was read, and write `more` with it.

    What the request wrote before is undone, and `g.case` is read anew.
    """
    case_id, number = g.case.id, g.case.number
    undo()
    with database().writing() as writing:
        entries.note_act(writing, current_user.account.as_actor(), case_id, act)
        if more is not None:
            more(writing)
    g.case = cases.by_number(db, number)
