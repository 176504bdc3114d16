"""Notices and their life: filed, amended, cancelled, revalidated; what an operation is in (SZK-10 … SZK-20, SZK-36).

Whether a notice can stand by itself is told in `filing`; what it conflicts with, in `coordination`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

import msgspec

from sazokar.domain.agreement import Hold, Level, ThirdParty, term_of
from sazokar.domain.budget import spend
from sazokar.domain.coordination import ended, pairs_of, raised
from sazokar.domain.disclosure import level_of, recipients
from sazokar.domain.filing import flags_of, refusal_of
from sazokar.domain.finding import (
    Advised,
    AnyFinding,
    Disclosed,
    Flagged,
    Held,
    Lateness,
    Outcome,
    Refusal,
    Resolution,
    StateChanged,
    Taken,
)
from sazokar.domain.hearing import Hearing, Verdict, refused, taken
from sazokar.domain.lateness import exempted, lateness
from sazokar.domain.notice import Extent, NoticeKind, OperationState
from sazokar.domain.party import FILING
from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.instant import END_MS
from sazokar.domain.plan.shape import Circle, Position, Rectangle
from sazokar.domain.plan.vicinity import cell_of, near, neighbours
from sazokar.domain.plan.volume import Volume
from sazokar.domain.state import Notice, State, Timer, with_timers, without_timers
from sazokar.domain.statement import (
    AmendNotice,
    CancelNotice,
    FileNotice,
    ReportState,
    RevalidateNotice,
    Submission,
)
from sazokar.errors import HistoryError

SECTIONS: Final = ("extent", "purpose", "contacts", "movement")
"""What a notice is made of beside its header."""
GREATEST_LIVE: Final = 200_000
"""At most this many notices are live at once."""
GREATEST_CONFLICTS: Final = 1_000
"""A notice that conflicts with more operations and zones than this is refused."""
HOLD_MS: Final = 900_000
"""How long a refused life-safety notice is held before the mediator is called, where no clause speaks of it."""
TOLERANCES_MS: Final = tuple(
    minutes * 60_000 for minutes in (0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 240, 480, 720, 1440)
)
"""A tolerance is judged as the next of these: each is a class of its own to the engine, and there must be few."""
GREATEST_NEAR: Final = 20
"""At most this many near sites are pointed out."""
_REPORTED: Final = (
    OperationState.NONCONFORMING,
    OperationState.CONTINGENT,
    OperationState.ACTIVATED,
    OperationState.ENDED,
)
_BY_OTHERS: Final = (OperationState.NONCONFORMING, OperationState.CONTINGENT)


# Deciding


def decide_filing(hearing: Hearing, statement: FileNotice) -> Verdict:
    """A notice is filed: refused by itself, or taken, judged against all that is live, and shown to whom the clauses say."""
    state, by = hearing.state, hearing.by
    member = state.member(by.party)
    if member is None or member.role not in FILING:
        return refused("may-not-file", f"a notice of {by.party}", "parties, territorial states and participants file")
    spent = spend(hearing, exempt=_is_exempt(state, statement), vital=statement.life_safety)
    if isinstance(spent, Verdict):
        return spent
    ref = f"N{state.size}"
    refusal = _refusal(hearing, statement, "")
    if refusal is not None:
        return _returned(hearing, statement, ref, refusal, spent)
    assert statement.extent is not None, "a notice without an extent is refused"
    found = hearing.bench.hear(ref, judged_volumes(statement.extent, ref))
    if pairs_of(found) > GREATEST_CONFLICTS:
        hearing.bench.dismiss(ref)
        return _returned(hearing, statement, ref, _too_many(found), spent)
    superseding = _supersede(hearing, statement.supersedes)
    findings = [Taken(ref=ref), *spent, *_of_time(hearing, statement, ref, 1), *_flagged(hearing, statement, ref)]
    shown = _shown(hearing, _notice_of(hearing.state, by, statement, ref, hearing.now_ms))
    return taken(*findings, *superseding, *_judged(hearing, ref, found, statement.supersedes), *shown)


def decide_amendment(hearing: Hearing, statement: AmendNotice) -> Verdict:
    """A notice is changed: judged anew, and acknowledgement starts again (SZK-20); a held one is delivered now."""
    state, by = hearing.state, hearing.by
    notice = _own(state, by, statement.ref)
    if notice is None:
        return _unknown(statement.ref)
    if statement.version != notice.version:
        return refused(
            "other-version", f"an amendment of version {statement.version} of {notice.ref}; version {notice.version} holds",
            "look at the present version, then amend it", field="version",
        )  # fmt: skip
    merged = _merged(state, notice, statement)
    spent = spend(hearing, exempt=_is_exempt(state, merged), vital=merged.life_safety)
    if isinstance(spent, Verdict):
        return spent
    if (refusal := _refusal(hearing, merged, notice.ref)) is not None:
        return Verdict(Outcome.REFUSED, (refusal, *spent))
    assert merged.extent is not None, "a notice without an extent is refused"
    found = hearing.bench.hear(notice.ref, judged_volumes(merged.extent, notice.ref))
    if pairs_of(found) > GREATEST_CONFLICTS:
        _as_it_was(hearing, notice)
        return Verdict(Outcome.REFUSED, (_too_many(found), *spent))
    superseding = _supersede(hearing, merged.supersedes)
    findings = [
        Taken(ref=notice.ref), *spent, *_of_time(hearing, merged, notice.ref, notice.version + 1),
        *_flagged(hearing, merged, notice.ref), *superseding,
    ]  # fmt: skip
    shown = _shown(hearing, msgspec.structs.replace(notice, undelivered=False))
    return taken(*findings, *_judged(hearing, notice.ref, found, merged.supersedes), *shown)


def decide_cancellation(hearing: Hearing, statement: CancelNotice) -> Verdict:
    """A notice is taken back: its conflicts end with it."""
    notice = _own(hearing.state, hearing.by, statement.ref)
    if notice is None:
        return _unknown(statement.ref)
    spent = spend(hearing, vital=notice.life_safety)
    if isinstance(spent, Verdict):
        return spent
    hearing.bench.dismiss(notice.ref)
    over = StateChanged(ref=notice.ref, state=OperationState.ENDED, why="cancelled")
    return taken(Taken(), *spent, over, *ended(hearing.state, notice.ref, Resolution.CANCELLED))


def decide_revalidation(hearing: Hearing, statement: RevalidateNotice) -> Verdict:
    """Its filer says that a standing notice still holds."""
    notice = _own(hearing.state, hearing.by, statement.ref)
    if notice is None or notice.state is OperationState.HELD:
        return _unknown(statement.ref)
    if statement.version != notice.version:
        return refused(
            "other-version",
            f"version {statement.version} of {notice.ref}",
            f"version {notice.version} holds",
            field="version",
        )
    if not notice.binds_until_ms:
        return refused(
            "not-standing", f"{notice.ref}, which needs no revalidation", "nothing is left to do", field="ref"
        )
    return taken(Taken())


def decide_state(hearing: Hearing, statement: ReportState) -> Verdict:
    """Its party, or another that has seen it, says which state an operation is in; whose word it is stays with it."""
    state, by = hearing.state, hearing.by
    notice = state.notices.get(statement.ref)
    own = notice is not None and notice.party == by.party
    if notice is None or not notice.is_live or (not own and not _may_report(state, notice, by.party)):
        return _unknown(statement.ref)
    if statement.state not in (_REPORTED if own else _BY_OTHERS):
        return refused(
            "not-a-report", f"the state {statement.state} reported by {by.party}",
            f"report one of {', '.join(_REPORTED if own else _BY_OTHERS)}", field="state",
        )  # fmt: skip
    change = StateChanged(ref=notice.ref, state=statement.state, why=f"reported by {by.party}")
    if statement.state is not OperationState.ENDED:
        return taken(Taken(), change)
    hearing.bench.dismiss(notice.ref)
    return taken(Taken(), change, *ended(state, notice.ref, Resolution.ENDED))


def _may_report(state: State, notice: Notice, party: str) -> bool:
    """Whoever sees that the notice is there, or stands in a conflict with it, may report what it has seen."""
    if level_of(state, notice, party)[0] in (Level.EXTENT, Level.EVERYTHING):
        return True
    return any(party in case.parties and notice.ref in (case.a, case.b) for case in state.cases.values())


def _own(state: State, by: Submission, ref: str) -> Notice | None:
    """Return a notice of the author's party that has not ended."""
    notice = state.notices.get(ref)
    return notice if notice and notice.party == by.party and notice.state is not OperationState.ENDED else None


