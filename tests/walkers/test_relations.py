"""What a relation has found reaches its view with a type, and no other way."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.access import relations
from portal.access.relations import OtherRelation, OwnAccount, OwnOrganisation, OwnRecord, Relation, about

ROOT = Path(__file__).parents[2]
DESKS = sorted((ROOT / "portal" / "desks").rglob("*.py"))
# Names on the request's own `g` that a desk may read or write: none.
ALLOWED = frozenset[str]()


def names_on_g(source: str) -> Iterator[str]:
    """The names that a module reads or writes on Flask's `g`, whatever it calls it."""
    tree = ast.parse(source)
    known = {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("flask", "flask.globals")
        for each in node.names
        if each.name == "g"
    }
    flask = {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for each in node.names
        if each.name == "flask"
    }

    def is_g(node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute) and node.attr == "g" and isinstance(node.value, ast.Name):
            return node.value.id in flask
        return isinstance(node, ast.Name) and node.id in known

    held = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if is_g(node):
            # Not an attribute: handed on, indexed, or asked with `in`.
            yield held.get(id(node), "g itself")


@pytest.mark.parametrize("path", DESKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_desk_keeps_anything_on_the_request_itself(path: Path) -> None:
    assert set(names_on_g(path.read_text(encoding="utf-8"))) <= ALLOWED


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from flask import g\ng.case = 1", {"case"}),
        ("from flask import g\nif g.get('may_read', True): pass", {"get"}),
        ("from flask import g as kept\nprint(kept.asked)", {"asked"}),
        ("import flask\nflask.g.seen = 1", {"seen"}),
        ("from flask import g\nsetattr(g, 'case', 1)", {"g itself"}),
        ("g = object()\nprint(g.case)", set()),
    ],
)
def test_a_name_on_the_request_is_found(source: str, found: set[str]) -> None:
    assert set(names_on_g(source)) == found


def test_a_view_gets_what_its_own_routes_relation_found_and_nothing_else(app: Flask) -> None:
    with app.test_request_context():
        with pytest.raises(OtherRelation):
            about(OwnAccount)
        relations.keep(OwnRecord("a" * 32))
        assert about(OwnRecord).subject_id == "a" * 32
        with pytest.raises(OtherRelation):
            about(OwnOrganisation)


def test_every_relation_says_whose_things_it_lets_through_and_is_frozen(app: Flask) -> None:
    def below(kind: type[Relation]) -> Iterator[type[Relation]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    found = [each for each in below(Relation) if not getattr(each, "__abstractmethods__", None)]
    assert len(found) > 15
    for each in found:
        assert each.organisation in ("own", "every"), each
        assert each.__dataclass_params__.frozen, each  # type: ignore[attr-defined]
