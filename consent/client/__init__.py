"""What an evidence store embeds: a local replica of its feed that answers `may(item, scope, recipient)` by itself.

Needs no portal at the moment of the question, and nothing of the portal's code but the rule and the record formats.
"""

from consent.client.following import Follower
from consent.client.pages import Distrusted
from consent.client.portal import Portal, Refused, Unreachable
from consent.client.replica import LocalDecision, NotAsAgreed, Replica, UnknownRecipient, UnknownScope, WrongClass
from consent.client.tasks import Orders

__all__ = [
    "Distrusted",
    "Follower",
    "LocalDecision",
    "NotAsAgreed",
    "Orders",
    "Portal",
    "Refused",
    "Replica",
    "UnknownRecipient",
    "UnknownScope",
    "Unreachable",
    "WrongClass",
]
