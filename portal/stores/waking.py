"""Waking whoever waits for a change, in this process, as soon as any process has committed one; and how many may wait.

Of all who wait here one looks at the ledger's head for the others; when it leaves, the next one looks.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from consent.ledger import revisions
from vault.database import Database

_LOOKS_EVERY = 0.025
# Each who waits holds a thread, and people's pages need some of those (portal/serve.py).
MOST_OF_A_STORE = 4
MOST_TOGETHER = 8


class NoSeat(Exception):
    """As many wait as may wait."""


class Seats:
    """Who waits in this process: so many for each store, and so many for all."""

    def __init__(self) -> None:
        self._taking = threading.Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken_by(self, store_id: str) -> Iterator[None]:
        """A seat for the time of the block.

        Raises:
            NoSeat: the store has none left, or nobody has.
        """
        with self._taking:
            if self._taken[store_id] >= MOST_OF_A_STORE or self._taken.total() >= MOST_TOGETHER:
                raise NoSeat
            self._taken[store_id] += 1
        try:
            yield
        finally:
            with self._taking:
                self._taken[store_id] -= 1


class Watch:
    """Follows the ledger's head for the threads of one process."""

    def __init__(self, database: Database) -> None:
        self.seats = Seats()
        self._database = database
        self._changed = threading.Condition()
        self._somebody_looks = False
        self._seen = -1

    def wait_beyond(self, revision: int, patience: float) -> None:
        """Return once the ledger has gone beyond `revision`, or after `patience` (s)."""
        deadline = time.monotonic() + patience
        with self._changed:
            while self._seen <= revision and (left := deadline - time.monotonic()) > 0:
                if self._somebody_looks:
                    self._changed.wait(left)
                else:
                    self._look(min(left, _LOOKS_EVERY))
            if not self._somebody_looks:
                self._changed.notify()

    def _look(self, pause: float) -> None:
        self._somebody_looks = True
        self._changed.release()
        try:
            time.sleep(pause)
            seen = self._head()
        finally:
            self._changed.acquire()
            self._somebody_looks = False
        if seen != self._seen:
            self._seen = seen
            self._changed.notify_all()

    def _head(self) -> int:
        try:
            with self._database.reading() as session:
                return revisions.present(session)[0]
        except SQLAlchemyError:
            # Whoever waits finds out for themselves, at their time's end.
            return self._seen
