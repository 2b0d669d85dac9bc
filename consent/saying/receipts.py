"""Consent receipts: the copy of what was decided, made anew from the ledger whenever it is asked for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from consent.catalogue import forms
from consent.ledger import answers, ledger
from consent.ledger.events import Event
from consent.ledger.revisions import Revision
from consent.people import subjects


@dataclass(frozen=True, slots=True)
class Line:
    """One answer as it stood: since when, to which text, in which language."""

    scope: str
    code: str
    event: Event
    form_version: str | None
    text_digest: str | None
    conditions: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a person's answers were at a revision, under their code."""

    code: str
    organisation: str
    revision: Revision
    lines: tuple[Line, ...]


def receipt(session: Session, subject_id: str, revision: Revision | None = None) -> Receipt:
    """The receipt of a person as of a revision (None: now)."""
    past, _ = ledger.history(session, [subject_id], known_at=revision)
    by_id = {event.id: event for event in past}
    enrolment = subjects.enrolment_of(session, subject_id)
    lines = []
    for (_, scope, context), row in sorted(answers.fold(past).answers.items()):
        if context:
            continue
        digest = None
        if row.form_version is not None and row.language is not None:
            form = session.get(forms.FormVersion, row.form_version)
            digest = form.text_digest(row.language, scope) if form else None
        lines.append(Line(scope, row.code, by_id[row.event_id], row.form_version, digest, row.conditions))
    shown = revision if revision is not None else max((event.revision for event in past), default=0)
    return Receipt(enrolment.code, enrolment.organisation, shown, tuple(lines))
