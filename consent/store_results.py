"""What a store answers an order with, read as from somebody who may mean harm: it ends on the person's own device."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

MOST_ITEMS = 100_000
_LONGEST_NAME = 500
_LONGEST_TEXT = 4000


class Unreadable(Exception):
    """The result is not sealed to the task's key, or not what is documented inside."""


def read(kind: str, plain: bytes) -> dict[str, Any]:
    """The result of an order of `kind`: for `collect` its items and nothing else, each in the documented form.

    Raises:
        Unreadable: it is not JSON that can be written down again, or an item is not of that form.
    """
    try:
        found = json.loads(plain)
        # Neither half a character nor a number that JSON has no word for may block the person's file later.
        json.dumps(found, ensure_ascii=False, allow_nan=False, indent=1).encode()
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    if not isinstance(found, dict):
        raise Unreadable
    return {"items": _items(found.get("items"))} if kind == "collect" else found


def _items(sent: object) -> list[dict[str, Any]]:
    if not isinstance(sent, list) or len(sent) > MOST_ITEMS:
        raise Unreadable
    return [_item(each) for each in sent]


def _item(sent: object) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise Unreadable
    name = _text(sent, "item", _LONGEST_NAME)
    if not name:
        raise Unreadable("item")
    return {
        "item": name,
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
