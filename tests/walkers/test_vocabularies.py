"""One vocabulary per code: each member has words, each column of codes a vocabulary, and no code is written bare."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from jinja2 import Environment, nodes
from sqlalchemy import String

import portal.tables  # noqa: F401 - every table
from vault.database import Base

ROOT = Path(__file__).parents[2]
PACKAGES = ("vault", "consent", "mhpss", "portal")
# Vocabularies that no page shows a person as they are, each with the reason.
UNSPOKEN: Mapping[str, str] = {
    "Blind": "the printed table of columns says it",
    "BreachState": "pages list open breaches first, and say when one was closed",
    "Clear": "the printed table of columns says it",
    "ConversationState": "pages list drafts and conversations apart",
    "DecisionState": "pages say of a decision that it waits for its letter to be sent",
    "ErasureState": "each step of an erasure is told by the step's own words",
    "CaseReading": "the history of a case has the code of every act, as the audit has",
    "CopyKind": "the certificate tells the obligation that a copy carries out",
    "Fault": "stores read it, in problem documents",
    "InvitationState": "pages say until when one is open",
    "ItemRole": "stores say it",
    "KeyKind": "the command line has it",
    "Kind": "the ledger writes it; people read the answer that it leaves",
    "Outcome": "stores get it",
    "Owner": "the printed table of columns says it",
    "Reading": "the audit shows the code of every act, and the printed table says it in words",
    "RequestState": "the clock of a request says more",
}
# Short columns that hold no code: names, numbers, times, and what some vocabulary outside ours has.
PLAIN = frozenset(
    {
        *("language", "country", "version", "template_version", "code", "number", "reference", "pseudonym"),
        *("opens_at", "closes_at", "postal_code", "instrument", "template", "act"),
        # The roles of accounts, and the system itself; a rule of the table of retention.
        *("role", "rule"),
        # One of the steps of a request, or the letter that was sent.
        "step",
    }
)


def modules() -> Iterator[object]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


MODULES = tuple(modules())
VOCABULARIES = sorted(
    {
        each
        for module in MODULES
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, StrEnum) and each is not StrEnum
    },
    key=lambda each: f"{each.__module__}.{each.__name__}",
)


def words() -> Iterator[frozenset[str]]:
    for module in MODULES:
        if "words" in module.__name__:
            yield from (frozenset(filter(None, each)) for each in vars(module).values() if isinstance(each, Mapping))


SPOKEN = tuple(found for found in words() if all(isinstance(each, str) for each in found))


def lacking(vocabulary: type[StrEnum]) -> frozenset[str]:
    """The members without words, in the words that have the most of them."""
    return min((frozenset(vocabulary) - spoken for spoken in SPOKEN), key=len)


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda each: each.__qualname__)
def test_every_member_has_its_words(vocabulary: type[StrEnum]) -> None:
    if vocabulary.__name__ not in UNSPOKEN:
        assert not lacking(vocabulary)


def test_a_member_without_words_is_found() -> None:
    class Planted(StrEnum):
        OPEN = "open"
        NOBODY_SAYS_IT = "nobody_says_it"

    assert lacking(Planted) == {"nobody_says_it"}


def test_what_is_unspoken_is_a_vocabulary() -> None:
    assert UNSPOKEN.keys() <= {each.__name__ for each in VOCABULARIES}


def columns() -> Iterator[tuple[type, str, object]]:
    for mapper in Base.registry.mappers:
        hints = get_type_hints(mapper.class_)
        for column in mapper.columns:
            if isinstance(column.type, String) and (column.type.length or 99) <= 30 and not column.foreign_keys:
                yield mapper.class_, column.key, get_args(hints[column.key])[0]


def is_coded(hint: object) -> bool:
    return any(isinstance(each, type) and issubclass(each, StrEnum) for each in (get_args(hint) or (hint,)))


def test_every_column_of_codes_has_its_vocabulary() -> None:
    bare = {f"{table.__name__}.{name}" for table, name, hint in columns() if not is_coded(hint) and name not in PLAIN}
    assert bare == set()


def coded() -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for _, name, hint in columns():
        for each in get_args(hint) or (hint,):
            if is_coded(each):
                found[name] = found.get(name, frozenset()) | {member.value for member in each}
    return found


CODED = coded()


def bare_comparisons(source: str) -> Iterator[str]:
    """Where an attribute that a column of codes has the name of, or its like in a form, is compared with a string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            literals = {literal for side in sides for literal in _literals(side)}
            for side in sides:
                if isinstance(side, ast.Attribute) and side.attr in CODED and literals:
                    yield f"{node.lineno}: {ast.unparse(node)}"
                if literals & CODED.get(_loosely(side), frozenset()):
                    yield f"{node.lineno}: {ast.unparse(node)}"


def _literals(side: ast.expr) -> Iterator[str]:
    for each in side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else (side,):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value:
            yield each.value


def _loosely(side: ast.expr) -> str:
    if isinstance(side, ast.Attribute) and side.attr == "data" and isinstance(side.value, ast.Attribute):
        return side.value.attr
    return side.id if isinstance(side, ast.Name) else ""


def test_no_code_is_compared_with_a_bare_string() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{each}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for each in bare_comparisons(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_bare_comparison_is_found() -> None:
    assert list(bare_comparisons("if request.state == 'opne': pass"))
    assert list(bare_comparisons("if form.outcome.data in ('granted', 'refused'): pass"))
    assert not list(bare_comparisons("if request.state == State.OPEN or request.method == 'POST': pass"))


def compared_in_templates() -> Iterator[str]:
    known = {member.value for each in VOCABULARIES for member in each}
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    for path in sorted(set((ROOT / "templates").rglob("*.html")) - set((ROOT / "templates/components").iterdir())):
        for node in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Compare):
            if isinstance(node.expr, nodes.Getattr) and node.expr.attr in CODED:
                for each in node.find_all(nodes.Const):
                    if isinstance(each.value, str) and each.value not in known:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}: {each.value}"


def test_a_page_compares_with_no_code_that_there_is_not() -> None:
    assert list(compared_in_templates()) == []
