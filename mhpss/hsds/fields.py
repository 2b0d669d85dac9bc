"""Which fields an HSDS object has, as data, and where a document departs from them."""

import math
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from email.utils import parseaddr
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from vault import clock

Table = Mapping[str, Mapping[str, Any]]
_LINE_ENDS = "\n\r\t"


@dataclass(frozen=True, slots=True)
class Fault:
    """A place of a document, as a JSON pointer (RFC 6901), and what is wrong there, as a code."""

    pointer: str
    reason: str


@cache
def tables() -> Mapping[str, Table]:
    """The fields of each object, by the object's name in HSDS."""
    return tomllib.loads((resources.files("mhpss.hsds") / "fields.toml").read_text(encoding="utf-8"))


def faults(kind: str, value: Any, pointer: str) -> Iterator[Fault]:
    """Where `value` is no object of that kind. A null counts as not there; fields we do not know are passed over."""
    if not isinstance(value, Mapping):
        yield Fault(pointer, "object")
        return
    for name, field in tables()[kind].items():
        here = f"{pointer}/{name}"
        if value.get(name) is None:
            if field.get("required"):
                yield Fault(here, "missing")
        elif "list" in field:
            yield from _list_faults(field["list"], value[name], here)
        elif "object" in field:
            yield from faults(field["object"], value[name], here)
        elif reason := _reason(field, value[name]):
            yield Fault(here, reason)


def unread(kind: str, value: Mapping[str, Any]) -> int:
    """How many fields of a document that has no faults are passed over."""
    known = tables()[kind]
    count = sum(1 for name, content in value.items() if name not in known and content not in (None, [], {}))
    for name, field in known.items():
        content = value.get(name) or ()
        if "list" in field:
            count += sum(unread(field["list"], each) for each in content)
        elif "object" in field and content:
            count += unread(field["object"], content)
    return count


def _list_faults(kind: str, value: Any, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(pointer, "list")
        return
    for place, each in enumerate(value):
        yield from faults(kind, each, f"{pointer}/{place}")


def _reason(field: Mapping[str, Any], value: Any) -> str | None:
    """What is wrong with a plain value: the name of the type that it is not, or of the rule that it breaks."""
    if "one_of" in field:
        return None if value in field["one_of"] else "one_of"
    kind = field["type"]
    if kind == "number":
        finite = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
        return None if finite and not isinstance(value, bool) else kind
    if not isinstance(value, str) or any(_unwritable(letter) for letter in value):
        return "text"
    if not _FORMATS[kind](value):
        return str(kind)
    return "long" if len(value) > field.get("max", len(value)) else None


def _unwritable(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs") and letter not in _LINE_ENDS


def _is_uuid(text: str) -> bool:
    return _holds(UUID, text) and str(UUID(text)) == text.lower()


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address and nothing else."""
    local, _, domain = text.partition("@")
    return bool(local and domain) and text.count("@") == 1 and parseaddr(text) == ("", text)


def is_uri(text: str) -> bool:
    """Whether a text is the address of a page on the web (RFC 3986: ASCII without spaces)."""
    plain = text.isascii() and text.isprintable() and " " not in text and _holds(urlsplit, text)
    return plain and urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).netloc)


def _is_date(text: str) -> bool:
    return _holds(date.fromisoformat, text) and date.fromisoformat(text).isoformat() == text


def _is_country(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()


def _holds(read: Callable[[str], Any], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "text": lambda _text: True,
    "uuid": _is_uuid,
    "email": is_email,
    "uri": is_uri,
    "date": _is_date,
    "moment": lambda text: _holds(clock.parse_instant, text),
    "country": _is_country,
}
