"""What the routes of figures are about: tables in which nobody can be found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from mhpss.figures import releases
from mhpss.figures.releases import ReleasedTable
from portal.access.relations import OfRole, Relation
from portal.frame.transaction import db


@dataclass(frozen=True, slots=True)
class ProtectedFigures(OfRole, Relation):
    """the figures of the consortium, small cells hidden"""

    organisation = "every"


@dataclass(frozen=True, slots=True)
class ReleasedFigures(Relation):
    """figures that were released"""

    organisation = "every"
    released: ReleasedTable

    @classmethod
    def find(cls, arguments: Mapping[str, Any]) -> Self | None:
        """The report of the address."""
        released = releases.find(db, arguments["release_id"])
        return None if released is None else cls(released)
