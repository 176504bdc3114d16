"""Keys and the agreement: who may sign, what was signed by all, when it holds (SZK-01, SZK-06).

Judges no notice; what changes for those when an agreement comes into force is told by `coordination.rejudged`.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

import msgspec
from immutables import Map

from sazokar.domain.agreement import Agreement, Review, Suspension, term_of
from sazokar.domain.agreement_validity import faults_of
from sazokar.domain.coordination import rejudged
from sazokar.domain.finding import InForce, Resumed, Suspended, Taken
from sazokar.domain.hearing import Hearing, Verdict, refused, taken
from sazokar.domain.operation import bound
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.state import Draft, Key, State, Timer, with_timers, without_timers
from sazokar.domain.statement import (
    DelegateKey,
    ProposeDraft,
    ResumeAgreement,
    RevokeKey,
    RotateNode,
    RotateRoot,
    SignAgreement,
    Submission,
    SuspendAgreement,
)
from sazokar.domain.zones import volumes_of as zones_of
from sazokar.errors import LimitError, MeaningError

GREATEST_VALIDITY_MS: Final = 5 * 366 * 86_400_000
"""A key is delegated for at most five years."""
GREATEST_DRAFTS: Final = 100
"""At most this many drafts of one party lie on the table; nobody fills it for the others."""
_REFERENCE: Final = re.compile(r"[NCS]\d+(\.\d+)?")
NODE: Final = "NODE"
"""As whom the node's own key signs: its rotation, and nothing else."""
SIGNING: Final = (PartyRole.PARTY, PartyRole.GUARANTOR, PartyRole.TERRITORIAL_STATE)
"""Roles that may be signatories."""


# Keys


def decide_delegation(hearing: Hearing, statement: DelegateKey) -> Verdict:
    """A root lets a key sign, once, for a bounded time."""
    state, by = hearing.state, hearing.by
    if state.roots.get(by.key) != by.party:
        return refused("not-a-root", f"a delegation by the officer's key {by.key[:8]}", "sign it with a root key")
    if _is_known(state, statement.key):
        return refused("key-known", f"the key {statement.key[:8]}, which is in use or was", "make a new key")
    if not statement.from_ms < statement.until_ms <= statement.from_ms + GREATEST_VALIDITY_MS:
        return refused(
            "validity", "a validity that is empty or too long", "at most five years, start before end",
            field="from_ms and until_ms",
        )  # fmt: skip
    if not statement.watch_number.strip() or any(
        key.party == by.party and key.officer == statement.watch_number and key.revoked_at is None
        for key in state.keys.values()
    ):
        return refused(
            "watch-number", f"the watch number {statement.watch_number!r}, empty or in use",
            "choose another one, or revoke the key that has it", field="watch_number",
        )  # fmt: skip
    return taken(Taken())


def decide_revocation(hearing: Hearing, statement: RevokeKey) -> Verdict:
    """A root revokes a key of its party; a key may revoke itself, which a thief gains nothing by."""
    key = hearing.state.keys.get(statement.key)
    if key is None or key.party != hearing.by.party:
        return refused(
            "unknown-key", f"the key {statement.key[:8]}", "name a delegated key of the own party", field="key"
        )
    if key.revoked_at is not None:
        return refused("revoked-already", f"the key {statement.key[:8]}, revoked already", "nothing is left to do")
    if hearing.by.key not in (statement.key, *_roots_of(hearing.state, hearing.by.party)):
        return refused("not-a-root", "a revocation by another officer's key", "sign it with a root key")
    return taken(Taken())


