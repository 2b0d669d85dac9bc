"""The list of a request: what is on it, the live check, the questions to people, and the copies."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from consent.catalogue.recipients import WrongClass
from consent.disclosure import asking, check, contacts, copies, lists, marks
from consent.disclosure.asking import NoDate, UnderSecrecy, Wording
from consent.disclosure.check import Bucket
from consent.disclosure.lists import BadLine, TooMany
from consent.disclosure.requests import WrongState
from consent.ledger import stores
from consent.people import subjects
from portal import lists as records
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_named, of_nobody, read_people
from portal.desks.disclosure.forms import AskForm, ContactForm, CopiesForm, ItemsForm, MarksForm, QueryForm, lines_of
from portal.desks.disclosure.item_listing import ITEMS, CheckedItems
from portal.desks.disclosure.relations import ARequest
from portal.desks.disclosure.views import asked, moved_on, note, step, this_request
from portal.frame.transaction import db
from vault.refusals import Refused

bp = Blueprint("items", __name__, url_prefix="/requests/<request_id>")

# Fifty thousand names, or as many digests, are a few megabytes.
_ROOM = 8 * 1024 * 1024
_LONG_FORMS = frozenset({"disclosure.items.entry", "disclosure.items.register_copies", "disclosure.items.mark"})


@bp.url_value_preprocessor
def _make_room(endpoint: str | None, _values: dict[str, str] | None) -> None:
    if endpoint in _LONG_FORMS:
        request.max_content_length = request.max_form_memory_size = _ROOM


@bp.route("/items", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def entry(request_id: str) -> ResponseReturnValue:
    """Add items by paste or file."""
    known = stores.listed(db)
    form = ItemsForm([(store.id, store.name) for store in known])
    if form.validate_on_submit():
        try:
            sent = form.file.data.read().decode("utf-8-sig") if form.file.data else form.text.data or ""
            of = next(store for store in known if store.id == form.store.data)
            added = lists.add(db, asked(), lists.read(sent, of, {store.name: store for store in known}))
        except UnicodeDecodeError:
            form.file.errors = [_("This file is not in UTF-8")]
        except BadLine as error:
            form.text.errors = [_("Line %(number)s names no item of a store we know", number=error.number)]
        except WrongState as refusal:
            form.refuse(refusal)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return _added(added)
    return render_template(
        "disclosure/items.html",
        form=form,
        query=QueryForm([(store.id, store.name) for store in known], formdata=None),
        asked=asked(),
        length=lists.length(db, asked()),
    ), 422 if form.errors else 200


def _added(added: lists.Added) -> ResponseReturnValue:
    note("disclosure.items")
    flash(ngettext("%(num)s item was added.", "%(num)s items were added.", added.new))
    if added.repeated:
        flash(ngettext("%(num)s was on the list already.", "%(num)s were on the list already.", added.repeated))
    if added.unknown:
        shown = ", ".join(added.unknown[:10])
        flash(
            ngettext(
                "%(num)s item is not known to its store: %(names)s",
                "%(num)s items are not known to their store, first of them: %(names)s",
                len(added.unknown),
                names=shown,
            )
        )
    return redirect(url_for(".show", request_id=asked().id))


@bp.post("/items/query")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def query(request_id: str) -> ResponseReturnValue:
    """Add everything of some kinds that a store holds."""
    known = stores.listed(db)
    form = QueryForm([(store.id, store.name) for store in known])
    if form.validate_on_submit():
        of = next(store for store in known if store.id == form.store.data)
        try:
            return _added(lists.add(db, asked(), lists.by_query(db, of, form.kinds.data or [])))
        except TooMany:
            form.kinds.errors = [_("A request has 50,000 items at most")]
        except WrongState as refusal:
            form.refuse(refusal)
    return step(form, _("All items of some kinds"), back=url_for(".entry", request_id=request_id))


@bp.post("/items/empty")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=leads_on())
def empty(request_id: str) -> ResponseReturnValue:
    """Take everything off the list."""
    try:
        lists.empty(db, asked())
    except WrongState:
        return moved_on()
    note("disclosure.items.empty")
    return redirect(url_for(".entry", request_id=request_id))


@bp.get("/check")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_named(Reading.DISCLOSURE_CHECK))
def show(request_id: str) -> ResponseReturnValue:
    """The list as consent stands at this moment: counts, chart, reasons, and one page of items."""
    items = records.find(ITEMS, lambda wanted: CheckedItems(asked(), wanted))
    checked = items.source.found if isinstance(items.source, CheckedItems) else None
    found = checked or check.sort(db, asked())
    read_people(found.to_ask)
    return items.page(
        "disclosure/check.html",
        asked=asked(),
        checked=found,
        buckets=list(Bucket),
        codes=subjects.codes_of(db, found.to_ask),
    )


@bp.get("/check.csv")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE_CHECK))
def export(request_id: str) -> ResponseReturnValue:
    """The whole check as CSV, in the order and of the selection that the address asks for."""
    return records.find_all(ITEMS, lambda wanted: CheckedItems(asked(), wanted)).file()


@bp.route("/ask", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def ask(request_id: str) -> ResponseReturnValue:
    """Ask everybody who wants to be asked first."""
    form = AskForm()
    if form.validate_on_submit():
        try:
            count = asking.ask(db, asked(), _wording(form))
        except UnderSecrecy:
            form.answer_by.errors = [_under_secrecy()]
        except (NoDate, WrongState) as refusal:
            form.refuse(refusal)
        else:
            note("disclosure.ask")
            flash(ngettext("%(num)s person is asked.", "%(num)s people are asked.", count))
            return redirect(url_for(".show", request_id=request_id))
    lead = _(
        "Plain words: who asks in general terms, for what, which items. Name no court, State or organisation here."
    )
    return step(form, _("Ask people first"), lead)


@bp.route("/contact", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def contact(request_id: str) -> ResponseReturnValue:
    """Ask people, through their supporters, whether they would speak with the asker."""
    form = ContactForm()
    if form.validate_on_submit():
        found = {code: subjects.by_code(db, code) for code in lines_of(form.codes.data)}
        people = {subject_id for subject_id in found.values() if subject_id is not None}
        try:
            put = contacts.ask_to_speak(db, asked(), people, _wording(form))
        except UnderSecrecy:
            form.answer_by.errors = [_under_secrecy()]
        except WrongClass:
            form.codes.errors = [_("A recipient of this kind may not ask to speak with people")]
        except (NoDate, WrongState) as refusal:
            form.refuse(refusal)
        else:
            note("disclosure.contact")
            flash(ngettext("%(num)s person is asked.", "%(num)s people are asked.", put.asked))
            left_out = put.not_to_be_asked + len(found) - len(people)
            if left_out:
                flash(ngettext("%(num)s cannot be asked.", "%(num)s cannot be asked.", left_out))
            return redirect(this_request())
    lead = _("An authority never reaches a person by itself. Think how often they have told their story already.")
    return step(form, _("Ask to speak with people"), lead)


def _wording(form: AskForm) -> Wording:
    return Wording(form.words, form.answer_by.data, current_user.account.id)


def _under_secrecy() -> str:
    return str(_("A duty of secrecy stands: asking would tell about the request"))


@bp.route("/copies", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def register_copies(request_id: str) -> ResponseReturnValue:
    """Register the copies that carry out an obligation."""
    form = CopiesForm()
    if form.validate_on_submit():
        try:
            count = copies.register(db, asked(), form.identity.data, form.text.data, current_user.account.id)
        except copies.BadCopy as error:
            form.text.errors = [
                _("Line %(number)s: no item of the list, no digest, or the original’s digest", number=error.number)
            ]
        except WrongState as refusal:
            form.refuse(refusal)
        else:
            note("disclosure.copies")
            flash(ngettext("%(num)s copy is registered.", "%(num)s copies are registered.", count))
            return redirect(url_for(".show", request_id=request_id))
    return step(form, _("Register copies"), _("Each copy ticks off the obligation of its item."))


@bp.route("/marks", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def mark(request_id: str) -> ResponseReturnValue:
    """Mark items that may exonerate somebody."""
    form = MarksForm()
    if form.validate_on_submit():
        count = marks.mark(db, request_id, lines_of(form.text.data), current_user.account.id)
        if count:
            note("disclosure.mark")
            flash(ngettext("%(num)s item is marked.", "%(num)s items are marked.", count))
            return redirect(url_for(".show", request_id=request_id))
        form.text.errors = [_("None of these is on the list")]
    return step(form, _("Mark what may exonerate somebody"))
