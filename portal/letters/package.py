"""A package as a file: a page to read, the data beside it, and what the archives sent, in one ZIP."""

import base64
import binascii
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from flask import Response, render_template

from portal.words.referral import REFERRAL_STATES
from portal.words.support import SESSION_WORDS

_LONGEST_NAME = 80
_UNSAFE = re.compile(r"[^\w.-]+")


def as_zip(content: Mapping[str, Any]) -> Response:
    """The package to be saved, under a name that says nothing. Nothing of it is kept here."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.json", json.dumps(content, ensure_ascii=False, indent=2))
        archive.writestr("notes.html", _page(content))
        for name, raw in _files(content):
            archive.writestr(name, raw)
    response = Response(buffer.getvalue(), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="notes.zip"'
    return response


def _page(content: Mapping[str, Any]) -> str:
    return render_template(
        "letters/package.html", content=content, SESSION_WORDS=SESSION_WORDS, REFERRAL_STATES=REFERRAL_STATES
    )


def _files(content: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    for number, store in enumerate(content["stores"], start=1):
        for place, item in enumerate(store["items"], start=1):
            encoded = item.get("content")
            if encoded is None:
                continue
            # A store's own name for an item never decides where a file lands on the person's device.
            name = _UNSAFE.sub("_", PurePosixPath(str(item.get("item", "item"))).name)[-_LONGEST_NAME:] or "item"
            try:
                yield f"files/{number}/{place:04d}-{name}", base64.b64decode(encoded, validate=True)
            except (binascii.Error, TypeError, ValueError):
                continue
