"""Choices of a form field, from codes and their words."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]


def choices(words: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """A choice per code, in the given order, each labelled with its words."""
    pairs = words.items() if isinstance(words, Mapping) else words
    return [SelectChoice(code, label) for code, label in pairs]
