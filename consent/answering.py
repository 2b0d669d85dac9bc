"""Saying yes, no or "ask me first": what each answer writes to the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from consent import answers, erasure_reviews, ledger, rules, subjects
from consent.disclosure import notices
from consent.events import Draft, Kind
from consent.revisions import Revision, lock
from consent.scopes import UnknownScope, catalogue
from vault import clock

ANSWERS = ("granted", "refused", "ask_first", "unanswered")
METHODS = ("written", "spoken_recorded", "portal")


class BadCondition(Exception):
    """A condition that cannot be read or makes no sense; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Given:
    """One answer with its conditions (spec/10: identity, only_recipients, …); an empty list is no condition."""

    answer: str
    conditions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How answers were given: to which text, in which language, by which method, and who wrote them down."""

    form_version: str
    form_digest: str
    language: str
    method: str
    author: str
    capture_id: str | None = None
    consented_by: str = "self"
    majority_at: datetime | None = None
    effective_at: datetime | None = None


def check_conditions(conditions: Mapping[str, Any]) -> dict[str, Any]:
    """`conditions` without the empty ones.

    Raises:
        BadCondition: an unknown name, identity, onward value, or date.
    """
    kept = {name: value for name, value in conditions.items() if value}
    for name, value in kept.items():
        if name not in answers.CONDITIONS:
            raise BadCondition(name)
        if name == "identity" and value not in rules.IDENTITIES:
            raise BadCondition(name)
        if name == "onward" and value not in ("not_without_me", "allowed"):
            raise BadCondition(name)
        try:
            if name == "valid_until":
                clock.end_of_validity(value)
            elif name == "review_on":
                date.fromisoformat(value)
        except ValueError as error:
            raise BadCondition(name) from error
    return kept


def answer(session: Session, subject_id: str, given: Mapping[str, Given], circumstances: Circumstances) -> Revision:
    """Record what a person answered; binding for every decision once the caller commits.

    A "no" to what stood as a yes is a withdrawal (GDPR Art. 7(3)). Giving the storage of the data again settles the
    erasure review that its withdrawal had opened.

    Raises:
        UnknownScope: a key that the catalogue lacks. Nothing is written.
        BadCondition: a condition that cannot be read. Nothing is written.
        ledger.NotYetSaid: the circumstances lie in the future. Nothing is written.
    """
    lock(session)
    known = catalogue(session)
    if unknown := set(given) - set(known):
        raise UnknownScope(", ".join(sorted(unknown)))
    partners = subjects.organisations_of(session, [subject_id]).get(subject_id, ())
    folded = answers.present(session, [subject_id])
    drafts = []
    for scope, each in given.items():
        standing = folded.answers.get((subject_id, scope, ""))
        body = _body(each, circumstances)
        if known[scope].one_partner:
            body["partners"] = list(partners)
        drafts.append(
            Draft(
                _kind(each.answer, standing),
                subject_id=subject_id,
                scope=scope,
                effective_at=circumstances.effective_at,
                author=circumstances.author,
                body=body,
            )
        )
    stopped = [draft.scope for draft in drafts if draft.kind is Kind.WITHDRAWN and draft.scope]
    resumed = [scope for scope, each in given.items() if each.answer in answers.PERMITTING]
    drafts += erasure_reviews.drafts(session, subject_id, stopped, resumed, folded, circumstances.author)
    revision = ledger.append(session, drafts)
    notices.draft(session, subject_id, stopped, revision, circumstances.effective_at)
    return revision


def _kind(answered: str, standing: answers.AnswerRow | None) -> Kind:
    stood = standing is not None and standing.code in answers.PERMITTING
    if answered == "refused":
        return Kind.WITHDRAWN if stood else Kind.REFUSED
    if answered == "unanswered":
        return Kind.SUPERSEDED if stood else Kind.UNANSWERED
    return Kind.CHANGED if stood else Kind.GIVEN


def _body(each: Given, circumstances: Circumstances) -> dict[str, Any]:
    body: dict[str, Any] = {
        "form_version": circumstances.form_version,
        "form_digest": circumstances.form_digest,
        "language": circumstances.language,
        "method": circumstances.method,
        "consented_by": circumstances.consented_by,
    }
    if circumstances.capture_id:
        body["capture_id"] = circumstances.capture_id
    if each.answer in answers.PERMITTING:
        body |= {"answer": each.answer, **check_conditions(each.conditions)}
        if circumstances.majority_at is not None:
            body["majority_at"] = clock.rfc3339(circumstances.majority_at)
    return body
