"""Bringing a register of interviews into the ledger: some people at a time, and twice changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consent.ledger import answers, ledger, scopes
from consent.ledger.events import Draft, Event, Kind
from consent.people import subjects
from consent.saying.interview_register import Register, Statement
from vault import clock
from vault.database import Database

_PEOPLE_IN_A_TRANSACTION = 100
# Who said it, and in the body whose register that is; events from before tell of no partner.
_AUTHOR, _REGISTER = "register", "register"


@dataclass(slots=True)
class Imported:
    """What came of it."""

    people: int = 0
    enrolled: int = 0
    recorded: int = 0
    already_known: int = 0


def bring_in(
    database: Database,
    register: Register,
    organisation: str,
    progress: Callable[[int], None] = lambda _done: None,
) -> Imported:
    """Record the statements of a checked register; what the ledger already holds is passed over.

    In short transactions of a hundred people, so that nobody's withdrawal waits; stopped halfway, the same call
    again goes on where it was.
    """
    imported = Imported()
    references = list(register.people)
    for start in range(0, len(references), _PEOPLE_IN_A_TRANSACTION):
        part = references[start : start + _PEOPLE_IN_A_TRANSACTION]
        with database.writing() as session:
            said = {reference: register.people[reference] for reference in part}
            _bring_in_part(session, said, register.written, organisation, imported)
        progress(len(part))
    return imported


def _bring_in_part(
    session: Session,
    people: Mapping[str, Sequence[Statement]],
    written: Mapping[str, str],
    organisation: str,
    imported: Imported,
) -> None:
    known = subjects.by_reference(session, organisation, people)
    if "" in known.values():
        raise subjects.AmbiguousSubject
    new = [reference for reference in people if reference not in known]
    if new:
        enrolled = subjects.enrol_many(session, organisation, [[written[reference]] for reference in new])
        known.update(zip(new, (each.subject_id for each in enrolled), strict=True))
    partners = subjects.organisations_of(session, known.values())
    past, _ = ledger.history(session, known.values())
    present: set[tuple[str | None, str | None, str, str, str]] = {
        (event.subject_id, event.scope, when, answers.answer_code(event), _fingerprint(event.body))
        for event in past
        if event.kind in answers.ANSWERING and event.author == _AUTHOR
        if event.body.get(_REGISTER, organisation) == organisation
        for when in _as_written(event, _is_surely_of(organisation, event, partners))
    }
    catalogue = scopes.catalogue(session)
    drafts = []
    for reference, said in people.items():
        subject_id = known[reference]
        answered = {event.scope for event in past if event.subject_id == subject_id} if past else set()
        for statement in sorted(said, key=lambda each: each.effective_at):
            fingerprint = _fingerprint(statement.body if statement.answer in answers.PERMITTING else {})
            key = (subject_id, statement.scope, statement.when, statement.answer, fingerprint)
            as_covered = (*key[:2], _covered(statement.effective_at, statement.body), *key[3:])
            if not present.isdisjoint((key, as_covered)):
                imported.already_known += 1
                continue
            present.add(key)
            one_partner = catalogue[statement.scope].one_partner
            drafts.append(
                _draft(
                    subject_id,
                    statement,
                    organisation,
                    statement.scope in answered,
                    partners[subject_id] if one_partner else None,
                )
            )
            answered.add(statement.scope)
    ledger.append(session, drafts)
    imported.people += len(people)
    imported.enrolled += len(new)
    imported.recorded += len(drafts)


def _is_surely_of(organisation: str, event: Event, partners: Mapping[str, Sequence[str]]) -> bool:
    """Whether passing a row over for this event can keep no denial of another register from being recorded."""
    return (
        _REGISTER in event.body
        or answers.answer_code(event) in answers.PERMITTING
        or list(partners[str(event.subject_id)]) == [organisation]
    )


def _covered(effective_at: datetime, body: Mapping[str, Any]) -> str:
    """From when and until when a word counts, beside any date as it was written."""
    return f"{clock.rfc3339(effective_at)}/{body.get(answers.DAY_ENDS_AT, '')}"


def _as_written(event: Event, surely: bool) -> tuple[str, ...]:
    """The dates or moments by which a register may name an event: a date as it was written, wherever that day was.

    Before events kept it, a date stood for its midnight in UTC. Of a denial from before events told whose register it
    stood in, only one of the very same day or moment is known again where that may have been another's.
    """
    if not surely:
        return (_covered(event.effective_at, event.body),)
    if day := event.body.get(answers.AS_WRITTEN, {}).get("effective_at"):
        return (str(day),)
    moment = clock.rfc3339(event.effective_at)
    day = event.effective_at.date()
    return (moment, day.isoformat()) if event.effective_at == clock.start_of(day) else (moment,)


def _fingerprint(body: Mapping[str, Any]) -> str:
    written = body.get(answers.AS_WRITTEN, {})
    return repr([(name, written.get(name, body[name])) for name in answers.CONDITIONS if body.get(name)])


def _draft(
    subject_id: str, statement: Statement, organisation: str, answered: bool, partners: Sequence[str] | None
) -> Draft:
    permits = statement.answer in answers.PERMITTING
    kind = (Kind.CHANGED if answered else Kind.GIVEN) if permits else Kind(statement.answer)
    body = dict(statement.body)
    if permits:
        body["answer"] = statement.answer
    else:
        body = {name: value for name, value in body.items() if name not in answers.CONDITIONS}
    body[_REGISTER] = organisation
    if partners is not None:
        body["partners"] = list(partners)
    return Draft(
        kind,
        subject_id=subject_id,
        scope=statement.scope,
        effective_at=statement.effective_at,
        author=_AUTHOR,
        body=body,
    )
