"""A simulated world, all of it from one seed: parties that late, lying and careless officers speak for, and a node that dies.

`play(seed)` lets it run and holds what came of it against the mechanism's promises: nothing acknowledged is lost, the
ledger folds to the same state again and from any prefix, no conflict is unseen, no deadline passes in silence, nobody
sees more than its clauses let it, nothing is accepted from a key that may not sign. A failure names its seed, and
`python -m sazokar.testing.world SEED` plays it again, step by step. The same seed gives the same bytes in any process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from random import Random
from typing import Final

import msgspec

from sazokar.app.codec import Stamp, seal, seal_founding, view_name
from sazokar.app.node import Node
from sazokar.app.opening import entry_of, states
from sazokar.app.receipt import Receipt, Rejected
from sazokar.app.snapshot import state_bytes, state_of
from sazokar.domain.disclosure import may_read
from sazokar.domain.fold import fold
from sazokar.domain.notice import OperationState
from sazokar.domain.party import FILING, OfficerRole, PartyRole
from sazokar.domain.state import EMPTY, State, next_due
from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    AmendNotice,
    AnswerConflict,
    Ask,
    Charter,
    DelegateKey,
    ErasePayload,
    FileNotice,
    Member,
    ProposeDraft,
    Recommend,
    RevokeKey,
    RotateNode,
    RotateRoot,
    SignAgreement,
    Statement,
    Submission,
)
from sazokar.errors import SazokarError
from sazokar.ledger.signing import SigningKey
from sazokar.testing.clock import FakeClock
from sazokar.testing.fakes import CountedEntropy, HeardAlarm, key_of
from sazokar.testing.faults import Died, Fault, FaultyLog
from sazokar.testing.mischief import BENDS, Sent
from sazokar.testing.officers import ACTS, CASE_ACTS, DELEGATES, SIGNING, STOP_ACTS, Act, Situation, is_idle, recommends
from sazokar.testing.treaties import KINDS, treaty
from sazokar.testing.witness import BrokenError, Witness

BEGIN_MS: Final = 1_800_000_000_000
STEPS: Final = 20
DAY_MS: Final = 86_400_000
_ROLES: Final = {
    "ALPHA": PartyRole.PARTY,
    "BRAVO": PartyRole.PARTY,
    "CASPIA": PartyRole.TERRITORIAL_STATE,
    "RELIEF": PartyRole.PARTICIPANT,
    "MEDIATOR": PartyRole.MEDIATOR,
    "WATCHER": PartyRole.OBSERVER,
}


class Desk:
    """One key of a party, and the officer who holds it."""

    def __init__(self, party: str, key: SigningKey, role: OfficerRole) -> None:
        self.party = party
        self.key = key
        self.role = role
        self.number = 0

    def next_number(self, rng: Random) -> int:
        """Return the next running number; now and then one that was used, or one out of its turn."""
        if rng.random() < 0.03:
            return rng.choice((0, self.number, self.number + 5))
        self.number += 1
        return self.number


class World:
    """A mechanism in use, and all that happens to it.

    Args:
        seed: What everything is made of.
        say: Told what happens; for whoever plays one world again.
    """

    def __init__(self, seed: int, say: Callable[[str], None] = lambda line: None) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.say = say
        self.clock = FakeClock(BEGIN_MS)
        self.entropy = CountedEntropy(seed)
        self.alarm = HeardAlarm()
        self.log = FaultyLog(self._another_writes)
        self.witness = Witness()
        self.receipts: dict[str, Receipt] = {}
        self.sent: list[Sent] = []
        self.members = self._members()
        self.signatories = tuple(n for n in ("ALPHA", "BRAVO", "CASPIA") if n in self.members)[
            : self.rng.choice((2, 3))
        ]
        self.filers = tuple(name for name in self.members if _ROLES[name] in FILING)
        self.roots = {name: key_of(f"root {name}") for name in self.members}
        self.desks: dict[str, list[Desk]] = {name: [] for name in self.members}
        self.retired: list[Desk] = []
        self.node_key = key_of("node 0")
        self._made = 0
        self._root_numbers: dict[str, int] = {}
        self.node = self._open()
        self._found()

    def _members(self) -> tuple[str, ...]:
        third = [name for name in ("CASPIA", "RELIEF", "WATCHER") if self.rng.random() < 0.5]
        return ("ALPHA", "BRAVO", *third, "MEDIATOR")

    # How it begins

    def _open(self) -> Node:
        return Node(self.log, self.clock, self.node_key, self.entropy, self.alarm)

    def _found(self) -> None:
        parties = tuple(Member(name=n, role=_ROLES[n], roots=(self.roots[n].key_id,)) for n in self.members)
        charter = Charter(
            name="trial", origin="trial.invalid/ledger", node=self.node_key.key_id, parties=parties, quorum=2,
            created_ms=BEGIN_MS, interim=self.rng.choice(("conflict-only", "extent-only", "everything")),
        )  # fmt: skip
        self.node.found(seal_founding(charter, [self.roots[n] for n in self.members]))
        for name in self.members:
            self.delegate(name, OfficerRole.DELEGATE)
        if self.rng.random() < 0.85:
            self._agree(self.rng.randrange(KINDS))

    def _agree(self, number: int) -> None:
        document = treaty(number, self.signatories)
        draft = sha256(document.text.encode()).hexdigest()
        self.send(self.desks["MEDIATOR"][0], ProposeDraft(draft=draft, document=document))
        for name in self.signatories:
            self.send(self.desks[name][0], SignAgreement(draft=draft))

    def delegate(self, party: str, role: OfficerRole) -> None:
        """Let a party's root delegate a key: most often valid now and for a day, else too early, too briefly, or not yet."""
        self._made += 1
        key = key_of(f"officer {self._made}")
        now_ms = self.clock.now_ms()
        first = not self.desks[party]
        from_ms = now_ms if first else now_ms + self.rng.choice((-DAY_MS, 0, 0, 0, 600_000))
        until_ms = from_ms + (90 * DAY_MS if first else self.rng.choice((300_000, DAY_MS, 90 * DAY_MS)))
        self.send_root(
            party,
            DelegateKey(key=key.key_id, watch_number=f"W-{self._made}", role=role, from_ms=from_ms, until_ms=until_ms),
        )
        self.desks[party].append(Desk(party, key, role))

    def send_root(self, party: str, statement: Statement, more: Sequence[SigningKey] = ()) -> object:
        """Let a party's root sign a statement."""
        root = self.roots[party]
        self._root_numbers[root.key_id] = number = self._root_numbers.get(root.key_id, 0) + 1
        return self.submit(seal(statement, self._stamp(number), [root, *more], self.entropy))

    def _stamp(self, number: int) -> Stamp:
        """Return what a statement says of itself; now and then stale, or meant for too long."""
        stated_ms, lasts_ms = self.clock.now_ms(), DAY_MS
        if self.rng.random() < 0.04:
            stated_ms += self.rng.choice((-2 * DAY_MS, -60_000, 60_000))
            lasts_ms = self.rng.choice((DAY_MS, 1_000, 400 * DAY_MS))
        return Stamp(ledger=self.node.ledger, number=number, stated_ms=stated_ms, expires_ms=stated_ms + lasts_ms)

    # What is sent

    def send(self, desk: Desk, statement: Statement) -> object:
        """Let an officer sign a statement, and send it."""
        stamp = self._stamp(desk.next_number(self.rng))
        return self.submit(seal(statement, stamp, [desk.key], self.entropy))

    def submit(self, sent: Sent) -> object:
        """Send an envelope and keep its receipt; the node may die of it, and is opened again."""
        self.sent.append(sent)
        try:
            answer = self.node.submit(*sent)
        except Died:
            self.say("  the node dies")
            self.reopen()
            return self.submit(sent) if self.rng.random() < 0.7 else None
        except SazokarError as error:
            self.say(f"  {type(error).__name__}: {error}")
            return error
        self._keep(answer)
        return answer

    def _keep(self, answer: object) -> None:
        if isinstance(answer, Receipt):
            self.say(f"  {answer.outcome} {answer.ref} {answer.refusal.code if answer.refusal else ''}")
            before = self.receipts.setdefault(answer.id, answer)
            same = (before.position, before.recorded_ms, before.outcome)
            if same != (answer.position, answer.recorded_ms, answer.outcome):
                raise BrokenError(f"one statement, two receipts: {before} and {answer}")
        else:
            self.say(f"  {answer}")

    def submit_together(self, sents: Sequence[Sent]) -> None:
        """Send several envelopes that the node judges in one batch, as when many officers send at once."""
        waiting = []
        for leaf, payloads in sents[:-1]:
            try:
                received = self.node._received(leaf, payloads)
            except SazokarError:
                continue
            if not isinstance(received, Rejected):
                self.node._queue.append(received)  # as another thread would
                waiting.append(received)
        self.sent.extend(sents[:-1])
        self.submit(sents[-1])
        for one in waiting:
            if one.answer is not None:
                self._keep(one.answer)

    def reopen(self) -> None:
        """Let the node's process end, and open the ledger anew; all that was acknowledged must be found again."""
        self.log.forget_plans()
        self.node = self._open()
        if self.node.damage is not None:
            raise BrokenError(f"the ledger is damaged: {self.node.damage}")
        self.require_receipts()

    def _another_writes(self) -> None:
        """Another node on the same log records that time has passed, or that something was delivered."""
        self.log.forget_plans()
        other = Node(self.log, self.clock, self.node_key, CountedEntropy(-1 - len(self.sent)), HeardAlarm())
        other.tick()
        other.delivered("ALPHA", sorted(other.state.open)[:2])

    # What happens

    def run(self, steps: int = STEPS) -> None:
        """Let so many things happen, and hold the ledger against its promises after each."""
        for step in range(steps):
            self._step(step)
            self.witness.read_on(self.log)
            if step % 10 == 9 and (self.seed % 4 == 0 or steps > STEPS):
                self.require_agreed()  # to judge all at once costs as much as several steps
        self.settle()

    def _step(self, step: int) -> None:
        chance = self.rng.random()
        self._let_time_pass()
        if self.rng.random() < 0.08:
            self._plan_faults()
        if chance < 0.72:
            self.act()
        elif chance < 0.76:
            self.submit_together([self.sealed() for _ in range(self.rng.choice((2, 3, 5)))])
        elif chance < 0.84:
            self.mischief()
        elif chance < 0.90:
            self._tick()
        elif chance < 0.93:
            self._delivers()
        elif chance < 0.97:
            self.keys()
        else:
            self.say("reopened")
            self.reopen()

    def _let_time_pass(self) -> None:
        jump = self.rng.random()
        by_ms = self.rng.choice((0, 100, 5_000, 30_000, 90_000))
        if jump < 0.04:
            by_ms = self.rng.choice((-DAY_MS, -600_000, -1))
        elif jump < 0.07:
            by_ms = self.rng.choice((900_000, 3_600_000, 7_200_000))
        elif jump < 0.073:
            by_ms = 9 * DAY_MS
        self.clock.advance(by_ms)

    def _plan_faults(self) -> None:
        fault = self.rng.choice(tuple(Fault))
        self.say(f"fault: {fault}")
        times = self.rng.choice((1, 1, 3, 9)) if fault is Fault.UNKNOWN_LOST else 1
        self.log.plan(*([Fault.NONE] * self.rng.choice((0, 0, 1)) + [fault] * times))

    def _situation(self, desk: Desk) -> Situation:
        return Situation(
            self.rng, desk.party, self.node.state, self.clock.now_ms(), self.members, self.signatories
        )  # fmt: skip

    def sealed(self) -> Sent:
        """Return what some officer signs now."""
        act = self._choose()
        desk = self._desk(act)
        self.say(f"{desk.party}: {act.__name__}")
        return seal(act(self._situation(desk)), self._stamp(desk.next_number(self.rng)), [desk.key], self.entropy)

    def _choose(self) -> Act:
        """Return what is done; seldom what there is nothing for."""
        drawn = self.rng.choices([act for act, _ in ACTS], [weight for _, weight in ACTS], k=4)
        return next((act for act in drawn if not is_idle(act, self.node.state)), drawn[0])

    def act(self) -> None:
        """Let some officer sign and send something; now and then twice, or from across a gap, late."""
        sent = self.sealed()
        self.submit(sent)
        if self.rng.random() < 0.06:
            self.say("again")
            self.submit(sent)

    def _desk(self, act: Act) -> Desk:
        """Return who does it: as a rule one who may."""
        parties = self.members
        if self.rng.random() < 0.95:
            parties = ("MEDIATOR",) if act is recommends else self.filers if act not in SIGNING else self.signatories
            parties = (act in CASE_ACTS and self._in_conflict()) or parties
        party, delegate, stop = self.rng.choice(parties), act in DELEGATES, act in STOP_ACTS
        desks = self.desks[party]
        fit = [d for d in desks if (d.role is OfficerRole.DELEGATE or not delegate) and (stop or d.role != "stop")]
        return self.rng.choice(fit if fit and self.rng.random() < 0.95 else desks)

    def _in_conflict(self) -> tuple[str, ...]:
        live = [case for case in self.node.state.cases.values() if case.is_live]
        return tuple(sorted({party for case in live for party in (case.turn, *case.parties) if party in self.members}))

    def _tick(self) -> None:
        self.say("tick")
        try:
            failed = self.node.tick()
        except Died:
            self.reopen()
            return
        state = self.node.state
        if failed is None and (late := next_due(state, state.recorded_ms)) is not None:
            raise BrokenError(f"after a tick at {state.recorded_ms} the deadline {late} is still to pass")

    def _delivers(self) -> None:
        refs = sorted([*self.node.state.open, *self.node.state.cases])
        try:
            self.node.delivered(self.rng.choice(self.members), self.rng.sample(refs, min(2, len(refs))))
        except Died:
            self.reopen()

    def keys(self) -> None:
        """Let a key be delegated, revoked or rotated."""
        party = self.rng.choice(self.members)
        choice = self.rng.random()
        self.say(f"{party}: keys")
        if choice < 0.45 or len(self.desks[party]) < 2:
            self.delegate(party, self.rng.choice((OfficerRole.DELEGATE, OfficerRole.OFFICER, OfficerRole.STOP_ONLY)))
        elif choice < 0.75:
            desk = self.desks[party].pop(0)
            self.retired.append(desk)
            revocation = RevokeKey(key=desk.key.key_id)
            self.send(desk, revocation) if choice < 0.55 else self.send_root(party, revocation)
        elif choice < 0.88:
            self._rotate_root(party)
        else:
            self._rotate_node()

    def _rotate_root(self, party: str) -> None:
        self._made += 1
        old, new = self.roots[party], key_of(f"root {party} {self._made}")
        answer = self.send_root(party, RotateRoot(party=party, old=old.key_id, new=new.key_id), [new])
        if new.key_id in self.node.state.roots:
            self.roots[party] = new
            self.retired.append(Desk(party, old, OfficerRole.DELEGATE))
        self.say(f"  root: {answer}")

    def _rotate_node(self) -> None:
        self._made += 1
        old, new = self.node_key, key_of(f"node {self._made}")
        statement = RotateNode(old=old.key_id, new=new.key_id)
        self._root_numbers[old.key_id] = number = self._root_numbers.get(old.key_id, 0) + 1
        self.log.forget_plans()
        self.submit(seal(statement, self._stamp(number), [old, new], self.entropy))
        if self.node.state.node == new.key_id:
            self.node_key = new
            self.reopen()

    def mischief(self) -> None:
        """Let someone send what is bent, stale, stolen or not its own."""
        choice = self.rng.random()
        stolen = self.rng.choice(self.sent)
        if choice < 0.5:
            bend = self.rng.choice(BENDS)
            self.say(f"mischief: {bend.__name__}")
            self._harmless(bend(self.rng, self.sealed() if self.rng.random() < 0.7 else stolen))
        elif choice < 0.7:
            self.say("mischief: replayed")
            self.submit(stolen)
        elif choice < 0.85:
            self.say("mischief: another's envelope without its sections")
            self.submit((stolen[0], {}))
        else:
            self._by_a_wrong_key()

    def _by_a_wrong_key(self) -> None:
        stranger = Desk("ALPHA", key_of("stranger"), OfficerRole.DELEGATE)
        desk = self.rng.choice([stranger, *self.retired])
        self.say("mischief: a key that may not sign")
        act = self._choose()
        stamp = self._stamp(desk.next_number(self.rng))
        if self.rng.random() < 0.3:
            desk, stamp = self._desk(act), msgspec.structs.replace(stamp, ledger="0" * 64)
        answer = self.submit(seal(act(self._situation(desk)), stamp, [desk.key], self.entropy))
        if isinstance(answer, Receipt) and (desk is stranger or stamp.ledger == "0" * 64):
            raise BrokenError(f"accepted from a key that may not sign: {answer}")

    def _harmless(self, sent: Sent) -> None:
        """What is bent gives an error or a rejection; where the bending undid itself, it is as if sent as it was."""
        before = self.log.size()
        self.submit(sent)
        if self.log.size() < before:
            raise BrokenError("the ledger has become shorter")

    # What must hold

    def require_receipts(self) -> None:
        """Every acknowledged statement is where its receipt says, with the outcome that it says."""
        for receipt in self.receipts.values():
            if self.log.position_of(receipt.id) != receipt.position:
                raise BrokenError(f"acknowledged and lost: {receipt}")
        self.witness.read_on(self.log)
        found = {by.id for by in self.witness.submissions}
        if lost := [r for r in self.receipts if r not in found]:
            raise BrokenError(f"acknowledged and lost: {lost}")

    def require_agreed(self) -> None:
        """The mechanism's conflicts are those that the witness finds, and its states are those that follow."""
        self.witness.require_no_conflict_unseen()
        state = self.node.state
        pairs = {frozenset((case.a, case.b)) for case in state.cases.values() if case.is_live}
        if pairs != set(self.witness.open_pairs.values()):
            raise BrokenError(f"live conflicts {sorted(map(sorted, pairs))}; the ledger's are others")
        if set(state.open) != set(self.witness.live):
            raise BrokenError(f"live notices {sorted(state.open)}; the witness knows {sorted(self.witness.live)}")
        if state.judges is not None:
            self._require_states(state)

    def _require_states(self, state: State) -> None:
        for ref in sorted(state.open):
            notice, cases = state.notices[ref], state.open[ref]
            if (notice.state is OperationState.ACCEPTED and cases) or (
                notice.state is OperationState.PROPOSED and not cases
            ):
                raise BrokenError(f"{ref} is {notice.state} with the conflicts {cases}")

    def settle(self) -> None:
        """Let all faults end, all deadlines pass, and hold everything against everything."""
        self.log.forget_plans()
        self._tick()
        before = state_bytes(self.node.state)
        self.reopen()
        if state_bytes(self.node.state) != before:
            raise BrokenError("opened again, the ledger gives another state")
        self.require_agreed()
        self._require_refolds()
        self._require_sight()
        self._require_replica(self.rng.choice(self.members))

    def _require_refolds(self) -> None:
        """The ledger folds to the same bytes; any prefix folds; from the bytes of any prefix the rest folds to the same."""
        whole = state_bytes(self.node.state)
        prefixes = list(states(self.log))
        if state_bytes(prefixes[-1]) != whole:
            raise BrokenError("folded again, the ledger gives another state")
        middle = state_of(state_bytes(prefixes[self.rng.randrange(len(prefixes))]))
        for later in states(self.log, middle):
            middle = later
        if state_bytes(middle) != whole:
            raise BrokenError("folded on from a snapshot, the ledger gives another state")

    def _require_replica(self, viewer: str) -> None:
        """A party that holds no more than it may read folds it without an error, entry by entry."""
        charter, by_id = self.node.state.charter, {by.id: by for by in self.witness.submissions}
        assert charter is not None
        own_view, replica = view_name(charter, viewer), EMPTY
        for stored in self.log.read(0):
            by = by_id.get(stored.id)
            seen = {
                name: payload
                for name, payload in stored.payloads.items()
                if name == own_view or (by is not None and may_read(self.node.state, by, name, viewer))
            }
            replica = fold(replica, entry_of(msgspec.structs.replace(stored, payloads=seen), replica, own_view))
        if (replica.size, replica.recorded_ms) != (self.node.state.size, self.node.state.recorded_ms):
            raise BrokenError(f"the replica of {viewer} stands elsewhere")

    def _require_sight(self) -> None:
        """Each party may read what its clauses let it, and nothing else; what was erased is in no page of the log."""
        sight = self.witness.sight
        assert sight is not None
        for stored, by in zip(
            (s for s in self.log.read(0) if b'"statement"' in s.leaf), self.witness.submissions, strict=False
        ):
            for section in stored.payloads:
                if (stored.id, section) in self.witness.erased:
                    raise BrokenError(f"{section} of {stored.id[:8]} was to be forgotten, and is there")
            for viewer in self.members:
                for section in sorted(stored.payloads):
                    allowed = self._reads(by, section, viewer)
                    if allowed is not None and may_read(self.node.state, by, section, viewer) != allowed:
                        raise BrokenError(
                            f"{viewer} and {section} of {type(by.statement).__name__} by {by.party}: not {allowed}"
                        )

    def _reads(self, by: Submission, section: str, viewer: str) -> bool | None:
        """Return whether a party may read a section, as the witness has it; None: it has no view of it."""
        sight = self.witness.sight
        assert sight is not None
        if viewer == by.party:
            return True
        match by.statement:
            case FileNotice() | AmendNotice():
                ref = self.node.state.filings.get(by.id, "")  # by what was taken, whatever it names
                if ref not in sight.notices:
                    return False
                reaches = sight.notices[ref].reaches(by.id, section)
                return reaches and sight.rank(viewer, ref) >= (2 if section == "extent" else 3)
            case AnswerConflict(ref=ref) | Recommend(ref=ref) | AcceptRisk(ref=ref) | AcceptRecommendation(ref=ref):
                return ref in sight.cases and sight.reads_reply(viewer, ref, by.party)
            case Ask() | ErasePayload():
                return False
            case _:
                return True


def play(seed: int, steps: int = STEPS, say: Callable[[str], None] = lambda line: None) -> World:
    """Return a world after it has run.

    Raises:
        AssertionError: A promise was broken; the message names the seed, and how to play it again.
    """
    world: World | None = None
    try:
        world = World(seed, say)
        world.run(steps)
    except Exception as error:
        raise AssertionError(
            f"world {seed}: {error!r}; play it again with: python -m sazokar.testing.world {seed}"
        ) from error
    return world


def fingerprint(world: World) -> str:
    """Return the hash of all that a world has come to: its state, and every byte of its ledger."""
    digest = sha256(state_bytes(world.node.state))
    for stored in world.log.read(0):
        digest.update(stored.leaf)
        for name in sorted(stored.payloads):
            digest.update(stored.payloads[name])
    return digest.hexdigest()


def main(arguments: Mapping[int, str] | Sequence[str]) -> int:
    """Play the worlds of some seeds, and print what happens and what they came to."""
    for seed in map(int, arguments):
        print(f"{seed} {fingerprint(play(seed, say=print if len(arguments) == 1 else lambda line: None))}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
