"""Withdrawing consent: what stops, and from which moment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.disclosure import notices
from consent.ledger import answers, ledger
from consent.ledger.answers import AnswerRow
from consent.ledger.events import Draft, Event, Kind
from consent.ledger.revisions import Revision, lock
from consent.ledger.scopes import UnknownScope, catalogue
from consent.saying import erasure_reviews
from vault import clock
from vault.database import in_parts


class Channel(StrEnum):
    """How a withdrawal reached us."""

    PORTAL = "portal"
    PHONE = "phone"
    PAPER = "paper"
    IN_PERSON = "in_person"
    TRUSTED_PERSON = "trusted_person"


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said: through which channel, when, and written down by whom.

    When: at a moment, on a day of which nobody knows the hour, or (neither) as it is recorded.
    """

    channel: Channel
    author: str
    said_at: datetime | None = None
    said_on: clock.Day | None = None

    @property
    def counts_from(self) -> datetime | None:
        """From when it counts; None: from when it is recorded."""
        return self.said_on.begins if self.said_on else self.said_at

    @property
    def counts_until(self) -> datetime:
        """Up to when it is a later word than a permit, if it is recorded now."""
        now = clock.now()
        ends = self.said_on.ends if self.said_on else None
        return answers.denial_counts_until(self.counts_from or now, ends, now)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What stopped, and the ledger revision that says so."""

    scopes: tuple[str, ...]
    revision: Revision


def withdraw(session: Session, subject_id: str, scopes: Collection[str], *, statement: Statement) -> Withdrawal:
    """Stop `scopes` for a person, binding every decision once the caller commits (GDPR Art. 7(3)).

    A notice is drafted for every recipient who holds something that it covers.

    Scopes that go on standing after it are not among those that it answers, though what was said of them is recorded.
    Scopes that do not stand are passed over: saying it twice is no error. An answer given after the moment at
    which the withdrawal was said is a later word and goes on standing; one that is known by its day alone stops what
    was said on that day (`answers.denial_counts_until`).

    Raises:
        UnknownScope: a key that the catalogue lacks. Nothing is written.
        ledger.NotYetSaid: `statement.said_at` lies in the future. Nothing is written.
    """
    lock(session)
    if unknown := set(scopes) - set(catalogue(session)):
        raise UnknownScope(", ".join(sorted(unknown)))
    if statement.counts_from is not None and statement.counts_from > clock.now():
        raise ledger.NotYetSaid
    folded = answers.present(session, [subject_id])
    stopping = [scope for scope in scopes if _stands(folded, subject_id, scope, statement.counts_until)]
    by_its_day = answers.known_by(statement.said_on) if statement.said_on else {}
    drafts = [
        Draft(
            Kind.WITHDRAWN,
            subject_id=subject_id,
            scope=scope,
            effective_at=statement.counts_from,
            author=statement.author,
            body={"channel": statement.channel.value, **by_its_day},
        )
        for scope in stopping
    ]
    stopped = _stopped(session, subject_id, stopping, folded, drafts)
    drafts += erasure_reviews.drafts(session, subject_id, stopped, (), folded, statement.author)
    revision = ledger.append(session, drafts)
    notices.draft(session, subject_id, stopped, revision, statement.counts_from)
    return Withdrawal(tuple(stopped), revision)


def _stopped(
    session: Session, subject_id: str, scopes: Sequence[str], before: answers.Folded, denials: Sequence[Draft]
) -> list[str]:
    """Those of `scopes` that deny once `denials` are recorded: beside a yes of a day another yes may come back."""
    rows = {scope: before.answers[subject_id, scope, ""] for scope in scopes}
    if all(row.day_ends_at is None for row in rows.values()):
        return list(scopes)
    past, _ = ledger.history(session, [subject_id])
    now = clock.now()
    said = [
        Event(
            id="",
            position=0,
            revision=max(event.revision for event in past) + 1,
            recorded_at=now,
            subject_id=draft.subject_id,
            kind=draft.kind,
            scope=draft.scope,
            context=draft.context,
            effective_at=draft.effective_at or now,
            author=draft.author,
            body=draft.body,
        )
        for draft in denials
    ]
    after = answers.fold([*past, *said]).answers
    return [scope for scope in scopes if after[subject_id, scope, ""].code not in answers.PERMITTING]


def restate(session: Session) -> int:
    """Record anew the denials known by their day that a permit of that day hid under an earlier rule; how many.

    Once, when an installation is brought to this rule. Twice changes nothing.
    """
    lock(session)
    people = session.scalars(select(AnswerRow.subject_id).where(AnswerRow.code.in_(answers.PERMITTING)).distinct())
    drafts = []
    for part in in_parts(people):
        past, _ = ledger.history(session, part)
        events = {event.id: event for event in past}
        stored = answers.present(session, part).answers
        for key, row in answers.fold(past).answers.items():
            if row.code not in answers.PERMITTING and key in stored and stored[key].code in answers.PERMITTING:
                said = events[row.event_id]
                drafts.append(
                    Draft(said.kind, key[0], said.scope, said.context, said.effective_at, "system", said.body)
                )
    ledger.append(session, drafts)
    return len(drafts)


def standing_scopes(session: Session, subject_id: str) -> list[str]:
    """The scopes that a person could withdraw now, in the order of the catalogue."""
    folded = answers.present(session, [subject_id])
    return [scope for scope in catalogue(session) if _stands(folded, subject_id, scope, clock.now())]


def _stands(folded: answers.Folded, subject_id: str, scope: str, until: datetime) -> bool:
    row = folded.answers.get((subject_id, scope, ""))
    return row is not None and row.code in answers.PERMITTING and row.effective_at <= until
