"""The directory as a file: taken along as HSDS 3.0, and brought in from one."""

import json
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from mhpss.hsds import bringing_in, reading, writing
from mhpss.hsds.bringing_in import BroughtIn
from mhpss.hsds.fields import Fault
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, nothing, of_nobody
from portal.access.relations import WholeConsortium
from portal.desks.coordination.service_forms import FileForm
from portal.desks.coordination.services import note
from portal.fields import uploads
from portal.frame.transaction import db
from portal.words.directory import fault_in_words

bp = Blueprint("files", __name__, url_prefix="/files")
_SHOWN = 100


@bp.url_value_preprocessor
def _admit_a_file(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    uploads.admit()


@bp.get("/services.json")
@allow(Role.COORDINATOR, on=WholeConsortium, reads=of_nobody(Reading.SERVICES))
def export() -> ResponseReturnValue:
    """The directory as HSDS 3.0, without confidential providers."""
    document = json.dumps(writing.export(db), indent=2, ensure_ascii=False)
    response = Response(document, mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="services.json"'
    return response


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=WholeConsortium, reads=nothing("a file of services and what is wrong in it"))
def bring() -> ResponseReturnValue:
    """Bring in the services of a file: all of it, or, where anything in it is wrong, nothing."""
    form = FileForm()
    if not form.validate_on_submit():
        return _page(form)
    try:
        checked = bringing_in.against(db, reading.check(form.file.data.read()))
    except reading.Unreadable:
        form.file.errors = [_("This is not a file of services: a list in JSON, in UTF-8")]
        return _page(form)
    if checked.faults:
        form.file.errors = [_("Nothing was brought in. Mend the places below in the file and choose it again")]
        return _page(form, checked.faults)
    flash(_in_words(bringing_in.bring_in(db, checked), checked.unread))
    note("service.import")
    return redirect(url_for("coordination.services.listing"))


def _page(form: FileForm, faults: tuple[Fault, ...] = ()) -> ResponseReturnValue:
    lines = [fault_in_words(fault) for fault in faults[:_SHOWN]]
    page = render_template("coordination/file.html", form=form, lines=lines, more=max(0, len(faults) - _SHOWN))
    return page, 422 if form.errors else 200


def _in_words(brought: BroughtIn, unread: int) -> str:
    parts = [
        _(
            "Brought in. New: %(new)s, changed: %(changed)s, as before: %(same)s, older than here: %(older)s.",
            new=brought.new,
            changed=brought.changed,
            same=brought.same,
            older=brought.older,
        ),
        ngettext("%(num)s field was passed over.", "%(num)s fields were passed over.", unread) if unread else "",
    ]
    return " ".join(filter(None, parts))
