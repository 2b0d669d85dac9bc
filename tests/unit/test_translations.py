"""Three whole languages: nothing missing, nothing fuzzy, nothing left in English, and every word spelt right."""

import csv
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from consent.catalogue.forms import SHIPPED_SCOPES, shipped_texts
from consent.ledger.scopes import LANGUAGES, ScopeGroup

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "translations"
TRANSLATED = ("be", "ru")
DICTIONARIES = {"be": "be_BY", "ru": "ru_RU", "en": "en_GB"}
SAME_IN_EVERY_LANGUAGE: set[str] = set()
WORDS_NOT_USED = {
    "be": ("пагадненн", "дадзены", "ахвяр", "квітанцы"),
    "ru": ("жертв", "квитанц"),
    "en": ("victim",),
}


@cache
def catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [str(message.string)]


def sources(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, tuple | list) else [str(message.id)]


@pytest.fixture(scope="module")
def in_the_code(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[object, str | None]]:
    """Every string that templates and code mark for translation."""
    found = tmp_path_factory.mktemp("translations") / "messages.pot"
    keywords = ("lazy_gettext", "lazy_ngettext:1,2", "lazy_pgettext:1c,2")
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", "-F", "babel.cfg"]
    command += [part for keyword in keywords for part in ("-k", keyword)]
    subprocess.run([*command, "-o", str(found), "portal", "mhpss", "templates"], cwd=ROOT, check=True)
    with found.open("rb") as file:
        return {(message.id, message.context) for message in read_po(file) if message.id}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_string_is_translated(language: str, in_the_code: set[tuple[object, str | None]]) -> None:
    translated = {(m.id, m.context) for m in messages(language) if all(strings(m)) and not m.fuzzy}
    assert in_the_code - translated == set()
    assert {(m.id, m.context) for m in messages(language)} - in_the_code == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_as_in_the_source(language: str) -> None:
    same = {text for m in messages(language) for text in strings(m) if text in sources(m)}
    assert same - SAME_IN_EVERY_LANGUAGE == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    for message in messages(language):
        expected = set(re.findall(r"%\(\w+\)s", " ".join(sources(message))))
        for text in strings(message):
            assert set(re.findall(r"%\(\w+\)s", text)) == expected, text


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_term_of_the_glossary_is_translated_as_the_glossary_has_it(language: str) -> None:
    with (TRANSLATIONS / "glossary.csv").open(encoding="utf-8", newline="") as file:
        terms = {row["en"].casefold(): row[language] for row in csv.DictReader(file)}
    for message in messages(language):
        term = str(message.id).casefold()
        if term in terms and message.context is None and " / " not in terms[term]:
            assert strings(message)[0].casefold() == terms[term].casefold(), term


def texts_of(language: str) -> list[str]:
    """Every text a person may read in a language: the catalogue's and the consent forms'."""
    translated = [text for m in messages(language) for text in strings(m)] if language in TRANSLATED else []
    shipped = shipped_texts()[language]
    questions = [text for question in shipped["form"].pop("comprehension") for text in list(question.values())[1:]]
    return [*translated, *questions, *leaves(shipped)]


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [str(value)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_spelt_as_the_dictionary_or_the_reviewed_list_has_it(language: str) -> None:
    reviewed = set((TRANSLATIONS / f"words.{language}.txt").read_text(encoding="utf-8").split())
    text = re.sub(r"%\(\w+\)s", " ", "\n".join(texts_of(language))).replace("\u0301", "")
    words = {word.strip("’'-") for word in re.findall(r"[^\W\d_][\w’'-]*", text)}
    checked = subprocess.run(
        ["/usr/bin/hunspell", "-l", "-i", "utf-8", "-d", DICTIONARIES[language]],
        input="\n".join(sorted(word.replace("’", "'") for word in words)),
        capture_output=True,
        text=True,
        check=True,
    )
    misspelt = {word for word in checked.stdout.split() if word.casefold() not in reviewed and word not in reviewed}
    assert misspelt == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_hurt_or_mislead_are_not_used(language: str) -> None:
    for text in texts_of(language):
        for word in WORDS_NOT_USED[language]:
            assert not re.search(rf"\b{word}", text.casefold()), text


def test_the_consent_texts_have_every_scope_and_group_in_every_language() -> None:
    for language, texts in shipped_texts().items():
        assert list(texts["scopes"]) == [key for _group, key, *_rest in SHIPPED_SCOPES], language
        assert list(texts["groups"]) == list(ScopeGroup), language
        for entry in (*texts["scopes"].values(), *texts["groups"].values()):
            assert all(entry.values()), entry
        assert [question["key"] for question in texts["form"]["comprehension"]] == [
            "voluntary",
            "withdrawal",
            "copies",
            "help_unaffected",
        ]


def test_english_consent_texts_are_at_or_under_grade_eight() -> None:
    for text in leaves(shipped_texts()["en"]):
        if len(text.split()) >= 8:
            assert grade(text) <= 8, text


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text."""
    import pyphen

    hyphenation = pyphen.Pyphen(lang="en_GB")
    words = re.findall(r"[A-Za-z’']+", text)
    sentences = max(len(re.findall(r"[.?!:](?:\s|$|”)", text)), 1)
    syllables = sum(max(len(hyphenation.positions(word)) + 1, 1) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59
