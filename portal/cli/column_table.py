"""The table of what stands in clear, blind or sealed, made from what the tables declare; docs/security/columns.md."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from portal.tables import metadata  # noqa: F401 - every table
from vault import columns, keys
from vault.columns import Blind, Clear, Declared, Standing
from vault.database import Base

_HEADINGS = ("table", "stands", "columns")
_INTRODUCTION = """# What stands in clear, and what is sealed

Made by `make permissions` from what each column of each table declares (`vault/columns.py`); a test fails while it is
not current, on a column that says nothing, and on a value that is not sealed as its column says.

*Sealed*: encrypted to its row under the key of the owner that is named; the key lies in the key store, apart from the
database, and what it sealed is erased with it. *Blind*: a digest, good for finding or comparing, from which the value
does not come back. *In clear*: whoever has the database reads it.
"""


def listed() -> list[Declared]:
    """How every column of the database and of the key store stands, by room and table.

    Raises:
        vault.columns.Undeclared: see there.
    """
    every = columns.of(Base.registry) + columns.of(keys.TABLES)
    return sorted(every, key=lambda each: (_room(each), each.column.table.name))


def as_markdown() -> str:
    """The table for people: sealed before blind before clear, and each reason once in full."""
    parts = [_INTRODUCTION, *_reasons("Why a column stands in clear", Clear), *_reasons("How a column is blind", Blind)]
    for room, inside in groupby(listed(), _room):
        parts.append(f"\n## {room}\n\n{_head(_HEADINGS)}")
        for table, held in groupby(inside, lambda each: each.column.table.name):
            parts.extend(_rows(table, list(held)))
    return "".join(parts)


def _reasons(title: str, reasons: type[Clear] | type[Blind]) -> Iterable[str]:
    yield f"\n## {title}\n\n{_head(('reason', 'what it says'))}"
    yield from (_line((_short(each), each.value)) for each in reasons)


def _rows(table: str, held: Sequence[Declared]) -> Iterable[str]:
    for words, alike in groupby(sorted(held, key=_order), lambda each: _stands(each.standing)):
        names = groupby(alike, lambda each: each.standing.reason)
        yield _line((f"`{table}`", words, "; ".join(_named(reason, of_reason) for reason, of_reason in names)))


def _stands(standing: Standing) -> str:
    if standing.owners:
        sealed = f"sealed to {' or '.join(standing.owners)}"
        return sealed if standing.reason is None else f"{sealed}; a row of nobody's in clear"
    return "blind" if isinstance(standing.reason, Blind) else "in clear"


def _named(reason: Clear | Blind | None, alike: Iterable[Declared]) -> str:
    names = ", ".join(f"`{each.column.name}`" for each in alike)
    if reason is None:
        return names
    return f"{_short(reason)}: {names}"


def _short(reason: Clear | Blind) -> str:
    return reason.name.lower().replace("_", " ")


def _order(declared: Declared) -> tuple[bool, bool, str, str]:
    standing = declared.standing
    reason = "" if standing.reason is None else standing.reason.name
    return not standing.owners, not isinstance(standing.reason, Blind), " ".join(standing.owners), reason


def _head(cells: Sequence[str]) -> str:
    return _line(cells) + _line(["---"] * len(cells))


def _room(declared: Declared) -> str:
    return declared.module.partition(".")[0]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
