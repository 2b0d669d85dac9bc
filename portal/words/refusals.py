"""What the domain refuses, in words: each kind once, for whichever form it comes to."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

from consent.disclosure import asking, instruments, lists, notices, products, release
from consent.disclosure import requests as disclosure
from consent.ledger import ledger
from consent.people import persons, safe_contacts, subjects, zones
from consent.rights import breaches, decisions, erasure, letters, packages, requests, restriction, store_tasks
from consent.saying import answering, capture, situations
from mhpss import cases, closing, measuring
from mhpss.figures import periods, releases
from mhpss.figures.protection import Exposed
from mhpss.referral import referrals
from mhpss.services import locations
from portal.casework import answering as answers
from portal.casework import erasures
from portal.outbox import messages
from vault.policy import in_force
from vault.refusals import Refused

_SENT = lazy_gettext("It has been sent already.")
_TAKEN = lazy_gettext("There is one of that name already")

REFUSAL_WORDS: Mapping[type[Refused], Any] = {
    cases.NotNow: lazy_gettext("This does not fit where the case stands now."),
    cases.NoConsent: lazy_gettext("The person does not allow new notes any more. Nothing was written."),
    cases.HasCase: lazy_gettext("Nobody can be taken in here with this code. Speak with the coordinator."),
    cases.NothingWritten: lazy_gettext("Write something: nothing is kept of an empty note"),
    closing.ReviewOpen: lazy_gettext("A risk review is open. Settle it first; then the case can be closed."),
    measuring.NothingAnswered: lazy_gettext("Answer at least one question, or go back: then nothing is sent"),
    measuring.NotOffered: lazy_gettext(
        "It cannot be offered: there is no wording in this language, nobody who can act would catch an alert, "
        "or the person’s pages are closed for a day."
    ),
    referrals.NotAllowed: lazy_gettext("This does not fit where the referral stands now."),
    referrals.NoLiveConsent: lazy_gettext(
        "The person has not said yes to this provider and these fields. Nothing was sent."
    ),
    referrals.ServiceNotOpen: lazy_gettext("The service is closed, or the agreement with its provider is not valid."),
    safe_contacts.NowhereToReach: lazy_gettext("Write where to"),
    safe_contacts.NoHours: lazy_gettext("Choose another hour: so nobody could ever be reached"),
    messages.NotNow: lazy_gettext("It has gone meanwhile, or somebody else has settled it."),
    requests.NotNow: lazy_gettext("This does not fit where the request stands now."),
    requests.IdentityNotConfirmed: lazy_gettext("First make sure who asks."),
    requests.TooLate: lazy_gettext("The first month is over: it cannot be extended any more."),
    requests.Held: lazy_gettext(
        "They may be forced. Nothing is destroyed or given out until the partner has spoken with them."
    ),
    erasure.TooSoon: lazy_gettext("It is too soon: the safety period runs, or an archive has not answered."),
    erasure.AnotherPersonNeeded: lazy_gettext("A second person has to confirm it."),
    packages.NotReady: lazy_gettext("An archive has not answered yet."),
    packages.Gone: lazy_gettext("There is no file here any more"),
    store_tasks.NotOpen: lazy_gettext("The archive has answered meanwhile."),
    store_tasks.NotOverdue: lazy_gettext("The archive still has time to answer."),
    restriction.NotToldYet: lazy_gettext("The person has to be told a week before."),
    decisions.DecidedMeanwhile: lazy_gettext("Somebody has decided, sent or withdrawn meanwhile. Read what waits now."),
    decisions.NoLongerSo: lazy_gettext(
        "Something has changed since then, and the letter is not true any more. Decide anew."
    ),
    erasures.EndsByItsSteps: lazy_gettext("An erasure ends by its own steps"),
    erasures.AnswerWaits: lazy_gettext("A decision on the answer waits. Send it or withdraw it first."),
    erasures.GivenAgain: lazy_gettext(
        "The person has allowed the keeping again: nothing is erased for having stopped it."
    ),
    answers.LetterGone: lazy_gettext(
        "The decision of this letter was withdrawn or replaced. Your words are not kept here."
    ),
    letters.AlreadySent: lazy_gettext(
        "Somebody else has sent this letter meanwhile. Copy your words: they are not kept here."
    ),
    breaches.AlreadyClosed: lazy_gettext("This breach was closed meanwhile. Nothing was changed."),
    subjects.NobodyOfThatCode: lazy_gettext("Nobody has this code"),
    subjects.ReferenceTaken: lazy_gettext("This number belongs to somebody already: search for it"),
    persons.TwoPeopleNeeded: lazy_gettext("A second person has to decide: not the one who proposed it."),
    ledger.NotYetSaid: lazy_gettext("This moment lies in the future"),
    situations.NoSource: lazy_gettext("Write how you know"),
    answering.BadCondition: lazy_gettext(
        "Conditions from before and new ones exclude each other. Go through the group again."
    ),
    capture.ChangedSince: lazy_gettext("The draft has changed since it was read back. Read it back again."),
    capture.NothingAnswered: lazy_gettext("No group has been talked about yet."),
    capture.NotUnderstood: lazy_gettext("The check that the person understood is not complete."),
    capture.MajorityUnknown: lazy_gettext(
        "A guardian consents: write the day on which the person comes of age, on the first page."
    ),
    capture.Overtaken: lazy_gettext("Nothing was recorded: after this draft the person has said something else."),
    disclosure.WrongState: lazy_gettext(
        "Somebody has moved the request on meanwhile: go back and look at it. Nothing was kept"
    ),
    asking.UnderSecrecy: lazy_gettext("A duty of secrecy stands: asking would tell about the request"),
    asking.NoDate: lazy_gettext("Write a day that lies ahead"),
    locations.BadHours: lazy_gettext("Write hours such as 9:00-13:00, 14:00-18:00"),
    lists.NothingListed: lazy_gettext("Write the items, one a line, or choose a file that has them"),
    lists.TooMany: lazy_gettext("A request has 50,000 items at most"),
    instruments.InstrumentTaken: _TAKEN,
    notices.AlreadySent: _SENT,
    products.UnknownItem: lazy_gettext("This store has no such item"),
    release.NothingToRelease: lazy_gettext("Nothing on the list can go as things stand."),
    periods.BadPeriod: lazy_gettext("Choose a last month that is not before the first"),
    releases.TooClose: lazy_gettext("An earlier report is about nearly the same people. Give out that one."),
    releases.TooFew: lazy_gettext("There are too few people: nothing could be shown."),
    releases.NotEnded: lazy_gettext("This period has not ended yet."),
    zones.UnknownZone: lazy_gettext("Choose from what is offered here"),
    in_force.NotTheirs: lazy_gettext("Your role may not change this value."),
    in_force.OutOfBounds: lazy_gettext("The law does not allow this value."),
    in_force.InThePast: lazy_gettext("A value counts from today at the soonest."),
    Exposed: lazy_gettext("Together with earlier reports this one would tell of a few people."),
}


def words_of(refusal: Refused) -> Any:
    """The words of a refusal, or of the kind of refusal that it is one of.

    Raises:
        KeyError: nobody has written any; a test finds such a kind.
    """
    kinds = [kind for kind in type(refusal).__mro__ if kind in REFUSAL_WORDS]
    return REFUSAL_WORDS[(kinds or [type(refusal)])[0]]
