"""What a route is about: a relation finds it for the account at hand, and the view gets it back with its type."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, TypeVar

from flask import g
from flask_login import current_user
from sqlalchemy.orm import Session

from consent.people import subjects
from consent.people.subjects import Enrolment
from mhpss.entries import CaseReading
from portal.frame.transaction import db
from vault.audit import Actor


class OtherRelation(TypeError):
    """A view asked for what its route's relation does not find."""


class Relation(ABC):
    """What lets an account use a route, and what it is about. The docstring of each says whom or what it lets through.

    `organisation`: whether that is of their own organisation, or of every one.
    """

    organisation: ClassVar[Literal["own", "every"]]

    @classmethod
    @abstractmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """What the address is about; None where there is nothing for this account, which is said as 404."""


class OfRole:
    """What a relation is made of that every account of the route's roles has: there is nothing to find."""

    @classmethod
    def find(cls, _arguments: Mapping[str, Any]) -> Self | None:
        """Its roles alone decide."""
        return cls()


class OfPeople(Relation):
    """A relation to one person, or to a thing that concerns some."""

    @property
    @abstractmethod
    def people(self) -> frozenset[str]:
        """Whom its pages show."""


class OfCase(Relation):
    """A relation to a support case. It keeps the id by itself: what was read is written down after the transaction."""

    @abstractmethod
    def write_down(self, session: Session, actor: Actor, act: CaseReading) -> None:
        """Write that `actor` read `act` of the case, behind the wall."""


Wanted = TypeVar("Wanted", bound=Relation)


def keep(relation: Relation) -> None:
    """Keep what the relation of the request at hand has found."""
    g.found_by_relation = relation


def at_hand() -> Relation | None:
    """What the relation of the request at hand has found; None where its route has no relation."""
    kept: Relation | None = g.get("found_by_relation")
    return kept


def about(relation: type[Wanted]) -> Wanted:
    """What the relation of the request at hand has found.

    Raises:
        OtherRelation: the route declares another relation.
    """
    kept = at_hand()
    if not isinstance(kept, relation):
        raise OtherRelation(relation)
    return kept


@dataclass(frozen=True, slots=True)
class OwnRecord(OfPeople):
    """their own record"""

    organisation = "own"
    subject_id: str

    @classmethod
    def find(cls, _arguments: Mapping[str, Any]) -> Self | None:
        """Nothing for an account that is nobody's record."""
        subject_id = current_user.account.subject_id
        return None if subject_id is None else cls(subject_id)

    @property
    def people(self) -> frozenset[str]:
        """The person themself."""
        return frozenset({self.subject_id})


@dataclass(frozen=True, slots=True)
class OwnAccount(OfRole, Relation):
    """their own account"""

    organisation = "own"


@dataclass(frozen=True, slots=True)
class OwnOrganisation(Relation):
    """what belongs to their organisation"""

    organisation = "own"

    @classmethod
    def find(cls, _arguments: Mapping[str, Any]) -> Self | None:
        """Nothing for an account of no organisation."""
        return None if current_user.account.organisation is None else cls()


@dataclass(frozen=True, slots=True)
class PersonOfOwnOrganisation(OfPeople):
    """a person whom their organisation documents"""

    organisation = "own"
    enrolment: Enrolment

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The person with the code of the address, if the account's organisation enrolled them."""
        try:
            return cls(subjects.enrolment(db, current_user.account.organisation, arguments["code"]))
        except subjects.UnknownSubject:
            return None

    @property
    def subject_id(self) -> str:
        """The person."""
        return self.enrolment.subject_id

    @property
    def people(self) -> frozenset[str]:
        """The person."""
        return frozenset({self.subject_id})


def own_id() -> str:
    """The person whose own record the route is about."""
    return about(OwnRecord).subject_id


def person_id() -> str:
    """The person of the account's organisation whom the route is about."""
    return about(PersonOfOwnOrganisation).subject_id


@dataclass(frozen=True, slots=True)
class WholeConsortium(OfRole, Relation):
    """the consortium as a whole"""

    organisation = "every"
