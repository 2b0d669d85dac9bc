"""What the routes of figures are about: tables in which nobody can be found."""

from collections.abc import Mapping
from typing import Any

from flask import g

from mhpss.figures import releases
from portal.access.permissions import of_organisation
from portal.frame.transaction import db


@of_organisation("every")
def protected_figures(_arguments: Mapping[str, Any]) -> bool:
    """the figures of the consortium, small cells hidden"""
    g.reading = "figures.read"
    return True


@of_organisation("every")
def released_figures(arguments: Mapping[str, Any]) -> bool:
    """figures that were released"""
    g.reading = "figures.read"
    g.released = releases.find(db, arguments["release_id"])
    return g.released is not None
