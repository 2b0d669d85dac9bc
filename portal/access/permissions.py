"""Who may use a route, and what they read there: declared on it, checked before it runs and before it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from portal.access import relations, step_up
from portal.access.accounts import Role
from portal.access.readings import Of, Reads, Unread, nothing, people_read
from portal.access.relations import OfCase, OfPeople, Relation
from portal.drafts import carrying
from portal.fields.marks import is_redrawn
from portal.frame import repeats
from portal.frame.transaction import db, is_changing, undo
from vault import audit
from vault.audit import STRANGER, Actor
from vault.readings import Deed, ReadingLog

View = TypeVar("View", bound=Callable[..., Any])
# Pages that a view draws though something did not fit: it shows again what there was to read.
_DRAWN_AGAIN = (409, 422, 429)
_OF_STORES = nothing(
    "codes, times and outcomes under the store's own names of items, and orders about them; no person is named. "
    "What a store has taken up stands in its acknowledgements"
)


class Who(Enum):
    """Whom a route lets in."""

    ROLES = "accounts of some roles"
    ANYBODY = "anybody"
    STORE = "a store, by its token"


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may use a route, where what relation holds, and what its pages let them read."""

    who: Who
    roles: frozenset[Role]
    relation: type[Relation] | None
    reads: Reads
    step_up: bool = False


class BadDeclaration(TypeError):
    """A route declares a reading that does not go with its relation."""


def allow(*roles: Role, on: type[Relation], reads: Reads, step_up: bool = False) -> Callable[[View], View]:
    """Declare that accounts with one of `roles` may use the route where the relation `on` holds.

    `reads` is what its pages let them read, written into the audit before one is sent. `step_up` is for sensitive acts
    (erase, release, export, key, role): the second factor is asked for again unless it was given within the last five
    minutes. What a form had sent by then is kept and sent again with the code.

    Raises:
        BadDeclaration: the relation finds people, or a case, and `reads` would not write down the reading of it.
    """
    return _declare(Permission(Who.ROLES, frozenset(roles), on, reads, step_up))


def public(*, reads: Reads, on: type[Relation] | None = None) -> Callable[[View], View]:
    """Declare that anybody may use the route, or whoever holds what `on` asks for in the address.

    Raises:
        BadDeclaration: as for `allow`.
    """
    return _declare(Permission(Who.ANYBODY, frozenset(), on, reads))


def machines(view: View) -> View:
    """Declare that the route checks a store's token itself, and names no person to it."""
    return _declare(Permission(Who.STORE, frozenset(), None, _OF_STORES))(view)


def _declare(permission: Permission) -> Callable[[View], View]:
    _demand_fit(permission)

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def _demand_fit(permission: Permission) -> None:
    of, relation = permission.reads.of, permission.relation
    people = relation is not None and issubclass(relation, OfPeople)
    case = relation is not None and issubclass(relation, OfCase)
    fits = {
        Of.FOUND: people,
        Of.CASE: case,
        Of.NAMED: not (people or case),
        # Lists of cases, and what is said of a shut one, are work at the desk.
        Of.NOBODY: not people,
        Of.NOTHING: not (people or case),
        Of.NO_PAGE: True,
    }
    if not fits[of]:
        raise BadDeclaration(relation, of)


def of(app: Flask, endpoint: str) -> Permission | None:
    """What is declared for `endpoint`; None where nothing is, which denies."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return Permission(Who.ANYBODY, frozenset(), None, nothing("files of the portal's own"))
    return getattr(app.view_functions[endpoint], "permission", None)


def check() -> ResponseReturnValue | None:
    """Refuse the request unless its route's declaration holds (before_request)."""
    if request.endpoint is None:
        return None
    permission = of(current_app, request.endpoint)
    if permission is None:
        abort(403)
    if permission.who is Who.ROLES and (refusal := _refused(permission)) is not None:
        return refusal
    if permission.relation is not None:
        relation = permission.relation.find(request.view_args or {})
        if relation is None:
            abort(404)
        relations.keep(relation)
    g.admitted = permission
    return None


def may_send(address: str) -> bool:
    """Whether whoever is signed in may send a form to an address of this site now, the second factor aside."""
    try:
        endpoint, arguments = current_app.url_map.bind("localhost").match(urlsplit(address).path, method="POST")
        permission = of(current_app, endpoint)
        if permission is None or (permission.roles and current_user.account.role not in permission.roles):
            return False
        return permission.relation is None or permission.relation.find(arguments) is not None
    except HTTPException:
        return False


def _refused(permission: Permission) -> ResponseReturnValue | None:
    if not current_user.is_authenticated:
        if (led_on := repeats.lead_on()) is not None:
            return led_on
        carrying.keep_cut_off()
        return redirect(url_for("access.sign_in"))
    if current_user.account.role not in permission.roles:
        _write_down_refusal()
        abort(403)
    return step_up.demand() if permission.step_up else None


def _write_down_refusal() -> None:
    log: ReadingLog | None = current_app.extensions.get("readings")
    if log is not None:
        log.note(current_user.account.as_actor(), f"refused.{request.endpoint}"[:60], ())


def shows_nothing() -> None:
    """Say that what is answered is not what the route declares, and shows nothing of it: an error, a closed door."""
    g.pop("admitted", None)


def write_down_reading(response: Response) -> Response:
    """Write down who read what of whom, before it is shown (after_request, before what was written is committed).

    Raises:
        Unread: a route that draws no page drew one, or a page of people named nobody; it is not sent.
    """
    permission: Permission | None = g.get("admitted")
    if permission is None or not (response.status_code < 300 or response.status_code in _DRAWN_AGAIN):
        return response
    shows_nothing()
    deeds = _deeds(permission.reads)
    if not deeds:
        return response
    if is_changing() and response.status_code < 400 and not is_redrawn():
        for deed in deeds:
            deed(db)
    else:
        undo()
        log: ReadingLog = current_app.extensions["readings"]
        log.write(deeds)
    return response


def _deeds(reads: Reads) -> list[Deed]:
    about = relations.at_hand()
    if reads.kind is None:
        if reads.of is Of.NO_PAGE:
            raise Unread(request.endpoint)
        return []
    if reads.in_case is not None and isinstance(about, OfCase):
        return [partial(about.write_down, actor=reader(), act=reads.in_case)]
    people: list[str | None] = [None]
    if reads.of is Of.FOUND and isinstance(about, OfPeople):
        # Of whom a request is may not be known yet; that it was read is written down all the same.
        people = [*sorted(about.people)] or [None]
    elif reads.of is Of.NAMED:
        people = [*sorted(people_read())]
    elif reads.of is not Of.NOBODY:
        raise Unread(request.endpoint)
    return [partial(audit.record, actor=reader(), act=reads.kind.value, subject_id=each) for each in people]


def reader() -> Actor:
    """Who reads: the account at hand, or somebody signed out."""
    return current_user.account.as_actor() if current_user.is_authenticated else STRANGER
