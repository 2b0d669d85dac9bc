"""Documents in a support case, sealed under its key like everything else in it."""

from sqlalchemy.orm import Session

from mhpss import cases
from mhpss.cases import Case
from mhpss.entries import EntryKind
from vault import documents
from vault.documents import Document, Opened


def keep(session: Session, case: Case, document: Opened, author: str) -> None:
    """Put a document into a case; its name is what it is called there.

    Raises:
        cases.NoConsent, cases.NotNow: nothing may be written, or the case is closed.
    """
    cases.keep(session, case, EntryKind.DOCUMENT, author, {"what": document.name})
    documents.keep(session, case.id, document, author)


def of_case(session: Session, case: Case) -> list[tuple[Document, str]]:
    """The documents of a case with their names, latest first."""
    return [(each, documents.name_of(session, each)) for each in documents.of_owner(session, case.id)]


def open_one(session: Session, case: Case, document_id: str) -> Opened | None:
    """A document of the case; None where there is none of that id in it."""
    return documents.open_one(session, case.id, document_id)
