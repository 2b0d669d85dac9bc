"""Sealing a value to its place: AES-256-GCM with the table, column and row as associated data."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = b"\x01"
_NONCE = 12


class Unreadable(Exception):
    """The value was altered, moved to another place, or sealed under another key."""


def seal(key: bytes, place: str, plaintext: bytes) -> bytes:
    """`plaintext` sealed under the 32-byte `key`, to be opened only at `place` ("table.column:row")."""
    nonce = os.urandom(_NONCE)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plaintext, place.encode())


def unseal(key: bytes, place: str, sealed: bytes) -> bytes:
    """What was sealed at `place`.

    Raises:
        Unreadable: altered, moved, or another key.
    """
    if sealed[:1] != _FORMAT:
        raise Unreadable(place)
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place.encode())
    except InvalidTag as error:
        raise Unreadable(place) from error
