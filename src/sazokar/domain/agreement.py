"""The agreement as values: an area, zones, and numbered clauses of fixed kinds (SZK-01 … SZK-08).

Reads no file (`dialects.agreement` does) and knows no signature. What a clause does is told where it is applied:
minima in `rules`, lead times in `lateness`, sight in `disclosure`, answers in `coordination`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height
from sazokar.domain.plan.rules import DEFAULT_MINIMA, Minima, RuleSet, SeparationClause, ZoneClause
from sazokar.domain.plan.shape import Rectangle, Shape

ANYONE: Final = "any"
DAY_MS: Final = 86_400_000

Names = tuple[tuple[str, str], ...]
"""Names by language or by party, in the order of the document: (("en", "North box"), ("fa", "…"))."""


class ZoneKind(StrEnum):
    """What an agreed zone is (SZK-03)."""

    LINE = "line"
    CAUTION = "special-caution-area"
    INFLUENCE = "zone-of-influence"
    RESTRICTED = "restricted-area"
    NO_FLY = "no-fly-area"
    CORRIDOR = "corridor"
    PROTECTED_SITE = "protected-site"


class Schedule(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """When a zone holds: daily hours between two instants; without hours, throughout.

    Args:
        from_ms: First instant.
        until_ms: First instant no more within.
        daily_from_ms: Start of each day's window, ms after midnight UTC.
        daily_until_ms: End of each day's window, ms after midnight UTC; at or before its start: on the next day.
        weekdays: Days on which windows start, 0 Monday … 6 Sunday; empty: every day.
    """

    from_ms: int
    until_ms: int
    daily_from_ms: int = 0
    daily_until_ms: int = DAY_MS
    weekdays: tuple[int, ...] = ()


class Zone(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An agreed area with rules.

    Args:
        number: Number of the clause that defines it.
        name: The name that rules cite.
        kind: What it is.
        names: Each party's own name for it, without prejudice (SZK-02).
        party: Whose claim it is (a zone of influence); empty: all agree on it. Its own operations are not judged.
        shape: Where.
        lower: Lower limit.
        upper: Upper limit.
        schedules: When it holds; empty: always.
        buffers: Minima by class of operation; a class not named is judged by the zone clauses, or by 0.
    """

    number: str
    name: str
    kind: ZoneKind
    names: Names = ()
    party: str = ""
    shape: Shape
    lower: Height = SURFACE
    upper: Height = UNLIMITED
    schedules: tuple[Schedule, ...] = ()
    buffers: tuple[ZoneClause, ...] = ()


class LeadClass(msgspec.Struct, frozen=True, gc=False):
    """One class of lead time: `routine` from 6 h on, `urgent` from 30 min on."""

    name: str
    least_ms: int


class LeadTime(msgspec.Struct, frozen=True, gc=False, tag="lead-time", omit_defaults=True):
    """How long before it starts a notice is due (SZK-11); less than the least class is late.

    Args:
        number: Clause.
        notice: Kind of notice, or any.
        classes: From the longest to the shortest.
    """

    number: str
    classes: tuple[LeadClass, ...]
    notice: str = ANYONE


class Rung(StrEnum):
    """Who is called, in this order (SZK-23)."""

    OFFICER = "officer"
    ALTERNATE = "alternate"
    MEDIATOR = "mediator"


class FirstAnswer(StrEnum):
    """Who answers a conflict first (SZK-28)."""

    LATER_FILER = "later-filer"
    EARLIER_FILER = "earlier-filer"
    LOWER_PRIORITY = "lower-priority"
    """The lower rank of the priority clause; of equals, the later filer."""


class Answering(msgspec.Struct, frozen=True, gc=False, tag="answering", omit_defaults=True):
    """How conflicts are answered, and who is called when they are not.

    Args:
        number: Clause.
        rung_ms: How long each of officer, alternate and mediator has before the next is called.
        first: Who answers first.
    """

    number: str
    rung_ms: tuple[int, int, int]
    first: FirstAnswer = FirstAnswer.LATER_FILER


class Rank(msgspec.Struct, frozen=True, gc=False):
    """Priority of a class or kind of operation; the greater goes before the lesser."""

    name: str
    rank: int


class Priority(msgspec.Struct, frozen=True, gc=False, tag="priority", omit_defaults=True):
    """Who goes first, and who is exempt from lead times, budgets and quotas (SZK-35)."""

    number: str
    ranks: tuple[Rank, ...]
    exempt: tuple[str, ...] = ()


