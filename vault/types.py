"""Column types that mean the same on SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator

from vault.canonical import Value, canonical

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

BigKey = BigInteger().with_variant(Integer, "sqlite")


class Id(String):
    """An identifier of a row, here or elsewhere, drawn at random (`vault.database.new_id`); or a word for none."""

    def __init__(self) -> None:
        super().__init__(32)


class Instant(TypeDecorator[datetime]):
    """A moment, stored as whole microseconds since 1970 UTC, so that both engines order and compare it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Store a moment as microseconds."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read microseconds as a moment."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Value]):
    """A small structured value, stored as canonical JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Value, dialect: Dialect) -> str | None:
        """Store a value as canonical JSON."""
        return None if value is None else canonical(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read canonical JSON."""
        return None if value is None else json.loads(value)