def decide_root_rotation(hearing: Hearing, statement: RotateRoot) -> Verdict:
    """The old and the new root sign; where the old one is lost, roots of the charter's quorum of parties and the new."""
    state, by = hearing.state, hearing.by
    if state.roots.get(statement.old) != statement.party:
        return refused(
            "unknown-key", f"{statement.old[:8]}, no root of {statement.party}", "name the present root", field="old"
        )
    if _is_known(state, statement.new):
        return refused(
            "key-known", f"the key {statement.new[:8]}, in use or used before", "make a new key", field="new"
        )
    signers = {by.key, *by.cosigners}
    others = {state.roots[key] for key in signers if key in state.roots and state.roots[key] != statement.party}
    quorum = state.charter.quorum if state.charter else 1
    if statement.new not in signers:
        return refused("unsigned-by-new", "a rotation that the new key has not signed", "sign it with the new key too")
    if statement.old not in signers and len(others) < max(1, quorum):
        return refused(
            "unsigned-by-old", f"neither the old root nor roots of {max(1, quorum)} other parties among the signatures",
            "sign it with the old root, or have the quorum sign",
        )  # fmt: skip
    return taken(Taken())


def decide_node_rotation(hearing: Hearing, statement: RotateNode) -> Verdict:
    """The old and the new key of the node sign."""
    state, signers = hearing.state, {hearing.by.key, *hearing.by.cosigners}
    if statement.old != state.node or statement.old not in signers or statement.new not in signers:
        return refused(
            "unsigned-by-both", "a rotation not signed by the node's present key and the new one", "sign with both"
        )
    if _is_known(state, statement.new):
        return refused(
            "key-known", f"the key {statement.new[:8]}, in use or used before", "make a new key", field="new"
        )
    return taken(Taken())


def _is_known(state: State, key: str) -> bool:
    return key in state.keys or key in state.roots or key in state.retired or key == state.node


def _roots_of(state: State, party: str) -> list[str]:
    return [key for key, owner in state.roots.items() if owner == party]


def with_key(state: State, by: Submission, statement: DelegateKey) -> State:
    """Return the state in which a key may sign."""
    key = Key(
        party=by.party, officer=statement.watch_number, role=statement.role, from_ms=statement.from_ms,
        until_ms=statement.until_ms,
    )  # fmt: skip
    return msgspec.structs.replace(state, keys=state.keys.set(statement.key, key))


def without_key(state: State, statement: RevokeKey) -> State:
    """Return the state in which a key signs no more, from the revoking entry's position on."""
    key = msgspec.structs.replace(state.keys[statement.key], revoked_at=state.size)
    return msgspec.structs.replace(state, keys=state.keys.set(statement.key, key))


def with_root(state: State, statement: RotateRoot) -> State:
    """Return the state in which the new root stands for the old one."""
    return msgspec.structs.replace(
        state,
        roots=state.roots.delete(statement.old).set(statement.new, statement.party),
        retired=state.retired.set(statement.old, statement.party),
    )


def with_node(state: State, statement: RotateNode) -> State:
    """Return the state in which the node signs with its new key."""
    return msgspec.structs.replace(state, node=statement.new, retired=state.retired.set(statement.old, NODE))


# The agreement


def decide_draft(hearing: Hearing, statement: ProposeDraft) -> Verdict:
    """A draft is laid on the table by a root or a delegate of whoever may sign one, or of the mediator."""
    state, document = hearing.state, statement.document
    if (verdict := _unless_delegate(hearing)) is not None:
        return verdict
    member = state.member(hearing.by.party)
    if member is None or member.role not in (*SIGNING, PartyRole.MEDIATOR):
        return refused(
            "may-not-draft", f"a draft of {hearing.by.party}", "parties and the mediator lay drafts on the table"
        )
    if document is None or "document" in hearing.by.withheld:
        return refused("no-document", "a draft without its text", "send the text along", field="document")
    if sha256(document.text.encode()).hexdigest() != statement.draft:
        return refused(
            "other-text", "a text that is not the one named", "name the draft by the SHA-256 of its text", field="draft"
        )
    if statement.draft in state.drafts:
        return refused(
            "draft-known", f"the draft {statement.draft[:8]}, on the table already", "sign it as it lies there"
        )
    own = sum(draft.by == hearing.by.party for draft in state.drafts.values())
    if own >= GREATEST_DRAFTS:
        return refused("too-many-drafts", f"{own} drafts of {hearing.by.party} on the table", "sign one of these")
    return _unfit(state, document.agreement) or taken(Taken(ref=statement.draft))