class Level(StrEnum):
    """How much of a notice a recipient sees; each holds what those before it hold."""

    NOTHING = "nothing"
    CONFLICT = "conflict-only"
    """That a conflict exists; between parties, one's own part of it."""
    EXTENT = "extent-only"
    """Where and when."""
    EVERYTHING = "everything"


LEVELS: Final = tuple(Level)
"""From the least to the most."""


class Disclosure(msgspec.Struct, frozen=True, gc=False, tag="disclosure", omit_defaults=True):
    """Who sees what of a notice (SZK-04, SZK-31); the most specific clause speaks, a consent may only narrow it.

    Args:
        number: Clause.
        to: Name of a recipient, a role (`party`, `mediator`, …), or any.
        level: What it sees.
        notice: Kind of notice, or any.
        of: Party that filed it, or any.
    """

    number: str
    to: str
    level: Level
    notice: str = ANYONE
    of: str = ANYONE


class Carries(StrEnum):
    """What a message that leaves the mechanism carries of a notice (SZK-51); each holds what those before it hold."""

    REFERENCE = "reference"
    EXTENT = "extent-only"
    EVERYTHING = "everything"


class Outside(msgspec.Struct, frozen=True, gc=False, tag="outside", omit_defaults=True):
    """What a webhook carries of a notice beside its reference (SZK-51); never more than its recipient may see.

    Args:
        number: Clause.
        to: Name of a recipient, a role, or any.
        notice: Kind of notice, or any.
        carries: How much.
    """

    number: str
    to: str
    notice: str = ANYONE
    carries: Carries = Carries.REFERENCE


class Budget(msgspec.Struct, frozen=True, gc=False, tag="budget"):
    """How many filings, amendments, cancellations and questions a party has in a window (SZK-32)."""

    number: str
    spends: int
    window_ms: int


class Coarseness(msgspec.Struct, frozen=True, gc=False, tag="proposals", omit_defaults=True):
    """How finely a conflict and its proposals are told to the other side (SZK-32).

    Args:
        number: Clause.
        time_ms: Times are told rounded down, delays rounded up, to this.
        vertical_e4: Levels are told as multiples of this, 1e-4 m.
        kinds: What may be proposed.
    """

    number: str
    time_ms: int = 300_000
    vertical_e4: int = 1000 * 3048
    kinds: tuple[ProposalKind, ...] = (ProposalKind.DELAY, ProposalKind.CLIMB)


class Largest(msgspec.Struct, frozen=True, gc=False, tag="largest", omit_defaults=True):
    """The largest area and duration of one notice: a giant box is a veto (SZK-19)."""

    number: str
    area_km2: int
    duration_ms: int
    notice: str = ANYONE


class Standing(msgspec.Struct, frozen=True, gc=False, tag="standing", omit_defaults=True):
    """How long a standing notice binds without revalidation (SZK-19)."""

    number: str
    expires_ms: int
    notice: str = "site"


class Hold(msgspec.Struct, frozen=True, gc=False, tag="hold"):
    """How long a refused life-safety notice is held for correction before the mediator is called (SZK-49)."""

    number: str
    correct_ms: int


class StopAuthority(msgspec.Struct, frozen=True, gc=False, tag="stop"):
    """Who, beside its caller, may release a STOP (SZK-27)."""

    number: str
    release: tuple[str, ...]


class Suspension(msgspec.Struct, frozen=True, gc=False, tag="suspension", omit_defaults=True):
    """Who may suspend, and whether every signatory must agree to resume (SZK-06)."""

    number: str
    by: tuple[str, ...] = (ANYONE,)
    resume_needs_all: bool = True


class Review(msgspec.Struct, frozen=True, gc=False, tag="review"):
    """How often the parties review how the mechanism was used (SZK-07)."""

    number: str
    period_ms: int


class ThirdParty(msgspec.Struct, frozen=True, gc=False, tag="third-party", omit_defaults=True):
    """Someone who did not sign, bound or not (SZK-05), and what it is told of a late notice.

    Args:
        number: Clause.
        name: Who.
        bound: Whether it has declared itself bound.
        advised: Whether it is told, of a late notice, that aircraft are about: area and time, no route.
        step_e7: To which grid the area is rounded outwards, 1e-7 degree.
    """

    number: str
    name: str
    bound: bool = False
    advised: bool = False
    step_e7: int = 1_000_000


