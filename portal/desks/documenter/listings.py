"""The lists of the documenter's desk."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from consent.catalogue import recipients
from consent.catalogue.recipients import Recipient
from consent.disclosure import asking
from consent.disclosure.asking import QuestionShown
from consent.people import subjects
from consent.people.subjects import Enrolled
from portal.frame.transaction import db
from portal.lists import Column, Listing, day_column, days, declare, named, text, within
from portal.words.consent import recipient_name

PEOPLE: Listing[Enrolled] = declare(
    Listing(
        key="documenter.people",
        title=lazy_gettext("People"),
        page="documenter.people",
        file="documenter.people_file",
        columns=(
            Column(
                "code",
                lazy_gettext("Person"),
                lambda each: each.code,
                url=lambda each: url_for("documenter.person", code=each.code),
            ),
            day_column("since", lazy_gettext("Here since"), lambda each: each.enrolled_at),
        ),
        order="code",
        filters=(
            text(
                "find",
                lazy_gettext("Code or interview number"),
                hint=lazy_gettext("The beginning of a code, or a whole interview number"),
            ),
        ),
        empty=lazy_gettext("Nobody is found by that."),
    )
)


def people_of_own(wanted: Mapping[str, Any]) -> Iterable[Enrolled]:
    """The people of the account's organisation, by the beginning of a code or by an interview number."""
    return subjects.search(db, current_user.account.organisation, wanted["find"])


class AQuestion(NamedTuple):
    """A question that waits for a person of the organisation."""

    code: str
    shown: QuestionShown
    recipient: Recipient

    @property
    def subject_id(self) -> str:
        """Whom it is put to."""
        return self.shown.question.subject_id


def _about(each: AQuestion) -> str:
    if each.shown.question.goes_through_supporter:
        return str(_("speaking with who asks"))
    return str(_("passing items on"))


QUESTIONS: Listing[AQuestion] = declare(
    Listing(
        key="documenter.questions",
        title=lazy_gettext("Questions to put for others"),
        page="documenter.questions.listing",
        file="documenter.questions.file",
        columns=(
            Column(
                "code",
                lazy_gettext("Person"),
                lambda each: each.code,
                url=lambda each: url_for(
                    "documenter.questions.show", code=each.code, question_id=each.shown.question.id
                ),
            ),
            named(
                "about",
                lazy_gettext("About"),
                lambda each: "contact" if each.shown.question.goes_through_supporter else "items",
                _about,
            ),
            named(
                "who",
                lazy_gettext("Who asks"),
                lambda each: each.shown.request.recipient,
                lambda each: recipient_name(each.recipient),
            ),
            day_column("answer_by", lazy_gettext("An answer helps until"), lambda each: each.shown.question.answer_by),
        ),
        order="answer_by",
        filters=(
            text("find", lazy_gettext("Person"), within(lambda each: each.code)),
            *days(lambda each: each.shown.question.answer_by),
        ),
        empty=lazy_gettext("No question is waiting."),
    )
)


def questions_at_own(_wanted: Mapping[str, Any]) -> Iterable[AQuestion]:
    """The questions that wait for people of the account's organisation."""
    waiting = asking.open_questions(db)
    asked = {each.question.subject_id for each in waiting}
    codes = subjects.codes_at(db, current_user.account.organisation, asked)
    known = recipients.directory(db)
    return [
        AQuestion(codes[each.question.subject_id], each, known[each.request.recipient])
        for each in waiting
        if each.question.subject_id in codes
    ]
