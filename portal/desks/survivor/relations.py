"""What the person's pages of support are about: their own case, where there is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask_login import current_user
from sqlalchemy.orm import Session

from mhpss import cases, entries
from mhpss.cases import Case
from mhpss.entries import CaseReading
from portal.access.relations import OfCase
from portal.frame.transaction import db
from vault import audit
from vault.audit import Actor


@dataclass(frozen=True, slots=True)
class OwnSupport(OfCase):
    """their own record"""

    organisation = "own"
    subject_id: str
    case: Case | None
    case_id: str | None

    @classmethod
    def find(cls, _arguments: Mapping[str, Any]) -> Self | None:
        """The person's case; nothing for an account that is nobody's record."""
        subject_id = current_user.account.subject_id
        if subject_id is None:
            return None
        case = cases.of_person(db, subject_id)
        return cls(subject_id, case, case.id if case else None)

    def write_down(self, session: Session, actor: Actor, act: CaseReading) -> None:
        """In the history of the case; where there is none, only that somebody was there."""
        if self.case_id is None:
            audit.record(session, actor, entries.WORK)
        else:
            entries.note_act(session, actor, self.case_id, act)
