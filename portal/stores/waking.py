"""Waking whoever waits for a change, in this process, as soon as any process has committed one.

Of all who wait here one looks at the ledger's head for the others; when it leaves, the next one looks.
"""

import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from consent import revisions
from vault.database import Database

_LOOKS_EVERY = 0.025


class Watch:
    """Follows the ledger's head for the threads of one process."""

    def __init__(self, database: Database) -> None:
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
