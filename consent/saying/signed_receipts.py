"""The signed receipt: answers as JSON after ISO/IEC TS 27560 in DPV's terms, each with its proof in the log."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.ledger import events, scopes, transparency_log
from consent.ledger.events import EventRow
from consent.ledger.revisions import Revision
from consent.ledger.scopes import Scope
from consent.people import organisations
from consent.proofs import ReceiptStatement, digest
from consent.rules import ReasonCode
from consent.saying import receipts
from consent.saying.answering import ConsentedBy
from consent.saying.receipts import Line, Receipt
from vault import clock, signing

PROFILE = "https://w3id.org/dpv/schema/iso-27560#receipt-full"
_CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
}
_STATUS: Mapping[str, str] = {
    ReasonCode.GRANTED: "dpv:ConsentGiven",
    ReasonCode.ASK_FIRST: "dpv:ConsentRequestDeferred",
    ReasonCode.REFUSED: "dpv:ConsentRefused",
    ReasonCode.WITHDRAWN: "dpv:ConsentWithdrawn",
    ReasonCode.UNANSWERED: "dpv:ConsentUnknown",
    ReasonCode.EXPIRED: "dpv:ConsentExpired",
    ReasonCode.MAJORITY_UNCONFIRMED: "dpv:ConsentExpired",
    ReasonCode.INVALIDATED: "dpv:ConsentInvalidated",
    ReasonCode.SUPERSEDED: "dpv:ConsentExpired",
}
# Who wrote an answer down is the house's affair: the proof commits to it and does not tell.
_HIDDEN = ("author",)


def signed(session: Session, subject_id: str, revision: Revision | None = None) -> dict[str, Any]:
    """The receipt of a person as of a revision (None: now), signed with the key of today.

    Made anew from the ledger each time: of one revision, only the log's size, the time and the signature differ.

    Of somebody who was erased it holds no answers: nobody can read them any more.

    Raises:
        consent.subjects.UnknownSubject: enrolled nowhere.
    """
    receipt = receipts.receipt(session, subject_id, revision)
    catalogue = scopes.catalogue(session)
    log = transparency_log.checkpoint(session)
    signer = signing.signer(session)
    issued = clock.now()
    content: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": f"{receipt.code}-{receipt.revision}",
        "dct:conformsTo": PROFILE,
        "dct:created": clock.rfc3339(issued),
        "schema_version": "1",
        "revision": receipt.revision,
        "dpv:hasDataSubject": receipt.code,
        "dpv:hasDataController": _controller(session, receipt),
        "dpv:hasRecordOfActivity": [
            _record(session, catalogue.get(line.scope), line, log.size) for line in receipt.lines
        ],
        "checkpoint": log.as_value(),
        "keys": signing.statements(session),
    }
    statement = ReceiptStatement(origin=signer.name, content=digest(content), issued=issued)
    return {**content, "signature": signer.sign(statement.text())}


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema that every signed receipt satisfies."""
    text = (resources.files("consent") / "schemas" / "receipt.schema.json").read_text(encoding="utf-8")
    described: dict[str, Any] = json.loads(text)
    return described


def _controller(session: Session, receipt: Receipt) -> dict[str, str]:
    partner = session.get_one(organisations.Organisation, receipt.organisation)
    return {
        "@type": "dpv:DataController",
        "dct:identifier": partner.key,
        "dpv:hasName": partner.name,
        "dpv:hasCountry": partner.country,
    }


def _record(session: Session, scope: Scope | None, line: Line, size: int) -> dict[str, Any]:
    return {
        "@type": "dpv:ConsentRecord",
        "dct:identifier": line.event.id,
        "dpv:hasConsentStatus": _STATUS[line.code],
        "state": line.code,
        "dpv:hasProcess": {
            "@type": "dpv:Process",
            "dpv:hasPurpose": {
                "@type": "dpv:Purpose",
                "dct:identifier": line.scope,
                "dct:title": None if scope is None else scope.texts["en"]["title"],
            },
            "dpv:hasRecipient": [] if scope is None else list(scope.classes),
            "dpv:hasLegalBasis": ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"],
        },
        "conditions": line.conditions,
        "dpv:hasNotice": {
            "@type": "dpv:ConsentNotice",
            "form_version": line.form_version,
            "text_sha256": line.text_digest,
            "language": line.event.body.get("language"),
        },
        "dpv:isIndicatedBy": line.event.body.get("consented_by") or ConsentedBy.SELF,
        "method": line.event.body.get("method") or line.event.body.get("channel"),
        "effective_at": clock.rfc3339(line.event.effective_at),
        "recorded_at": clock.rfc3339(line.event.recorded_at),
        "proof": _proof(session, line.event.position, size),
    }


def _proof(session: Session, position: int, size: int) -> dict[str, Any]:
    row = session.execute(select(EventRow).where(EventRow.position == position)).scalar_one()
    path = transparency_log.inclusion(session, position - 1, size)
    return {
        "event": events.shown(session, row, _HIDDEN),
        "path": [base64.b64encode(step).decode() for step in path],
    }
