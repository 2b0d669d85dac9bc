"""What a page holds, as a browser without scripts reads it: its forms with their controls, its errors, its texts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_TYPED = ("text", "textarea", "day")
# Elements that have no end.
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


@dataclass
class Control:
    """A control of a form: one name, whatever it is drawn as."""

    name: str
    kind: str
    offered: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    label: str = ""

    @property
    def is_typed(self) -> bool:
        """Whether somebody writes into it."""
        return self.kind in _TYPED


@dataclass
class FoundForm:
    """A form on a page."""

    action: str
    controls: dict[str, Control] = field(default_factory=dict)
    buttons: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_filled_in(self) -> bool:
        """Whether somebody writes or chooses something in it, beside the button they press."""
        return any(control.kind != "hidden" for control in self.controls.values())

    @property
    def names(self) -> tuple[str, ...]:
        """What it sends."""
        return tuple(sorted({*self.controls, *self.buttons} - {"csrf_token"}))


@dataclass
class Page:
    """What is looked at on a page."""

    language: str = ""
    forms: list[FoundForm] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    # The words of each link of the error summary by where it leads; those that lead nowhere under "".
    summary: list[tuple[str, str]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    # The ids that lie in a folded part which is not open.
    folded: set[str] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)
    words: str = ""
    headings: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._form: FoundForm | None = None
        self._control: Control | None = None
        self._path: list[tuple[str, str, bool]] = []
        self._texts: list[tuple[str, str, list[str]]] = []
        self._all: list[str] = []

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in found}
        classes = values.get("class", "")
        if tag not in _VOID:
            shut = tag == "details" and "open" not in values
            self._path.append((tag, classes, shut))
        if values.get("id"):
            self.page.ids.append(values["id"])
            if any(shut for _tag, _classes, shut in self._path):
                self.page.folded.add(values["id"])
        if tag == "html":
            self.page.language = values.get("lang", "")
        if tag == "form" and values.get("method", "get").lower() == "post":
            self._form = FoundForm(values.get("action", ""))
            self.page.forms.append(self._form)
        self._look_for_words(tag, classes, values)
        if self._form is not None:
            self._control_of(tag, values)

    def _look_for_words(self, tag: str, classes: str, values: dict[str, str]) -> None:
        in_summary = any("govuk-error-summary__list" in each for _tag, each, _shut in self._path)
        if tag == "h1":
            self._texts.append((tag, "heading", []))
        elif tag == "li" and in_summary:
            self._texts.append((tag, "summary:", []))
        elif tag == "a" and in_summary and self._texts:
            _tag, _kind, words = self._texts.pop()
            self._texts.append(("li", f"summary:{values.get('href', '')}", words))
        elif "govuk-error-message" in classes:
            self._texts.append((tag, "message", []))
        elif classes.split()[:1] == ["notice"]:
            self._texts.append((tag, "notice", []))

    def _control_of(self, tag: str, values: dict[str, str]) -> None:
        assert self._form is not None
        name, kind = values.get("name", ""), values.get("type", "text").lower()
        known = self._form.controls
        if tag == "button" or (tag == "input" and kind == "submit"):
            if name:
                self._form.buttons.setdefault(name, []).append(values.get("value", ""))
        elif tag == "input" and name:
            if kind in ("radio", "checkbox"):
                control = known.setdefault(name, Control(name, kind))
                control.offered.append(values.get("value", "on"))
                if "checked" in values:
                    control.values.append(values.get("value", "on"))
            elif name in known and known[name].kind in ("text", "day"):
                known[name].kind = "day"
                known[name].values.append(values.get("value", ""))
            else:
                known[name] = Control(name, kind, values=[values.get("value", "")])
        elif tag in ("textarea", "select") and name:
            self._control = known[name] = Control(name, tag)
        elif tag == "option" and self._control is not None:
            self._control.offered.append(values.get("value", ""))
            if "selected" in values:
                self._control.values.append(values.get("value", ""))

    def handle_data(self, data: str) -> None:
        self._all.append(data)
        if self._control is not None and self._control.kind == "textarea":
            self._control.values.append(data)
        for _tag, _kind, words in self._texts:
            words.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self._path:
            ended, _classes, _shut = self._path.pop()
            if ended == tag:
                break
        if tag == "form":
            self._form = None
        if tag in ("textarea", "select") and self._control is not None:
            if tag == "textarea":
                # The first line feed of a text area is not part of its text.
                text = "".join(self._control.values)
                self._control.values = [
                    text.removeprefix("\r\n") if text.startswith("\r\n") else text.removeprefix("\n")
                ]
            self._control = None
        if self._texts and self._texts[-1][0] == tag:
            _tag, kind, words = self._texts.pop()
            text = " ".join("".join(words).split())
            if kind == "message":
                self.page.messages.append(text)
            elif kind == "heading":
                self.page.headings += text
            elif kind == "notice":
                self.page.notices.append(text)
            else:
                self.page.summary.append((kind.removeprefix("summary:"), text))


def read(text: str) -> Page:
    """What is on the page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.page.words = " ".join(reader._all)
    return reader.page


def plain(value: Any) -> str:
    """A text as it comes back: blanks alone are no text, a sign that no text has is taken out, and lines end alike."""
    text = str(value).replace("\r\n", "\n").replace("\x00", "")
    return text if text.strip() else ""
