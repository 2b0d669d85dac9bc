"""Whether a page of the feed or a catalogue may be believed: signature, key, store, sequence, chain, log and time."""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from consent.proofs import CatalogueStatement, PageStatement, checkpoint_text, commit, digest, link
from vault import merkle
from vault.merkle import BadProof
from vault.notes import BadNote, Verifier, signer_of
from vault.trust import TrustedKey

# How far the portal's clock and the store's may lie apart.
SKEW = timedelta(minutes=5)

ConsistencyProof = Callable[[int, int], list[bytes]]


class Distrusted(Exception):
    """What the portal sent cannot be true together with what it signed before. `code` names how."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code


@dataclass(frozen=True, slots=True)
class Position:
    """What was last believed: how far feed and log had come, and when the portal said so."""

    cursor: int = 0
    chain: bytes = bytes(32)
    head: int = 0
    size: int = 0
    root: bytes = merkle.EMPTY
    note: str = ""
    issued: datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Whom a replica believes, and as which store it is addressed."""

    store: str
    pinned: Verifier
    keys: Mapping[bytes, TrustedKey]

    def opened(self, note: str) -> tuple[str, TrustedKey]:
        """The text of a note, and the key that signed it.

        Raises:
            Distrusted: no key that may be believed has signed it.
        """
        try:
            key = self.keys.get(signer_of(note))
            if key is None:
                raise BadNote("an unknown key")
            return key.verifier.open(note), key
        except BadNote as error:
            raise Distrusted("forged", f"not signed by a key of the portal: {error}") from error

    def knows_signer_of(self, note: object) -> bool:
        """Whether the key that `note` names is known already."""
        try:
            return isinstance(note, str) and signer_of(note) in self.keys
        except BadNote:
            return False


@dataclass(frozen=True, slots=True)
class Page:
    """A page that may be believed, and the position it leads to."""

    changes: list[dict[str, Any]]
    position: Position

    @property
    def reaches_the_end(self) -> bool:
        """Whether nothing lay after it when it was issued."""
        return self.position.cursor == self.position.head


@contextmanager
def well_formed() -> Iterator[None]:
    """Let what is signed, and yet not of the form of the protocol, count as a lie.

    Raises:
        Distrusted: instead of the error that reading it raised.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, BadNote) as error:
        raise Distrusted("forged", f"not of the form of the protocol: {type(error).__name__}") from error


def believe(
    answer: Any, source: Source, before: Position, sent: datetime, received: datetime, proof: ConsistencyProof
) -> Page:
    """The page in `answer`, asked for after `before`, if all of it may be believed.

    `sent` and `received` are the store's own times of the call; `proof` fetches a consistency proof.

    Raises:
        Distrusted: it may not. What `proof` raises passes through.
    """
    with well_formed():
        checkpoint, changes, rows = answer["checkpoint"], answer["changes"], answer["checkpoint"]["rows"]
        text, key = source.opened(checkpoint["page"])
        said = PageStatement.read(text)
        _for_us(source, said.origin, said.store)
        _in_time(key, said.issued, before.issued, sent, received)
        _in_sequence(said, answer, before)
        chain = _chained(changes, rows, before)
        if said.changes != digest(changes) or said.chain != chain:
            raise Distrusted("forged", "its changes are not those that were signed")
        noted, noting = source.opened(checkpoint["note"])
        shown = checkpoint_text(source.pinned.name, checkpoint["size"], base64.b64decode(checkpoint["root"]))
        if not noted == shown == checkpoint_text(source.pinned.name, said.size, said.root) or noting != key:
            raise Distrusted("forged", "its checkpoint is not the one that was signed")
        _continues(said, before, proof)
        position = Position(said.next, said.chain, said.head, said.size, said.root, checkpoint["note"], said.issued)
        return Page(changes, position)


def believe_catalogue(answer: Any, source: Source, sent: datetime, received: datetime) -> dict[str, Any]:
    """The catalogue in `answer`, without its signature.

    Raises:
        Distrusted: it may not be believed.
    """
    with well_formed():
        text, key = source.opened(answer["signature"])
        said = CatalogueStatement.read(text)
        _for_us(source, said.origin, said.store)
        _in_time(key, said.issued, None, sent, received)
        content = {name: value for name, value in answer.items() if name not in ("version", "signature")}
        if not said.version == answer["version"] == digest(content):
            raise Distrusted("forged", "the catalogue is not the one that was signed")
        return {"version": said.version, **content}


def _for_us(source: Source, origin: str, store: str) -> None:
    if origin != source.pinned.name:
        raise Distrusted("other_portal", "it is another portal's")
    if store != source.store:
        raise Distrusted("other_store", "it is another store's")


def _in_time(key: TrustedKey, issued: datetime, last: datetime | None, sent: datetime, received: datetime) -> None:
    if last is not None and issued <= last:
        raise Distrusted("frozen", "it is not newer than what was believed before")
    if not sent - SKEW <= issued <= received + SKEW:
        raise Distrusted("frozen", "it was not issued when it was asked for")
    if not key.covers(issued):
        raise Distrusted("expired_key", "the key that signed it was not valid then")


def _in_sequence(said: PageStatement, answer: Mapping[str, Any], before: Position) -> None:
    if said.head < before.head:
        raise Distrusted("rewound", "the feed has become shorter")
    if said.after != before.cursor:
        raise Distrusted("repeated", "it is not the page that was asked for")
    if (
        [change["cursor"] for change in answer["changes"]] != list(range(said.after + 1, said.next + 1))
        or answer["next"] != said.next
        or answer["more"] is not (said.next < said.head)
        or said.next > said.head
        or said.after == said.next < said.head
    ):
        raise Distrusted("gap", "its cursors are not all those that follow")


def _chained(changes: list[dict[str, Any]], rows: list[dict[str, str]], before: Position) -> bytes:
    chain = before.chain
    for change, row in zip(changes, rows, strict=True):
        content = {name: value for name, value in change.items() if name != "cursor"}
        if change["kind"] == "erased":
            commitment = base64.b64decode(row["commitment"], validate=True)
        else:
            commitment = commit(base64.b64decode(row["salt"], validate=True), content)
        chain = link(chain, change["cursor"], commitment)
    return chain


def _continues(said: PageStatement, before: Position, proof: ConsistencyProof) -> None:
    if said.size < before.size:
        raise Distrusted("rewound", "the log has become smaller")
    path = proof(before.size, said.size) if 0 < before.size < said.size else []
    try:
        merkle.check_consistency(before.size, before.root, said.size, said.root, path)
    except BadProof as error:
        raise Distrusted("forked", str(error)) from error