class Fixed(StrEnum):
    """What an agreement must state the meaning of (SZK-08)."""

    NOTICE = "notice"
    """It is not a request for permission."""
    NO_NOTICE = "no-notice"
    """It is no loss of protection."""
    SILENCE = "silence"
    """It is neither consent nor hostility."""
    NO_CONFLICT = "no-conflict"
    """That none was found speaks only of the plans given."""
    LATE_NOTICE = "late-notice"
    """It is marked late and delivered all the same."""


class Meaning(msgspec.Struct, frozen=True, gc=False, tag="meaning", omit_defaults=True):
    """A fixed meaning, in every language of the parties (SZK-08).

    Args:
        number: Clause.
        texts: The same sentence by language.
        about: Which of the meanings that SZK-08 asks for it states; None: another one.
    """

    number: str
    texts: Names
    about: Fixed | None = None


Term = (
    LeadTime
    | Answering
    | Priority
    | Disclosure
    | Outside
    | Budget
    | Coarseness
    | Largest
    | Standing
    | Hold
    | StopAuthority
    | Suspension
    | Review
    | ThirdParty
    | Meaning
)
"""A clause that is neither a separation minimum nor a zone."""

_ByNotice = TypeVar("_ByNotice", LeadTime, Largest, Standing)
_Kind = TypeVar("_Kind")


class Signatory(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One party to the agreement, with its names in several languages."""

    name: str
    names: Names = ()


class Agreement(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The rule set that every signatory signs.

    Args:
        title: Names of the agreement by language.
        signatories: Who must sign the same bytes.
        area: Where it holds; None: everywhere.
        ground: Between which heights the ground lies in it.
        default: Separation where no clause speaks.
        separations: Minima by pair of classes.
        zones: Agreed areas.
        zone_clauses: Minima between zones and operations, beside the zones' own buffers.
        terms: All other clauses.
    """

    title: Names
    signatories: tuple[Signatory, ...]
    area: Rectangle | None = None
    ground: GroundBand | None = None
    default: Minima = DEFAULT_MINIMA
    separations: tuple[SeparationClause, ...] = ()
    zones: tuple[Zone, ...] = ()
    zone_clauses: tuple[ZoneClause, ...] = ()
    terms: tuple[Term, ...] = ()

    def rules(self) -> RuleSet:
        """Return what pairs are judged by."""
        buffers = tuple(clause for zone in self.zones for clause in zone.buffers)
        return RuleSet(self.default, (*self.separations, *buffers, *self.zone_clauses))

    @property
    def greatest_margin_ms(self) -> int:
        """The longest time margin of any of its minima."""
        return max(self.default.time_ms, *(clause.minima.time_ms for clause in self.rules().clauses), 0)

    def lead_time(self, notice: str) -> LeadTime | None:
        """Return the lead times of a kind of notice: by its name first, then those of any."""
        return _most_named([t for t in self.terms if isinstance(t, LeadTime)], notice)

    def largest(self, notice: str) -> Largest | None:
        """Return the largest area and duration of a kind of notice."""
        return _most_named([t for t in self.terms if isinstance(t, Largest)], notice)

    def standing(self, notice: str) -> Standing | None:
        """Return how long a standing notice of a kind binds."""
        return _most_named([t for t in self.terms if isinstance(t, Standing)], notice)

    def is_exempt(self, *names: str) -> str | None:
        """Return the clause by which an operation of one of these classes or kinds is exempt, or None (SZK-35)."""
        for term in self.terms:
            if isinstance(term, Priority) and any(name in term.exempt for name in names):
                return term.number
        return None

    def rank(self, *names: str) -> int:
        """Return the greatest rank that the priority clause gives one of these classes or kinds; 0 where none."""
        ranks = [r.rank for t in self.terms if isinstance(t, Priority) for r in t.ranks if r.name in names]
        return max(ranks, default=0)


def _most_named(terms: list[_ByNotice], notice: str) -> _ByNotice | None:
    named = [term for term in terms if term.notice == notice]
    return next(iter(named or [term for term in terms if term.notice in (ANYONE,)]), None)


def term_of(agreement: Agreement | None, kind: type[_Kind]) -> _Kind | None:
    """Return the first clause of a kind, or None."""
    return next((t for t in agreement.terms if isinstance(t, kind)), None) if agreement else None
