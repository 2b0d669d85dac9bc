"""Emergency protocols as data, by the country where the person is; for Belarus never a state service."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


def for_person(country: str, language: str) -> tuple[str, ...]:
    """What somebody in danger reads, a sentence each."""
    return tuple(_of(country)[language]["person"])


def for_team(country: str, language: str) -> tuple[str, ...]:
    """What the psychologist does first, a sentence each."""
    return tuple(_of(country)[language]["team"])


def _of(country: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = protocols().get(country.upper(), protocols()["other"])
    return found


@cache
def protocols() -> Mapping[str, Any]:
    """Every protocol, by ISO country code; `other` for the rest."""
    return tomllib.loads((resources.files("mhpss") / "protocols.toml").read_text(encoding="utf-8"))
