"""One byte form for every value that is hashed: JSON with sorted keys, no spaces, UTF-8, no fractions."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "bool | int | str | Sequence[Value] | Mapping[str, Value] | None"


def canonical(value: Value) -> bytes:
    """The canonical bytes of `value` (RFC 8785 restricted to integers, so that no float is ever rounded).

    Raises:
        TypeError: a value with no canonical form, such as a float.
    """
    _refuse_fractions(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _refuse_fractions(value: Value) -> None:
    if isinstance(value, float):
        raise TypeError("fractions have no canonical form")
    if isinstance(value, Mapping):
        for inner in value.values():
            _refuse_fractions(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_fractions(inner)
