"""Questions put for somebody else: may something be passed on, would a person speak with a body that asks."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.catalogue import recipients
from consent.disclosure import asking, contacts, received
from consent.disclosure.requests import WrongState
from consent.people import subjects
from portal import lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, of_found, of_named, read_people
from portal.access.relations import OwnOrganisation, PersonOfOwnOrganisation, person_id
from portal.desks.documenter.forms import QuestionForm
from portal.desks.documenter.listings import QUESTIONS, questions_at_own
from portal.frame.transaction import db
from portal.words.consent import language
from vault import audit

bp = Blueprint("questions", __name__)


@bp.get("/questions")
@allow(Role.DOCUMENTER, on=OwnOrganisation, reads=of_named(Reading.QUESTIONS))
def listing() -> ResponseReturnValue:
    """The questions that wait for people of the organisation."""
    found = lists.find(QUESTIONS, questions_at_own)
    read_people(each.subject_id for each in found.rows)
    return found.page("documenter/questions.html")


@bp.get("/questions.csv")
@allow(Role.DOCUMENTER, on=OwnOrganisation, reads=of_named(Reading.QUESTIONS_FILE), step_up=True)
def file() -> ResponseReturnValue:
    """The same questions as a file."""
    found = lists.find_all(QUESTIONS, questions_at_own)
    read_people(each.subject_id for each in found.rows)
    return found.file()


@bp.route("/<code>/questions/<question_id>", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.QUESTION))
def show(code: str, question_id: str) -> ResponseReturnValue:
    """Put one question to a person, and record what they said."""
    form = QuestionForm()
    is_answered = form.validate_on_submit()
    asked = _asked(question_id)
    if asked is None:
        return redirect(url_for("documenter.person", code=code))
    if is_answered:
        try:
            asking.answer(
                db,
                asked.question,
                form.answer.data,
                language=form.language.data,
                method=form.method.data,
                author=current_user.account.id,
            )
        except WrongState:
            flash(_("This question is over. Nothing was changed."))
        else:
            audit.record(db, current_user.account.as_actor(), "question.answer", person_id())
        return redirect(url_for("documenter.person", code=code))
    page = render_template(
        "documenter/question.html",
        code=code,
        form=form,
        asked=asked,
        words=asking.words(db, asked.question, language()),
        recipient=recipients.directory(db)[asked.request.recipient],
        burden=contacts.burden(db, person_id()),
        safety=subjects.profile(db, person_id()).get("safety", {}),
        received=received.of_person(db, person_id()),
    )
    return page, 422 if form.errors else 200


def _asked(question_id: str) -> asking.QuestionShown | None:
    of_person = asking.through_documenter(db, [person_id()])
    return next((each for each in of_person if each.question.id == question_id), None)
