"""The table of who may do what, made from what the routes declare; docs/security/permissions.md is its print."""

from dataclasses import dataclass

from flask import Flask

from portal.access import permissions
from portal.access.accounts import Role
from portal.access.permissions import Permission, Who

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ANYBODY, STORE = Who.ANYBODY.value, Who.STORE.value
_HEADINGS = ("address", "methods", "roles", "organisation", "relation", "second factor again", "reads")
_INTRODUCTION = """# Who may do what

Made by `make permissions` from what each route declares (`@allow`, `@public`, `@machines`); a test fails while it is
not current, and others try every route and method as every role, as a stranger from another organisation, and signed
out against this table. What is not here is refused: a route without a declaration answers 403, and a test fails on it.

*Organisation* says whose things the relation lets through: `own` is the organisation of the account, `every` the whole
consortium. *Second factor again*: asked for unless it was given within five minutes. *Reads*: what is written into the
audit before a page or a file of the route is sent, and of whom; where that cannot be written, nothing is sent. A route
that shows nothing of anybody says why.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One route, and who may use it."""

    desk: str
    endpoint: str
    address: str
    methods: tuple[str, ...]
    roles: tuple[str, ...]
    organisation: str
    relation: str
    step_up: bool
    reads: str

    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        return (
            f"`{self.address}`",
            ", ".join(self.methods),
            ", ".join(self.roles),
            self.organisation,
            self.relation,
            "yes" if self.step_up else "",
            self.reads,
        )


def rows(app: Flask) -> list[Row]:
    """Every route of `app`, by desk and address.

    Raises:
        LookupError: a route that declares nothing.
    """
    found = []
    for rule in app.url_map.iter_rules():
        declared = permissions.of(app, rule.endpoint)
        if declared is None:
            raise LookupError(f"{rule.endpoint} declares nobody")
        methods = tuple(method for method in _METHODS if method in (rule.methods or ()))
        found.append(_row(rule.endpoint, rule.rule, methods, declared))
    return sorted(found, key=lambda row: (row.desk, row.address, row.methods))


def _row(endpoint: str, address: str, methods: tuple[str, ...], declared: Permission) -> Row:
    desk = endpoint.rpartition(".")[0].partition(".")[0] or "static"
    relation = declared.relation
    return Row(
        desk,
        endpoint,
        address,
        methods,
        tuple(role.value for role in Role if role in declared.roles) or (declared.who.value,),
        relation.organisation if relation else "",
        (relation.__doc__ or "").strip() if relation else "",
        declared.step_up,
        declared.reads.words,
    )


def as_markdown(app: Flask) -> str:
    """The table for people."""
    parts, desk = [_INTRODUCTION], ""
    for row in rows(app):
        if row.desk != desk:
            desk = row.desk
            parts.append(f"\n## {desk}\n\n{_line(_HEADINGS)}{_line(['---'] * len(_HEADINGS))}")
        parts.append(_line(row.cells()))
    return "".join(parts)


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