def _unknown(ref: str) -> Verdict:
    return refused(
        "unknown-reference", f"the reference {ref!r}", "name a notice of your own that has not ended", field="ref"
    )


def _merged(state: State, notice: Notice, amendment: AmendNotice) -> FileNotice:
    """Return a notice as it would stand after an amendment; one that was held supersedes now what it was meant to."""
    older = state.notices.get(notice.supersedes) if notice.state is OperationState.HELD else None
    return FileNotice(
        notice=notice.kind,
        life_safety=notice.life_safety,
        grade=amendment.grade or notice.grade,
        supersedes=older.ref if older is not None and _may_supersede(notice, older) else "",
        consent=notice.consent,
        extent=amendment.extent or notice.extent,
        purpose=amendment.purpose or notice.purpose,
        contacts=amendment.contacts or notice.contacts,
        movement=amendment.movement or notice.movement,
    )


def _may_supersede(notice: Notice, older: Notice) -> bool:
    return older.party == notice.party and older.ref != notice.ref and older.state is not OperationState.ENDED


def _refusal(hearing: Hearing, statement: FileNotice, ref: str) -> Refusal | None:
    """Return why a notice cannot stand: by itself first, then beside what is there."""
    state, by = hearing.state, hearing.by
    if (refusal := refusal_of(statement, by.party, state.judges, hearing.now_ms)) is not None:
        return refusal
    twin = state.digests.get(f"{by.party} {by.digest}") if by.digest else None
    if twin is not None and twin != ref:
        return Refusal(
            code="duplicate",
            field="extent",
            found=f"the same places and times as {twin}",
            remedy=f"amend {twin}, or leave it as it is",
        )
    if statement.supersedes and _own(state, by, statement.supersedes) is None:
        return Refusal(
            code="unknown-reference", field="supersedes", found=f"{statement.supersedes!r}",
            remedy="name a notice of your own that has not ended",
        )  # fmt: skip
    if len(state.open) >= GREATEST_LIVE:
        return Refusal(code="too-many", found=f"{len(state.open):,} live notices", remedy="end some first")
    return None


