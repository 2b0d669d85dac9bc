"""Sending forms so that nothing stays: what is sent, what came of it, and what is wrong with that."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, got_request_exception
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.walkers.pages import Control, FoundForm, Page, plain, read
from tests.web.people import Browser
from vault import clock
from vault.database import Database, SecondWriter
from vault.keys import KeyRing

Sent = Mapping[str, Any]
_CHANGES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
# A refusal may write down that somebody looked, count their attempts, keep what was typed, and give a challenge.
_KEPT_BY_A_REFUSAL = frozenset({"audit_entries", "case_acts", "failed_sign_ins", "form_drafts", "sessions"})
LONG = "Ы" * 5000
BYTES = b"\xff\xfe\x00\x81not text"
NOT_OFFERED = "not-offered"
HALF = ("", "3", "2027")
WRONG: Sequence[Mapping[str, Any]] = (
    {"day": ("31", "2", "2027"), "text": LONG, "choice": NOT_OFFERED, "file": BYTES},
    {"day": ("1", "13", "2027"), "text": "першы радок\nдругі\x00радок", "hidden": NOT_OFFERED},
    {"day": HALF, "text": "1" * 19, "hidden": "9" * 19},
    {"day": ("1", "1", "1900"), "text": "першы радок\nдругі радок"},
    {"day": ("1", "1", "9999"), "text": "-"},
    {"day": ("1", "3", ""), "text": "\u2028 "},
    {"day": ("1" * 19, "3", "2027")},
    {"day": ("а", "б", "в")},
)


def good(control: Control) -> list[Any]:
    """Values that may be right, the likeliest first."""
    if control.kind == "day":
        today = clock.now().date()
        days = [today, today + timedelta(days=20), today + timedelta(days=400)]
        return [(str(day.day), str(day.month), str(day.year)) for day in days]
    if control.kind in ("radio", "select"):
        return [*dict.fromkeys([value for value in control.offered if value] or control.offered)]
    if control.kind == "checkbox":
        return [[value] for value in control.offered] if len(control.offered) > 1 else [control.offered]
    if control.kind == "hidden":
        return [*control.values]
    if control.kind == "file":
        return [b"F-1\n"]
    present = [value for value in control.values if value]
    return [*present, "Словы", "16:00", "5", "LT", "name@example.org", "https://example.org", "2026-03", "abc-1"]


def kind_of(control: Control) -> str:
    """What a wrong value is chosen by."""
    if control.kind in ("radio", "select", "checkbox"):
        return "choice"
    return "text" if control.kind in ("textarea", "password") else control.kind


# What may be sent without a word, by the end of its address, and why.
EMPTY_IS_FINE = {
    "/new/access": "a wish needs no words",
    "/people/": "somebody without an interview is enrolled too",
    "/propose-erasure": "nothing is kept",
    "/zone": "no choice is one: then it is the partner's, or the country's",
}


RIGHT = "right values"
# That a session is in use is noted whatever is sent.
_SEEN_IN_USE = frozenset({"sessions"})


class Rehearsal:
    """Lets requests write, tells what they would have written, and keeps nothing of it."""

    def __init__(self, database: Database) -> None:
        self.written: set[str] = set()
        self._pending: set[str] = set()
        self.database = database

        @event.listens_for(database.engine, "after_cursor_execute")
        def note(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
            if (found := _CHANGES.match(statement)) and cursor.rowcount:
                self._pending.add(found[1])

        @event.listens_for(database.engine, "rollback")
        def forget(_connection: Any) -> None:
            self._pending.clear()

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """In place of `Database.writing`."""
        database = self.database
        if database.is_writing:
            raise SecondWriter
        database._of_thread.is_writing = True
        self._pending.clear()
        try:
            with database._session(database._writers) as session, session.begin() as transaction:
                yield session
                if transaction.is_active:
                    session.flush()
                    self.written |= self._pending
                    transaction.rollback()
        finally:
            database._of_thread.is_writing = False

    @contextmanager
    def all_in_one(self) -> Iterator[None]:
        """While what is sent stands on what was sent before; then all of it is undone."""
        database = self.database
        connected = database.engine.connect().execution_options(zhoda_writes=True)

        @contextmanager
        def joined() -> Iterator[Session]:
            info = {"keyring": KeyRing(database.keys)}
            mode: Any = "create_savepoint"
            with Session(connected, join_transaction_mode=mode, info=info, expire_on_commit=False) as session:
                yield session

        @contextmanager
        def writing() -> Iterator[Session]:
            if database.is_writing:
                raise SecondWriter
            database._of_thread.is_writing = True
            try:
                with joined() as session, session.begin():
                    yield session
            finally:
                database._of_thread.is_writing = False

        with connected as connection, connection.begin() as outer, pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "writing", writing)
            patch.setattr(database, "reading", joined)
            yield
            outer.rollback()

    def changed(self, act: Callable[[], Any]) -> set[str]:
        """The tables that an act changes."""
        self._pending.clear()
        act()
        return set(self._pending)


@dataclass
class Walker:
    """Sends the forms of one visitor."""

    app: Flask
    client: FlaskClient
    rehearsal: Rehearsal
    language: str = "be"
    token: str = ""
    sent: int = 0
    told: bool = False
    _errors: list[BaseException] = field(default_factory=list)

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """While nothing stays."""

        def note(_sender: Flask, exception: BaseException, **_extra: Any) -> None:
            self._errors.append(exception)

        cookies = dict(self.client._cookies or {})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.rehearsal.database, "writing", self.rehearsal.writing)
            with got_request_exception.connected_to(note, self.app):
                yield
        self.client._cookies = cookies

    def send(self, address: str, data: Mapping[str, Any]) -> tuple[TestResponse, BaseException | None]:
        """Send a form; the visitor's cookies stay as they are."""
        cookies = dict(self.client._cookies or {})
        self._errors.clear()
        self.rehearsal.written.clear()
        self.sent += 1
        answer = self._post(address, data)
        self.told = False
        if 300 <= answer.status_code < 400 and not self.rehearsal.written:
            # Leaving fast leads to another site, which is told enough.
            own = answer.location.startswith("/")
            self.told = not own or "notice" in self.client.get(answer.location).text
        self.client._cookies = cookies
        return answer, self._errors[0] if self._errors else None

    def _post(self, address: str, data: Mapping[str, Any]) -> TestResponse:
        files = {name: (io.BytesIO(value), "list.csv") for name, value in data.items() if isinstance(value, bytes)}
        fields = {name: list(value) if isinstance(value, tuple) else value for name, value in data.items()}
        return self.client.post(address, data={**fields, **files}, buffered=True)

    def again(self, address: str, data: Mapping[str, Any]) -> set[str]:
        """The tables that a form changes when it is sent a second time."""
        cookies = dict(self.client._cookies or {})
        with self.rehearsal.all_in_one():
            self.rehearsal.changed(lambda: self._post(address, data))
            changed = self.rehearsal.changed(lambda: self._post(address, data))
        self.client._cookies = cookies
        return changed - _SEEN_IN_USE

    def open(self, address: str, method: str) -> tuple[TestResponse, BaseException | None]:
        """Open an address; the visitor's cookies stay as they are."""
        cookies = dict(self.client._cookies or {})
        self._errors.clear()
        data = {"csrf_token": self.token} if method == "POST" else None
        answer = self.client.open(address, method=method, data=data, buffered=True)
        self.client._cookies = cookies
        return answer, self._errors[0] if self._errors else None

    def faults(self, address: str, form: FoundForm, token: str) -> Iterator[str]:
        """Everything that is wrong with how one form takes what is sent."""
        target = form.action or address
        trial = Trial(self, target, form, token)
        yield from trial.faults()


