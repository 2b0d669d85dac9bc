"""The transparency log as the stores read it: checkpoints, proofs, and the keys that sign."""

import base64
from typing import Any

from sqlalchemy.orm import Session

from consent.ledger import transparency_log
from portal.stores.feed_schemas import ConsistencyQuery, InclusionQuery
from portal.stores.problems import Fault, Problem, pointer
from vault import signing


def inclusion(session: Session, query: InclusionQuery) -> dict[str, Any]:
    """The proof that a leaf is in the log of a size.

    Raises:
        Problem: 422, there is no such leaf or the log is not so large.
    """
    try:
        path = transparency_log.inclusion(session, query.index, query.size)
    except ValueError as error:
        raise _beyond("index" if query.index >= query.size else "size") from error
    leaf = transparency_log.leaf_hash(session, query.index)
    return {"index": query.index, "size": query.size, "leaf": base64.b64encode(leaf).decode(), "path": _encoded(path)}


def consistency(session: Session, query: ConsistencyQuery) -> dict[str, Any]:
    """The proof that the log only grew from one size to another.

    Raises:
        Problem: 422, the log is not so large.
    """
    try:
        path = transparency_log.consistency(session, query.first, query.second)
    except ValueError as error:
        raise _beyond("first" if query.first > query.second else "second") from error
    return {"first": query.first, "second": query.second, "path": _encoded(path)}


def keys(session: Session) -> dict[str, Any]:
    """The statements of the keys that sign, oldest first."""
    return {"keys": signing.statements(session)}


def _encoded(path: list[bytes]) -> list[str]:
    return [base64.b64encode(step).decode() for step in path]


def _beyond(parameter: str) -> Problem:
    fault = Fault(pointer("query", parameter), "Beyond the end of the log")
    return Problem("beyond-the-end", "The log has not come so far.", [fault])
