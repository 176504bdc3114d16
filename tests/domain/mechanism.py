"""A mechanism for tests: statements go in as if signed, deadlines pass, nothing is stored. All names are invented.

ALPHA, BRAVO and the participant RELIEF file; MEDIATOR, WATCHER (an observer) and VOUCHER (a guarantor) take part.
Times are told in minutes from `NOW_MS`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final, TypeVar

import msgspec

from sazokar.app.bench import EngineBench
from sazokar.domain.agreement import Agreement
from sazokar.domain.decide import decide, due_by
from sazokar.domain.finding import AnyFinding, Findings, Refusal, StateChanged, Taken
from sazokar.domain.fold import fold
from sazokar.domain.hearing import Hearing, Verdict
from sazokar.domain.notice import Extent, NoticeKind, OperationState
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.plan.height import parse_height
from sazokar.domain.plan.shape import Circle, Position, Shape
from sazokar.domain.plan.volume import Volume
from sazokar.domain.state import EMPTY, Case, Notice, State
from sazokar.domain.statement import (
    AmendNotice,
    Charter,
    DelegateKey,
    Document,
    FileNotice,
    Member,
    ProposeDraft,
    SignAgreement,
    Statement,
    Submission,
)
from tests.dialects import agreements

NOW_MS: Final = 1_800_000_000_000
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
ROLES: Final = {
    "ALPHA": PartyRole.PARTY,
    "BRAVO": PartyRole.PARTY,
    "RELIEF": PartyRole.PARTICIPANT,
    "MEDIATOR": PartyRole.MEDIATOR,
    "WATCHER": PartyRole.OBSERVER,
    "VOUCHER": PartyRole.GUARANTOR,
}
DEFAULT: Final = '[default]\nhorizontal = "10NM"\nvertical = "1000ft"\ntime = "0min"\n'
ANSWERING: Final = agreements.clause("answering", 'rungs = ["5min", "4min", "3min"]', "6.1")
_Finding = TypeVar("_Finding")


def key(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def agreed(*clauses: str) -> Agreement:
    return agreements.read(DEFAULT, ANSWERING, *clauses)


def volume(
    start_min: float = 60, minutes: float = 30, *, party: str = "ALPHA", shape: Shape | None = None, **more: object
) -> Volume:
    """Return a volume: a kilometre about 12° N, 42° E, FL100 to FL120."""
    start_ms = NOW_MS + round(start_min * MINUTE_MS)
    plain = Volume(
        operation="one", party=party, shape=shape or disc(), lower=parse_height("FL100"), upper=parse_height("FL120"),
        start_ms=start_ms, end_ms=start_ms + round(minutes * MINUTE_MS),
    )  # fmt: skip
    return msgspec.structs.replace(plain, **more)


def disc(lat: float = 12.0, lon: float = 42.0, radius_m: int = 1_000) -> Circle:
    return Circle(Position(round(lat * 1e7), round(lon * 1e7)), radius_m * 1000)


def notice(*volumes: Volume, kind: NoticeKind = NoticeKind.AREA, tolerance_min: int = 0, **more: object) -> FileNotice:
    extent = Extent(volumes=volumes, tolerance_ms=tolerance_min * MINUTE_MS)
    return msgspec.structs.replace(FileNotice(notice=kind, extent=extent), **more)


class Mechanism:
    """The state, what is live, and the time; `say` lets an officer state something, `at` lets time pass.

    Args:
        clauses: Of the agreement that ALPHA and BRAVO have signed.
        signed: Whether they have; otherwise there is none.
        interim: What the charter lets others see without one.
    """

    def __init__(self, *clauses: str, signed: bool = True, interim: str = "conflict-only") -> None:
        members = tuple(Member(name=n, role=role, roots=(key(f"root {n}"),)) for n, role in ROLES.items())
        charter = Charter(
            name="trial", origin="trial.invalid", node=key("node"), parties=members, quorum=2, created_ms=NOW_MS,
            interim=interim,
        )  # fmt: skip
        self.state: State = fold(EMPTY, charter)
        self.now_ms = NOW_MS
        self.bench = EngineBench(None, ())
        self._numbers: dict[str, int] = {}
        self._count = 0
        for name in ROLES:
            delegation = DelegateKey(
                key=key(name), watch_number="W-1", role=OfficerRole.DELEGATE, from_ms=NOW_MS, until_ms=NOW_MS + 300 * DAY_MS
            )  # fmt: skip
            self.say(name, delegation, signer=f"root {name}")
        if signed:
            self.agree(agreed(*clauses))

    def agree(self, agreement: Agreement, text: str = "") -> Verdict:
        text = text or repr(agreement)
        draft = sha256(text.encode()).hexdigest()
        self.say("MEDIATOR", ProposeDraft(draft=draft, document=Document(text=text, agreement=agreement)))
        verdicts = [self.say(each.name, SignAgreement(draft=draft)) for each in agreement.signatories]
        return verdicts[-1]

    # What happens

    def say(
        self, party: str, statement: Statement, *, signer: str = "", role: OfficerRole | None = OfficerRole.DELEGATE,
        expires_ms: int | None = None, **more: object,
    ) -> Verdict:  # fmt: skip
        """Let a statement be judged now; `signer` names another key than the party's officer's, "root …" a root's."""
        self.at_ms(self.now_ms)
        name = signer or party
        self._count += 1
        number = self._numbers[name] = self._numbers.get(name, 0) + 1
        extent = getattr(statement, "extent", None)
        by = Submission(
            id=key(f"entry {self._count}"), party=party, key=key(name), officer="" if name.startswith("root") else "W-1",
            role=None if name.startswith("root") else role, number=number, stated_ms=self.now_ms,
            expires_ms=self.now_ms + DAY_MS if expires_ms is None else expires_ms, statement=statement,
            digest=key(repr(extent)) if extent is not None else "",
        )  # fmt: skip
        by = msgspec.structs.replace(by, **more)
        verdict = decide(Hearing(state=self.state, by=by, now_ms=self.now_ms, bench=self.bench))
        self.record = Findings(of=by.id, recorded_ms=self.now_ms, outcome=verdict.outcome, findings=verdict.findings)
        self.state = fold(fold(self.state, by), self.record)
        self.by = by
        return verdict

    def at(self, minutes: float) -> tuple[AnyFinding, ...]:
        """Let it be so many minutes after `NOW_MS`, and return what that brings about."""
        return self.at_ms(NOW_MS + round(minutes * MINUTE_MS))

    def at_ms(self, now_ms: int) -> tuple[AnyFinding, ...]:
        self.now_ms = max(now_ms, self.now_ms)
        found: tuple[AnyFinding, ...] = ()
        while (record := due_by(self.state, self.now_ms)) is not None:
            self.state = fold(self.state, record)
            found += record.findings or ()
        for change in of(found, StateChanged):
            if change.state is OperationState.ENDED:
                self.bench.dismiss(change.ref)  # as the node does
        return found

    def file(self, party: str, *volumes: Volume, **more: object) -> str:
        """File a notice that is taken, and return its reference."""
        own = [msgspec.structs.replace(volume, party=party, index=n) for n, volume in enumerate(volumes)]
        verdict = self.say(party, notice(*own, **more))  # type: ignore[arg-type] # as `notice` takes them
        assert refusal(verdict) is None, verdict
        return ref(verdict)

    def amend(self, party: str, name: str, *volumes: Volume) -> Verdict:
        own = tuple(msgspec.structs.replace(volume, party=party, index=n) for n, volume in enumerate(volumes))
        return self.say(party, AmendNotice(ref=name, version=self.notice(name).version, extent=Extent(volumes=own)))

    # What is true

    def notice(self, name: str) -> Notice:
        return self.state.notices[name]

    def case(self, name: str = "") -> Case:
        """Return a conflict; the only one, where none is named."""
        if name:
            return self.state.cases[name]
        (case,) = self.state.cases.values()
        return case


def in_conflict(*clauses: str) -> tuple[Mechanism, str, str, str]:
    """Return a mechanism in which BRAVO's notice was filed first and ALPHA's conflicts with it, and the references of both."""
    mechanism = Mechanism(*clauses)
    bravo = mechanism.file("BRAVO", volume())
    mechanism.at(1)
    alpha = mechanism.file("ALPHA", volume())
    return mechanism, bravo, alpha, mechanism.case().ref


def ref(verdict: Verdict) -> str:
    return next(f.ref for f in verdict.findings if isinstance(f, Taken))


def refusal(verdict: Verdict) -> Refusal | None:
    return next((f for f in verdict.findings if isinstance(f, Refusal)), None)


def code(verdict: Verdict) -> str:
    found = refusal(verdict)
    return found.code if found else ""


def of(findings: Verdict | tuple[AnyFinding, ...], kind: type[_Finding]) -> list[_Finding]:
    """Return the findings of a kind."""
    given = findings.findings if isinstance(findings, Verdict) else findings
    return [finding for finding in given if isinstance(finding, kind)]
