"""What the coordinator's routes are about: the cases of their organisation, from outside."""

from collections.abc import Mapping
from typing import Any

from flask import g
from flask_login import current_user

from mhpss import cases
from portal.frame.transaction import db


def own_cases(_arguments: Mapping[str, Any]) -> bool:
    """the cases of their organisation, to be assigned"""
    g.reading = "support.work"
    return True


def case_of_own_organisation(arguments: Mapping[str, Any]) -> bool:
    """a case of their organisation, to be assigned"""
    g.case = cases.by_number(db, arguments["number"])
    g.reading = "support.work"
    return g.case is not None and g.case.organisation == current_user.account.organisation
