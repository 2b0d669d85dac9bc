"""What the officer's routes are about: a request, a release or a notice of the register."""

from collections.abc import Mapping
from typing import Any

from flask import g

from consent.disclosure import notices, release, requests
from portal.access.permissions import of_organisation
from portal.frame.transaction import db


@of_organisation("every")
def a_request(arguments: Mapping[str, Any]) -> bool:
    """a request of the consortium's register"""
    g.asked = requests.find(db, arguments["request_id"])
    return g.asked is not None


@of_organisation("every")
def a_release(arguments: Mapping[str, Any]) -> bool:
    """a release of the consortium's register"""
    g.release = release.find(db, arguments["release_id"])
    if g.release is None:
        return False
    g.asked = requests.find(db, g.release.request_id)
    return True


@of_organisation("every")
def a_notice(arguments: Mapping[str, Any]) -> bool:
    """a notice of the consortium's register"""
    g.notice = notices.find(db, arguments["notice_id"])
    return g.notice is not None
