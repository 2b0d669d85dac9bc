"""What help exists: services that are open, made sure of in time and not confidential."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from mhpss import directory
from portal.access.permissions import public
from portal.referral_words import CAPACITY_CHIPS, CAPACITY_WORDS, NEED_WORDS
from portal.transaction import db
from portal.words import language

bp = Blueprint("help_offers", __name__, url_prefix="/offers")


@bp.get("/")
@public
def listing() -> ResponseReturnValue:
    """The public part of the directory, by what is needed."""
    need = request.args.get("need", "")
    found = [each for each in directory.public(db) if not need or need in each[0].needs]
    return render_template(
        "help_offers/list.html",
        NEED_WORDS=NEED_WORDS,
        CAPACITY_WORDS=CAPACITY_WORDS,
        CAPACITY_CHIPS=CAPACITY_CHIPS,
        found=found,
        need=need,
        read_in=language(),
    )
