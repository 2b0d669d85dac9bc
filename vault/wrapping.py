"""Key-encryption keys: what wraps all other keys, kept outside both databases.

`KeyEncryption` is all that the key store asks of them, so that a key management service can stand in for the file.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from vault.sealing import Unreadable, seal, unseal

_INDEX = "index"


class KeyKind(StrEnum):
    """Whose data a key opens; each kind has a key-encryption key of its own."""

    PERSON = "person"
    CASE = "case"
    HOUSE = "house"


_NAMES = {KeyKind.PERSON: "people", KeyKind.CASE: "cases", KeyKind.HOUSE: "house"}


class KeyEncryption(Protocol):
    """What wraps keys. A service that keeps its keys to itself needs these three and nothing more."""

    def wrap(self, kind: KeyKind, place: str, key: bytes) -> bytes:
        """`key` wrapped for `place` by the present key-encryption key of `kind`."""

    def unwrap(self, kind: KeyKind, place: str, wrapped: bytes) -> bytes:
        """What was wrapped for `place` by the present key-encryption key of `kind` or by one before it.

        Raises:
            Unreadable: altered, moved, or by a key that is no longer known.
        """

    def blind_index(self, purpose: str, value: str) -> str:
        """A keyed digest by which `value` can be looked up without being readable (HMAC-SHA-256, hex)."""


class KeyEncryptionKeys:
    """Keys in hand: for each kind the present one first, then those that are being replaced; and the index key."""

    def __init__(self, people: bytes, cases: bytes, house: bytes, index: bytes) -> None:
        self._take({"people": [people], "cases": [cases], "house": [house], _INDEX: [index]})

    @classmethod
    def from_json(cls, text: str) -> "KeyEncryptionKeys":
        """Read what `generate` wrote: for each name one key, or several of which the first is the present one.

        Raises:
            ValueError: not such a text.
        """
        made = cls.__new__(cls)
        made._take(_parse(text))
        return made

    @staticmethod
    def generate(path: Path) -> None:
        """Write a new set to `path`, readable by its owner alone. An existing file is never replaced."""
        keys = {name: base64.b64encode(os.urandom(32)).decode() for name in (*_NAMES.values(), _INDEX)}
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(keys, file)

    def wrap(self, kind: KeyKind, place: str, key: bytes) -> bytes:
        """See `KeyEncryption`."""
        return seal(self._keys[_NAMES[kind]][0], place, key)

    def unwrap(self, kind: KeyKind, place: str, wrapped: bytes) -> bytes:
        """See `KeyEncryption`."""
        for each in self._keys[_NAMES[kind]]:
            try:
                return unseal(each, place, wrapped)
            except Unreadable:
                continue
        raise Unreadable(place)

    def blind_index(self, purpose: str, value: str) -> str:
        """See `KeyEncryption`."""
        return hmac.new(self._keys[_INDEX][0], f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def _take(self, keys: Mapping[str, Sequence[bytes]]) -> None:
        if keys.keys() != {*_NAMES.values(), _INDEX} or not all(keys.values()):
            raise ValueError("key-encryption keys are people, cases, house and index")
        if {len(key) for several in keys.values() for key in several} != {32}:
            raise ValueError("a key-encryption key has 32 bytes")
        self._keys = keys


class KeyFile(KeyEncryptionKeys):
    """The keys of a file, read again whenever it was replaced: a portal that serves needs no restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read()

    def wrap(self, kind: KeyKind, place: str, key: bytes) -> bytes:
        """See `KeyEncryption`."""
        self._refresh()
        return super().wrap(kind, place, key)

    def unwrap(self, kind: KeyKind, place: str, wrapped: bytes) -> bytes:
        """See `KeyEncryption`."""
        try:
            return super().unwrap(kind, place, wrapped)
        except Unreadable:
            self._refresh()
            return super().unwrap(kind, place, wrapped)

    def begin_rotation(self, kind: KeyKind) -> None:
        """Put a new key before the present one: what is wrapped from now on is wrapped by it, and both are known."""
        self._replace(kind, [os.urandom(32), *_parse(self._path.read_text())[_NAMES[kind]]])

    def end_rotation(self, kind: KeyKind) -> None:
        """Forget every key of `kind` but the present one."""
        self._replace(kind, _parse(self._path.read_text())[_NAMES[kind]][:1])

    def known(self, kind: KeyKind) -> int:
        """How many keys of `kind` are known: more than one while a rotation is under way."""
        self._refresh()
        return len(self._keys[_NAMES[kind]])

    def _replace(self, kind: KeyKind, keys: Sequence[bytes]) -> None:
        content = {**_parse(self._path.read_text()), _NAMES[kind]: keys}
        written = {name: [base64.b64encode(each).decode() for each in several] for name, several in content.items()}
        new = self._path.with_suffix(".new")
        with open(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            json.dump(written, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        self._read()

    def _refresh(self) -> None:
        status = self._path.stat()
        if (status.st_mtime_ns, status.st_ino) != self._read_at:
            self._read()

    def _read(self) -> None:
        status = self._path.stat()
        self._take(_parse(self._path.read_text()))
        self._read_at = (status.st_mtime_ns, status.st_ino)


def _parse(text: str) -> dict[str, list[bytes]]:
    content = json.loads(text)
    several = {name: value if isinstance(value, list) else [value] for name, value in content.items()}
    return {name: [base64.b64decode(each) for each in values] for name, values in several.items()}
