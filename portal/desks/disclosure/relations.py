"""What the officer's routes are about: a request, a release or a notice of the register."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from consent.disclosure import notices, release, requests
from consent.disclosure.notices import RecipientNotice
from consent.disclosure.release import Release
from consent.disclosure.requests import DisclosureRequest
from portal.access.relations import OfPeople, Relation
from portal.frame.transaction import db


@dataclass(frozen=True, slots=True)
class ARequest(Relation):
    """a request of the consortium's register"""

    organisation = "every"
    asked: DisclosureRequest

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The request of the address."""
        asked = requests.find(db, arguments["request_id"])
        return None if asked is None else cls(asked)


@dataclass(frozen=True, slots=True)
class ARelease(ARequest):
    """a release of the consortium's register"""

    release: Release

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The release of the address, and the request that it answers."""
        done = release.find(db, arguments["release_id"])
        asked = None if done is None else requests.find(db, done.request_id)
        return None if done is None or asked is None else cls(asked, done)


@dataclass(frozen=True, slots=True)
class ANotice(OfPeople):
    """a notice of the consortium's register"""

    organisation = "every"
    notice: RecipientNotice

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The notice of the address."""
        notice = notices.find(db, arguments["notice_id"])
        return None if notice is None else cls(notice)

    @property
    def people(self) -> frozenset[str]:
        """Whose withdrawal the recipient is told of."""
        return frozenset({self.notice.subject_id})
