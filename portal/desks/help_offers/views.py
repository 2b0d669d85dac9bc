"""What help exists: services that are open, made sure of in time and not confidential."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from mhpss.services import directory, locations
from portal.access.permissions import public
from portal.access.readings import nothing
from portal.frame.transaction import db
from portal.words.consent import language
from portal.words.directory import DIRECTORY_WORDS

bp = Blueprint("help_offers", __name__, url_prefix="/offers")


@bp.get("/")
@public(reads=nothing("the public part of the directory of services"))
def listing() -> ResponseReturnValue:
    """The public part of the directory, by what is needed."""
    need = request.args.get("need", "")
    found = [each for each in directory.public(db) if not need or need in each[0].needs]
    return render_template(
        "help_offers/list.html",
        **DIRECTORY_WORDS,
        found=found,
        places=locations.of(db, [service.id for service, _provider in found]),
        need=need,
        read_in=language(),
    )
