"""How what a column holds stands in the database: in clear and why, blind, or sealed and to whom.

A type may say it by its nature: an identifier, a moment, yes or no, a code of a vocabulary, a pointer to another row.
Every other column declares it: `mapped_column(String(60), info=clear(Clear.CATALOGUE))`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args, get_type_hints

from sqlalchemy import BigInteger, Boolean, Column, Date
from sqlalchemy.orm import Mapper, registry
from sqlalchemy.types import TypeEngine

from vault.types import Id, Instant

_KEY = "stands"


class Clear(StrEnum):
    """Why what a column holds may be read by whoever has the database."""

    IDENTIFIER = "an identifier or a number of the house's own, which says nothing of whom it names"
    REFERENCE = "points to another row"
    CODE = "a code of a vocabulary"
    CATALOGUE = "the key of an entry in the house's own catalogue"
    MOMENT = "a moment, a day or an hour"
    FLAG = "yes or no"
    NUMBER = "a count, a size, or a number in a series"
    PUBLISHED = "published: everybody may read it"
    RELEASED = "figures as they left the consortium, with small cells hidden"
    DIRECTORY = "what a provider of help tells of itself; a confidential one is on no public page"
    WORK = "what staff wrote of the house's own work, where no person belongs"
    OFFICE = "which office, or who in it, answers for a document of the house"
    MACHINE = "a name or a setting of a machine or of an evidence store"
    ITEM_NAME = "what an evidence store, or whoever asks for it, calls an item; no person belongs there"
    TOLD_STORE = "what one store is told of its items and of the catalogue, and of people its own pseudonyms"
    FINGERPRINT = "a plain digest by which others recognise a file, a list or a text"
    PUBLIC_KEY = "a public key, or a signed statement for everybody"
    RANDOM = "drawn at random, good once, and opens nothing alone"


class Blind(StrEnum):
    """Why what was there cannot be had from a digest."""

    KEYED = "a digest under a key outside the database"
    RANDOM = "a digest of 96 random bits or more"
    WORDS = "a plain digest of six random words (60 bits)"
    SALTED = "a digest over a salt or a ciphertext, or over such digests"
    SLOW = "a salted, slow digest (Argon2id)"


class Owner(StrEnum):
    """Whose key opens it, and whose erasure ends it."""

    PERSON = "the person"
    CASE = "the support case"
    HOUSE = "the house"
    REQUEST = "the rights request"
    PACKAGE = "what was collected for one request, under a key of its own"
    OUTSIDE = "a key-encryption key outside the database"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a column stands: sealed to the `owners`, or blind or clear for a reason.

    With owners and a reason, a row that concerns none of them stands in clear for that reason.
    """

    owners: tuple[Owner, ...] = ()
    reason: Clear | Blind | None = None


class Undeclared(LookupError):
    """A column that neither its type nor its declaration says anything of."""


def clear(why: Clear) -> dict[Any, Any]:
    """The `info` of a column that stands in clear."""
    return {_KEY: Standing(reason=why)}


def blind(how: Blind) -> dict[Any, Any]:
    """The `info` of a column that holds a digest, from which nothing comes back."""
    return {_KEY: Standing(reason=how)}


def sealed_to(*owners: Owner, otherwise: Clear | None = None) -> dict[Any, Any]:
    """The `info` of a column that is sealed; `otherwise` is why rows that concern nobody are not.

    Raises:
        ValueError: to nobody.
    """
    if not owners:
        raise ValueError("sealed to nobody")
    return {_KEY: Standing(owners, otherwise)}


@dataclass(frozen=True, slots=True)
class Declared:
    """One column of one table, in the module that owns it."""

    module: str
    column: Column[Any]
    standing: Standing


def of(tables: registry) -> list[Declared]:
    """How every column of every table stands, by module and table, in the order of the table.

    Raises:
        Undeclared: names every column that says nothing.
    """
    found, silent = [], []
    for mapper in sorted(tables.mappers, key=_place):
        for name, column in _columns(mapper):
            standing = _standing(column, name)
            if standing is None:
                silent.append(str(column))
            else:
                found.append(Declared(mapper.class_.__module__, column, standing))
    if silent:
        raise Undeclared(", ".join(silent))
    return found


def _place(mapper: Mapper[Any]) -> tuple[str, str]:
    return mapper.class_.__module__, mapper.local_table.description


def _columns(mapper: Mapper[Any]) -> Iterator[tuple[object, Column[Any]]]:
    hints = get_type_hints(mapper.class_)
    for attribute in mapper.column_attrs:
        for column in attribute.columns:
            if isinstance(column, Column):
                yield hints.get(attribute.key), column


def _standing(column: Column[Any], hint: object) -> Standing | None:
    declared: Standing | None = column.info.get(_KEY)
    if declared is not None:
        return declared
    if column.foreign_keys:
        return Standing(reason=Clear.REFERENCE)
    if _is_coded(hint):
        return Standing(reason=Clear.CODE)
    return next((Standing(reason=why) for kind, why in _BY_NATURE.items() if isinstance(column.type, kind)), None)


# A BigInteger is a position, a revision or a cursor: nobody writes a telephone number into one.
_BY_NATURE: Mapping[type[TypeEngine[Any]], Clear] = {
    Id: Clear.IDENTIFIER,
    Instant: Clear.MOMENT,
    Date: Clear.MOMENT,
    Boolean: Clear.FLAG,
    BigInteger: Clear.NUMBER,
}


def _is_coded(hint: object) -> bool:
    inner = get_args(hint)[0] if get_args(hint) else hint
    return any(isinstance(each, type) and issubclass(each, StrEnum) for each in (get_args(inner) or (inner,)))
