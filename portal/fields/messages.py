"""What WTForms and Flask-WTF say by themselves, in our words: everything a reader sees comes from our catalogue."""

from typing import Any

from flask_babel import lazy_gettext, ngettext

_NEEDED = lazy_gettext("Fill this in")
_OFFERED = lazy_gettext("Choose from what is offered here")
_WHOLE_NUMBER = lazy_gettext("Write a whole number in digits")
_NUMBER = lazy_gettext("Write a number in digits")
_NO_DAY = lazy_gettext("There is no such day")
_NO_TIME = lazy_gettext("Write a time such as 16:00")
_UNFIT = lazy_gettext("This is not written as it should be")
_FIXED = lazy_gettext("This cannot be changed here")
_NO_FILE_OF_THESE = lazy_gettext("This kind of file is not taken here")
_FILE_SIZE = lazy_gettext("This file is too large or too small")
_OPEN_TOO_LONG = lazy_gettext("The page was open too long. Send it once more")

WORDS = {
    "This field is required.": _NEEDED,
    "Not a valid choice.": _OFFERED,
    "Invalid Choice: could not coerce.": _OFFERED,
    "Invalid choice(s): one or more data inputs could not be coerced.": _OFFERED,
    "Invalid value, must be one of: %(values)s.": _OFFERED,
    "Invalid value, can't be any of: %(values)s.": _OFFERED,
    "Not a valid integer value.": _WHOLE_NUMBER,
    "Not a valid decimal value.": _NUMBER,
    "Not a valid float value.": _NUMBER,
    "Number must be at least %(min)s.": lazy_gettext("Write a number from %(min)s upwards"),
    "Number must be at most %(max)s.": lazy_gettext("Write a number up to %(max)s"),
    "Number must be between %(min)s and %(max)s.": lazy_gettext("Write a number from %(min)s to %(max)s"),
    "Not a valid date value.": _NO_DAY,
    "Not a valid datetime value.": _NO_DAY,
    "Not a valid week value.": _NO_DAY,
    "Not a valid time value.": _NO_TIME,
    "Date must be at least %(min)s.": _NO_DAY,
    "Date must be at most %(max)s.": _NO_DAY,
    "Date must be between %(min)s and %(max)s.": _NO_DAY,
    "Field must be between %(min)d and %(max)d characters long.": lazy_gettext(
        "Write from %(min)s to %(max)s characters"
    ),
    "Invalid input.": _UNFIT,
    "Invalid email address.": _UNFIT,
    "Invalid IP address.": _UNFIT,
    "Invalid Mac address.": _UNFIT,
    "Invalid URL.": _UNFIT,
    "Invalid UUID.": _UNFIT,
    "Invalid field name '%s'.": _UNFIT,
    "Field must be equal to %(other_name)s.": _UNFIT,
    "This field cannot be edited.": _FIXED,
    "This field is disabled and cannot have a value.": _FIXED,
    "File does not have an approved extension: {extensions}": _NO_FILE_OF_THESE,
    "File does not have an approved extension.": _NO_FILE_OF_THESE,
    "File must be between {min_size} and {max_size} bytes.": _FILE_SIZE,
    "Invalid CSRF Token.": _OPEN_TOO_LONG,
    "CSRF token missing.": _OPEN_TOO_LONG,
    "CSRF failed.": _OPEN_TOO_LONG,
    "CSRF token expired.": _OPEN_TOO_LONG,
}


class Messages:
    """Stands in for WTForms' translations. Its own names of fields that have no label come through as they are."""

    def gettext(self, string: str) -> str:
        """Our words for one of theirs."""
        return str(WORDS.get(string, string))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Theirs with a number are about lengths and counts of choices."""
        return str(_COUNTED[singular](number))


def _exactly(number: int) -> str:
    return str(ngettext("Write exactly %(num)s character", "Write exactly %(num)s characters", number))


def _at_least(number: int) -> str:
    return str(ngettext("Write at least %(num)s character", "Write at least %(num)s characters", number))


def _at_most(number: int) -> str:
    return str(ngettext("Write at most %(num)s character", "Write at most %(num)s characters", number))


def _offered(_number: int) -> str:
    return str(_OFFERED)


_COUNTED: dict[str, Any] = {
    "Field must be at least %(min)d character long.": _at_least,
    "Field cannot be longer than %(max)d character.": _at_most,
    "Field must be exactly %(max)d character long.": _exactly,
    "'%(value)s' is not a valid choice for this field.": _offered,
}
