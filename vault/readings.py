"""Writing down who read what, before it is shown, in transactions that many readers share (group commit)."""

import threading
from collections.abc import Callable, Collection, Sequence
from functools import partial

from sqlalchemy.orm import Session

from vault import audit
from vault.audit import Actor
from vault.database import Database

Deed = Callable[[Session], object]


class _Batch:
    """Readings that are written together, and whether they were."""

    def __init__(self) -> None:
        self.deeds: list[Deed] = []
        self.done = threading.Event()
        self.error: Exception | None = None


class ReadingLog:
    """The readings of one process.

    Whoever comes while another's transaction is under way waits for it, and all who wait are written by one of them.
    So a page never costs a durable write of its own when many are read, and is never shown before it is written down.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._collecting = threading.Lock()
        self._writing = threading.Lock()
        self._open = _Batch()
        self.transactions = 0

    def note(self, actor: Actor, act: str, subject_ids: Collection[str]) -> None:
        """Write down that `actor` read `act` of those people (of nobody in particular where there are none).

        Raises:
            Exception: what the database raised; then the page must not be shown.
        """
        concerned: list[str | None] = [*sorted(subject_ids)] or [None]
        self.write([partial(audit.record, actor=actor, act=act, subject_id=each) for each in concerned])

    def write(self, deeds: Sequence[Deed]) -> None:
        """Do what writes readings down, each in a session that others share.

        Raises:
            Exception: what the database raised for any who share it; then the page must not be shown.
        """
        with self._collecting:
            batch = self._open
            batch.deeds += deeds
        with self._writing:
            if not batch.done.is_set():
                self._write()
        if batch.error is not None:
            raise batch.error

    def _write(self) -> None:
        with self._collecting:
            batch, self._open = self._open, _Batch()
        try:
            self._commit(batch.deeds)
        except Exception as error:
            batch.error = error
        finally:
            batch.done.set()

    def _commit(self, deeds: Sequence[Deed]) -> None:
        self.transactions += 1
        with self._database.writing() as session:
            for deed in deeds:
                deed(session)
