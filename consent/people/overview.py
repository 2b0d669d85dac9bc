"""A person's answers at a glance: by group, since when, and what changed at a revision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consent.ledger import answers, ledger, stores
from consent.ledger.events import Event, Kind
from consent.ledger.revisions import present
from consent.ledger.scopes import Scope, in_groups

HELD_BACK = "held_back"


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """One scope and where the person stands on it; `code` None where they were never asked."""

    scope: Scope
    code: str | None
    since: datetime | None
    conditions: dict[str, Any]
    form_version: str | None
    language: str | None
    held_back: str | None

    @property
    def stands(self) -> bool:
        """Whether there is something to stop."""
        return self.code in answers.PERMITTING

    @property
    def now(self) -> str | None:
        """What holds now: the answer's code, or HELD_BACK for a yes that something else overrules."""
        return HELD_BACK if self.stands and self.held_back else self.code


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group of scopes."""

    key: str
    answers: tuple[AnswerShown, ...]

    def count(self, *codes: str | None) -> int:
        """Of how many of its answers one of `codes` holds now."""
        return sum(answer.now in codes for answer in self.answers)

    @property
    def changed_at(self) -> datetime | None:
        """When its latest answer took effect."""
        return max((answer.since for answer in self.answers if answer.since), default=None)

    def answer_to(self, scope: str) -> AnswerShown | None:
        """The answer to a scope of this group."""
        return next((answer for answer in self.answers if answer.scope.key == scope), None)


@dataclass(frozen=True, slots=True)
class Overview:
    """All groups, in the order of the conversation."""

    groups: dict[str, GroupShown]

    def count(self, *codes: str | None) -> int:
        """Of how many answers one of `codes` holds now."""
        return sum(group.count(*codes) for group in self.groups.values())

    @property
    def held_back_by(self) -> set[str]:
        """The states that overrule an answer now."""
        shown = (answer for group in self.groups.values() for answer in group.answers)
        return {answer.held_back for answer in shown if answer.held_back}

    @property
    def total(self) -> int:
        """How many scopes there are."""
        return sum(len(group.answers) for group in self.groups.values())


def of_person(session: Session, subject_id: str) -> Overview:
    """Where a person stands on every scope of the catalogue."""
    _, now = present(session)
    folded = answers.present(session, [subject_id])
    return Overview(
        {
            group: GroupShown(group, tuple(_shown(folded, subject_id, scope, now) for scope in members))
            for group, members in in_groups(session).items()
        }
    )


def _shown(folded: answers.Folded, subject_id: str, scope: Scope, now: datetime) -> AnswerShown:
    row = folded.answers.get((subject_id, scope.key, ""))
    held = answers.standing(folded, subject_id, scope.key, now)
    if row is None:
        return AnswerShown(scope, None, None, {}, None, None, None)
    own = answers.standing(answers.Folded(folded.answers, {}), subject_id, scope.key, now)
    return AnswerShown(
        scope=scope,
        code=own.code,
        since=row.effective_at,
        conditions=row.conditions,
        form_version=row.form_version,
        language=row.language,
        held_back=held.code if held.code != own.code else None,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What one recorded revision changed for a person."""

    events: tuple[Event, ...]

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded."""
        return self.events[0].recorded_at

    @property
    def stopped(self) -> tuple[str, ...]:
        """The scopes that stopped."""
        return tuple(event.scope for event in self.events if event.kind is Kind.WITHDRAWN and event.scope)

    @property
    def answered(self) -> tuple[str, ...]:
        """The scopes that were answered anew."""
        return tuple(event.scope for event in self.events if event.kind is not Kind.WITHDRAWN and event.scope)


def change_at(session: Session, subject_id: str, revision: int) -> Change | None:
    """What changed for a person at a revision; None where nothing did."""
    if revision > present(session)[0]:
        return None
    past, _ = ledger.history(session, [subject_id], known_at=revision)
    events = tuple(event for event in past if event.revision == revision)
    return Change(events) if events else None


def latest_stop(session: Session, subject_id: str) -> int | None:
    """The revision of a person's latest change of mind, None before there is one."""
    past, _ = ledger.history(session, [subject_id])
    own = (Kind.WITHDRAWN, Kind.CHANGED)
    return next((event.revision for event in reversed(past) if event.kind in own), None)


def stores_of(session: Session, subject_id: str) -> list[stores.Store]:
    """The stores that know a person, in a stable order."""
    known = {known.store_id for known in stores.knowing(session, [subject_id])}
    return sorted((store for store in stores.listed(session) if store.id in known), key=lambda each: each.created_at)
