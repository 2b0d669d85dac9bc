"""The pages that each desk's bar leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext, lazy_pgettext
from flask_login import current_user

from portal.access.accounts import Role
from portal.frame.visitor import is_staff

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
        ("coordination.case_list", lazy_gettext("Cases")),
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

# Where a desk looks for what it may find: the list with everything in it, and the field of its address.
_SEARCHES: Mapping[Role, tuple[str, str, Mapping[str, str], Any]] = {
    Role.DOCUMENTER: ("documenter.people", "find", {}, lazy_gettext("Find a person")),
    Role.PSYCHOLOGIST: ("psychologist.listing", "find", {"state": "all"}, lazy_gettext("Find a case")),
    Role.COORDINATOR: ("coordination.case_list", "find", {}, lazy_gettext("Find a case")),
    Role.DPO: ("protection.requests.listing", "find", {"state": "all"}, lazy_gettext("Find a request")),
    Role.DISCLOSURE_OFFICER: ("disclosure.listing", "find", {}, lazy_pgettext("assistance", "Find a request")),
    Role.ADMINISTRATOR: ("administration.accounts.listed", "find", {}, lazy_gettext("Find an account")),
    Role.AUDITOR: ("administration.acts", "act", {}, lazy_gettext("Find an act")),
}


@dataclass(frozen=True, slots=True)
class Search:
    """The search of a desk: where it is sent, the name of its field, what is sent with it, and what it finds."""

    url: str
    name: str
    given: Mapping[str, str]
    label: str


@dataclass(frozen=True, slots=True)
class Page:
    """One link of a bar."""

    label: str
    url: str
    current: bool


def items() -> list[Page]:
    """The pages of the visitor's desk; none for a survivor or a stranger."""
    role = _desk()
    if role is None:
        return []
    own = _PAGES.get(role, ())
    pages = [*own, ("account.show", lazy_gettext("My account"))]
    return [Page(str(label), url_for(endpoint), request.endpoint == endpoint) for endpoint, label in pages]


def search() -> Search | None:
    """The search of the visitor's desk; None for a survivor or a stranger."""
    found = _SEARCHES.get(role) if (role := _desk()) else None
    if found is None:
        return None
    endpoint, name, given, label = found
    return Search(url_for(endpoint), name, given, str(label))


def _desk() -> Role | None:
    if not is_staff():
        return None
    return Role(current_user.account.role)