def _returned(
    hearing: Hearing, statement: FileNotice, ref: str, refusal: Refusal, spent: tuple[AnyFinding, ...]
) -> Verdict:
    """A notice that cannot stand is refused, or, where lives hang on it, held."""
    if statement.life_safety:
        return _held(hearing, statement, ref, refusal)
    return Verdict(Outcome.REFUSED, (refusal, *spent))


def _held(hearing: Hearing, statement: FileNotice, ref: str, refusal: Refusal) -> Verdict:
    """A refused life-safety notice does not vanish: NOT DELIVERED, held, with an owner and a timer (SZK-49)."""
    hold = term_of(hearing.state.agreement, Hold)
    due_ms = hearing.now_ms + (hold.correct_ms if hold else HOLD_MS)
    owner = hearing.by.officer or hearing.by.party
    return Verdict(Outcome.HELD, (Held(ref=ref, owner=owner, due_ms=due_ms), Taken(ref=ref), refusal))


def _is_exempt(state: State, statement: FileNotice) -> bool:
    """Return whether a priority clause exempts a notice from its cost (SZK-35)."""
    if state.agreement is None or statement.extent is None or not statement.extent.volumes:
        return False
    volume = statement.extent.volumes[0]
    return state.agreement.is_exempt(volume.class_, volume.kind, statement.notice) is not None


