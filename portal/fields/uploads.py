"""Files that people send: limited, looked into, and given back only as attachments under a neutral name."""

import io
import zipfile
from collections.abc import Collection, Mapping

from flask import Response, request
from werkzeug.datastructures import FileStorage

from vault.documents import Opened

LARGEST = 10 * 1024 * 1024
# A document of an office may be packed, but not to burst the machine that opens it.
_LARGEST_UNPACKED = 20 * LARGEST
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BEGINNINGS = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
_ENDINGS: Mapping[str, str] = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "text/plain": "txt",
    _OFFICE["word/document.xml"]: "docx",
    _OFFICE["xl/workbook.xml"]: "xlsx",
}
EVERY_KIND = frozenset(_ENDINGS)


class TooLarge(Exception):
    """More than `LARGEST` bytes, packed or unpacked."""


class NotAllowed(Exception):
    """Not one of the kinds of file that may be sent here, whatever its name says."""


def admit() -> None:
    """Let a blueprint's forms carry a file: to be called before anything looks at the form (url_value_preprocessor)."""
    request.max_content_length = LARGEST + 1024 * 1024


def take(sent: FileStorage, allowed: Collection[str] = EVERY_KIND) -> Opened:
    """What was sent, as what its bytes say it is; neither its name nor its declared type is believed.

    Raises:
        TooLarge: nothing is kept.
        NotAllowed: nothing is kept.
    """
    content = sent.stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TooLarge
    media_type = sniff(content)
    if media_type is None or media_type not in allowed:
        raise NotAllowed
    return Opened((sent.filename or "")[-100:], media_type, content)


def sniff(content: bytes) -> str | None:
    """The media type that the bytes themselves show; None for whatever is not known here.

    Raises:
        TooLarge: a packed file that unpacks to too much.
    """
    for beginning, media_type in _BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return "text/plain" if _is_text(content) else None


def _office(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except zipfile.BadZipFile:
        return None
    if sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
        raise TooLarge
    names = {part.filename for part in parts}
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        return None
    return next((media_type for name, media_type in _OFFICE.items() if name in names), None)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    looks_active = text.lstrip("\ufeff \t\r\n")[:1] == "<"
    return bool(text) and not looks_active and all(each.isprintable() or each in "\r\n\t\ufeff" for each in text)


def give_back(document: Opened) -> Response:
    """A stored document as a download: never shown in the page's own origin, under a name that says nothing."""
    response = Response(document.content, mimetype=document.media_type)
    ending = _ENDINGS.get(document.media_type, "bin")
    response.headers["Content-Disposition"] = f'attachment; filename="document.{ending}"'
    return response
