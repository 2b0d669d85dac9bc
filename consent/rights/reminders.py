"""Reminders: what is due soon is said fourteen, seven, three days and one day before, and what is overdue is loud."""

from sqlalchemy.orm import Session

from consent.ledger.revisions import lock
from consent.rights import requests
from consent.rights.steps import DAYS_LEFT, Step
from vault import clock

SYSTEM = "system"


def remind(session: Session) -> int:
    """Note each reminder that has come, once; how many are new. Running it late or twice changes nothing.

    Of several that have come since the last run only the nearest is noted.
    """
    lock(session)
    today, new = clock.today(), 0
    for request in requests.listed(session):
        if request.paused_on is not None:
            continue
        left = (request.due_on - today).days
        step = Step.OVERDUE if left < 0 else next((name for name, days in DAYS_LEFT.items() if left <= days), None)
        if step is not None and requests.last_of(session, request, step) is None:
            requests.note(session, request, step, SYSTEM)
            new += 1
    return new
