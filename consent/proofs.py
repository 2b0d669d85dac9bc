"""What is signed, chained and committed to: how each statement is written and read, here and by whoever checks it."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from vault import clock, merkle
from vault.canonical import canonical
from vault.notes import BadNote

Statement = TypeVar("Statement", bound="_Statement")


def commit(salt: bytes, content: Mapping[str, Any]) -> bytes:
    """The salted commitment to one change of a feed."""
    return hashlib.sha256(salt + canonical(content)).digest()


def link(previous: bytes, cursor: int, commitment: bytes) -> bytes:
    """The next link of a feed's chain; the first follows on 32 zero bytes."""
    return hashlib.sha256(previous + cursor.to_bytes(8, "big") + commitment).digest()


def digest(value: Any) -> str:
    """The SHA-256 of the canonical bytes of `value`, hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


EVENT_FIELDS = ("kind", "scope", "context", "effective_at", "author", "body")


def field_commitment(salt: bytes, name: str, value: Any) -> bytes:
    """The salted commitment to one field of an event: SHA-256 over salt, name, 0x00 and the value's canonical bytes."""
    return hashlib.sha256(salt + name.encode() + b"\x00" + canonical(value)).digest()


def event_leaf(
    *, position: int, id: str, revision: int, recorded_at: str, owner: str, sealed: str, commitments: str
) -> bytes:
    """The leaf hash of an event (RFC 9162 2.1.1). Digests and commitments are hexadecimal."""
    return merkle.leaf(
        canonical(
            {
                "position": position,
                "id": id,
                "revision": revision,
                "recorded_at": recorded_at,
                "owner": owner,
                "sealed": sealed,
                "commitments": commitments,
            }
        )
    )


def leaf_of_shown(shown: Mapping[str, Any]) -> bytes:
    """The leaf hash that an event shown by `consent.events.shown` has.

    Raises:
        KeyError, TypeError, ValueError: it is not of that form.
    """
    if shown["fields"].keys() != {*EVENT_FIELDS}:
        raise ValueError("an event has other fields")
    columns = {name: value for name, value in shown.items() if name != "fields"}
    commitments = b"".join(_commitment_of_shown(name, shown["fields"][name]) for name in EVENT_FIELDS)
    return event_leaf(**columns, commitments=commitments.hex())


def _commitment_of_shown(name: str, field: Mapping[str, Any]) -> bytes:
    # A value beside a commitment would be read and proved by nothing.
    if field.keys() not in ({"commitment"}, {"salt", "value"}):
        raise ValueError(f"{name} is neither a commitment nor a value with its salt")
    if "commitment" in field:
        return bytes.fromhex(field["commitment"])
    return field_commitment(base64.b64decode(field["salt"], validate=True), name, field["value"])


class _Statement:
    """A statement is a heading and a line for each field: its name, a space and its value."""

    heading = ""

    def text(self) -> str:
        """The lines, as they are signed."""
        lines = [f"{each.name} {_written(getattr(self, each.name))}" for each in fields(self)]  # type: ignore[arg-type]
        return "\n".join([self.heading, *lines]) + "\n"

    @classmethod
    def read(cls: type[Statement], text: str) -> Statement:
        """The statement that `text` makes.

        Raises:
            BadNote: it makes another, or none.
        """
        heading, *lines = text.split("\n")
        described = fields(cls)  # type: ignore[arg-type]
        if heading != cls.heading or len(lines) != len(described) + 1 or lines[-1]:
            raise BadNote("another statement than expected")
        values: dict[str, Any] = {}
        for line, each in zip(lines, described, strict=False):
            name, _, value = line.partition(" ")
            if name != each.name:
                raise BadNote("another statement than expected")
            values[name] = _READ[each.type](value)
        return cls(**values)


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadNote("not a number")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        return clock.parse_instant(text)
    except ValueError as error:
        raise BadNote("not a time") from error


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadNote("not base64") from error


_READ: Mapping[Any, Any] = {int: _number, str: str, bytes: _bytes, datetime: _moment}


@dataclass(frozen=True, slots=True)
class PageStatement(_Statement):
    """A page of a store's feed. `changes` is the digest of its changes, `chain` the feed's chain at `next`,
    `head` the last cursor there is, `size` and `root` those of the log."""

    heading = "zhoda/page/v1"

    origin: str
    store: str
    after: int
    next: int
    head: int
    changes: str
    chain: bytes
    issued: datetime
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class CatalogueStatement(_Statement):
    """A store's catalogue; `version` is the digest of its content."""

    heading = "zhoda/catalogue/v1"

    origin: str
    store: str
    version: str
    issued: datetime


@dataclass(frozen=True, slots=True)
class ReceiptStatement(_Statement):
    """A consent receipt; `content` is the digest of all of it but the signature."""

    heading = "zhoda/receipt/v1"

    origin: str
    content: str
    issued: datetime


@dataclass(frozen=True, slots=True)
class RequestStatement(_Statement):
    """The receipt of a rights request; `content` is the digest of all of it but the signature."""

    heading = "zhoda/request/v1"

    origin: str
    content: str
    issued: datetime


@dataclass(frozen=True, slots=True)
class CertificateStatement(_Statement):
    """A consent certificate; `content` is the digest of its content, `size` and `root` those of the log."""

    heading = "zhoda/certificate/v1"

    origin: str
    certificate: str
    content: str
    items: int
    revision: int
    issued: datetime
    size: int
    root: bytes


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The text of a checkpoint (C2SP tlog-checkpoint)."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
