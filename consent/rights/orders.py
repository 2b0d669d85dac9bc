"""Orders to evidence stores: what may be ordered, for which right, and how far an order has come."""

from enum import StrEnum

from consent.rights.requests import Right
from vault.states import Act, StateMachine


class OrderKind(StrEnum):
    """What a store is asked to do."""

    COLLECT = "collect"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    ERASE = "erase"


class OrderState(StrEnum):
    """How far an order has come; open until its store has read it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DONE = "done"
    REJECTED = "rejected"
    GIVEN_UP = "given_up"


SERVES = {
    OrderKind.COLLECT: (Right.ACCESS, Right.PORTABILITY),
    OrderKind.RECTIFY: (Right.RECTIFICATION,),
    OrderKind.RESTRICT: (Right.RESTRICTION,),
    OrderKind.ERASE: (Right.ERASURE,),
}
WAITING = (OrderState.OPEN, OrderState.ACCEPTED)
NOT_DONE = (OrderState.REJECTED, OrderState.GIVEN_UP)
_STORE = ("store",)
STATES = StateMachine(
    OrderState,
    {
        "accept": Act(WAITING, OrderState.ACCEPTED, _STORE),
        "finish": Act(WAITING, OrderState.DONE, _STORE),
        "reject": Act(WAITING, OrderState.REJECTED, _STORE),
        "give_up": Act(WAITING, OrderState.GIVEN_UP, ("dpo",)),
    },
    final={OrderState.DONE, *NOT_DONE},
    waits_for={},
)