def _too_many(found: Sequence[Conflict]) -> Refusal:
    """A notice that meets more than anyone can answer is a veto, not a plan (SZK-19); none of its conflicts is left out."""
    return Refusal(
        code="too-many-conflicts", field="extent", found=f"conflicts with {pairs_of(found):,} operations and zones",
        remedy=f"make it smaller or shorter: at most {GREATEST_CONFLICTS:,} can be answered",
    )  # fmt: skip


def _as_it_was(hearing: Hearing, notice: Notice) -> None:
    """Put the present version of a notice back on the bench."""
    if notice.extent is not None and notice.is_live:
        hearing.bench.hear(notice.ref, judged_volumes(notice.extent, notice.ref))
    else:
        hearing.bench.dismiss(notice.ref)


def _supersede(hearing: Hearing, ref: str) -> list[AnyFinding]:
    if not ref:
        return []
    hearing.bench.dismiss(ref)
    return [StateChanged(ref=ref, state=OperationState.ENDED, why="superseded")]


def _of_time(hearing: Hearing, statement: FileNotice, ref: str, version: int) -> list[AnyFinding]:
    """Return how late a notice is, and who is advised of a late one (SZK-05, SZK-11)."""
    volumes = statement.extent.volumes if statement.extent else ()
    start_ms, end_ms = window_of(volumes)
    agreement = hearing.state.judges
    by_clause = lateness(agreement, statement.notice, ref, version, start_ms, hearing.now_ms)
    found = exempted(by_clause, agreement, volumes[0].class_, volumes[0].kind) if volumes else by_clause
    if (
        not by_clause.late or agreement is None
    ):  # who is exempt may be late unblamed; a third party is told all the same
        return [found]
    told = [term for term in agreement.terms if isinstance(term, ThirdParty) and term.advised]
    return [found, *(_advised(term, ref, volumes, start_ms, end_ms) for term in told)]


def _advised(term: ThirdParty, ref: str, volumes: tuple[Volume, ...], start_ms: int, end_ms: int) -> Advised:
    from sazokar.domain.plan.bounds import bounds_of

    return Advised(
        ref=ref, to=term.name, clause=term.number, text="friendly or unknown aircraft, hold fire",
        area=bounds_of([volume.shape for volume in volumes], term.step_e7), start_ms=start_ms, end_ms=end_ms,
    )  # fmt: skip


def _flagged(hearing: Hearing, statement: FileNotice, ref: str) -> list[AnyFinding]:
    flags = flags_of(statement, hearing.state.judges, hearing.now_ms)
    found: list[AnyFinding] = [Flagged(ref=ref, code=code, message=message) for code, message in flags]
    return found + [
        Flagged(ref=ref, code="near-duplicate", message=f"within 300 m of the site {other}: is it the same one?")
        for other in _near_sites(hearing, statement, ref)
    ]


def _near_sites(hearing: Hearing, statement: FileNotice, ref: str) -> list[str]:
    """Return the sites near a new one that its party may know of; another side's hidden site is not betrayed (SZK-17)."""
    place = site_of(statement.notice, statement.extent)
    if place is None:
        return []
    found = []
    for cell in neighbours(place):
        for other in hearing.state.sites.get(cell, ()):
            there = hearing.state.notices[other]
            where = site_of(there.kind, there.extent)
            seen = level_of(hearing.state, there, hearing.by.party)[0] in (Level.EXTENT, Level.EVERYTHING)
            if other != ref and where is not None and seen and near(place, where):
                found.append(other)
    return sorted(found)[:GREATEST_NEAR]


