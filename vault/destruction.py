"""The destruction list: whose keys were destroyed, kept apart from the key store and every backup of it."""

import os
from datetime import datetime
from pathlib import Path

from vault import clock


class DestructionList:
    """A file with a line for each destroyed key: its owner, and when. Lines are only ever added."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, owner: str) -> None:
        """Write down that the key of `owner` is being destroyed; durable before this returns."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a") as file:
            file.write(f"{owner} {clock.rfc3339(clock.now())}\n")
            file.flush()
            os.fsync(file.fileno())

    def owners(self) -> dict[str, datetime]:
        """When the key of each owner was destroyed, for the last time."""
        if not self._path.exists():
            return {}
        lines = (line.split() for line in self._path.read_text().splitlines())
        return {line[0]: clock.parse_instant(line[1]) for line in lines if len(line) == 2}
