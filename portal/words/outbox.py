"""The words for what goes out by mail, text message or call."""

from flask_babel import lazy_pgettext

CHANNEL_WORDS = {
    "mail": lazy_pgettext("channel", "mail"),
    "sms": lazy_pgettext("channel", "text message"),
    "call": lazy_pgettext("channel", "call"),
}
MESSAGE_KINDS = {
    "security": lazy_pgettext("message", "one's own account"),
    "danger": lazy_pgettext("message", "danger to somebody's life"),
    "deadline": lazy_pgettext("message", "deadlines"),
    "person": lazy_pgettext("message", "something that waits for a person"),
    "digest": lazy_pgettext("message", "what waits, once a day"),
}
MESSAGE_STATES = {
    "waiting": lazy_pgettext("message state", "waiting"),
    "handing_over": lazy_pgettext("message state", "being handed over"),
    "sent": lazy_pgettext("message state", "sent"),
    "given_up": lazy_pgettext("message state", "given up"),
    "dropped": lazy_pgettext("message state", "not needed any more"),
}
FAILURE_WORDS = {
    "not_set_up": lazy_pgettext("failure", "this way out is not set up"),
    "unreachable": lazy_pgettext("failure", "the server could not be reached"),
    "stalled": lazy_pgettext("failure", "no answer came in time"),
    "not_now": lazy_pgettext("failure", "the server said: not now"),
    "refused": lazy_pgettext("failure", "the server does not take this address"),
    "command_failed": lazy_pgettext("failure", "the operator's command failed"),
}
PACE_WORDS = {
    "at_once": lazy_pgettext("pace", "at once"),
    "daily": lazy_pgettext("pace", "once a day"),
    "never": lazy_pgettext("pace", "never by mail"),
}
