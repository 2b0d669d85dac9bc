"""What the officer's routes are about: a request of a person, or a breach and whom it concerns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from consent.rights import breaches, requests
from consent.rights.breaches import Breach
from consent.rights.requests import RightsRequest
from portal.access.relations import OfPeople
from portal.frame.transaction import db


@dataclass(frozen=True, slots=True)
class ARightsRequest(OfPeople):
    """a request to the consortium"""

    organisation = "every"
    asked: RightsRequest

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The request with the reference of the address."""
        asked = requests.by_reference(db, arguments["reference"])
        return None if asked is None else cls(asked)

    @property
    def people(self) -> frozenset[str]:
        """Whose request it is; nobody while that is not made sure."""
        return frozenset({self.asked.subject_id} - {None})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class ABreach(OfPeople):
    """a breach of the consortium's register"""

    organisation = "every"
    breach: Breach

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The breach of the address."""
        breach = db.get(breaches.Breach, arguments["breach_id"])
        return None if breach is None else cls(breach)

    @property
    def people(self) -> frozenset[str]:
        """Whom it concerns."""
        return frozenset(self.breach.people)
