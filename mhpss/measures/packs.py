"""The wording of measures: our own ships, that of others is loaded by a clinic that is licensed for it."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.scopes import LANGUAGES
from mhpss.measures import instruments
from mhpss.measures.instruments import Instrument
from vault import clock
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import Instant, Json

COLUMNS = ("measure", "language", "licence", "validation", "part", "text")


class BadPack(ValueError):
    """A pack that cannot be loaded; the message says which line and why. Nothing was written."""


class MeasureWording(Base):
    """The wording of a measure in a language, from a pack, with its licence and validation status."""

    __tablename__ = "measure_wordings"

    instrument: Mapped[str] = mapped_column(String(20), primary_key=True, info=clear(Clear.CODE))
    language: Mapped[str] = mapped_column(String(2), primary_key=True, info=clear(Clear.CODE))
    licence: Mapped[str] = mapped_column(String(200), info=clear(Clear.PUBLISHED))
    validation: Mapped[str] = mapped_column(String(200), info=clear(Clear.PUBLISHED))
    parts: Mapped[dict[str, str]] = mapped_column(Json, info=clear(Clear.PUBLISHED))
    loaded_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a person reads: an introduction, an item each, and the words of the answers from the lowest up.

    `own_words` are the items, counted from 1, that the person first puts in words of their own.
    """

    introduction: str
    items: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    own_words: frozenset[int] = frozenset()


def wording(session: Session, instrument: Instrument, language: str) -> Wording | None:
    """The wording of `instrument` in `language`; None where there is none: then scores are entered from paper."""
    own = _shipped().get(instrument.key)
    if own is not None:
        return own[language]
    row = session.get(MeasureWording, (instrument.key, language))
    return None if row is None else _from_parts(instrument, row.parts)


def load(session: Session, path: Path) -> list[str]:
    """Load a pack: CSV with the columns measure, language, licence, validation, part, text; which wordings came in.

    A part is `introduction`, the number of an item, or `answer N` for the words of answer N. What was loaded before
    for the same measure and language is replaced.

    Raises:
        BadPack: a column, measure, language, item or answer is missing or unknown.
    """
    found: dict[tuple[str, str], tuple[str, str, dict[str, str]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
            raise BadPack(f"the first line lacks: {', '.join(missing)}")
        for row in rows:
            key = (str(row["measure"]).strip().lower(), str(row["language"]).strip())
            if key[0] not in instruments.instruments() or key[1] not in LANGUAGES:
                raise BadPack(f"line {rows.line_num}: no measure {key[0]!r} in {key[1]!r}")
            if not (str(row["licence"]).strip() and str(row["validation"]).strip() and str(row["text"]).strip()):
                raise BadPack(f"line {rows.line_num}: licence, validation and text are needed")
            parts = found.setdefault(key, (row["licence"], row["validation"], {}))[2]
            parts[str(row["part"]).strip()] = row["text"].strip()
    for (measure, language), (_licence, _validation, parts) in found.items():
        _check(instruments.instrument(measure), language, parts)
    for (measure, language), (licence, validation, parts) in found.items():
        session.merge(
            MeasureWording(
                instrument=measure,
                language=language,
                licence=licence,
                validation=validation,
                parts=parts,
                loaded_at=clock.now(),
            )
        )
    return [f"{measure} ({language})" for measure, language in found]


def _check(instrument: Instrument, language: str, parts: Mapping[str, str]) -> None:
    wanted = {"introduction", *(str(number) for number in range(1, len(instrument.items) + 1))}
    wanted |= {f"answer {value}" for value in range(instrument.lowest, instrument.highest + 1)}
    if wrong := sorted(wanted ^ set(parts)):
        raise BadPack(f"{instrument.key} ({language}): missing or unknown: {', '.join(wrong)}")


def _from_parts(instrument: Instrument, parts: Mapping[str, str]) -> Wording:
    items = tuple(parts[str(number)] for number in range(1, len(instrument.items) + 1))
    answers = tuple(parts[f"answer {value}"] for value in range(instrument.lowest, instrument.highest + 1))
    return Wording(parts["introduction"], items, (answers,) * len(items))


@cache
def _shipped() -> Mapping[str, Mapping[str, Wording]]:
    folder = resources.files("mhpss.measures") / "wording"
    found = {}
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            content = tomllib.loads(file.read_text(encoding="utf-8"))
            own_words = frozenset(content["own_words"])
            found[file.name[:-5]] = {language: _read(content[language], own_words) for language in LANGUAGES}
    return found


def _read(text: Mapping[str, Any], own_words: frozenset[int]) -> Wording:
    usual = tuple(text["answers"])
    numbers = range(1, len(text["items"]) + 1)
    answers = tuple(tuple(text.get(f"answers_{number}", usual)) for number in numbers)
    return Wording(text["introduction"], tuple(text["items"]), answers, own_words)