@dataclass
class Trial:
    """One form, sent again and again."""

    walker: Walker
    target: str
    form: FoundForm
    token: str
    # How far down its list of right values each control has come.
    _place: dict[str, int] = field(default_factory=dict)

    def faults(self) -> Iterator[str]:
        """What is wrong, a line each."""
        yield from dict.fromkeys(self._all_faults())

    def _all_faults(self) -> Iterator[str]:
        yield from self._peel(RIGHT, {})
        yield from self._peel("empty", self._emptied(), buttons=False)
        for wrong in WRONG:
            chosen = self._wrong(wrong)
            if chosen:
                yield from self._peel(
                    ", ".join(f"{name}={str(value)[:24]!r}" for name, value in chosen.items()), chosen
                )
        for name in self.form.buttons:
            yield from self._peel(f"{name} not offered", {name: NOT_OFFERED})

    def _emptied(self) -> dict[str, Any]:
        # A day's three inputs are sent empty; what is not ticked is not sent; a file that was not chosen is.
        empty: dict[str, Any] = {}
        for control in self.form.controls.values():
            if control.kind == "day":
                empty[control.name] = ("", "", "")
            elif control.kind in ("radio", "checkbox"):
                empty[control.name] = []
            elif control.kind == "file":
                empty[control.name] = b""
            elif control.kind == "select" and "" not in control.offered:
                continue
            elif control.kind != "hidden":
                empty[control.name] = ""
        return empty

    def _wrong(self, wrong: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: wrong[kind_of(control)]
            for name, control in self.form.controls.items()
            if kind_of(control) in wrong and name not in ("csrf_token", "asked_at", "drawn_from", "written_in")
        }

    def _right(self, control: Control) -> Any:
        values = good(control)
        place = self._place.get(control.name, 0)
        return values[place] if place < len(values) else (values[-1] if values else "")

    def _peel(self, what: str, wrong: Mapping[str, Any], *, buttons: bool = True) -> Iterator[str]:
        """Send `wrong` among right values; what is refused at its field is put right, until all the rest is taken."""
        wrong = dict(wrong)
        for _round in range(12):
            data = {name: self._right(control) for name, control in self.form.controls.items()}
            if buttons:
                data |= {name: values[0] for name, values in self.form.buttons.items()}
            data |= wrong
            data["csrf_token"] = self.token
            answer, error = self.walker.send(self.target, data)
            written, told = set(self.walker.rehearsal.written), self.walker.told
            verdict = Verdict(answer, error, data, self.form, written, self.walker.language, self.target, told)
            yield from (f"{what}: {fault}" for fault in verdict.faults(wrong))
            if what == RIGHT and written and not verdict.is_refusal and 300 <= answer.status_code < 400:
                changed = self.walker.again(self.target, data)
                if changed:
                    yield f"sent twice, it changes {sorted(changed)} again"
            refused = verdict.refused_at()
            if not refused or not self._put_right(refused, wrong):
                return

    def _put_right(self, refused: set[str], wrong: dict[str, Any]) -> bool:
        moved = False
        for name in refused:
            if name in wrong:
                del wrong[name]
                moved = True
            elif self._place.get(name, 0) + 1 < len(good(self.form.controls[name])):
                self._place[name] = self._place.get(name, 0) + 1
                moved = True
        return moved


