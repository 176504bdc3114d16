"""Who may see what, worked out a second time from the clauses, so that the mechanism's own answer has something beside it.

Written against the words of the agreement's clauses, not against `domain.disclosure`, and shares no code with it.
"""

from __future__ import annotations

from typing import Final

from sazokar.domain.agreement import Agreement, Disclosure, Level
from sazokar.domain.finding import (
    Advised,
    Answered,
    AnyFinding,
    Called,
    Delivered,
    Disclosed,
    Flagged,
    Held,
    Lateness,
    Overdue,
    Raised,
    Refusal,
    Resolved,
    Side,
    StateChanged,
    Turn,
    Unanswered,
)
from sazokar.domain.notice import Consent
from sazokar.domain.statement import AmendNotice, Charter

_ORDER: Final = {Level.NOTHING: 0, Level.CONFLICT: 1, Level.EXTENT: 2, Level.EVERYTHING: 3}
_FILERS: Final = ("party", "territorial_state", "participant")


class Shown:
    """A notice as far as sight of it depends on it."""

    def __init__(self, party: str, kind: str, consent: tuple[Consent, ...]) -> None:
        self.party = party
        self.kind = kind
        self.consent = consent
        self.held = False
        self.filing = ""
        self.never_sent: set[str] = set()

    def correct(self, hidden: set[str], amendment: AmendNotice) -> None:
        """Deliver what was held: what the correction says stands in for what nobody was sent."""
        self.held = False
        parts = ("extent", "purpose", "contacts", "movement")
        self.never_sent = hidden | {part for part in parts if getattr(amendment, part) is not None}

    def reaches(self, entry: str, section: str) -> bool:
        """Return whether a section of one of its statements was ever meant for anyone but its filer."""
        return entry != self.filing or section not in self.never_sent


class Sight:
    """Who sees what under a charter and the agreement that verdicts rest on.

    Args:
        charter: Who takes part.
    """

    def __init__(self, charter: Charter) -> None:
        self.roles = {member.name: str(member.role) for member in charter.parties}
        self.interim = charter.interim
        self.agreement: Agreement | None = None
        self.suspended = False
        self.notices: dict[str, Shown] = {}
        self.cases: dict[str, tuple[str, str, str, str]] = {}

    def rank(self, viewer: str, ref: str) -> int:
        """Return how much of a notice a party sees: 0 nothing, 1 that it conflicts, 2 where and when, 3 all."""
        notice = self.notices[ref]
        if viewer == notice.party:
            return 3
        if notice.held or viewer not in self.roles:
            return 0
        allowed = _ORDER[self._allowed(viewer, notice)]
        named = [_ORDER[c.level] for c in notice.consent if c.to == viewer]
        general = [_ORDER[c.level] for c in notice.consent if c.to == "any"]
        return min([allowed, *(named or general)])

    def _allowed(self, viewer: str, notice: Shown) -> Level:
        role = self.roles[viewer]
        interim = Level(self.interim) if role in _FILERS else Level.CONFLICT
        if self.agreement is None:
            return interim
        ruled = self._ruled(self.agreement, viewer, role, notice)
        return min((interim, ruled), key=lambda level: _ORDER[level]) if self.suspended else ruled

    def _ruled(self, agreement: Agreement, viewer: str, role: str, notice: Shown) -> Level:
        speaking = [
            term
            for term in agreement.terms
            if isinstance(term, Disclosure)
            and term.to in (viewer, role, "any")
            and term.notice in (notice.kind, "any")
            and term.of in (notice.party, "any")
        ]
        if not speaking:
            return Level.CONFLICT if role in (*_FILERS, "mediator") else Level.NOTHING
        order = (viewer, role, "any")
        return min(speaking, key=lambda t: (order.index(t.to), t.of == "any", t.notice == "any")).level

    def hears_of(self, viewer: str, case: str) -> bool:
        """Return whether a party may know that a conflict exists."""
        a, b, first, second = self.cases[case]
        if viewer in (first, second):
            return True
        least = min(self.rank(viewer, ref) for ref in (a, b) if ref in self.notices)
        return least >= (1 if self.roles.get(viewer) == "mediator" else 2)

    def reads_reply(self, viewer: str, case: str, author: str) -> bool:
        """Return whether a party may read what was said beside the code of a reply."""
        a, b, first, second = self.cases[case]
        if viewer in (first, second, author):
            return True
        refs = [ref for ref in (a, b) if ref in self.notices]
        own = [ref for ref in refs if self.notices[ref].party == author]
        return viewer in self.roles and all(self.rank(viewer, ref) == 3 for ref in own or refs)

    def fault_of(self, finding: AnyFinding, author: str, viewer: str) -> str:
        """Return what a party was shown beyond its clauses; empty: nothing."""
        match finding:
            case Raised():
                return self._fault_of_raised(finding, viewer)
            case Turn() | Unanswered() | Resolved():
                return "" if self.hears_of(viewer, finding.ref) else "a conflict that it may not know of"
            case Called():
                called = finding.rung == "mediator" and self.roles[viewer] == "mediator"
                return "" if called or self.hears_of(viewer, finding.ref) else "a conflict that it may not know of"
            case StateChanged() | Lateness():
                seen = viewer == author or self.rank(viewer, finding.ref) >= 2
                return "" if seen or (isinstance(finding, Lateness) and viewer == author) else "a notice"
            case Refusal() | Held() | Flagged() | Answered():
                return "" if viewer == author else "what is its author's alone"
            case Disclosed() | Advised():
                return "" if viewer in (author, finding.to) else "what another was shown"
            case Overdue() if finding.ref in self.notices:
                seen = self.roles[viewer] == "mediator" or viewer == self.notices[finding.ref].party
                return "" if seen else "a deadline of another"
            case Delivered() if finding.ref in self.notices:
                return "" if viewer in (finding.party, self.notices[finding.ref].party) else "what reached another"
            case _:
                return ""

    def _fault_of_raised(self, raised: Raised, viewer: str) -> str:
        if not self.hears_of(viewer, raised.ref):
            return "a conflict that it may not know of"
        a, b, first, second = self.cases[raised.ref]
        sees = [
            ref not in self.notices or self.rank(viewer, ref) >= 2 or viewer == party
            for ref, party in ((a, first), (b, second))
        ]
        if all(sees):
            return ""
        for side, seen in ((raised.a, sees[0]), (raised.b, sees[1])):
            if side is not None and not seen and side != Side(party=side.party, ref=side.ref, version=side.version):
                return "the other side's part of a conflict"
        told = (raised.end_ms, raised.horizontal_mm, raised.vertical_e4, raised.at)
        if told != (None, None, None, None) or raised.pairs != 1:
            return "where the other side is"
        own = raised.a if viewer == first else raised.b if viewer == second else None
        exact = own.from_ms if own is not None and own.version else None
        return "" if raised.start_ms == exact else "when the other side is there"
