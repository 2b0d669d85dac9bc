"""Telling those who received a person's data that it was rectified, erased or restricted (GDPR Art. 19)."""

from sqlalchemy.orm import Session

from consent.disclosure import notices
from consent.ledger.revisions import open_moment
from consent.ledger.scopes import STORAGE_SCOPES
from consent.rights import requests
from consent.rights.requests import RightsRequest
from consent.rights.steps import Step

# What stands above the wording for the recipient's class; an officer reads and edits each notice before it goes.
OPENINGS = {
    "rectified": "Under GDPR Art. 19: data you received from us have been rectified. Please correct your copy.",
    "erased": "Under GDPR Art. 19: data you received from us have been erased here. Please erase your copy.",
    "restricted": "Under GDPR Art. 19: the processing of data you received from us is restricted.",
}


def tell_recipients(session: Session, request: RightsRequest, what: str, author: str) -> int:
    """Draft a notice to every recipient in the register of disclosures who holds something of the person; how many.

    Raises:
        requests.IdentityNotConfirmed: nobody has confirmed who asks.
    """
    if request.subject_id is None or request.identity is None:
        raise requests.IdentityNotConfirmed
    revision = open_moment(session).revision
    told = notices.draft(session, request.subject_id, STORAGE_SCOPES, revision, opening=OPENINGS[what])
    requests.note(session, request, Step.RECIPIENTS_TOLD, author, str(told))
    return told
