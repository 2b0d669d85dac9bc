"""Consent certificates: the exact list of a release, signed, and proof that consent was there (docs/certificate.md)."""

import base64
import json
import zlib
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.catalogue import forms, recipients
from consent.certificate_check import FORMAT
from consent.disclosure import asking, instruments, release, withheld
from consent.disclosure.check import Checked
from consent.disclosure.release import Released, ReleaseProposal
from consent.disclosure.requests import DisclosureRequest, Route
from consent.disclosure.terms import all_terms
from consent.ledger import events, stores, transparency_log
from consent.ledger.events import EventRow
from consent.proofs import CertificateStatement, digest
from vault import clock, signing
from vault.columns import Owner, sealed_to
from vault.database import Base, in_parts, keyring
from vault.keys import HOUSE
from vault.types import Id

# Of a person's answer a recipient sees what it is about, and that it is in the log; not what it says beside that.
_NOT_SHOWN = ("context", "effective_at", "author", "body")


class CertificateRow(Base):
    """A certificate as it was issued, sealed. Append-only."""

    __tablename__ = "certificates"

    release_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))


def issue(session: Session, request: DisclosureRequest, released: Released) -> dict[str, Any]:
    """Make, sign and keep the certificate of a release, in the transaction that releases.

    It names people by number only, and only within itself.
    """
    written = released.release
    log = transparency_log.checkpoint(session)
    people = _People(session, request, released)
    content = _content(session, request, released, people)
    statement = CertificateStatement(
        origin=signing.signer(session).name,
        certificate=written.id,
        content=digest(content),
        items=written.items,
        revision=written.revision,
        issued=written.released_at,
        size=log.size,
        root=log.root,
    )
    certificate = {
        "format": FORMAT,
        "content": content,
        "proofs": _proofs(session, [*people.answers, written.event_position], log.size),
        "checkpoint": log.as_value(),
        "keys": signing.statements(session),
        "signature": signing.signer(session).sign(statement.text()),
    }
    packed = zlib.compress(json.dumps(certificate, ensure_ascii=False).encode(), 6)
    session.add(CertificateRow(release_id=written.id, sealed=keyring(session).seal(HOUSE, _place(written.id), packed)))
    session.flush()
    return certificate


def of(session: Session, release_id: str) -> bytes:
    """The certificate of a release, as the JSON file that is handed over.

    Raises:
        LookupError: there is none.
    """
    row = session.get_one(CertificateRow, release_id)
    return zlib.decompress(keyring(session).unseal(HOUSE, _place(release_id), row.sealed))


class _People:
    """The people of a certificate, numbered in the order of the list, with the answers that their consent rests on."""

    def __init__(self, session: Session, request: DisclosureRequest, released: Released) -> None:
        self.numbers: dict[str, int] = {}
        self.texts: dict[str, dict[str, Any]] = {}
        self.answers: list[int] = []
        self.listed: list[dict[str, Any]] = []
        if request.route == Route.COMPELLED:
            # An order goes past consent: who said what is nobody's business there.
            return
        self._scope = request.scope
        self._asked = asking.texts_agreed_to(session, request)
        self._forms = {form.id: form for form in session.scalars(select(forms.FormVersion))}
        positions = released.check.positions
        wanted = list(dict.fromkeys(subject for each in released.items for subject in each.people))
        placed = _positions(session, {event for subject in wanted for event in positions[subject].events})
        for number, subject in enumerate(wanted, start=1):
            position = positions[subject]
            self.numbers[subject] = number
            answers = [placed[event] for event in position.events]
            self.answers += answers
            text = self._text(subject, position.yes, position.form_version, position.language)
            self.listed.append({"person": number, "text_sha256": text, "events": answers})

    def _text(self, subject: str, asked: bool, form_version: str | None, language: str | None) -> str | None:
        if asked and subject in self._asked:
            question = self._asked[subject]
            found, described = question.words_sha256, {"question": question.id, "language": question.language}
        elif form_version is not None and language is not None:
            found = self._forms[form_version].text_digest(language, self._scope)
            described = {"form": form_version, "language": language}
        else:
            return None
        self.texts[found] = {"scope": self._scope, **described}
        return found


def _content(session: Session, request: DisclosureRequest, released: Released, people: _People) -> dict[str, Any]:
    written = released.release
    proposal = session.get_one(ReleaseProposal, written.proposal_id)
    recipient = recipients.directory(session)[request.recipient]
    standing = all_terms(session).get(request.recipient)
    names = {store.id: store.name for store in stores.listed(session)}
    return {
        "certificate": written.id,
        "number": written.number,
        "request": request.number,
        "route": Route(request.route).value,
        "scope": request.scope,
        "recipient": {
            "key": recipient.key,
            "class": recipient.recipient_class,
            "country": recipient.country,
            "name": recipient.names["en"],
        },
        "instrument": instruments.instrument(session, request.instrument).names["en"],
        "transfer": {
            "basis": proposal.transfer_basis,
            "ground": release.said_of(session, proposal)["transfer_ground"],
            "danger_assessed_on": proposal.assessed_on.isoformat(),
        },
        "terms": [*released.check.rule.terms, *(standing.standing if standing is not None else ())],
        "revision": written.revision,
        "released_at": clock.rfc3339(written.released_at),
        "asked_for": written.asked_for,
        "texts": people.texts,
        "people": people.listed,
        "items": [_item(each, names, people.numbers, request) for each in released.items],
        "withheld": [group.as_value() for group in withheld.schedule(release.withheld(session, written.id))],
    }


def _item(
    each: Checked, names: Mapping[str, str], numbers: Mapping[str, int], request: DisclosureRequest
) -> dict[str, Any]:
    by_consent = request.route == Route.CONSENT
    said = [[numbers.get(reason.subject or "", 0), reason.code] for reason in each.decision.reasons]
    return {
        "store": names[each.line.store_id],
        "item": each.line.name,
        "sha256": release.sha256_of(each),
        "original_sha256": each.line.sha256,
        "outcome": each.decision.outcome.value if by_consent else "ordered",
        "obligations": [{"identity": each.identity}] if each.identity else [],
        "onward": each.onward,
        "reasons": said if by_consent else [],
    }


def _positions(session: Session, event_ids: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in in_parts(event_ids):
        query = select(EventRow.id, EventRow.position).where(EventRow.id.in_(part))
        found.update((event_id, position) for event_id, position in session.execute(query))
    return found


def _proofs(session: Session, positions: Collection[int], size: int) -> list[dict[str, Any]]:
    """Each event with what of it may be seen, and its way to the log's root; the last is the release itself."""
    paths = transparency_log.inclusions(session, {position - 1 for position in positions}, size)
    proofs = []
    for part in in_parts(dict.fromkeys(positions)):
        rows = {row.position: row for row in session.scalars(select(EventRow).where(EventRow.position.in_(part)))}
        keyring(session).fetch(row.subject_id for row in rows.values() if row.subject_id is not None)
        for position in part:
            row = rows[position]
            hidden = _NOT_SHOWN if row.subject_id is not None else ("author",)
            path = [base64.b64encode(step).decode() for step in paths[position - 1]]
            proofs.append({"event": events.shown(session, row, hidden), "path": path})
            session.expunge(row)
    return proofs


def _place(release_id: str) -> str:
    return f"certificates.sealed:{release_id}"
