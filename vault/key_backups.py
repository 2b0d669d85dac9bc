"""Copies of the key store: a few, and none older than a person was told, since they undo what was destroyed."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vault import clock
from vault.keys import KeyStore

_NAME = re.compile(r"keys-(\d{8}T\d{12})\.sqlite")
_MOMENT = "%Y%m%dT%H%M%S%f"


class KeyBackups:
    """The folder of copies, each kept for `days` at most."""

    def __init__(self, folder: Path, days: int) -> None:
        self._folder = folder
        self._kept_for = timedelta(days=days)

    def make(self, store: KeyStore) -> Path:
        """Copy the key store, and remove the copies whose time is over."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"keys-{clock.now().strftime(_MOMENT)}.sqlite"
        store.copy_to(path)
        self.lapse()
        return path

    def lapse(self) -> int:
        """Remove the copies whose time is over; how many."""
        over = [path for path, made in self.all().items() if clock.now() - made >= self._kept_for]
        for path in over:
            # One that was opened, as after a restoring, has SQLite's own files beside it.
            for each in (path, *path.parent.glob(f"{path.name}-*")):
                each.unlink(missing_ok=True)
        return len(over)

    def all(self) -> dict[Path, datetime]:
        """Every copy, and when it was made."""
        found = {}
        for path in sorted(self._folder.glob("keys-*.sqlite")):
            if match := _NAME.fullmatch(path.name):
                found[path] = datetime.strptime(match[1], _MOMENT).replace(tzinfo=UTC)
        return found

    def gone_from_all(self, destroyed_at: datetime) -> datetime:
        """From when no copy can hold a key that was destroyed at that moment: the date to tell the person."""
        return destroyed_at + self._kept_for
