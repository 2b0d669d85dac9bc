"""Setting a page by Typst as PDF/UA. What its fonts cannot show it refuses: that is marked, so a PDF always comes."""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import typst

from portal.words.consent import language

# How Typst quotes what it could not show, as Rust writes strings.
_REFUSED = re.compile(r'(?:the text|disallowed codepoint) `"((?:[^"\\]|\\.)*)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_SHORT = {"0": "\0", "n": "\n", "r": "\r", "t": "\t"}
_NO_TITLE = "—"


def typeset(template: str, content: Mapping[str, Any]) -> bytes:
    """A template of this folder set with `content` in the reader’s language, as PDF/UA-1.

    A character that no font has stands there as its code point: [U+1F64F].
    """
    values = {"language": language(), **content}
    marked: frozenset[str] = frozenset()
    while True:
        try:
            return _compile(template, _marked(values, marked))
        except typst.TypstError as error:
            refused = _refused(error.diagnostic) - marked
            if not refused:
                raise
            marked |= refused


def _compile(template: str, values: Mapping[str, Any]) -> bytes:
    titled = {**values, "title": values["title"] if _is_visible(values["title"]) else _NO_TITLE}
    document: bytes = typst.compile(
        _template(template),
        format="pdf",
        pdf_standards=["ua-1"],
        sys_inputs={"content": json.dumps(titled)},
        font_paths=_fonts(),
    )
    return document


def _is_visible(text: str) -> bool:
    return any(unicodedata.category(each)[0] not in "CZ" for each in text)


def _refused(diagnostic: str) -> set[str]:
    """The characters to mark next: of a letter with signs around it the signs first, since it may do without them."""
    found = {each for match in _REFUSED.findall(diagnostic) for each in _ESCAPED.sub(_unescape, match)}
    signs = {each for each in found if unicodedata.category(each)[0] in "CM"}
    return signs or found


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _SHORT.get(match[2], match[2])


def _marked(value: Any, marked: frozenset[str]) -> Any:
    if isinstance(value, str):
        return "".join(_mark(each) if each in marked or _is_surrogate(each) else each for each in value)
    if isinstance(value, Mapping):
        return {name: _marked(each, marked) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(each, marked) for each in value]
    return value


def _mark(character: str) -> str:
    return " " if character.isspace() else f"[U+{ord(character):04X}]"


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


@cache
def _template(name: str) -> bytes:
    return (resources.files("portal.letters") / f"{name}.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """Typst's own, this machine's, and Noto for other scripts and for pictures."""
    return typst.Fonts(font_paths=[str(resources.files("manimgx_fonts"))])
