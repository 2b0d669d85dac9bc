"""The words for how a person may be reached."""

from flask_babel import lazy_pgettext

CONTACT_WAYS = {
    "mail": lazy_pgettext("way to a person", "By mail"),
    "sms": lazy_pgettext("way to a person", "By text message"),
    "call": lazy_pgettext("way to a person", "By a call"),
    "staff": lazy_pgettext("way to a person", "Through the person whom I know there"),
    "never": lazy_pgettext("way to a person", "Not at all: I look by myself"),
}
