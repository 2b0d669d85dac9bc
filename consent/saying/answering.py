"""Saying yes, no or "ask me first": what each answer writes to the ledger."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from consent import rules
from consent.disclosure import notices
from consent.ledger import answers, ledger
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import Revision, lock
from consent.ledger.scopes import UnknownScope, catalogue
from consent.people import subjects, zones
from consent.rules import Onward, ReasonCode
from consent.saying import erasure_reviews
from vault import clock
from vault.refusals import Refused

ANSWERS = (ReasonCode.GRANTED, ReasonCode.REFUSED, ReasonCode.ASK_FIRST, ReasonCode.UNANSWERED)


class Method(StrEnum):
    """How an answer was given."""

    WRITTEN = "written"
    SPOKEN_RECORDED = "spoken_recorded"
    PORTAL = "portal"


class ConsentedBy(StrEnum):
    """Who answered for the person."""

    SELF = "self"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"


class BadCondition(Refused):
    """A condition that cannot be read or makes no sense; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Given:
    """One answer with its conditions (spec/10: identity, only_recipients, …); an empty list is no condition.

    The conditions of an answer that stands go on holding beside these, but for the names in `dropped`.
    """

    answer: str
    conditions: Mapping[str, Any] = field(default_factory=dict)
    dropped: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How answers were given: to which text, in which language, by which method, and who wrote them down."""

    form_version: str
    form_digest: str
    language: str
    method: str
    author: str
    capture_id: str | None = None
    consented_by: ConsentedBy = ConsentedBy.SELF
    majority_at: datetime | None = None
    effective_at: datetime | None = None


def check_conditions(conditions: Mapping[str, Any], zone: tzinfo | None = None) -> dict[str, Any]:
    """`conditions` without the empty ones, dates and instants as the store protocol has them.

    With a zone, what is valid until a day ends with that day there.

    Raises:
        BadCondition: an unknown name, identity, onward value, or date.
    """
    kept = {name: value for name, value in conditions.items() if value}
    for name, value in kept.items():
        if name not in answers.CONDITIONS:
            raise BadCondition(name)
        if name == "identity" and value not in rules.IDENTITIES:
            raise BadCondition(name)
        if name == "onward" and value not in tuple(Onward):
            raise BadCondition(name)
        try:
            if name == "valid_until":
                kept[name] = clock.plain_validity(value, zone)
            elif name == "review_on":
                kept[name] = date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise BadCondition(name) from error
    return kept


def _both(stood: list[str], said: list[str]) -> list[str]:
    return [*stood, *(each for each in said if each not in stood)]


def _common(stood: list[str], said: list[str]) -> list[str]:
    return [each for each in stood if each in said]


# What two conditions of one name come to: never more than either allows.
_TOGETHER: Mapping[str, Callable[[Any, Any], Any]] = {
    "identity": lambda stood, said: rules.strictest([stood, said]) or said,
    "only_recipients": _common,
    "except_recipients": _both,
    "except_kinds": _both,
    "onward": lambda stood, said: stood if stood == Onward.NOT_WITHOUT_ME else said,
    "valid_until": lambda stood, said: min(stood, said, key=clock.end_of_validity),
    "review_on": lambda _stood, said: said,
}


def standing_conditions(session: Session, subject_id: str) -> dict[str, dict[str, Any]]:
    """By scope, the conditions of each yes of a person that stands; one that has come to its end is over."""
    rows = answers.present(session, [subject_id]).answers.values()
    now = clock.now()
    return {row.scope: _conditions(row, now) for row in rows if not row.context}


def _conditions(row: answers.AnswerRow | None, now: datetime) -> dict[str, Any]:
    if row is None or row.code not in answers.PERMITTING:
        return {}
    over = row.ends_at is not None and row.ends_at <= now
    return {name: value for name, value in row.conditions.items() if not (over and name == "valid_until")}


def with_standing(stood: Mapping[str, Any], given: Given, zone: tzinfo | None = None) -> dict[str, Any]:
    """The conditions of `given` together with those in `stood` that it does not drop: no more than either allows.

    Days that are given are days in `zone`.

    Raises:
        BadCondition: one that cannot be read, or lists of recipients that together leave nobody.
    """
    said = check_conditions(given.conditions, zone)
    kept = {name: value for name, value in stood.items() if name not in given.dropped}
    together = {name: _TOGETHER[name](kept[name], said[name]) for name in kept.keys() & said.keys()}
    if not together.get("only_recipients", True):
        raise BadCondition("only_recipients")
    return {name: each[name] for name in answers.CONDITIONS for each in [kept | said | together] if name in each}


def answer(session: Session, subject_id: str, given: Mapping[str, Given], circumstances: Circumstances) -> Revision:
    """Record what a person answered; binding for every decision once the caller commits.

    A "no" to what stood as a yes is a withdrawal (GDPR Art. 7(3)). A yes upon a yes keeps the conditions that it does
    not drop. Giving the storage of the data again settles the erasure review that its withdrawal had opened.

    Raises:
        UnknownScope: a key that the catalogue lacks. Nothing is written.
        BadCondition: as `with_standing`. Nothing is written.
        ledger.NotYetSaid: the circumstances lie in the future. Nothing is written.
    """
    lock(session)
    known = catalogue(session)
    if unknown := set(given) - set(known):
        raise UnknownScope(", ".join(sorted(unknown)))
    partners = subjects.organisations_of(session, [subject_id]).get(subject_id, ())
    folded = answers.present(session, [subject_id])
    now, zone = clock.now(), zones.of_person(session, subject_id)
    drafts = []
    for scope, each in given.items():
        standing = folded.answers.get((subject_id, scope, ""))
        conditions = with_standing(_conditions(standing, now), each, zone) if each.answer in answers.PERMITTING else {}
        body = _body(each, conditions, circumstances, _majority(standing, circumstances, now))
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
    if answered == ReasonCode.REFUSED:
        return Kind.WITHDRAWN if stood else Kind.REFUSED
    if answered == ReasonCode.UNANSWERED:
        return Kind.SUPERSEDED if stood else Kind.UNANSWERED
    return Kind.CHANGED if stood else Kind.GIVEN


def _majority(standing: answers.AnswerRow | None, said: Circumstances, now: datetime) -> datetime | None:
    """When a guardian's yes ends: a later word of the same minority does not make it endless."""
    stood = standing.majority_at if standing is not None and standing.code in answers.PERMITTING else None
    return said.majority_at or (stood if stood is not None and stood > now else None)


def _body(
    each: Given, conditions: Mapping[str, Any], circumstances: Circumstances, majority_at: datetime | None
) -> dict[str, Any]:
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
        body |= {"answer": each.answer, **conditions}
        if majority_at is not None:
            body["majority_at"] = clock.rfc3339(majority_at)
    return body
