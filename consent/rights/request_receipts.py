"""The signed receipt of a request: what came in, when, and until when it is answered."""

from typing import Any

from sqlalchemy.orm import Session

from consent.proofs import RequestStatement, digest
from consent.rights import requests
from consent.rights.requests import RightsRequest
from vault import clock, signing

TYPE = "zhoda-request-receipt-1"


def signed(session: Session, request: RightsRequest) -> dict[str, Any]:
    """The receipt as of now, signed with the key of today; `zhoda verify FILE` checks it."""
    signer = signing.signer(session)
    issued = clock.now()
    content = {"schema": TYPE, **requests.as_receipt(request), "keys": signing.statements(session)}
    statement = RequestStatement(origin=signer.name, content=digest(content), issued=issued)
    return {**content, "signature": signer.sign(statement.text())}
