"""Whatever somebody wrote, a PDF comes, and says what could not be shown."""

import copy
import io
import json
import re
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader

from consent.disclosure.notices import NoticeText
from portal import letters
from portal.desks.figures import files
from portal.desks.figures.sections import Section
from portal.installation import TRANSLATIONS
from portal.letters import certificate, notice
from portal.letters.typesetting import typeset
from tests.certificate_vectors import CONTENT

_MM = 72 / 25.4
MARGINS = {"certificate": 20 * _MM, "figures": 18 * _MM}
# How wide a character of the font of digests is, by its height.
_WIDE = 0.61
_DIGEST = re.compile("[0-9a-f ]+")


def certified(text: str) -> bytes:
    content = copy.deepcopy(CONTENT) | {"number": text, "request": text, "instrument": text, "terms": [text]}
    content["recipient"] = {**content["recipient"], "name": text}
    content["transfer"] = {**content["transfer"], "ground": text}
    content["items"] = [each | {"item": text, "store": text} for each in content["items"]]
    return certificate.on_paper(json.dumps({"content": content}).encode())


def figured(text: str) -> bytes:
    section = Section("people", f"1 {text}", text, text, (text, text), ((text, (text,)),), ((text, 3),))
    return files.on_paper([section], [(text, text), ("SHA-256", "d" * 64)])


KINDS: dict[str, Callable[[str], bytes]] = {
    "certificate": certified,
    "copy": lambda text: typeset(
        "copy",
        {
            "title": text,
            "code": text,
            "headings": [text] * 3,
            "lines": [{"title": text, "answer": text, "since": text}],
            "note": text,
        },
    ),
    "figures": figured,
    "invitation": lambda text: letters.invitation(f"http://example.org/{quote(text, errors='replace')}", 3),
    "letter": lambda text: letters.letter({"subject": text, "text": f"{text}\n\n{text}"}, "be", text),
    "notice": lambda text: notice.on_paper(text, NoticeText(text, (text, text)), text),
    "referral": lambda text: typeset(
        "referral", {"title": text, "parts": [{"heading": f"1 {text}", "lines": [[text, text]]}]}
    ),
}
often = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def reader() -> Iterator[None]:
    """Somebody reads in Belarusian."""
    app = Flask("reader")
    Babel(app, default_locale="be", default_translation_directories=str(TRANSLATIONS))
    with app.test_request_context():
        yield


def pages(document: bytes) -> list[PageObject]:
    return PdfReader(io.BytesIO(document)).pages


def words(document: bytes) -> str:
    return " ".join(page.extract_text() for page in pages(document))


def test_every_kind_of_paper_is_tried_here() -> None:
    assert {each.name for each in resources.files("portal.letters").iterdir() if each.name.endswith(".typ")} == {
        f"{kind}.typ" for kind in KINDS
    }


@pytest.mark.parametrize("kind", KINDS)
@often
@example(text="")
@example(text="\t\u0300\n\u0300\r\x0b")
@example(text="\0\x01\ufeff\ufffe\u2028\ud800")
@example(text="\uf0b7 🙏 漢字 e\u20dd 👨\u200d👩\u200d👧")
@example(text="\"\\`'#[]$*_<>@= \\u{41}")
@given(text=st.text(max_size=40))
def test_any_text_makes_a_pdf(reader: None, kind: str, text: str) -> None:
    assert KINDS[kind](text).startswith(b"%PDF-")


def test_a_font_is_found_for_what_people_write(reader: None) -> None:
    for text in ("Дзякуй 🙏 👍 ❤️", "გამარჯობა", "שלום", "Բարեւ"):
        assert "U+" not in words(KINDS["letter"](text))


def test_what_no_font_has_is_marked_and_all_else_stands(reader: None) -> None:
    told = words(KINDS["letter"]("Дзякуй\uf0b7 🙏, é e\u0ba8\u20dd é \x00!"))
    assert "[U+F0B7]" in told
    assert "[U+0000]" in told
    for kept in ("Дзякуй", "é", "!"):
        assert kept in told
    assert "[U+00E9]" not in told


def test_every_digest_stands_whole_within_the_margins(reader: None) -> None:
    for kind, digests in (("certificate", 4), ("figures", 1)):
        (page,) = pages(KINDS[kind]("x"))
        found: list[tuple[str, float]] = []

        def note(text: str, begins: list[float], _tm: Any, _font: Any, size: float, found: Any = found) -> None:
            found.append((text.strip(), begins[4] + len(text.strip()) * _WIDE * size))

        page.extract_text(visitor_text=note)
        parts = [(text, ends) for text, ends in found if len(text) > 15 and _DIGEST.fullmatch(text)]
        assert len("".join(text.replace(" ", "") for text, _ends in parts)) == digests * 64
        assert max(ends for _text, ends in parts) <= float(page.mediabox.width) - MARGINS[kind]
