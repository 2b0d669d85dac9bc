"""What a store answers an order with, read as from somebody who may mean harm: it ends on the person's own device."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from consent.rights.orders import OrderKind

MOST_ITEMS = 100_000
_LONGEST_NAME = 500
_LONGEST_TEXT = 4000


class Unreadable(Exception):
    """The result is not sealed to the task's key, or not what is documented inside."""


def read(kind: str, plain: bytes) -> dict[str, Any]:
    """The result of an order of `kind`, in the documented form and with nothing else in it.

    Raises:
        Unreadable: it is not JSON that can be written down again, or not of that form.
    """
    try:
        found = json.loads(plain)
        # Neither half a character nor a number that JSON has no word for may block the person's file later.
        json.dumps(found, ensure_ascii=False, allow_nan=False, indent=1).encode()
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    if not isinstance(found, dict):
        raise Unreadable
    if kind == OrderKind.COLLECT:
        return {"items": [_collected(each) for each in _listed(found.get("items"))]}
    return {
        "done": [_name(each) for each in _listed(found.get("done", []))],
        "kept": [_kept(each) for each in _listed(found.get("kept", []))],
    }


def named(result: Mapping[str, Any]) -> set[str]:
    """Every item that a result, as `read` answers it, says anything about."""
    return {*result.get("done", ()), *(each["item"] for part in ("items", "kept") for each in result.get(part, ()))}


def _listed(sent: object) -> list[Any]:
    if not isinstance(sent, list) or len(sent) > MOST_ITEMS:
        raise Unreadable
    return sent


def _name(sent: object) -> str:
    if not isinstance(sent, str) or not 0 < len(sent) <= _LONGEST_NAME:
        raise Unreadable("item")
    return sent


def _kept(sent: object) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise Unreadable
    return {"item": _name(sent.get("item")), "reason": _text(sent, "reason", _LONGEST_TEXT) or ""}


def _collected(sent: object) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise Unreadable
    return {
        "item": _name(sent.get("item")),
        "kind": _text(sent, "kind", _LONGEST_NAME),
        "media_type": _text(sent, "media_type", _LONGEST_NAME) or "application/octet-stream",
        "content": _content(sent.get("content")),
        "withheld_because": _text(sent, "withheld_because", _LONGEST_TEXT),
    }


def _text(sent: Mapping[str, Any], name: str, longest: int) -> str | None:
    found = sent.get(name)
    if found is None or (isinstance(found, str) and len(found) <= longest):
        return found
    raise Unreadable(name)


def _content(sent: object) -> str | None:
    if sent is None:
        return None
    if not isinstance(sent, str):
        raise Unreadable("content")
    try:
        base64.b64decode(sent, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("content") from error
    return sent
