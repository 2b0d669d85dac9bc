"""The words of figures: indicators, their columns and rows, and periods, in the three languages."""

from flask_babel import format_date, lazy_gettext, lazy_pgettext
from flask_babel import gettext as _

from mhpss.figures.periods import Period
from portal.words.support import HELPED_WORDS

WAY_WORDS = {
    "partner": lazy_pgettext("broken down", "by partner"),
    "country": lazy_pgettext("broken down", "by country where the person is"),
    "layer": lazy_pgettext("broken down", "by layer of support"),
}
INDICATOR_WORDS = {
    "people": lazy_gettext("People supported"),
    "waiting": lazy_gettext("Waiting for the first session"),
    "engagement": lazy_gettext("How support goes on"),
    "sessions": lazy_gettext("Sessions attended"),
    "referrals": lazy_gettext("People referred"),
    "service": lazy_gettext("People referred, by kind of service"),
    "satisfaction": lazy_gettext("Did it help?"),
    "reasons": lazy_gettext("Why a referral came to nothing"),
}
COLUMN_WORDS = {
    ("people", "all"): lazy_pgettext("figure", "people"),
    ("people", "new"): lazy_pgettext("figure", "new"),
    ("people", "continuing"): lazy_pgettext("figure", "continuing"),
    ("waiting", "within_4_weeks"): lazy_pgettext("figure", "up to 4 weeks"),
    ("waiting", "within_13_weeks"): lazy_pgettext("figure", "up to 13 weeks"),
    ("waiting", "longer"): lazy_pgettext("figure", "longer"),
    ("waiting", "begun"): lazy_pgettext("figure", "had a first session"),
    ("waiting", "none_yet"): lazy_pgettext("figure", "none yet"),
    ("waiting", "median"): lazy_pgettext("figure", "median days"),
    ("engagement", "going_on"): lazy_pgettext("figure", "goes on"),
    ("engagement", "closed"): lazy_pgettext("figure", "closed"),
    ("engagement", "dropped_out"): lazy_pgettext("figure", "dropped out"),
    ("engagement", "not_begun"): lazy_pgettext("figure", "not begun"),
    ("sessions", "none"): lazy_pgettext("figure", "no session"),
    ("sessions", "1_to_4"): lazy_pgettext("figure", "1 to 4 sessions"),
    ("sessions", "5_or_more"): lazy_pgettext("figure", "5 or more sessions"),
    ("sessions", "attended"): lazy_pgettext("figure", "sessions that took place, %"),
    ("sessions", "missed"): lazy_pgettext("figure", "missed, %"),
    ("sessions", "cancelled"): lazy_pgettext("figure", "cancelled, %"),
    ("referrals", "made"): lazy_pgettext("figure", "people referred"),
    ("referrals", "none"): lazy_pgettext("figure", "not referred"),
    ("referrals", "completed"): lazy_pgettext("figure", "completed"),
    ("referrals", "under_way"): lazy_pgettext("figure", "under way"),
    ("referrals", "ended"): lazy_pgettext("figure", "came to nothing"),
    ("referrals", "declined"): lazy_pgettext("figure", "declined by the provider"),
    ("referrals", "unanswered"): lazy_pgettext("figure", "no answer in time"),
    ("referrals", "not_wanted"): lazy_pgettext("figure", "not wanted by the person, or stopped"),
    ("referrals", "ended_otherwise"): lazy_pgettext("figure", "ended early, called back or contact lost"),
    ("satisfaction", "all"): lazy_pgettext("figure", "people who said"),
    **{("satisfaction", name): words for name, words in HELPED_WORDS.items()},
    ("outcome", "all"): lazy_pgettext("figure", "people measured twice"),
    ("outcome", "reliably_better"): lazy_pgettext("figure", "reliably better"),
    ("outcome", "no_reliable_change"): lazy_pgettext("figure", "no reliable change"),
    ("outcome", "reliably_worse"): lazy_pgettext("figure", "reliably worse"),
    ("outcome", "first"): lazy_pgettext("figure", "first total, mean"),
    ("outcome", "last"): lazy_pgettext("figure", "last total, mean"),
    ("outcome", "effect"): lazy_pgettext("figure", "effect size d"),
}
COUNTRY_WORDS = {
    "BY": lazy_gettext("Belarus"),
    "PL": lazy_gettext("Poland"),
    "LT": lazy_gettext("Lithuania"),
    "DE": lazy_gettext("Germany"),
    "GE": lazy_gettext("Georgia"),
    "other": lazy_gettext("elsewhere, or not said"),
}
LAYER_NAMES = {
    "1": lazy_pgettext("layer", "basic services and security"),
    "2": lazy_pgettext("layer", "family and community support"),
    "3": lazy_pgettext("layer", "focused support"),
    "4": lazy_pgettext("layer", "specialised care"),
    "none": lazy_pgettext("layer", "not settled yet"),
}
KIND_NAMES = {
    "psychological": lazy_pgettext("kind of service", "psychological"),
    "health": lazy_pgettext("kind of service", "health and rehabilitation"),
    "protection": lazy_pgettext("kind of service", "protection and law"),
    "daily_life": lazy_pgettext("kind of service", "daily life"),
}
NOTE_WORDS = {
    "people": lazy_gettext("New: asked for help in the period. Continuing: asked before, and came to a session in it."),
    "waiting": lazy_gettext("Of the new people: from the day they asked to their first session."),
    "engagement": lazy_gettext("Dropped out: missed the last session and came to none within 60 days."),
    "sessions": lazy_gettext("People by how many sessions of the period they came to; shares are of all sessions."),
    "referrals": lazy_gettext("People, each by their last referral of the period."),
    "satisfaction": lazy_gettext(
        "What people who agreed to be counted in outcome figures said in the period of a referral, each the last time."
    ),
    "outcome": lazy_gettext(
        "Only people who agreed to be counted in outcome figures, and whose last total lies in the period. Effect size:"
        " mean change over the standard deviation of first totals; above zero is better."
    ),
}
HIDDEN = "*"
NOT_DUE = "—"


def period_words(period: Period) -> str:
    """A period as people say it."""
    last = period.until.month - 1 or 12
    length = 12 * (period.until.year - period.since.year) + period.until.month - period.since.month
    if length == 12 and period.since.month == 1:
        return str(period.since.year)
    if length == 3 and last % 3 == 0:
        return str(_("quarter %(number)s of %(year)s", number=last // 3, year=period.since.year))
    ends = period.until.replace(year=period.until.year - (last == 12), month=last)
    first, end = (str(format_date(day, "LLLL y")) for day in (period.since, ends))
    return first if length == 1 else str(_("%(first)s to %(last)s", first=first, last=end))
