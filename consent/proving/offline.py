"""Checking offline what the house has signed: a receipt, a certificate, a page of a feed, a catalogue, a checkpoint."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jsonschema

from consent import certificate_check
from consent.ledger.answers import CONDITIONS
from consent.ledger.events import Kind
from consent.proofs import (
    CatalogueStatement,
    CertificateStatement,
    PageStatement,
    ReceiptStatement,
    RequestStatement,
    checkpoint_text,
    digest,
    leaf_of_shown,
)
from consent.rights import request_receipts
from consent.rules import ReasonCode
from consent.saying import signed_receipts
from vault import merkle
from vault.merkle import BadProof
from vault.notes import BadNote, Verifier, signer_of
from vault.trust import TrustedKey, trusted

_OF_A_PAGE = ("page", "rows")


class NotWhole(Exception):
    """What was checked is not what was signed, or not signed by a key that may be believed; the message says why."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What holds: its kind, the key that vouches for it, when it was issued (None: not said), and what it shows."""

    kind: str
    verifier: Verifier
    issued: datetime | None
    shows: str


class _Keys:
    """The keys that may be believed: those vouched for from a pinned one, or from the first of the file itself."""

    def __init__(self, statements: list[str], pinned: Verifier | None) -> None:
        anchor = pinned or _first(statements)
        self.anchor = anchor
        self._known = trusted(anchor, statements)

    def demand_vouched(self, statements: list[str]) -> None:
        """Demand that each of `statements`, from the first that a believed key has signed, is of a believed key.

        Raises:
            NotWhole: somebody else put one there.
        """
        begun = False
        for statement in statements:
            voucher = self._known.get(signer_of(statement))
            begun = begun or voucher is not None
            if begun and (voucher is None or not voucher.verifier.open(statement)):
                raise NotWhole("it names a key that nobody believed vouches for")

    def open(self, note: str, issued: Callable[[str], datetime | None]) -> tuple[str, TrustedKey | None]:
        """The text of `note`, and the key's statement where there is one.

        Raises:
            NotWhole: no believed key has signed it, or not within its time.
        """
        try:
            key = self._known.get(signer_of(note))
            text = (key.verifier if key else self.anchor).open(note)
        except BadNote as error:
            raise NotWhole(f"not signed by a key that may be believed: {error}") from error
        moment = issued(text)
        if key is not None and moment is not None and not key.covers(moment):
            raise NotWhole("the key that signed it was not valid then")
        return text, key


def _first(statements: list[str]) -> Verifier:
    try:
        return Verifier.parse(statements[0].split("\n")[1])
    except (IndexError, BadNote) as error:
        raise NotWhole("it names no key; say with --key which one may be believed") from error


def read(text: str) -> Any:
    """What is in a file, as everybody reads it: a name that stands twice shows one reader this and another that.

    Raises:
        ValueError: not JSON, or JSON that readers take differently.
        RecursionError: nested too deep.
    """
    return json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_refuse)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def check(document: Any, pinned: Verifier | None = None, statements: list[str] | None = None) -> Verified:
    """Check `document` as it was received; with `pinned`, only keys vouched for by that one are believed.

    `statements` are the portal's statements of its keys (GET /log/keys); a receipt carries its own.

    Raises:
        NotWhole: it is not what the house signed.
    """
    if not isinstance(document, dict):
        raise NotWhole("not a document of this house")
    keys = _Keys([*document.get("keys", []), *(statements or [])], pinned)
    try:
        if document.get("@type") == "dpv:ConsentReceipt":
            return _receipt(document, keys)
        if document.get("schema") == request_receipts.TYPE:
            return _request_receipt(document, keys)
        if document.get("format") == certificate_check.FORMAT:
            return _certificate(document, keys)
        if "changes" in document:
            return _page(document, keys)
        if "signature" in document and "version" in document:
            return _catalogue(document, keys)
        if "note" in document:
            size, _root = _checkpoint(document, keys)
            return Verified("checkpoint", keys.anchor, None, f"a log of {size} events")
    except (KeyError, TypeError, ValueError, AttributeError, BadNote) as error:
        raise NotWhole(f"not of the form that is documented: {type(error).__name__}") from error
    raise NotWhole("not a document of this house")


def _demand_only(document: Mapping[str, Any], *members: str) -> None:
    added = sorted(document.keys() - {*members})
    if added:
        raise NotWhole(f"it has a member that nobody signed: {added[0]}")


def _receipt(document: Mapping[str, Any], keys: _Keys) -> Verified:
    try:
        jsonschema.validate(document, signed_receipts.schema())
    except jsonschema.ValidationError as error:
        raise NotWhole(f"not of the form that is documented: {error.json_path}") from error
    text, _ = keys.open(document["signature"], lambda text: ReceiptStatement.read(text).issued)
    said = ReceiptStatement.read(text)
    content = {name: value for name, value in document.items() if name != "signature"}
    if said.content != digest(content):
        raise NotWhole("its content is not what was signed")
    size, root = _checkpoint(document["checkpoint"], keys)
    records = document["dpv:hasRecordOfActivity"]
    for record in records:
        _check_record(record, size, root)
    return Verified("receipt", keys.anchor, said.issued, f"{len(records)} answers, each in the log of {size} events")


