"""What differs from country to country: the supervisory authority, the court, and the grounds to limit what is told."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

# Articles with what is named of them, as "17(3)(b), (c)".
_ARTICLE = r"\d{1,2}(\(\d\))?(\([a-z]\))?"
_PROVISIONS = re.compile(rf"{_ARTICLE}(, ({_ARTICLE}|\([a-z]\)))*")


@dataclass(frozen=True, slots=True)
class Country:
    """A controller's country. Texts are by language; `limits` are the national grounds beside Art. 12 to 22."""

    code: str
    law: str
    authority: dict[str, str]
    authority_site: str
    court: dict[str, str]
    limits: tuple[str, ...]


@cache
def countries() -> dict[str, Country]:
    """Every country that a controller may be in, by its ISO 3166 code."""
    read = tomllib.loads((resources.files("consent.catalogue") / "countries.toml").read_text(encoding="utf-8"))
    return {code: Country(code, **entry | {"limits": tuple(entry["limits"])}) for code, entry in read.items()}


# Why a request may be refused in whole or part (GDPR), beside the national grounds.
REFUSALS = {
    "access": ("12(5)", "15(4)", "23"),
    "rectification": ("12(5)", "16"),
    "erasure": ("12(5)", "17(3)(b)", "17(3)(d)", "17(3)(e)", "9(2)(h)"),
    "restriction": ("12(5)", "18(2)"),
    "portability": ("12(5)", "20(1)", "20(4)"),
    "objection": ("12(5)", "21(1)"),
}


def grounds(right: str, country: str) -> tuple[str, ...]:
    """The grounds on which a request for `right` may be refused by a controller in `country`."""
    return (*REFUSALS[right], *countries()[country].limits)


def is_ground(ground: str, right: str, country: str) -> bool:
    """Whether `ground` is a code: one of the grounds for `right` in `country`, or provisions of the GDPR alone."""
    return ground in grounds(right, country) or _PROVISIONS.fullmatch(ground) is not None
