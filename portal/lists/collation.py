"""The order of words as readers of a language look for them: Unicode's and CLDR's, by ICU."""

from functools import cache
from typing import Any

from icu import Collator, Locale, UCollAttribute, UCollAttributeValue


@cache
def _collator(language: str) -> Any:
    collator = Collator.createInstance(Locale(language))
    # K-9 comes before K-10.
    collator.setAttribute(UCollAttribute.NUMERIC_COLLATION, UCollAttributeValue.ON)
    return collator


def place(text: str, language: str) -> bytes:
    """What `text` is ordered by in `language` (be, ru or en); it compares with other texts' of that language alone."""
    found: bytes = _collator(language).getSortKey(text)
    return found