def _certificate(document: Mapping[str, Any], keys: _Keys) -> Verified:
    _demand_only(document, "format", "content", "proofs", "checkpoint", "keys", "signature")
    keys.demand_vouched(document["keys"])
    text, _ = keys.open(document["signature"], lambda text: CertificateStatement.read(text).issued)
    said = CertificateStatement.read(text)
    size, root = _checkpoint(document["checkpoint"], keys)
    try:
        certificate_check.check(document, said, size, root)
    except certificate_check.BadCertificate as error:
        raise NotWhole(str(error)) from error
    return Verified("certificate", keys.anchor, said.issued, f"{said.items} items, at revision {said.revision}")


def _check_record(record: Mapping[str, Any], size: int, root: bytes) -> None:
    shown = record["proof"]["event"]
    path = [base64.b64decode(step, validate=True) for step in record["proof"]["path"]]
    try:
        merkle.check_inclusion(leaf_of_shown(shown), shown["position"] - 1, size, path, root)
    except BadProof as error:
        raise NotWhole(f"event {record['dct:identifier']} is not in the log: {error}") from error
    fields = {name: field.get("value") for name, field in shown["fields"].items()}
    body = fields["body"]
    told = (
        record["dct:identifier"],
        record["dpv:hasProcess"]["dpv:hasPurpose"]["dct:identifier"],
        record["effective_at"],
        record["recorded_at"],
        record["conditions"],
        record["dpv:hasNotice"]["form_version"],
        record["dpv:hasNotice"]["language"],
    )
    proved = (
        shown["id"],
        fields["scope"],
        fields["effective_at"],
        shown["recorded_at"],
        {name: body[name] for name in CONDITIONS if body.get(name) and "answer" in body},
        body.get("form_version"),
        body.get("language"),
    )
    if told != proved or record["state"] not in _states(fields["kind"], body):
        raise NotWhole(f"event {record['dct:identifier']} says something else than the receipt")


def _states(kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    if kind in (Kind.GIVEN, Kind.CHANGED, Kind.ANSWERED):
        return (str(body["answer"]),)
    if kind == Kind.EXPIRED:
        return (ReasonCode.MAJORITY_UNCONFIRMED,) if body.get("cause") == "majority" else (ReasonCode.EXPIRED,)
    return (kind,)


def _request_receipt(document: Mapping[str, Any], keys: _Keys) -> Verified:
    text, _ = keys.open(document["signature"], lambda text: RequestStatement.read(text).issued)
    said = RequestStatement.read(text)
    if said.content != digest({name: value for name, value in document.items() if name != "signature"}):
        raise NotWhole("its content is not what was signed")
    shows = f"request {document['reference']}, to be answered by {document['due_on']}"
    return Verified("receipt of a request", keys.anchor, said.issued, shows)


def _page(document: Mapping[str, Any], keys: _Keys) -> Verified:
    checkpoint = document["checkpoint"]
    _demand_only(document, "changes", "next", "more", "checkpoint")
    text, _ = keys.open(checkpoint["page"], lambda text: PageStatement.read(text).issued)
    said = PageStatement.read(text)
    size, root = _checkpoint({name: value for name, value in checkpoint.items() if name not in _OF_A_PAGE}, keys)
    for row in checkpoint["rows"]:
        _demand_only(row, "salt", "commitment")
    if said.changes != digest(document["changes"]) or said.next != document["next"]:
        raise NotWhole("its changes are not those that were signed")
    if document["more"] is not (said.next < said.head):
        raise NotWhole("it says otherwise than was signed whether more follows")
    if (said.size, said.root) != (size, root):
        raise NotWhole("its checkpoint is not the one that was signed")
    return Verified("page", keys.anchor, said.issued, f"cursors {said.after + 1} to {said.next} of store {said.store}")


def _catalogue(document: Mapping[str, Any], keys: _Keys) -> Verified:
    text, _ = keys.open(document["signature"], lambda text: CatalogueStatement.read(text).issued)
    said = CatalogueStatement.read(text)
    content = {name: value for name, value in document.items() if name not in ("version", "signature")}
    if not said.version == document["version"] == digest(content):
        raise NotWhole("the catalogue is not the one that was signed")
    return Verified("catalogue", keys.anchor, said.issued, f"the catalogue of store {said.store}")


def _checkpoint(document: Mapping[str, Any], keys: _Keys) -> tuple[int, bytes]:
    _demand_only(document, "size", "root", "note")
    text, _ = keys.open(document["note"], lambda _text: None)
    size, root = document["size"], base64.b64decode(document["root"], validate=True)
    if text != checkpoint_text(keys.anchor.name, size, root):
        raise NotWhole("the checkpoint is not the one that was signed")
    return size, root
