"""Who acts at the psychologist's desk, and noting what they did in the case at hand."""

from flask_login import current_user

from mhpss import entries
from mhpss.cases import Case
from portal.access.relations import about
from portal.desks.psychologist.relations import CaseAtHand
from portal.frame.transaction import db


def author() -> str:
    """The account that acts."""
    return str(current_user.account.id)


def case_at_hand() -> Case:
    """The case that the address names."""
    return about(CaseAtHand).case


def note(act: str) -> None:
    """Audit an act in the case at hand, behind the wall, with what the act writes."""
    entries.note_act(db, current_user.account.as_actor(), case_at_hand().id, act)
