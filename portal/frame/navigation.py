"""The pages that each desk's bar leads to."""

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import lazy_gettext
from flask_login import current_user

from portal.access.accounts import Role

_PAGES = {
    Role.DOCUMENTER: (
        ("documenter.today", lazy_gettext("Today")),
        ("documenter.people", lazy_gettext("People")),
        ("documenter.questions.listing", lazy_gettext("Questions")),
    ),
    Role.PSYCHOLOGIST: (
        ("psychologist.today", lazy_gettext("Today")),
        ("psychologist.listing", lazy_gettext("Cases")),
        ("coordination.services.listing", lazy_gettext("Services")),
    ),
    Role.COORDINATOR: (
        ("coordination.today", lazy_gettext("Today")),
        ("coordination.services.listing", lazy_gettext("Services")),
        ("figures.show", lazy_gettext("Figures")),
    ),
    Role.DPO: (
        ("protection.today", lazy_gettext("Today")),
        ("protection.requests.listing", lazy_gettext("Requests")),
        ("protection.store_list", lazy_gettext("Stores")),
        ("protection.register.processing", lazy_gettext("Register")),
        ("protection.register.breach_list", lazy_gettext("Breaches")),
        ("protection.register.retention_list", lazy_gettext("Retention")),
        ("protection.register.document_list", lazy_gettext("Documents")),
        ("protection.register.year", lazy_gettext("The year")),
    ),
    Role.DISCLOSURE_OFFICER: (
        ("disclosure.today", lazy_gettext("Today")),
        ("disclosure.listing", lazy_gettext("Requests")),
        ("disclosure.releases.listing", lazy_gettext("Releases")),
        ("disclosure.notices.listing", lazy_gettext("Letters")),
        ("disclosure.directory.show", lazy_gettext("Directory")),
        ("disclosure.overviews.figures", lazy_gettext("Figures")),
        ("disclosure.overviews.product", lazy_gettext("Products")),
    ),
    Role.ADMINISTRATOR: (
        ("administration.today", lazy_gettext("Today")),
        ("administration.accounts.listed", lazy_gettext("Accounts")),
        ("administration.outbox.listing", lazy_gettext("What goes out")),
        ("administration.ledger", lazy_gettext("Ledger")),
    ),
    Role.AUDITOR: (
        ("administration.ledger", lazy_gettext("Ledger")),
        ("administration.acts", lazy_gettext("Audit log")),
    ),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One link of a bar."""

    label: str
    url: str
    current: bool


def items() -> list[Page]:
    """The pages of the visitor's desk; none for a survivor or a stranger."""
    if not current_user or not current_user.is_authenticated or current_user.account.subject_id is not None:
        return []
    own = _PAGES.get(Role(current_user.account.role), ())
    pages = [*own, ("account.show", lazy_gettext("My account"))]
    return [Page(str(label), url_for(endpoint), request.endpoint == endpoint) for endpoint, label in pages]
