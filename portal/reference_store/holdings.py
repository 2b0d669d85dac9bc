"""The folder of a reference store: its files, and the lines of `items.ndjson` that say what they are."""

import base64
import hashlib
import json
import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from consent.client import Portal

DESCRIPTION = "items.ndjson"
NOTES = ("corrections.ndjson", "set-aside.ndjson")
_AT_A_TIME = 500


class BadHoldings(Exception):
    """The folder is not one of a reference store; the message says what is wrong."""


class Holdings:
    """The files of `folder`, each under its path in it. Its `items.ndjson` has a line of the protocol for each.

    Raises:
        BadHoldings: there is no such description, or a line of it is not one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._lines = [self._with_digest(line) for line in self._described()]

    def _described(self) -> Iterator[dict[str, Any]]:
        try:
            text = (self._folder / DESCRIPTION).read_text(encoding="utf-8")
        except OSError as error:
            raise BadHoldings(f"{self._folder / DESCRIPTION} cannot be read") from error
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                described = json.loads(line)
            except ValueError as error:
                raise BadHoldings(f"{DESCRIPTION}, line {number}: not JSON") from error
            if not isinstance(described, dict) or not isinstance(described.get("item"), str):
                raise BadHoldings(f"{DESCRIPTION}, line {number}: names no item")
            yield described

    def _with_digest(self, line: dict[str, Any]) -> dict[str, Any]:
        path = self.path_of(str(line["item"]))
        if path is None:
            return line
        with path.open("rb") as file:
            return line | {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}

    def names(self) -> list[str]:
        """Every file, described or not, and every item that is described without one."""
        files = {str(path.relative_to(self._folder)) for path in self._folder.rglob("*") if path.is_file()}
        return sorted((files | {line["item"] for line in self._lines}) - {DESCRIPTION, *NOTES})

    def path_of(self, item: str) -> Path | None:
        """Where the file of an item lies; None where it has none inside the folder."""
        path = (self._folder / item).resolve()
        return path if path.is_relative_to(self._folder) and path.is_file() else None

    def described(self, item: str, *, withhold: bool) -> dict[str, Any]:
        """An item with its content (base64), as an access package has it; without it where others are in it."""
        path = self.path_of(item)
        line = next((line for line in self._lines if line["item"] == item), {})
        content = None if withhold or path is None else base64.b64encode(path.read_bytes()).decode()
        because = "others are in it (GDPR 15(4))" if withhold else None
        media = mimetypes.guess_type(item)[0] or "application/octet-stream"
        return {
            "item": item,
            "kind": line.get("kind"),
            "media_type": media,
            "content": content,
            "withheld_because": because if content is None else None,
        }

    def note(self, name: str, line: Mapping[str, Any]) -> None:
        """Write a line to a list beside the files, once."""
        text = json.dumps(dict(line), ensure_ascii=False, sort_keys=True)
        path = self._folder / name
        known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if text not in known:
            with path.open("a", encoding="utf-8") as file:
                file.write(text + "\n")

    def erase(self, item: str) -> None:
        """Delete an item's file and its line for good. The same again changes nothing."""
        path = self.path_of(item)
        if path is not None:
            path.unlink()
        self._lines = [line for line in self._lines if line["item"] != item]
        new = self._folder / f"{DESCRIPTION}.new"
        described = [{name: value for name, value in line.items() if name != "sha256"} for line in self._lines]
        new.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in described), encoding="utf-8")
        new.replace(self._folder / DESCRIPTION)

    def register(self, portal: Portal) -> list[dict[str, Any]]:
        """Register every described item; the lines that the portal rejected.

        Raises:
            consent.client.Unreachable, consent.client.Refused.
        """
        rejected: list[dict[str, Any]] = []
        for start in range(0, len(self._lines), _AT_A_TIME):
            answer = portal.put_lines("/items", self._lines[start : start + _AT_A_TIME])
            rejected += [each | {"line": each["line"] + start} for each in answer["rejected"]]
        return rejected
