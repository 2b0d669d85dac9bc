"""Following the feed: fetch, believe, take in, acknowledge; and deny from then on where the portal lies."""

import base64
import threading

from consent.client.pages import Distrusted, Position, Source, believe, believe_catalogue, well_formed
from consent.client.portal import Portal, Refused, Unreachable
from consent.client.replica import Replica
from vault import clock

_PAGE = 1000
_LONGEST_WAIT = 25.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0


class Follower:
    """Keeps one replica at the portal's word. Several may follow for the same replica: no change counts twice."""

    def __init__(self, portal: Portal, replica: Replica) -> None:
        self._portal = portal
        self._replica = replica

    def step(self, wait: float = 0) -> bool:
        """Fetch one page, waiting up to `wait` s for a change, and take it in; whether more is there already.

        Raises:
            Distrusted: the portal has lied, now or before. The replica denies everything from then on.
            Unreachable, Refused: nothing is known; the replica grows older.
        """
        status = self._replica.status
        if status.distrust is not None:
            raise Distrusted(*status.distrust)
        try:
            return self._step(status.position, wait)
        except Distrusted as lie:
            self._replica.distrust(lie.code, str(lie))
            raise

    def _step(self, before: Position, wait: float) -> bool:
        sent = clock.now()
        answer = self._page(before, wait)
        received = clock.now()
        page = believe(answer, self._source_for(answer, "checkpoint", "page"), before, sent, received, self._proof)
        catalogue = None
        if not self._replica.catalogue() or any(change["kind"] == "catalogue" for change in page.changes):
            catalogue = self._catalogue()
        applied = self._replica.apply(page, before, received, catalogue)
        self.acknowledge()
        return not (applied and page.reaches_the_end)

    def _page(self, before: Position, wait: float) -> object:
        try:
            return self._portal.get("/changes", after=before.cursor, wait=wait, limit=_PAGE)
        except Refused as refused:
            if refused.type == "beyond-the-end":
                raise Distrusted("rewound", "the portal knows nothing of changes that it sent before") from refused
            raise

    def _source_for(self, answer: object, *place: str) -> Source:
        note = answer
        for name in place:
            note = note.get(name) if isinstance(note, dict) else None
        source = self._replica.source()
        if source.knows_signer_of(note):
            return source
        with well_formed():
            return self._replica.learn_keys([str(text) for text in self._portal.get("/log/keys")["keys"]])

    def _catalogue(self) -> dict[str, object]:
        sent = clock.now()
        answer = self._portal.get("/catalogue")
        received = clock.now()
        return believe_catalogue(answer, self._source_for(answer, "signature"), sent, received)

    def _proof(self, first: int, second: int) -> list[bytes]:
        try:
            answer = self._portal.get("/log/proof/consistency", first=first, second=second)
        except Refused as refused:
            if refused.type == "beyond-the-end":
                raise Distrusted("forked", "the portal does not prove that its log only grew") from refused
            raise
        return [base64.b64decode(step, validate=True) for step in answer["path"]]

    def acknowledge(self) -> None:
        """Tell the portal how far the replica stands, where it does not know yet.

        Raises:
            Unreachable, Refused.
        """
        status = self._replica.status
        if status.acknowledged < status.position.cursor:
            said = {"cursor": status.position.cursor, "applied_at": clock.rfc3339(clock.now())}
            self._portal.post("/changes/ack", said)
            self._replica.acknowledged(status.position.cursor)

    def catch_up(self) -> None:
        """Follow until nothing more is there.

        Raises:
            Distrusted, Unreachable, Refused.
        """
        while self.step():
            pass

    def run(self, stopped: threading.Event) -> None:
        """Follow until `stopped` is set. An unreachable portal is asked again, ever more rarely.

        One that lets nobody more wait is asked without waiting, when it said.

        Raises:
            Distrusted: at once, since nothing that the portal says counts any more.
        """
        pause, wait = _FIRST_PAUSE, _LONGEST_WAIT
        while not stopped.is_set():
            try:
                self.step(wait)
                pause, wait = _FIRST_PAUSE, _LONGEST_WAIT
            except (Unreachable, Refused) as error:
                later = error.later if isinstance(error, Refused) else 0
                wait = 0 if later else _LONGEST_WAIT
                stopped.wait(max(pause, later))
                pause = min(pause * 2, _LONGEST_PAUSE)