def _judged(hearing: Hearing, ref: str, found: Sequence[Conflict], superseded: str) -> list[AnyFinding]:
    """Return what the conflicts of a version lead to; without an agreement in force there is no verdict (SZK-47)."""
    if hearing.state.judges is None:
        return ended(hearing.state, superseded, Resolution.CHANGED)
    return raised(hearing, ref, found, superseded)


def _shown(hearing: Hearing, notice: Notice) -> list[AnyFinding]:
    return [
        Disclosed(ref=notice.ref, to=party, level=level, clause=clause)
        for party, level, clause in recipients(hearing.state, notice)
    ]


def judged_volumes(extent: Extent, ref: str) -> tuple[Volume, ...]:
    """Return the volumes of a notice as they are judged: named by its reference, with its tolerance or a little more."""
    tolerance_ms = judged_tolerance_ms(extent)
    return tuple(msgspec.structs.replace(volume, operation=ref, tolerance_ms=tolerance_ms) for volume in extent.volumes)


def judged_tolerance_ms(extent: Extent) -> int:
    """Return the tolerance that a notice is judged with: the next of `TOLERANCES_MS`."""
    return TOLERANCES_MS[min(bisect_left(TOLERANCES_MS, extent.tolerance_ms), len(TOLERANCES_MS) - 1)]


def window_of(volumes: tuple[Volume, ...]) -> tuple[int, int]:
    """Return the first start and the last end of volumes."""
    return min(volume.start_ms for volume in volumes), max(volume.end_ms for volume in volumes)


def site_of(kind: NoticeKind, extent: Extent | None) -> Position | None:
    """Return where a site is: the centre of its first circle, or its first vertex."""
    if kind is not NoticeKind.SITE or extent is None or not extent.volumes:
        return None
    shape = extent.volumes[0].shape
    if isinstance(shape, Circle):
        return shape.centre
    if isinstance(shape, Rectangle):
        return Position(shape.south_e7, shape.west_e7)
    rings = getattr(shape, "rings", None) or getattr(getattr(shape, "polygons", (None,))[0], "rings", None)
    line = rings[0] if rings else getattr(shape, "line", ())
    return line[0] if line else None


# Folding


def _notice_of(state: State, by: Submission, statement: FileNotice, ref: str, now_ms: int) -> Notice:
    volumes = statement.extent.volumes if statement.extent else ()
    start_ms, end_ms = window_of(volumes) if volumes else (None, None)
    return Notice(
        ref=ref, entry=by.id, party=by.party, kind=statement.notice, filed_ms=now_ms, state=OperationState.PROPOSED,
        life_safety=statement.life_safety, grade=statement.grade, consent=statement.consent, extent=statement.extent,
        start_ms=start_ms, end_ms=end_ms, class_=volumes[0].class_ if volumes else "", digest=by.digest,
        purpose=statement.purpose, contacts=statement.contacts, movement=statement.movement, supersedes=statement.supersedes,
    )  # fmt: skip


def with_notice(state: State, by: Submission, statement: FileNotice, ref: str) -> State:
    """Return the state with a new notice in it; one that is held is there already, and live in no respect."""
    if ref in state.notices:
        return state
    notice = _notice_of(state, by, statement, ref, state.recorded_ms)
    state = msgspec.structs.replace(state, filings=state.filings.set(by.id, ref))
    return _live(_superseding(state, notice.supersedes, ref), notice)


