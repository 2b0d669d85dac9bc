"""Where people stand on the scope of one request: read by the set, kept small, asked once a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consent import rules
from consent.ledger import answers


@dataclass(frozen=True, slots=True)
class Position:
    """A person's standing on the scope, their yes to this very request, and the answers that both rest on."""

    standing: rules.Standing
    yes: bool
    onward: str | None
    events: tuple[str, ...]
    form_version: str | None
    language: str | None


class Positions:
    """The positions of the people met so far, all read from the one snapshot of `session`."""

    def __init__(self, session: Session, scope: str, request_id: str | None, now: datetime) -> None:
        self._session = session
        self._scope = scope
        self._request_id = request_id
        self._now = now
        self._known: dict[str, Position] = {}

    def meet(self, people: Collection[str]) -> None:
        """Read those of `people` who were not met before."""
        new = [subject for subject in set(people) if subject not in self._known]
        if not new:
            return
        folded = answers.present(self._session, new, self._scope)
        for subject in new:
            self._known[subject] = self._position(folded, subject)

    def __getitem__(self, subject: str) -> Position:
        return self._known[subject]

    def standing(self, subject: str) -> rules.Standing:
        """Where a person stands on the scope."""
        return self._known[subject].standing

    def said_yes(self, subject: str) -> bool:
        """Whether a person said yes to this very request."""
        return self._known[subject].yes

    @property
    def people(self) -> Mapping[str, Position]:
        """Everybody met."""
        return self._known

    def _position(self, folded: answers.Folded, subject: str) -> Position:
        first = folded.answers.get((subject, self._scope, ""))
        asked = folded.answers.get((subject, self._scope, self._request_id or ""))
        yes = answers.said_yes(folded, subject, self._scope, self._request_id)
        resting_on = [first, asked] if yes else [first]
        return Position(
            answers.standing(folded, subject, self._scope, self._now),
            yes,
            first.conditions.get("onward") if first is not None else None,
            tuple(row.event_id for row in resting_on if row is not None),
            first.form_version if first is not None else None,
            first.language if first is not None else None,
        )
