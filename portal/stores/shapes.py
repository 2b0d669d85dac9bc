"""What the values of the store protocol look like: names, keys, digests, times; and the strictness of every body."""

import math
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import literal_schema

from consent import rules
from consent.ledger.items import ItemRole
from vault import clock

# Without control characters, which no store's name for anything needs and one database cannot hold.
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]+$"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,18})", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)


class OneOf:
    """Any of some codes; described in the document as the enumeration that they are."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes = [str(code) for code in codes]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return literal_schema(self._codes)


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=PRINTABLE)]
ItemKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,39}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
Role = Annotated[str, OneOf(ItemRole)]
Cursor = Annotated[int, Field(ge=0)]
OutcomeName = Annotated[str, OneOf(rules.Outcome)]
RestrictingIdentity = Annotated[str, OneOf(rules.IDENTITIES[1:])]


def _instant(value: Any) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise PydanticCustomError("time", "Input should be a time after RFC 3339, with its offset")
    try:
        return clock.parse_instant(value.upper())
    except ValueError as error:
        raise PydanticCustomError("time", "Input should be a time of the calendar") from error


def whole(value: str) -> int:
    """A whole number as a query has it."""
    if not _WHOLE.fullmatch(value):
        raise PydanticCustomError("whole", "Input should be a whole number")
    return int(value)


def seconds(value: str) -> float:
    """A number of seconds as a query has it."""
    if not _NUMBER.fullmatch(value) or not math.isfinite(float(value)):
        raise PydanticCustomError("seconds", "Input should be a number of seconds")
    return float(value)


Time = Annotated[datetime, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Minute = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class Strict(BaseModel):
    """No field but those named, and nothing converted."""

    model_config = ConfigDict(strict=True, extra="forbid")