def with_amendment(state: State, by: Submission, statement: AmendNotice) -> State:
    """Return the state with a notice changed; what was acknowledged stays on record, of the version before."""
    old = state.notices.get(statement.ref)
    if old is None:
        return state
    merged = _merged(state, old, statement)
    volumes = merged.extent.volumes if merged.extent else ()
    start_ms, end_ms = window_of(volumes) if volumes else (None, None)
    notice = msgspec.structs.replace(
        old, entry=by.id, version=old.version + 1, filed_ms=state.recorded_ms, grade=merged.grade, extent=merged.extent,
        start_ms=start_ms, end_ms=end_ms, class_=volumes[0].class_ if volumes else "", digest=by.digest or old.digest,
        purpose=merged.purpose, contacts=merged.contacts, movement=merged.movement,
        state=OperationState.PROPOSED if old.state is OperationState.HELD else old.state, undelivered=False,
        supersedes=merged.supersedes or old.supersedes,
    )  # fmt: skip
    if old.state is OperationState.HELD:
        notice = msgspec.structs.replace(notice, held=old.entry, corrected=_sections_of(by, statement))
    state = msgspec.structs.replace(state, filings=state.filings.set(by.id, old.ref))
    return _live(_superseding(_without_place(without_timers(state, old.ref), old), merged.supersedes, old.ref), notice)


def _sections_of(by: Submission, statement: AmendNotice) -> tuple[str, ...]:
    """Return the sections that an amendment replaces: also one that is withheld from this reader, or erased."""
    return tuple(name for name in SECTIONS if getattr(statement, name) is not None or name in by.withheld)


def _superseding(state: State, old: str, ref: str) -> State:
    """Return the state in which an older notice knows which one stands in for it."""
    there = state.notices.get(old) if old else None
    if there is None:
        return state
    changed = msgspec.structs.replace(there, superseded_by=ref)
    return msgspec.structs.replace(state, notices=state.notices.set(old, changed))


def _live(state: State, notice: Notice) -> State:
    """Return the state with a notice live: found by its digest and its place, with the clocks of its life running."""
    timers = []
    if notice.start_ms is not None and notice.end_ms is not None:
        timers.append(Timer(notice.start_ms, "start", notice.ref))
        if notice.end_ms < END_MS:
            timers.append(Timer(min(END_MS, notice.end_ms + _margin_ms(state, notice)), "end", notice.ref))
    place = site_of(notice.kind, notice.extent)
    sites = state.sites
    if place is not None:
        notice = msgspec.structs.replace(notice, cell=cell_of(place))
        sites = sites.set(notice.cell, (*sites.get(notice.cell, ()), notice.ref))
    state = msgspec.structs.replace(
        state,
        notices=state.notices.set(notice.ref, notice),
        open=state.open.set(notice.ref, state.open.get(notice.ref, ())),
        digests=state.digests.set(f"{notice.party} {notice.digest}", notice.ref) if notice.digest else state.digests,
        sites=sites,
    )
    return bound(with_timers(state, *timers), notice.ref)


def _margin_ms(state: State, notice: Notice) -> int:
    """Return how long after its end a notice may still be judged against another: it is live until then."""
    tolerance_ms = judged_tolerance_ms(notice.extent) if notice.extent else 0
    return tolerance_ms + (state.agreement.greatest_margin_ms if state.agreement else 0)


def bound(state: State, ref: str) -> State:
    """Return the state in which a site binds as long as the agreement in force says, from now on (SZK-19)."""
    notice = state.notices[ref]
    agreement = (
        state.agreement if notice.binds_until_ms else state.judges
    )  # what is bound stays so while it is suspended
    standing = agreement.standing(notice.kind) if agreement else None
    if standing is None or notice.kind is not NoticeKind.SITE:
        return state
    until_ms = state.recorded_ms + standing.expires_ms
    changed = msgspec.structs.replace(notice, binds_until_ms=until_ms)
    state = msgspec.structs.replace(without_timers(state, ref, "binds"), notices=state.notices.set(ref, changed))
    return with_timers(state, Timer(until_ms, "binds", ref))


def with_held(state: State, by: Submission | None, finding: Held) -> State:
    """Return the state with a notice held: known to its filer alone, in nobody's way, judged against nothing."""
    if by is None or not isinstance(by.statement, FileNotice):
        raise HistoryError(f"entry {state.size}: found a notice held; expected its filing before it")
    state = _holding(state, by, by.statement, finding.ref)
    return with_timers(state, Timer(finding.due_ms, "held", finding.ref))


