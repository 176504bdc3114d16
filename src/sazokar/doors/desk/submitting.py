"""One statement on its way: signed, submitted to the ledger or written as an envelope for it, and what became of it told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from sazokar.adapters.entropy_system import SystemEntropy
from sazokar.adapters.ledger_folder import CHARTER, LEDGER
from sazokar.app.codec import Sealed, Stamp, seal
from sazokar.app.receipt import Answer, Receipt, Rejected, Unrecorded
from sazokar.domain.finding import Outcome
from sazokar.domain.governing import NODE
from sazokar.domain.state import State
from sazokar.domain.statement import FileNotice, Statement
from sazokar.doors.desk.distant import is_damaged, line_of, node_fault
from sazokar.doors.desk.folder import charter_id, owned
from sazokar.doors.desk.keyring import card_beside, next_number, unlocked
from sazokar.doors.desk.meant import require_meant
from sazokar.doors.desk.session import BAD, GOOD, NO, Session, complain, now_ms, say
from sazokar.doors.desk.telling import finding_lines, outcome_lines
from sazokar.doors.files import require_writable, write_atomically
from sazokar.errors import DamagedError, DeclinedError, KeyFileError, UnreadableError
from sazokar.ledger.parcel import pack
from sazokar.ledger.signing import SigningKey


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when a statement is made.

    Args:
        party: For whom the key signs, by the ledger, else by its card; empty: not known.
        officer: Watch number of its officer, likewise.
        now_ms: The present instant.
        state: What is true now; None: the ledger is not at hand.
    """

    party: str
    officer: str = ""
    now_ms: int
    state: State | None = None

    def version_of(self, ref: str) -> int:
        """Return the present version of a notice or a conflict; 1 where it is not known."""
        if self.state is None:
            return 1
        target = self.state.notices.get(ref) or self.state.cases.get(ref)
        return target.version if target else 1

    def own_party(self) -> str:
        """Return the party.

        Raises:
            KeyFileError: It is not known.
        """
        if not self.party:
            raise KeyFileError("the key signs for nobody that is known here; have it delegated first (keys delegate)")
        return self.party


Make = Callable[[Known], Statement]


def submit(session: Session, make: Make, more: Sequence[SigningKey] = ()) -> int:
    """Return the exit code after a statement was signed and submitted, or written where it is to be carried from.

    Args:
        session: Which ledger, which key.
        make: What is stated, by what is known.
        more: Other keys that sign too (rotations).
    """
    return became(session, make, more)[0]


def became(session: Session, make: Make, more: Sequence[SigningKey] = ()) -> tuple[int, bool]:
    """Return the exit code as `submit` does, and whether the statement is recorded, or written to be carried."""
    key = unlocked(session)
    if session.offline is not None:
        return _offline(session, session.offline, key, make, more), True
    if session.node:
        return _over_the_line(session, key, make, more)
    with owned(session.directory) as (node, _):
        statement = make(_known(session, key, node.state))
        leaf, payloads = _sealed(session, statement, [key, *more], node.ledger, node.state)
        answer = node.submit(leaf, payloads)
        damaged = node.damage is not None
    return told(answer, statement, damaged=damaged), isinstance(answer, Receipt)


def _over_the_line(session: Session, key: SigningKey, make: Make, more: Sequence[SigningKey]) -> tuple[int, bool]:
    """Return what `became` does after a statement was signed here, sent to a node, and its receipt proven."""
    line = line_of(session, key)
    try:
        line.sync()
    except DeclinedError as error:
        # A damaged node knows no key that lies behind the damage: it declines for another reason than it has.
        if fault := node_fault(session):
            raise DamagedError(f"NOT RECORDED: {fault}; STOP and the telephone numbers work") from error
        raise
    state = line.replica.state
    statement = make(_known(session, key, state))
    require_meant(statement, state)
    leaf, payloads = _sealed(session, statement, [key, *more], line.replica.ledger, state)
    answer = line.client.carry(leaf, payloads)
    damaged = isinstance(answer, Unrecorded) and is_damaged(session)
    return told(answer, statement, damaged=damaged), isinstance(answer, Receipt)


def _offline(session: Session, target: Path, key: SigningKey, make: Make, more: Sequence[SigningKey]) -> int:
    if target.exists():
        raise UnreadableError(f"--offline: {target} exists already; expected a new file")
    require_writable(str(target), [])
    if not (session.directory / CHARTER).exists() and not (session.directory / LEDGER).exists():
        raise UnreadableError(f"--offline: {session.directory} needs charter.json in it (ask the operator)")
    ledger = charter_id(session.directory)
    statement = make(_known(session, key, None))
    leaf, payloads = _sealed(session, statement, [key, *more], ledger, None)
    write_atomically(str(target), pack(leaf, payloads))
    say(f"signed, NOT SUBMITTED: {target}")
    say("Nobody has it until it is carried to the ledger: sazokar import")
    return GOOD


def _known(session: Session, key: SigningKey, state: State | None) -> Known:
    party = officer = ""
    if state is not None:
        delegated = state.keys.get(key.key_id)
        party = state.roots.get(key.key_id, delegated.party if delegated else "")
        officer = delegated.officer if delegated else ""
        party = party or (NODE if key.key_id == state.node else "")
    card = card_beside(session.key) if session.key and not party else None
    if card is not None:
        party, officer = card.party, card.watch
    return Known(party=party, officer=officer, now_ms=now_ms(), state=state)


def _sealed(
    session: Session, statement: Statement, keys: Sequence[SigningKey], ledger: str, state: State | None
) -> Sealed:
    assert session.key is not None, "a key was unlocked"
    used = state.numbers.get(keys[0].key_id) if state is not None else None
    stated_ms = now_ms()
    stamp = Stamp(
        ledger=ledger, number=next_number(session.key, used), stated_ms=stated_ms,
        expires_ms=stated_ms + session.expires_ms,
    )  # fmt: skip
    return seal(statement, stamp, keys, SystemEntropy())


def told(answer: Answer, statement: Statement | None, *, damaged: bool = False) -> int:
    """Say what became of a statement, and return the exit code."""
    match answer:
        case Receipt():
            for line in outcome_lines(answer, held=isinstance(statement, FileNotice) and statement.life_safety):
                say(line)
            for finding in answer.findings:
                for line in finding_lines(finding):
                    say(line)
            return GOOD if answer.outcome is Outcome.TAKEN else NO
        case Rejected(reason=reason):
            complain(f"REJECTED, not recorded: {reason}")
            return NO
        case Unrecorded(reason=reason):
            complain(f"NOT RECORDED: {reason}{'' if damaged else '; send it again: that is safe'}")
            return NO if damaged else BAD
