"""The words of recipients: their classes in full, and how one is called before names are asked for."""

from flask_babel import lazy_pgettext

RECIPIENT_CLASSES = {
    "partner": lazy_pgettext("class of recipients", "partner of the platform"),
    "consortium": lazy_pgettext("class of recipients", "the platform itself"),
    "prosecution": lazy_pgettext("class of recipients", "national prosecution"),
    "icc": lazy_pgettext("class of recipients", "International Criminal Court"),
    "un": lazy_pgettext("class of recipients", "United Nations mechanism"),
    "osce": lazy_pgettext("class of recipients", "OSCE mechanism"),
    "counsel": lazy_pgettext("class of recipients", "counsel in a case"),
    "sanctions": lazy_pgettext("class of recipients", "sanctions authority"),
    "successor": lazy_pgettext("class of recipients", "court or tribunal to come"),
    "provider": lazy_pgettext("class of recipients", "provider of help"),
    "donor": lazy_pgettext("class of recipients", "donor"),
    "archive": lazy_pgettext("class of recipients", "archive"),
    "public": lazy_pgettext("class of recipients", "everybody"),
}
NEUTRAL_CLASSES = {
    "prosecution": lazy_pgettext("recipient", "a prosecution service abroad"),
    "icc": lazy_pgettext("recipient", "an international court"),
    "un": lazy_pgettext("recipient", "an international body"),
    "osce": lazy_pgettext("recipient", "an international body"),
    "counsel": lazy_pgettext("recipient", "lawyers in a case"),
    "sanctions": lazy_pgettext("recipient", "an authority abroad"),
    "successor": lazy_pgettext("recipient", "an international court"),
}
