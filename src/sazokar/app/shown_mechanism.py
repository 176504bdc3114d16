"""What everyone who takes part may see alike: STOPs, incidents, talks, the agreement, who takes part and by which keys.

Not notices and conflicts, which differ by viewer (`shown`, `shown_conflicts`). An incident's account is in the log.
"""

from __future__ import annotations

from sazokar.app.ports import Log
from sazokar.app.recorded import stated
from sazokar.app.wire import InstantMs, Wire
from sazokar.domain.agreement import Agreement, Budget, term_of
from sazokar.domain.budget import budget_left
from sazokar.domain.governing import NODE
from sazokar.domain.party import PartyRole
from sazokar.domain.state import State, StopCase, StopStep
from sazokar.domain.statement import Account, CallStop, Member, Miss, ReportIncident, TalksRound

# STOP


class StopShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A STOP.

    Args:
        ref: What it is cited by; empty: it has sounded and is not recorded yet.
        by: Party of the caller; empty: not verified.
        verified: Whether its signature was verified; otherwise it is UNVERIFIED – CALL BACK.
        call: What was called.
        raw: The call as it came, where it could not be verified.
        sounded_ms: When it sounded.
        standing: Whether it stands; it does until it is released.
        steps: Who has heard it, passed it on, ceased, and how long after the call.
        released_ms: When it was released; 0: it stands.
    """

    ref: str = ""
    by: str = ""
    verified: bool
    call: CallStop | None = None
    raw: str = ""
    sounded_ms: InstantMs
    standing: bool
    steps: tuple[StopStep, ...] = ()
    released_ms: InstantMs = 0


def stop_shown(case: StopCase) -> StopShown:
    """Return a STOP as everyone who takes part sees it."""
    return StopShown(
        ref=case.ref, by=case.by, verified=case.call is not None, call=case.call, raw=case.raw, sounded_ms=case.sounded_ms,
        standing=not case.released_ms, steps=case.steps, released_ms=case.released_ms,
    )  # fmt: skip


# Incidents and talks


class IncidentShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One side's report of a breach or a harm; another side's is another report.

    Args:
        ref: What it is cited by.
        entry: Id of the statement.
        party: Who reports.
        officer: By which watch number.
        recorded_ms: When.
        about: References of notices, conflicts, STOPs and incidents.
        grade: How near, as the reporter grades it.
        at_ms: When it happened, by the reporter.
        account: What the reporter says.
    """

    ref: str
    entry: str
    party: str
    officer: str = ""
    recorded_ms: InstantMs
    about: tuple[str, ...]
    grade: Miss
    at_ms: InstantMs
    account: Account | None = None


def incident_shown(log: Log, state: State, ref: str, viewer: str | None) -> IncidentShown | None:
    """Return an incident as a viewer may see it; None: there is none of that reference.

    Raises:
        LedgerError: Its entry is damaged.
    """
    entry = state.incidents.get(ref)
    found = stated(log, state, entry, viewer) if entry is not None else None
    if found is None or not isinstance(found.by.statement, ReportIncident):
        return None
    by, statement = found.by, found.by.statement
    return IncidentShown(
        ref=ref, entry=by.id, party=by.party, officer=by.officer, recorded_ms=found.recorded_ms, about=statement.about,
        grade=statement.grade, at_ms=statement.at_ms, account=statement.account,
    )  # fmt: skip


class TalksShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A round of talks, and who recorded it."""

    ref: str
    recorder: str
    round: TalksRound


def talks_shown(state: State, ref: str) -> TalksShown | None:
    """Return a round of talks by its reference, such as `T1`."""
    number = ref[1:] if ref.startswith("T") else ""
    found = state.talks.get(number)
    if found is None:
        return None
    return TalksShown(ref=ref, recorder=state.recorders.get(number, ""), round=found)


# The agreement


class DraftListed(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A draft on the table.

    Args:
        draft: Its name: the SHA-256 of its text.
        by: Who laid it on the table.
        signed: Who has signed it.
        in_force: Whether it is the agreement.
    """

    draft: str
    by: str
    signed: tuple[str, ...] = ()
    in_force: bool = False


class DraftShown(DraftListed, frozen=True, kw_only=True, omit_defaults=True):
    """A draft with its text, as it is signed byte for byte, and the same as values."""

    text: str = ""
    agreement: Agreement | None = None


class AgreementShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What the parties have agreed.

    Args:
        status: `in-force`, `suspended`, or `none`: notices are taken without verdict; STOP and the roster always work.
        draft: Name of the draft that was signed.
        in_force_ms: Since when.
        to_resume: While it is suspended, who has still to agree that it holds again.
        signed: Who has signed it.
        text: The document, byte for byte.
        agreement: The same as values.
    """

    status: str
    draft: str = ""
    in_force_ms: InstantMs = 0
    to_resume: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    text: str = ""
    agreement: Agreement | None = None


def agreement_shown(state: State) -> AgreementShown:
    """Return the agreement in force, or that there is none."""
    draft = state.drafts.get(state.draft)
    if draft is None:
        return AgreementShown(status="none")
    return AgreementShown(
        status="suspended" if state.suspended_by else "in-force", draft=state.draft, in_force_ms=state.in_force_ms,
        to_resume=state.suspended_by, signed=draft.signed, text=draft.text or "", agreement=state.agreement,
    )  # fmt: skip


def draft_listed(state: State, name: str) -> DraftListed | None:
    """Return a draft without its text; None: there is none of that name."""
    draft = state.drafts.get(name)
    if draft is None:
        return None
    return DraftListed(draft=name, by=draft.by, signed=draft.signed, in_force=name == state.draft)


def draft_shown(state: State, name: str) -> DraftShown | None:
    """Return a draft with its text; None: there is none of that name."""
    draft = state.drafts.get(name)
    if draft is None:
        return None
    return DraftShown(
        draft=name, by=draft.by, signed=draft.signed, in_force=name == state.draft, text=draft.text or "",
        agreement=draft.agreement,
    )  # fmt: skip


# Who takes part


class BudgetShown(Wire, frozen=True, kw_only=True):
    """What a party has left of its budget; everyone sees everyone's (SZK-32).

    Args:
        party: Whose.
        clause: The clause that gives it.
        spends: Filings, amendments, cancellations and questions in a window.
        left: How many are left.
        window_ms: How long a window is.
    """

    party: str
    clause: str
    spends: int
    left: int
    window_ms: int


def budget_shown(state: State, party: str, now_ms: int) -> BudgetShown | None:
    """Return what a party has left; None: no clause of an agreement in force counts."""
    budget = term_of(state.judges, Budget)
    if budget is None:
        return None
    return BudgetShown(
        party=party, clause=budget.number, spends=budget.spends, window_ms=budget.window_ms,
        left=max(0, budget_left(state, budget, party, now_ms)),
    )  # fmt: skip


class PartyShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An organisation that takes part.

    Args:
        name: How it is cited.
        role: What it is to the mechanism.
        names: Its names by language.
        cosigns: Whether it cosigns checkpoints.
        roots: Its root keys that are in use now.
        budget: What it has left; absent: nothing is counted.
    """

    name: str
    role: PartyRole
    names: tuple[tuple[str, str], ...] = ()
    cosigns: bool
    roots: tuple[str, ...]
    budget: BudgetShown | None = None


def party_shown(state: State, member: Member, now_ms: int) -> PartyShown:
    """Return an organisation that takes part, by what is true now."""
    roots = tuple(sorted(key for key, party in state.roots.items() if party == member.name))
    return PartyShown(
        name=member.name, role=member.role, names=member.names, cosigns=member.cosigns, roots=roots,
        budget=budget_shown(state, member.name, now_ms),
    )  # fmt: skip


class KeyShown(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A key, and for whom it signs.

    Args:
        key: Its public half, 64 hexadecimal digits.
        party: For whom it signs; `NODE`: the node itself.
        officer: Watch number; empty: a root key, or the node's.
        role: `root`, `node`, or what a delegated key may sign: `officer`, `delegate`, `stop`.
        from_ms: First instant of validity of a delegated key.
        until_ms: First instant no more valid.
        revoked_at: Position of the entry that revoked it.
        retired: Whether it was replaced; what it has signed stays signed.
    """

    key: str
    party: str
    officer: str = ""
    role: str
    from_ms: InstantMs = 0
    until_ms: InstantMs = 0
    revoked_at: int | None = None
    retired: bool = False


def keys_shown(state: State) -> dict[str, KeyShown]:
    """Return every key that signs or has signed, by itself."""
    found = {state.node: KeyShown(key=state.node, party=NODE, role="node")} if state.node else {}
    found |= {key: KeyShown(key=key, party=party, role="root") for key, party in state.roots.items()}
    found |= {
        key: KeyShown(key=key, party=party, role="node" if party == NODE else "root", retired=True)
        for key, party in state.retired.items()
    }
    return found | {
        name: KeyShown(
            key=name, party=key.party, officer=key.officer, role=str(key.role), from_ms=key.from_ms,
            until_ms=key.until_ms, revoked_at=key.revoked_at,
        )
        for name, key in state.keys.items()
    }  # fmt: skip
