"""The copy that a person asks for: gathered from every store and the psychologist, made, and handed over once."""

from typing import Any

from sqlalchemy.orm import Session

from consent.rights import packages, requests
from consent.rights.decisions import RightsDecision
from consent.rights.requests import RightsRequest
from mhpss import clinical_copies, entries
from portal.access.accounts import Account
from portal.casework import answering, support_pages
from vault import audit


def gather(session: Session, request: RightsRequest, author: str) -> None:
    """Ask every store for what it holds, and the psychologist for the clinical part where there is one.

    Raises:
        requests.IdentityNotConfirmed, requests.NotNow: as `packages.gather`.
    """
    packages.gather(session, request, author)
    clinical_copies.ask(session, request)


def make(session: Session, request: RightsRequest, author: str, instead_of: str | None = None) -> RightsDecision:
    """Make the file, which the person can fetch at once; the answer that says so waits to be sent.

    Raises:
        packages.NotReady, requests.IdentityNotConfirmed, requests.NotNow: as `packages.make`.
        requests.Held: the person seems to be forced.
    """
    clinical_copies.ask(session, request)
    packages.make(session, request, author)
    return answering.grant(session, request, author, instead_of)


def waits(session: Session, request: RightsRequest, account: Account) -> bool:
    """Whether there is something to fetch on the person's own page."""
    return packages.waiting(session, request) or _clinical_part_waits(session, request, account)


def hand_over(session: Session, request: RightsRequest, account: Account) -> dict[str, Any]:
    """What waits for the person, this once. A clinical part goes with the file, or by itself where it came later.

    Raises:
        packages.Gone: nothing waits.
        requests.Held: the person seems to be forced.
    """
    requests.refuse_held(session, request)
    if packages.waiting(session, request):
        content = packages.fetch(session, request, account.id)
        is_open = support_pages.closed_until(session, account) is None
        support = clinical_copies.fetch(session, request) if is_open else None
        audit.record(session, account.as_actor(), "request.fetch", request.subject_id)
        return content if support is None else {**content, "support": support}
    copy = clinical_copies.of_request(session, request)
    if copy is None or not _clinical_part_waits(session, request, account):
        raise packages.Gone
    # Written behind the wall alone: nobody else learns that there is such a part.
    entries.note_act(session, account.as_actor(), copy.case_id, "copy_fetched")
    heading = packages.heading(session, request)
    return {**heading, "stores": [], "support": clinical_copies.fetch(session, request)}


def _clinical_part_waits(session: Session, request: RightsRequest, account: Account) -> bool:
    if packages.of_request(session, request) is None or not clinical_copies.is_waiting(session, request):
        return False
    return support_pages.closed_until(session, account) is None