@dataclass
class Verdict:
    """What an answer is, and what is wrong with it."""

    answer: TestResponse
    error: BaseException | None
    data: Sent
    form: FoundForm
    written: set[str]
    language: str
    address: str
    # Whether the next page says something.
    told: bool = False

    def __post_init__(self) -> None:
        self.page = read(self.answer.text) if self.answer.mimetype == "text/html" else Page()
        self.redrawn = next((each for each in self.page.forms if each.names == self.form.names), None)

    @property
    def is_refusal(self) -> bool:
        """Whether what was sent was not taken."""
        return self.answer.status_code >= 400 or (
            self.answer.status_code == 200 and self.redrawn is not None and not self.written - _KEPT_BY_A_REFUSAL
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written, chosen or pressed."""
        controls = self.form.controls.values()
        sent = [self.data.get(each.name) for each in controls if each.kind != "hidden"]
        return not any(any(value) if isinstance(value, tuple) else value for value in sent)

    def refused_at(self) -> set[str]:
        """The controls at which something was refused."""
        if not self.is_refusal:
            return set()
        led = {href.removeprefix("#").removesuffix("-day") for href, _words in self.page.summary}
        return led & set(self.form.controls)

    def faults(self, wrong: Sent) -> Iterator[str]:
        """What is wrong with it."""
        code = self.answer.status_code
        if self.error is not None or code >= 500:
            if code != 503:
                yield f"{code} {type(self.error).__name__} {self.error}"[:300]
            return
        if self.is_refusal:
            yield from self._of_refusal()
            return
        fine = any(self.form.action.endswith(each) or self.address.endswith(each) for each in EMPTY_IS_FINE)
        if self.is_empty and self.form.is_filled_in and self.written and not fine:
            yield "nothing at all was taken"
        for name, value in wrong.items():
            kind = kind_of(self.form.controls[name]) if name in self.form.controls else ""
            empty = not any(value) if isinstance(value, tuple) else not value
            if not empty and (kind in ("day", "file", "choice") or (isinstance(value, str) and "\x00" in value)):
                yield f"{name} was taken"
        if 300 <= code < 400 and not self.written and not (self.told and not self.form.is_filled_in):
            yield f"{code}: nothing was written, and nothing is said at a field"

    def _of_refusal(self) -> Iterator[str]:
        code = self.answer.status_code
        if self.written - _KEPT_BY_A_REFUSAL:
            yield f"{code} changed {sorted(self.written - _KEPT_BY_A_REFUSAL)}"
        if self.page.language != self.language:
            yield f"{code} is in {self.page.language!r}"
        if not self.form.is_filled_in and self.answer.status_code < 500:
            # Nobody wrote or chose anything that could be put right: the page says how it stands.
            if not self.page.notices and code != 404:
                yield f"{code} without a word"
            return
        if not self.page.summary:
            yield f"{code} without a word: {' '.join(self.page.words.split())[-200:]}"
            return
        if code == 200:
            yield "200 and not 422"
        for href, words in self.page.summary:
            target = href.removeprefix("#")
            if self.page.ids.count(target) != 1:
                yield f"“{words}” leads to no field ({href!r})"
            elif target in self.page.folded:
                yield f"“{words}” leads into a folded part"
        if len(self.page.messages) < len({href for href, _words in self.page.summary}):
            yield f"an error stands at no field: {self.page.summary} {self.page.messages}"
        for words in [*self.page.messages, *(words for _href, words in self.page.summary), *self.page.notices]:
            if foreign := english_in(self._without_typed(words)):
                yield f"{foreign} in “{words}”"
        yield from self._lost()

    def _without_typed(self, words: str) -> str:
        for value in sorted((each for each in self.data.values() if isinstance(each, str)), key=len, reverse=True):
            if value:
                words = words.replace(" ".join(value.split()), "")
        return words

    def _lost(self) -> Iterator[str]:
        if self.redrawn is None:
            yield "the form is not drawn again"
            return
        for name, control in self.form.controls.items():
            if not control.is_typed or name not in self.data:
                continue
            typed = self.data[name] if isinstance(self.data[name], tuple) else (self.data[name],)
            back = self.redrawn.controls[name].values
            if [plain(each).strip().casefold() for each in typed] != [plain(each).strip().casefold() for each in back]:
                yield f"{name}: {str(typed)[:40]} came back as {str(back)[:40]}"


def token_of(browser: Browser) -> str:
    """The form token of the page that the visitor is on."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.page.text if browser.page else "")
    assert found
    return found[1]


_WORD = re.compile(r"[A-Za-z]{2,}")
# Examples, formats and names that are written so in every language.
_SO_IN_EVERY_LANGUAGE = frozenset(
    [
        "UTC",
        "UTF",
        "JSON",
        "HSDS",
        "CSV",
        "PDF",
        "GDPR",
        "SHA",
        "MB",
        "LT",
        "https",
        "name",
        "example",
        "org",
        "txt",
        "manifest",
    ]
)


def english_in(words: str) -> list[str]:
    """The Latin words of a Belarusian sentence that are no example and no name."""
    return [word for word in _WORD.findall(words) if word not in _SO_IN_EVERY_LANGUAGE]
