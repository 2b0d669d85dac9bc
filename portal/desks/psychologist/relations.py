"""What the psychologist's routes are about: a case of theirs, or one that they supervise. Nobody else finds a case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask_login import current_user
from sqlalchemy.orm import Session

from mhpss import break_glass, cases, entries, on_call, risk
from mhpss.cases import Case
from mhpss.entries import CaseReading
from portal.access.relations import OfCase, OfRole, Relation
from portal.frame.transaction import db
from vault import audit
from vault.audit import Actor


@dataclass(frozen=True, slots=True)
class OwnCases(OfRole, Relation):
    """their own cases"""

    # Each page looks for those of the account alone.
    organisation = "own"


@dataclass(frozen=True, slots=True)
class CaseAtHand(OfCase):
    """a case in their hands, that they supervise, or that has a sign of danger while they are on call"""

    organisation = "own"
    case: Case
    case_id: str
    is_own: bool
    is_supervised: bool
    is_on_call: bool
    # A supervisor has to break the glass first.
    may_read: bool

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The case of the address, as far as the account is anything to it."""
        case, account = cases.by_number(db, arguments["number"]), current_user.account.id
        if case is None:
            return None
        is_own = case.psychologist == account
        is_on_call = not is_own and on_call.may_read(db, case, account)
        may_read = is_own or is_on_call or break_glass.is_broken(db, case, account)
        at_hand = cls(case, case.id, is_own, case.supervisor == account, is_on_call, may_read)
        return at_hand if at_hand.lets_in else None

    @property
    def lets_in(self) -> bool:
        """Whether the account may open the address at all."""
        return self.may_read or self.is_supervised

    def write_down(self, session: Session, actor: Actor, act: CaseReading) -> None:
        """Whoever opened the case has seen what its reviews ask; of a shut one nothing was read."""
        if not self.may_read:
            audit.record(session, actor, entries.WORK)
            return
        if act == CaseReading.CASE:
            risk.see(session, self.case_id)
            act = CaseReading.CASE_ON_CALL if self.is_on_call else act
        entries.note_act(session, actor, self.case_id, act)


@dataclass(frozen=True, slots=True)
class OwnCase(CaseAtHand):
    """a case that is in their hands"""

    @property
    def lets_in(self) -> bool:
        """Only the psychologist of the case."""
        return self.is_own


@dataclass(frozen=True, slots=True)
class CaseToAssess(CaseAtHand):
    """a case in their hands, or one with a sign of danger while they are on call"""

    @property
    def lets_in(self) -> bool:
        """Its psychologist, and whoever is on call."""
        return self.is_own or self.is_on_call


@dataclass(frozen=True, slots=True)
class SupervisedCase(CaseAtHand):
    """a case that they supervise"""

    @property
    def lets_in(self) -> bool:
        """Only the supervisor named in the case."""
        return self.is_supervised
