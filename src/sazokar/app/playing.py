"""Plays a scenario through a node, step by step: signs for everyone in it, sets the clock, cosigns. Prints nothing.

All private keys of all sides lie in one hand here, which is right for a play and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from sazokar.app import scenario_a as scenario
from sazokar.app.codec import NODE_VIEW, Stamp, read_stored, seal, seal_founding, view_name
from sazokar.app.cosigning import cosigned
from sazokar.app.node import Node
from sazokar.app.opening import signers_of
from sazokar.app.ports import Alarm, Entropy, ProvableLog
from sazokar.app.receipt import Answer, Receipt
from sazokar.domain.agreement import Agreement
from sazokar.domain.authority import Author
from sazokar.domain.finding import Advised, AnyFinding, Findings, Raised
from sazokar.domain.party import PartyRole
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.statement import Charter, Member, Statement
from sazokar.errors import InstantError, LedgerError
from sazokar.ledger.checkpoint import Checkpoint, open_note
from sazokar.ledger.signing import KeyId, SigningKey

_DAY_MS: Final = 86_400_000
NewKey = Callable[[], SigningKey]


class StageClock:
    """A clock that shows what it is set to; see `app.ports.Clock`.

    Args:
        instant_ms: What it shows.
    """

    def __init__(self, instant_ms: int) -> None:
        self.instant_ms = instant_ms

    def now_ms(self) -> int:
        """Return what it shows."""
        return self.instant_ms


class Happening(msgspec.Struct, frozen=True):
    """What came of a step.

    Args:
        step: The step.
        findings: What the node recorded in it, in order.
        refused: Why it never became a statement, or what its rules said no to; empty: it went its way.
        sizes: Entries of the ledger before and after.
        seen: Of what reaches a party: what it may see of it, and no more.
    """

    step: scenario.Step
    findings: tuple[AnyFinding, ...]
    refused: str = ""
    sizes: tuple[int, int] = (0, 0)
    seen: tuple[AnyFinding, ...] = ()


class Cast(msgspec.Struct, frozen=True):
    """Who is on a stage, and when the play begins.

    Args:
        parties: Role of each party of the charter.
        officers: Watch numbers, each with a key of its own.
        begins_ms: What the clock shows at first.
    """

    parties: Mapping[str, PartyRole]
    officers: tuple[str, ...]
    begins_ms: int


OF_SCENARIO_A: Final = Cast(scenario.PARTIES, tuple(scenario.OFFICERS), scenario.BEGINS_MS)
_SEEN: Final = 500
"""What reaches a party is looked for among so many entries, the newest: it has just been recorded."""


def _not_taken(answer: Answer) -> str:
    """Return why a step did not become what the scenario tells, for whoever watches: another may have acted before."""
    if not isinstance(answer, Receipt):
        return answer.reason
    refusal = answer.refusal
    return f"{refusal.found} ({refusal.clause})" if refusal is not None else "it was taken"


class Stage:
    """A ledger of its own, with everyone's keys.

    Args:
        log: An empty log.
        entropy: Salts.
        alarm: What a STOP sounds through.
        new_key: Makes keys; by default from the system's entropy.
        cast: Who is on it.
    """

    def __init__(
        self, log: ProvableLog, entropy: Entropy, alarm: Alarm, new_key: NewKey = SigningKey.generate,
        cast: Cast = OF_SCENARIO_A,
    ) -> None:  # fmt: skip
        self.log = log
        self.clock = StageClock(cast.begins_ms)
        self.roots = {party: new_key() for party in cast.parties}
        self.officers = {number: new_key() for number in cast.officers}
        self._cast = cast
        self.references: dict[str, str] = {}
        self._entropy = entropy
        self._numbers: dict[KeyId, int] = {}
        self._seen: dict[str, Checkpoint] = {}
        self.node_key = new_key()
        self.node = Node(log, self.clock, self.node_key, entropy, alarm)
        self.node.found(seal_founding(self._charter(self.node_key.key_id), list(self.roots.values())))

    def _charter(self, node: str) -> Charter:
        members = [
            Member(name=party, role=role, roots=(self.roots[party].key_id,))
            for party, role in self._cast.parties.items()
        ]
        return Charter(
            name="Halcyon Sea Mechanism", origin=scenario.ORIGIN, node=node, parties=tuple(members), quorum=2,
            created_ms=self._cast.begins_ms,
        )  # fmt: skip

    def play(self, text: str, agreement: Agreement) -> Iterator[Happening]:
        """Give what comes of each step as it happens.

        Args:
            text: The agreement as it is signed.
            agreement: The same as values.

        Raises:
            LedgerError: The node took a statement otherwise than the scenario tells.
        """
        yield from self.play_steps(scenario.steps(text, agreement, self.keys))

    @property
    def keys(self) -> dict[str, str]:
        """Per watch number the officer's public key."""
        return {number: key.key_id for number, key in self.officers.items()}

    def play_steps(self, steps: Iterable[scenario.Step]) -> Iterator[Happening]:
        """Give what comes of some steps as each happens; see `play`."""
        for step in steps:
            self.clock.instant_ms = step.at_ms
            before = self.node.state.size
            refused = self._do(step)
            after = self.node.state.size
            seen = self.seen(step.party, self.references[step.name]) if isinstance(step, scenario.Reach) else ()
            yield Happening(step, self._found(before, after), refused, (before, after), seen)

    def _do(self, step: scenario.Step) -> str:
        match step:
            case scenario.Say():
                self._say(step)
            case scenario.TypeTime():
                return _refused_at_the_border(step.text)
            case scenario.Reach():
                self.node.delivered(step.party, [self.references[step.name]])
            case scenario.Wait():
                self.node.tick()
            case scenario.CosignAll():
                self.cosign()
        return ""

    def _say(self, step: scenario.Say) -> None:
        key = self.roots.get(step.by) or self.officers[step.by]
        receipt = self.submit(step.statement(self.references), key)
        if step.makes:
            self.references[step.makes] = receipt.ref
        if step.raises:
            raised = next((finding for finding in receipt.findings if isinstance(finding, Raised)), None)
            if raised is None:
                raise LedgerError(f"step {step.number}: found no conflict; the scenario tells of one")
            self.references[step.raises] = raised.ref

    def submit(self, statement: Statement, *keys: SigningKey) -> Receipt:
        """Return the node's receipt of a statement that is signed here, by its author's key and those of others.

        Raises:
            LedgerError: It was refused, rejected or not recorded.
        """
        number = self._numbers[keys[0].key_id] = self._numbers.get(keys[0].key_id, 0) + 1
        now_ms = self.clock.now_ms()
        stamp = Stamp(ledger=self.node.ledger, number=number, stated_ms=now_ms, expires_ms=now_ms + _DAY_MS)
        leaf, payloads = seal(statement, stamp, keys, self._entropy)
        answer = self.node.submit(leaf, payloads)
        if not isinstance(answer, Receipt) or answer.refusal is not None:
            raise LedgerError(_not_taken(answer))
        return answer

    def cosign(self) -> None:
        """Let every party verify that the ledger has only grown, and cosign its newest checkpoint."""
        note, tree = self.log.checkpoint(), self.node.tree
        if note is None:
            raise LedgerError("found no checkpoint to cosign")
        known = signers_of(self.node.state)
        size = open_note(note, known)[0].size
        for party, key in self.roots.items():
            note = cosigned(note, known, self._seen.get(party), tree, key, timestamp_s=self.clock.now_ms() // 1000)
            self._seen[party] = open_note(note, known)[0]
        self.log.keep_cosigned(size, note)

    def seen(self, party: str, ref: str) -> tuple[AnyFinding, ...]:
        """Return what a party may see of a conflict that was raised, or what a third party is advised of a notice."""
        found: list[AnyFinding] = []
        member = self.node.state.member(party)
        charter = self.node.state.charter
        view = view_name(charter, party) if member is not None and charter is not None else NODE_VIEW
        for stored in self.log.read(max(0, self.node.state.size - _SEEN)):
            entry = read_stored(stored, lambda key, _: Author(""), view)
            findings = (entry.findings or ()) if isinstance(entry, Findings) else ()
            found += [one for one in findings if isinstance(one, Raised) and member is not None and one.ref == ref]
            found += [one for one in findings if isinstance(one, Advised) and (one.to, one.ref) == (party, ref)]
        return tuple(found)

    def _found(self, start: int, end: int) -> tuple[AnyFinding, ...]:
        entries = (read_stored(stored, lambda key, _: Author("")) for stored in self.log.read(start, end))
        return tuple(f for entry in entries if isinstance(entry, Findings) for f in entry.findings or ())


def _refused_at_the_border(text: str) -> str:
    try:
        parse_instant(text)
    except InstantError as error:
        return str(error)
    raise LedgerError(f"found the time {text!r} taken; expected it to be refused")
