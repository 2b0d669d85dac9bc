"""What the coordinator's routes are about: the cases of their organisation, from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask_login import current_user
from sqlalchemy.orm import Session

from mhpss import cases, entries
from mhpss.cases import Case
from mhpss.entries import CaseReading
from portal.access.readings import nothing
from portal.access.relations import OfCase, OfRole, Relation
from portal.frame.transaction import db
from vault.audit import Actor

OF_SERVICES = nothing("the directory of services, their providers and places")


@dataclass(frozen=True, slots=True)
class OwnCases(OfRole, Relation):
    """the cases of their organisation, to be assigned"""

    # Each page looks for those of the account's organisation alone.
    organisation = "own"


@dataclass(frozen=True, slots=True)
class CaseOfOwnOrganisation(OfCase):
    """a case of their organisation, to be assigned"""

    organisation = "own"
    case: Case
    case_id: str

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The case of the address, if the account's organisation has it."""
        case = cases.by_number(db, arguments["number"])
        if case is None or case.organisation != current_user.account.organisation:
            return None
        return cls(case, case.id)

    def write_down(self, session: Session, actor: Actor, act: CaseReading) -> None:
        """That the coordinator looked at how the case stands."""
        entries.note_act(session, actor, self.case_id, act)
