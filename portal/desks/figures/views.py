"""The pages of figures: a quarter as partner leads read it, releasing it as a report, and the register of what went."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from consent.people import organisations
from mhpss.figures import periods, releases, report
from mhpss.figures.periods import BadPeriod, Period
from mhpss.figures.releases import Purpose, ReleasedTable, TooClose
from portal import letters, lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, of_nobody
from portal.access.relations import about
from portal.desks.figures import files, sections
from portal.desks.figures.forms import MonthsForm, QuarterForm, ReleaseForm
from portal.desks.figures.listings import RELEASED, everything_that_went_out
from portal.desks.figures.relations import ProtectedFigures, ReleasedFigures
from portal.desks.figures.words import WAY_WORDS, period_words
from portal.frame.transaction import db
from vault import audit
from vault.policy import in_force, law
from vault.refusals import Refused

bp = Blueprint("figures", __name__, url_prefix="/figures")


def _names() -> dict[str, str]:
    return {each.key: each.name for each in organisations.listed(db)}


@bp.get("/")
@allow(Role.COORDINATOR, on=ProtectedFigures, reads=of_nobody(Reading.FIGURES))
def show() -> ResponseReturnValue:
    """The figures of a quarter that has ended, cells under 5 hidden."""
    form = QuarterForm(request.args)
    if not form.validate():
        return render_template("figures/show.html", form=form, sections=[], period=None), 422
    wanted = periods.named(str(form.period.data))
    found = report.inside(db, wanted)
    return render_template(
        "figures/show.html",
        form=form,
        period=wanted,
        period_words=period_words(wanted),
        threshold=found.threshold,
        found=found,
        months=dict(zip(("first", "last"), periods.month_names(wanted), strict=True)),
        sections=sections.of(found, _names(), (form.by.data,)),
    )


@bp.get("/release/")
@allow(Role.COORDINATOR, on=ProtectedFigures, reads=of_nobody(Reading.FIGURES))
def choose_months() -> ResponseReturnValue:
    """Choose the months of a report to release."""
    form = MonthsForm(request.args)
    if request.args and form.validate():
        return redirect(url_for(".release", first=form.first.data, last=form.last.data))
    return render_template("figures/months.html", form=form), 422 if form.errors else 200


@bp.route("/release/<first>/<last>", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=ProtectedFigures, reads=of_nobody(Reading.FIGURES), step_up=True)
def release(first: str, last: str) -> ResponseReturnValue:
    """Release the figures of some months, cells under 10 hidden."""
    form = ReleaseForm()
    try:
        period = periods.months(first, last)
    except BadPeriod:
        return redirect(url_for(".show"))
    earlier = None
    if form.validate_on_submit():
        account = current_user.account
        why = Purpose(form.purpose.data or "", form.recipient.data or "", account.id, account.organisation)
        try:
            released = releases.release(db, period, why)
            audit.record(db, account.as_actor(), "figures.release")
            return redirect(url_for(".released", release_id=released.id))
        except Refused as refusal:
            earlier = refusal.earlier if isinstance(refusal, TooClose) else None
            form.refuse(refusal)
    page = render_template(
        "figures/release.html",
        form=form,
        period_words=period_words(period),
        threshold=in_force.value(db, law.FIGURES_RELEASED),
        earlier=earlier,
    )
    return page, 422 if form.errors else 200


@bp.get("/released/")
@allow(Role.COORDINATOR, on=ProtectedFigures, reads=of_nobody(Reading.FIGURES))
def released_list() -> ResponseReturnValue:
    """Everything that went out, the latest first."""
    return lists.find(RELEASED, everything_that_went_out).page("figures/register.html")


@bp.get("/released.csv")
@allow(Role.COORDINATOR, on=ProtectedFigures, reads=of_nobody(Reading.FIGURES), step_up=True)
def released_file() -> ResponseReturnValue:
    """The register as a file."""
    return lists.find_all(RELEASED, everything_that_went_out).file()


def _released() -> ReleasedTable:
    return about(ReleasedFigures).released


def _words(released: ReleasedTable) -> str:
    return period_words(Period(released.since, released.until))


@bp.get("/released/<release_id>")
@allow(Role.COORDINATOR, on=ReleasedFigures, reads=of_nobody(Reading.FIGURES))
def released(release_id: str) -> ResponseReturnValue:
    """A report that went out, as it went."""
    by = request.args.get("by", "")
    chosen = by if by in WAY_WORDS else "partner"
    return render_template(
        "figures/released.html",
        released=_released(),
        unchanged=releases.is_unchanged(_released()),
        names=_names(),
        period_words=_words(_released()),
        ways=WAY_WORDS,
        by=chosen,
        sections=sections.of(_released().report, _names(), (chosen,)),
    )


@bp.get("/released/<release_id>.csv")
@allow(Role.COORDINATOR, on=ReleasedFigures, reads=of_nobody(Reading.FIGURES))
def as_csv(release_id: str) -> Response:
    """The report as a table of every figure."""
    return files.as_csv(sections.of(_released().report, _names()))


@bp.get("/released/<release_id>.xlsx")
@allow(Role.COORDINATOR, on=ReleasedFigures, reads=of_nobody(Reading.FIGURES))
def as_xlsx(release_id: str) -> Response:
    """The report as a workbook."""
    return files.as_xlsx(
        sections.of(_released().report, _names()),
        files.facts(_released(), _words(_released())),
    )


@bp.get("/released/<release_id>.pdf")
@allow(Role.COORDINATOR, on=ReleasedFigures, reads=of_nobody(Reading.FIGURES))
def as_pdf(release_id: str) -> Response:
    """The report on paper, with charts."""
    found = sections.of(_released().report, _names())
    return letters.as_download(files.on_paper(found, files.facts(_released(), _words(_released()))))