def with_unseen(state: State, by: Submission) -> State:
    """Return the state of a reader from whom the findings on a held notice are withheld: what its header tells.

    Its reference is its statement's position. Without it, the correction would be delivered of a notice that is unknown.
    """
    ref = f"N{state.size - 1}"
    if not isinstance(by.statement, FileNotice) or ref in state.notices:
        return state
    return _holding(state, by, by.statement, ref)


def _holding(state: State, by: Submission, statement: FileNotice, ref: str) -> State:
    filed = _notice_of(state, by, statement, ref, state.recorded_ms)
    notice = msgspec.structs.replace(filed, state=OperationState.HELD, undelivered=True)
    return msgspec.structs.replace(state, notices=state.notices.set(ref, notice), filings=state.filings.set(by.id, ref))


def with_cancellation(state: State, statement: CancelNotice) -> State:
    """Return the state without a held notice: that it ended is told by a finding, which goes to its filer alone."""
    notice = state.notices.get(statement.ref)
    if notice is None or notice.state is not OperationState.HELD:
        return state
    return _gone(state, notice, OperationState.ENDED)


def with_state(state: State, finding: StateChanged) -> State:
    """Return the state with an operation in another state; one that has ended is judged no more."""
    notice = state.notices.get(finding.ref)
    if notice is None:
        return state
    if finding.state is OperationState.ENDED:
        return _gone(state, notice, OperationState.ENDED)
    if finding.due_ms:
        state = without_timers(state, finding.ref, "start")
    elif finding.state is OperationState.ACCEPTED and notice.start_ms is not None:
        state = with_timers(state, Timer(notice.start_ms, "start", notice.ref))  # it may have come while in conflict
    return msgspec.structs.replace(
        state, notices=state.notices.set(notice.ref, msgspec.structs.replace(notice, state=finding.state))
    )


def _gone(state: State, notice: Notice, now: OperationState) -> State:
    state = _without_place(without_timers(state, notice.ref), notice)
    opened = state.open.delete(notice.ref) if notice.ref in state.open else state.open
    changed = msgspec.structs.replace(notice, state=now, cell="")
    return msgspec.structs.replace(state, notices=state.notices.set(notice.ref, changed), open=opened)


def _without_place(state: State, notice: Notice) -> State:
    key = f"{notice.party} {notice.digest}"
    digests = state.digests.delete(key) if state.digests.get(key) == notice.ref else state.digests
    sites = state.sites
    if notice.cell and notice.cell in sites:
        left = tuple(ref for ref in sites[notice.cell] if ref != notice.ref)
        sites = sites.set(notice.cell, left) if left else sites.delete(notice.cell)
    return msgspec.structs.replace(state, digests=digests, sites=sites)


def with_lateness(state: State, finding: Lateness) -> State:
    """Return the state in which a notice is known as late, or in time."""
    notice = state.notices.get(finding.ref)
    if notice is None or notice.late == finding.late:
        return state
    changed = msgspec.structs.replace(notice, late=finding.late)
    return msgspec.structs.replace(state, notices=state.notices.set(notice.ref, changed))


def with_revalidation(state: State, statement: RevalidateNotice) -> State:
    """Return the state in which a standing notice binds for another term."""
    notice = state.notices.get(statement.ref)
    standing = state.agreement.standing(notice.kind) if state.agreement and notice else None
    if standing is None or notice is None:
        return state
    state = without_timers(state, notice.ref, "binds")
    until_ms = state.recorded_ms + standing.expires_ms
    changed = msgspec.structs.replace(notice, binds_until_ms=until_ms)
    state = msgspec.structs.replace(state, notices=state.notices.set(notice.ref, changed))
    return with_timers(state, Timer(until_ms, "binds", notice.ref))