def _unfit(state: State, agreement: Agreement) -> Verdict | None:
    """Return why an agreement cannot stand on this charter, or None."""
    try:
        fault = next(iter(faults_of(agreement)), None)
        zones_of(agreement)
    except (MeaningError, LimitError) as error:
        return refused("faulty-agreement", str(error), "mend the draft; `agreement check` tells all of its faults")
    if fault is not None:
        return refused("faulty-agreement", fault.found, f"{fault.expected}; `agreement check` tells all faults")
    for signatory in agreement.signatories:
        member = state.member(signatory.name)
        if member is None or member.role not in SIGNING:
            return refused(
                "no-signatory", f"the signatory {signatory.name!r}, no party of the charter that may sign",
                "name parties, guarantors and territorial states of the charter", field="signatories",
            )  # fmt: skip
    for zone in agreement.zones:
        if any(_REFERENCE.fullmatch(word) for word in zone.name.split()):
            return refused(
                "zone-name", f"a zone named {zone.name!r}, which reads as the reference of an entry", "name it otherwise",
                field="zones", clause=zone.number,
            )  # fmt: skip
    named = {signatory.name for signatory in agreement.signatories}
    needed = {*state.parties_of(PartyRole.PARTY), *_in_force(state)}
    if missing := sorted(needed - named):
        return refused(
            "missing-signatory", f"signatories without {', '.join(missing)}",
            "name every party of the charter, and every signatory of the agreement in force: nobody is bound unasked",
            field="signatories",
        )  # fmt: skip
    return None


def decide_signature(hearing: Hearing, statement: SignAgreement) -> Verdict:
    """A signatory signs the draft of that name; the last one brings it into force, and all that is live is judged anew."""
    state, party = hearing.state, hearing.by.party
    if (verdict := _unless_delegate(hearing)) is not None:
        return verdict
    draft = state.drafts.get(statement.draft)
    if draft is None or draft.agreement is None:
        return refused("unknown-draft", f"the draft {statement.draft[:8]}", "name a draft on the table", field="draft")
    if party not in _signatories(draft):
        return refused("no-signatory", f"{party}, no signatory of this draft", "leave the signing to its signatories")
    if party in draft.signed or statement.draft == state.draft:
        return refused("signed-already", f"a second signature of {party}", "nothing is left to do")
    if {*draft.signed, party} < set(_signatories(draft)):
        return taken(Taken())
    found = rejudged(hearing, draft.agreement)
    return taken(Taken(), InForce(draft=statement.draft), *found)


def decide_suspension(hearing: Hearing, statement: SuspendAgreement) -> Verdict:
    """A party suspends the agreement, where its clause lets it; verdicts rest from then on."""
    state, party = hearing.state, hearing.by.party
    if (verdict := _unless_delegate(hearing)) is not None:
        return verdict
    if state.agreement is None:
        return refused("none-in-force", "no agreement in force", "there is nothing to suspend")
    if party in state.suspended_by:
        return refused("suspended-already", f"a second suspension by {party}", "resume it when the reason is gone")
    clause = term_of(state.agreement, Suspension) or Suspension(number="charter")
    if not state.is_named(party, clause.by) or party not in _in_force(state):
        return refused(
            "may-not-suspend", f"a suspension by {party}", "only those whom the clause names may", clause=clause.number
        )
    hearing.bench.adopt(None)
    return taken(Taken(), Suspended(by=party))


