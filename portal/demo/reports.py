"""The reports of the demonstration: what two partner leads released for their fictional donors."""

from contextlib import suppress
from functools import partial

from sqlalchemy.orm import Session

from mhpss.figures import periods, releases
from mhpss.figures.releases import Purpose, TooClose, TooFew
from portal.access.accounts import Role
from portal.demo.house import House
from portal.demo.timeline import Timeline
from vault import audit, clock

_RELEASED_DAYS_AGO = 3
_REPORTS = (
    ("alder", 12, "report of twelve months (fictional)", "a foundation abroad (fictional)"),
    ("cedar", 3, "report of a quarter (fictional)", "a ministry of development abroad (fictional)"),
)


def enter(house: House, timeline: Timeline) -> None:
    """Release the figures of the twelve months that ended last, and of their last quarter."""
    for partner, length, purpose, recipient in _REPORTS:
        timeline.at(_RELEASED_DAYS_AGO, partial(_release, house, partner, length, (purpose, recipient)))


def _release(house: House, partner: str, length: int, why: tuple[str, str], session: Session) -> None:
    account = house.of(Role.COORDINATOR, partner)
    period = periods.ended(clock.now().date(), length)
    # Early in a year the demonstration has too little behind it.
    with suppress(TooFew, TooClose):
        releases.release(session, period, Purpose(*why, account.id, partner))
        audit.record(session, account.as_actor(), "figures.release")
