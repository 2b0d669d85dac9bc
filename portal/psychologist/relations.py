"""What the psychologist's routes are about: a case of theirs, or one that they supervise. Nobody else finds a case."""

from collections.abc import Mapping
from typing import Any

from flask import g
from flask_login import current_user

from mhpss import break_glass, cases
from portal.transaction import db


def own_cases(_arguments: Mapping[str, Any]) -> bool:
    """their own cases"""
    g.reading = "support.work"
    return True


def own_case(arguments: Mapping[str, Any]) -> bool:
    """a case that is in their hands"""
    g.case = cases.by_number(db, arguments["number"])
    g.reading = "support.work"
    return g.case is not None and g.case.psychologist == current_user.account.id


def own_or_supervised_case(arguments: Mapping[str, Any]) -> bool:
    """a case that is in their hands, or that they supervise"""
    if own_case(arguments):
        g.may_read = True
        return True
    account = current_user.account.id
    g.may_read = g.case is not None and break_glass.is_broken(db, g.case, account)
    return g.case is not None and g.case.supervisor == account


def supervised_case(arguments: Mapping[str, Any]) -> bool:
    """a case that they supervise"""
    own_case(arguments)
    return g.case is not None and g.case.supervisor == current_user.account.id