def decide_resumption(hearing: Hearing, statement: ResumeAgreement) -> Verdict:
    """A party agrees to resume; the last one whose consent the clause asks for brings the agreement back into force."""
    state, party = hearing.state, hearing.by.party
    if (verdict := _unless_delegate(hearing)) is not None:
        return verdict
    if party not in state.suspended_by or state.agreement is None:
        return refused("not-suspended", f"nothing that {party} could resume", "see who has still to agree")
    if state.suspended_by != (party,):
        return taken(Taken())
    return taken(Taken(), Resumed(), *rejudged(hearing, state.agreement))


def _unless_delegate(hearing: Hearing) -> Verdict | None:
    if hearing.by.role in (None, OfficerRole.DELEGATE):
        return None
    return refused("not-a-delegate", "the key of a duty officer", "have a delegate's or a root key sign this")


def _signatories(draft: Draft) -> tuple[str, ...]:
    return tuple(signatory.name for signatory in draft.agreement.signatories) if draft.agreement else ()


def _in_force(state: State) -> tuple[str, ...]:
    return tuple(signatory.name for signatory in state.agreement.signatories) if state.agreement else ()


def with_draft(state: State, by: Submission, statement: ProposeDraft) -> State:
    """Return the state with a draft on the table."""
    document = statement.document
    draft = Draft(
        text=document.text if document else None, agreement=document.agreement if document else None, by=by.party
    )
    return msgspec.structs.replace(state, drafts=state.drafts.set(statement.draft, draft))


def with_signature(state: State, by: Submission, statement: SignAgreement) -> State:
    """Return the state in which a party has signed a draft."""
    draft = state.drafts[statement.draft]
    signed = msgspec.structs.replace(draft, signed=(*draft.signed, by.party))
    return msgspec.structs.replace(state, drafts=state.drafts.set(statement.draft, signed))


def in_force(state: State, finding: InForce) -> State:
    """Return the state in which a draft is the agreement; what was suspended is not any more."""
    agreement = state.drafts[finding.draft].agreement
    state = msgspec.structs.replace(
        without_timers(state, "agreement"), draft=finding.draft, agreement=agreement, suspended_by=(),
        in_force_ms=state.recorded_ms, drafts=_without_signatures(state, finding.draft),
    )  # fmt: skip
    state = with_review(state, agreement, state.recorded_ms)
    return _all_bound(state)


def _without_signatures(state: State, draft: str) -> Map[str, Draft]:
    """Return the drafts, of which none but the one in force is signed: what was signed before it is not meant any more."""
    drafts = state.drafts
    for name in [name for name, other in drafts.items() if other.signed and name != draft]:
        drafts = drafts.set(name, msgspec.structs.replace(drafts[name], signed=()))
    return drafts


def with_review(state: State, agreement: Agreement | None, from_ms: int) -> State:
    """Return the state with the timer of the next review running, where a clause asks for one (SZK-07)."""
    clause = term_of(agreement, Review)
    return with_timers(state, Timer(from_ms + clause.period_ms, "review", "agreement")) if clause else state


def suspended(state: State, finding: Suspended) -> State:
    """Return the state in which the agreement rests until all those have agreed whose consent the clause asks for."""
    clause = term_of(state.agreement, Suspension)
    needed = _in_force(state) if clause is None or clause.resume_needs_all else (finding.by,)
    return msgspec.structs.replace(state, suspended_by=tuple(sorted({*state.suspended_by, *needed})))


def resumed_by(state: State, by: Submission) -> State:
    """Return the state in which one party's consent to resume is no longer missing."""
    state = msgspec.structs.replace(state, suspended_by=tuple(p for p in state.suspended_by if p != by.party))
    return state if state.suspended_by else _all_bound(state)


def _all_bound(state: State) -> State:
    """Return the state in which every live site binds by the agreement, those filed while there was none too."""
    for ref in sorted(state.open):
        if not state.notices[ref].binds_until_ms:
            state = bound(state, ref)
    return state
