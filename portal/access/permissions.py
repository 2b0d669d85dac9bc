"""Who may use a route: role, organisation and relation, declared on the route and checked before it runs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from consent.people import subjects
from portal.access import step_up
from portal.access.accounts import Role
from portal.frame.transaction import db
from vault.readings import ReadingLog

Relation = Callable[[Mapping[str, Any]], bool]
Related = TypeVar("Related", bound=Relation)
View = TypeVar("View", bound=Callable[..., Any])


def of_organisation(which: str) -> Callable[[Related], Related]:
    """Say of a relation whose organisation's things it lets through: "own", or "every" one's."""

    def say(relation: Related) -> Related:
        relation.organisation = which  # type: ignore[attr-defined]
        return relation

    return say


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may use a route. No roles and no relation: anybody, signed in or not."""

    roles: frozenset[Role]
    relation: Relation | None
    machine: bool = False
    step_up: bool = False


def organisation_of(relation: Relation) -> str:
    """Whose organisation's things a relation lets through; their own where it does not say."""
    return getattr(relation, "organisation", "own")


def allow(*roles: Role, on: Relation, step_up: bool = False) -> Callable[[View], View]:
    """Declare that accounts with one of `roles` may use the route where the relation `on` holds.

    `step_up` is for sensitive acts (erase, release, export, key, role): the second factor is asked for again unless it
    was given within the last five minutes. What a form had sent by then is kept and sent again with the code.
    """
    return _declare(Permission(frozenset(roles), on, step_up=step_up))


def public(view: View) -> View:
    """Declare that anybody may use the route."""
    return _declare(Permission(frozenset(), None))(view)


def machines(view: View) -> View:
    """Declare that the route checks a store's token itself."""
    return _declare(Permission(frozenset(), None, machine=True))(view)


def _declare(permission: Permission) -> Callable[[View], View]:
    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def of(app: Flask, endpoint: str) -> Permission | None:
    """What is declared for `endpoint`; None where nothing is, which denies."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return Permission(frozenset(), None)
    return getattr(app.view_functions[endpoint], "permission", None)


def check() -> ResponseReturnValue | None:
    """Refuse the request unless its route's declaration holds (before_request)."""
    if request.endpoint is None:
        return None
    permission = of(current_app, request.endpoint)
    if permission is None:
        abort(403)
    if permission.relation is None:
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("access.sign_in"))
    if current_user.account.role not in permission.roles:
        _write_down_refusal()
        abort(403)
    if permission.step_up and (question := step_up.demand()) is not None:
        return question
    if not permission.relation(request.view_args or {}):
        abort(404)
    return None


def own_record(_arguments: Mapping[str, Any]) -> bool:
    """their own record"""
    g.subject_id = current_user.account.subject_id
    return g.subject_id is not None


def own_account(_arguments: Mapping[str, Any]) -> bool:
    """their own account"""
    return True


def own_organisation(_arguments: Mapping[str, Any]) -> bool:
    """what belongs to their organisation"""
    return current_user.account.organisation is not None


def person_of_own_organisation(arguments: Mapping[str, Any]) -> bool:
    """a person whom their organisation documents"""
    try:
        g.enrolment = subjects.enrolment(db, current_user.account.organisation, arguments["code"])
    except subjects.UnknownSubject:
        return False
    g.subject_id = g.enrolment.subject_id
    return True


def _write_down_refusal() -> None:
    log: ReadingLog | None = current_app.extensions.get("readings")
    if log is not None:
        log.note(current_user.account.as_actor(), f"refused.{request.endpoint}"[:60], ())


@of_organisation("every")
def whole_consortium(_arguments: Mapping[str, Any]) -> bool:
    """the consortium as a whole"""
    return True


def read(act: str) -> None:
    """Name the reading that the page at hand is; it is written down before the page is sent.

    A page of one person, known from its relation, needs no call unless the reading has a name of its own.
    """
    g.reading = act


def read_people(act: str, subject_ids: Iterable[str]) -> None:
    """Note that the page at hand shows something of these people; where there is nobody, nothing is read."""
    g.read_of = set(subject_ids)
    if g.read_of:
        g.reading = act


def write_down_reading(response: Response) -> Response:
    """Write down who read what of whom, before it is shown (after_request)."""
    if request.method != "GET" or response.status_code != 200 or not current_user.is_authenticated:
        return response
    concerned = set(g.get("read_of", ()))
    if g.get("subject_id"):
        concerned.add(g.subject_id)
    if concerned or "reading" in g:
        log: ReadingLog = current_app.extensions["readings"]
        log.note(current_user.account.as_actor(), g.get("reading", f"{request.endpoint}.read")[:60], concerned)
    return response
