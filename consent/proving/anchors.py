"""Anchoring the audit in the signed log: each seal over it becomes an event that belongs to no person."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.ledger import events, ledger
from consent.ledger.events import Draft, EventRow, Kind
from vault import audit_chain
from vault.audit_chain import AuditSeal


def seal_audit(session: Session) -> int:
    """Seal the audit and anchor the seal in the ledger; how many entries that were."""
    sealed = audit_chain.seal(session)
    if sealed is None:
        return 0
    body = {"seal": sealed.number, "entries": sealed.entries, "chain": sealed.chain.hex()}
    ledger.append(session, [Draft(Kind.AUDIT_SEALED, body=body)])
    return sealed.entries


def faults(session: Session) -> Iterator[str]:
    """Every seal that is not the one in the ledger, or is in one of the two alone."""
    seals = {each.number: each for each in session.scalars(select(AuditSeal))}
    anchored = set()
    for row in session.scalars(select(EventRow).where(EventRow.subject_id.is_(None)).order_by(EventRow.position)):
        event = events.unseal(session, row)
        if event.kind is not Kind.AUDIT_SEALED:
            continue
        number = event.body["seal"]
        anchored.add(number)
        if number not in seals or seals[number].chain.hex() != event.body["chain"]:
            yield f"audit: seal {number} is not the one that the ledger holds"
    for number in sorted(seals.keys() - anchored):
        yield f"audit: seal {number} is not in the ledger"
