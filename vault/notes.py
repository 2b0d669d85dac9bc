"""Signed notes after C2SP signed-note: text lines that somebody signed with Ed25519, and how to check them."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")


class BadNote(Exception):
    """A note that is malformed, or not signed by the key it should be."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who can be recognised: a name and an Ed25519 public key (32 bytes)."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Read a verifier key: NAME+HASH+BASE64, as `str` of a verifier gives it.

        Raises:
            BadNote: not such a key, or its hash is another's.
        """
        try:
            name, _, key = text.strip().split("+", 2)
            raw = base64.b64decode(key, validate=True)
        except ValueError as error:
            raise BadNote("not a verifier key") from error
        found = cls(name, raw[1:])
        if raw[:1] != _ED25519 or len(raw) != 33 or str(found) != text.strip():
            raise BadNote("not a verifier key")
        return found

    def __str__(self) -> str:
        key = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @property
    def key_id(self) -> bytes:
        """The four bytes that a signature names its key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def open(self, note: str) -> str:
        """The text of `note`, newline at its end included.

        Raises:
            BadNote: this key has not signed it.
        """
        text, _, signatures = note.rpartition("\n\n")
        text += "\n"
        lines = signatures.splitlines()
        found = [signed for line in lines if (signed := _SIGNATURE.fullmatch(line))]
        if len(found) < len(lines) or not signatures.endswith("\n"):
            raise BadNote("malformed signature line")
        for signed in found:
            if signed[1] != self.name:
                continue
            try:
                raw = base64.b64decode(signed[2], validate=True)
                if raw[:4] == self.key_id:
                    Ed25519PublicKey.from_public_bytes(self.public).verify(raw[4:], text.encode())
                    return text
            except (binascii.Error, InvalidSignature) as error:
                raise BadNote("the signature does not fit") from error
        raise BadNote("not signed by the key expected")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a name and the 32-byte seed of an Ed25519 key."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> Verifier:
        """By what this signer is recognised."""
        return Verifier(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """`text`, which ends in a newline, with its signature.

        Raises:
            ValueError: the text has no newline at its end.
        """
        if not text.endswith("\n"):
            raise ValueError("the text of a note ends in a newline")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n— {self.name} {base64.b64encode(self.verifier.key_id + signature).decode()}\n"


def signer_of(note: str) -> bytes:
    """The key id that the first signature of `note` names.

    Raises:
        BadNote: there is none.
    """
    signed = _SIGNATURE.fullmatch(note.rpartition("\n\n")[2].partition("\n")[0])
    if signed is None:
        raise BadNote("not signed")
    try:
        return base64.b64decode(signed[2], validate=True)[:4]
    except binascii.Error as error:
        raise BadNote("not signed") from error
