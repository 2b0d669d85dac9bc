"""Time in the demonstration: steps in their order, each carried out as if it were its moment."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from random import Random

from sqlalchemy.orm import Session

from vault import clock
from vault.database import Database

Act = Callable[[Session], object]
_DAYS = re.compile(r"in (\d+) days|(\d+) days ago")


class Timeline:
    """What happens when. Recorded time only ever moves forward, so everything is sorted before any of it happens."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._steps: list[tuple[datetime, int, Act]] = []

    def at(self, days_ago: int, *acts: Act) -> None:
        """Let `acts` happen one after another, a transaction each, in the working hours of a day or just now."""
        moment = self._moment(days_ago)
        for act in acts:
            self._steps.append((moment, len(self._steps), act))

    def date(self, text: str) -> str:
        """The date that "in 30 days" or "30 days ago" stands for; anything else as it is."""
        match = _DAYS.fullmatch(text)
        if match is None:
            return text
        ahead, past = match.groups()
        return (self._now + timedelta(days=int(ahead) if ahead else -int(past))).date().isoformat()

    def run(self, database: Database, progress: Callable[[int, int], None]) -> None:
        """Carry everything out."""
        self._steps.sort(key=lambda step: step[:2])
        for done, (moment, _, act) in enumerate(self._steps, start=1):
            with clock.moved_to(moment), database.writing() as session:
                act(session)
            progress(done, len(self._steps))

    def _moment(self, days_ago: int) -> datetime:
        if days_ago == 0:
            return self._now
        hours = Random(len(self._steps)).uniform(8, 17)  # noqa: S311 - any hour will do
        return datetime.combine(self._now, time.min, self._now.tzinfo) + timedelta(hours=hours, days=-days_ago)
