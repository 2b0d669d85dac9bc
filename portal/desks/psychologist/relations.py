"""What the psychologist's routes are about: a case of theirs, or one that they supervise. Nobody else finds a case."""

from collections.abc import Mapping
from typing import Any

from flask import g
from flask_login import current_user

from mhpss import break_glass, cases, on_call
from portal.frame.transaction import db


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
    """a case in their hands, that they supervise, or that has a sign of danger while they are on call"""
    g.may_write, g.is_on_call = own_case(arguments), False
    if g.case is None:
        return False
    account = current_user.account.id
    g.is_on_call = not g.may_write and on_call.may_read(db, g.case, account)
    g.may_read = g.may_write or g.is_on_call or break_glass.is_broken(db, g.case, account)
    return bool(g.may_read or g.case.supervisor == account)


def case_to_assess(arguments: Mapping[str, Any]) -> bool:
    """a case in their hands, or one with a sign of danger while they are on call"""
    own_or_supervised_case(arguments)
    return g.case is not None and (g.may_write or g.is_on_call)


def supervised_case(arguments: Mapping[str, Any]) -> bool:
    """a case that they supervise"""
    own_case(arguments)
    return g.case is not None and g.case.supervisor == current_user.account.id
