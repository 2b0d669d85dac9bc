"""Whether the portal is alive, and whether it can answer from its database."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from consent.ledger import revisions
from portal.access.permissions import public
from portal.access.readings import nothing
from portal.frame.transaction import database

bp = Blueprint("health", __name__)


@bp.get("/health")
@public(reads=nothing("whether the portal answers"))
def alive() -> ResponseReturnValue:
    """200 while the process serves."""
    return {"alive": True}


@bp.get("/ready")
@public(reads=nothing("whether the portal answers"))
def ready() -> ResponseReturnValue:
    """200 while the ledger can be read, else 503."""
    try:
        with database().reading() as session:
            revisions.present(session)
    except SQLAlchemyError:
        return {"ready": False}, 503
    return {"ready": True}
