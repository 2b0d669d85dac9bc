"""The harmless side that every survivor's account has: a person who came for support and agreed to nothing else.

Whoever is forced to sign in uses their second passphrase and lands there. It is a record like any other, under a key
of its own, so that the pages are the same pages and what is done in it stays done.
"""

from sqlalchemy.orm import Session

from consent.catalogue import forms
from consent.ledger import scopes
from consent.people import subjects
from consent.saying import answering
from vault import audit

_GRANTED = ("contact.followup", "mhpss.case")


def create(session: Session, organisation: str, language: str, author: str) -> str:
    """The subject id of a new harmless record at `organisation`, found by no desk."""
    enrolled = subjects.enrol(session, organisation, hidden=True)
    form = forms.current(session)
    answering.answer(
        session,
        enrolled.subject_id,
        {scope: answering.Given("granted" if scope in _GRANTED else "refused") for scope in scopes.catalogue(session)},
        answering.Circumstances(
            form_version=form.id, form_digest=form.digest, language=language, method="written", author=author
        ),
    )
    audit.record(session, audit.Actor("documenter", None, organisation), "conversation.record", enrolled.subject_id)
    return enrolled.subject_id
