"""Asking for support: a yes to being supported, a case that waits, and what is written down of it behind the wall."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from consent.catalogue import forms
from consent.people import subjects, support
from consent.rules import ReasonCode
from consent.saying import answering
from consent.saying.answering import Method
from mhpss import admission, entries
from mhpss.cases import Intake
from portal.access.accounts import Account
from vault import audit


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of support, in which language and form, and how they can be reached."""

    intake: Intake
    language: str
    remote: bool


def ask(session: Session, account: Account, subject_id: str, wish: Wish, read_in: str) -> None:
    """A person asks on their own page; sending it allows that a case is kept, where nothing allows it yet.

    `read_in` is the language in which they read what they allow.

    Raises:
        cases.NoConsent: everything about them rests. What was written by then is not to be committed.
    """
    if not support.may_hold_case(session, subject_id):
        _allow(session, account, subject_id, read_in)
    organisation = subjects.enrolment_of(session, subject_id).organisation
    _admit(session, account, subject_id, organisation, wish)


def pass_on(session: Session, account: Account, subject_id: str, wish: Wish) -> None:
    """A documenter passes on that a person wants support.

    Raises:
        cases.NoConsent: the person has not allowed a case about them.
    """
    _admit(session, account, subject_id, account.organisation, wish)


def _allow(session: Session, account: Account, subject_id: str, read_in: str) -> None:
    read = forms.current(session)
    circumstances = answering.Circumstances(
        form_version=read.id,
        form_digest=read.digest,
        language=read_in,
        method=Method.PORTAL,
        author=account.id,
    )
    answering.answer(session, subject_id, {support.CASE: answering.Given(ReasonCode.GRANTED)}, circumstances)
    audit.record(session, account.as_actor(), "consent.answer", subject_id)


def _admit(session: Session, account: Account, subject_id: str, organisation: str, wish: Wish) -> None:
    case = admission.ask(
        session,
        subject_id,
        organisation,
        wish.intake,
        language=wish.language,
        remote=wish.remote,
        author=account.id,
    )
    entries.note_act(session, account.as_actor(), case.id, "asked_for_support")
