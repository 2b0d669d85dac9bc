"""The words of a message: neutral, in the reader's language."""

import tomllib
from dataclasses import dataclass
from importlib import resources

TEXTS: dict[str, dict[str, str]] = tomllib.loads(
    resources.files(__package__).joinpath("texts.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class Text:
    """A subject, and a body of a few lines."""

    subject: str
    body: str


def text_for_person(language: str, code_word: str) -> Text:
    """What a person is told through their safe contact: their code word first, no address, no name, and no matter."""
    words = TEXTS[language]
    return Text(code_word or words["person_subject"], f"{code_word}\n{words['person']}".strip() + "\n")


def text(language: str, where: str, count: int = 1) -> Text:
    """What is said when `count` things wait: nothing of what they are, and whose they are only by the address."""
    words = TEXTS[language]
    waiting = words["one"] if count == 1 else words["several"]
    return Text(words["subject"], f"{waiting.format(where=where, count=count).strip()}\n\n{words['note']}\n")
