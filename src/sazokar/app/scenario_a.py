"""Scenario A: two air forces and a mediator over an invented sea, as steps with instants, authors and statements.

Data only: `playing` plays it through a node, other doors may play it over a wire. Names, places and call signs are
invented. What later steps cite (a notice, a conflict) is known only once the node has answered: a step makes its
statement from the references of the steps before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

import msgspec

from sazokar.domain.agreement import Agreement
from sazokar.domain.notice import Contact, Contacts, Extent, NoticeKind, OperationState, Purpose
from sazokar.domain.party import OfficerRole, PartyRole
from sazokar.domain.plan.height import parse_height
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.proposal import delayed
from sazokar.domain.plan.shape import Movement, Position, Rectangle
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import (
    Account,
    Acknowledge,
    AckRung,
    AmendNotice,
    AnswerConflict,
    AnswerStop,
    CallStop,
    Change,
    DelegateKey,
    Document,
    FileNotice,
    Miss,
    PostWatch,
    ProposeDraft,
    ReleaseStop,
    Reply,
    ReplyContent,
    ReportIncident,
    ReportState,
    SignAgreement,
    Source,
    Statement,
    StopAction,
    StopRung,
    WatchPost,
)

ORIGIN: Final = "halcyon.invalid/ledger"
PARTIES: Final = {"ALPHA": PartyRole.PARTY, "BRAVO": PartyRole.PARTY, "MEDIATOR": PartyRole.MEDIATOR}
OFFICERS: Final = {
    "A1": ("ALPHA", OfficerRole.DELEGATE), "B1": ("BRAVO", OfficerRole.DELEGATE), "B2": ("BRAVO", OfficerRole.OFFICER),
    "M1": ("MEDIATOR", OfficerRole.DELEGATE),
}  # fmt: skip
"""Watch number, party and role of every key that signs."""
_TELEPHONES: Final = {"A1": "+00 100 4401", "B1": "+00 200 5501", "B2": "+00 200 5502", "M1": "+00 300 6601"}
_DAY_MS: Final = 86_400_000
_MINUTE_MS: Final = 60_000

References = Mapping[str, str]
"""What the steps so far have made, by the name that the scenario gives it: `flight`, `box`, `conflict`, `stop`."""


class Say(msgspec.Struct, frozen=True, kw_only=True):
    """An officer, or a root, signs a statement and sends it.

    Args:
        number: Step of the scenario that it belongs to; 0: before the first.
        at_ms: When.
        by: Watch number, or a party's name for its root.
        words: What happens, in words.
        statement: What is stated, from the references so far.
        makes: Name under which the reference that it is given is remembered; empty: none.
        raises: Name under which the first conflict that it raises is remembered.
    """

    number: int
    at_ms: int
    by: str
    words: str
    statement: Callable[[References], Statement]
    makes: str = ""
    raises: str = ""


class TypeTime(msgspec.Struct, frozen=True, kw_only=True):
    """An officer types a time that is refused at the border, before anything is signed (SZK-13)."""

    number: int
    at_ms: int
    by: str
    words: str
    text: str


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Something reaches a party's line; not yet a person."""

    number: int
    at_ms: int
    party: str
    words: str
    name: str


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody says anything, and the clock goes on."""

    number: int
    at_ms: int
    words: str


class CosignAll(msgspec.Struct, frozen=True, kw_only=True):
    """Every party verifies that the ledger has only grown, and cosigns its checkpoint."""

    number: int
    at_ms: int
    words: str


Step = Say | TypeTime | Reach | Wait | CosignAll


def at(clock: str) -> int:
    """Return an instant of the day of the scenario: `17:33` or `18:21:20`, UTC."""
    return parse_instant(f"2026-01-14T{clock}{':00' if len(clock) == 5 else ''}Z")


BEGINS_MS: Final = at("11:00")


def _position(lat: float, lon: float) -> Position:
    return Position(round(lat * 1e7), round(lon * 1e7))


_LIFT_MS: Final = at("18:00")
_LAND_MS: Final = _LIFT_MS + 2_429_412
"""At 300 kt the geodesic of 202.45 NM takes 40 min 29 s."""

FLIGHT: Final = Volume(
    operation="transport-1", party="BRAVO", class_="transport", lower=parse_height("FL140"), upper=parse_height("FL180"),
    shape=Movement(
        line=(_position(36.8, -30.0), _position(33.4498, -30.5413)), times_ms=(_LIFT_MS, _LAND_MS), half_width_mm=0
    ),
    start_ms=_LIFT_MS, end_ms=_LAND_MS,
)  # fmt: skip
BOX: Final = Volume(
    operation="box-7", party="ALPHA", class_="fast-jet", lower=parse_height("FL050"), upper=parse_height("FL300"),
    shape=Rectangle(west_e7=-303_000_000, south_e7=346_000_000, east_e7=-299_000_000, north_e7=349_500_000),
    start_ms=at("18:10"), end_ms=at("18:40"),
)  # fmt: skip
SORTIE: Final = Volume(
    operation="sortie-3", party="ALPHA", class_="fast-jet", lower=parse_height("FL050"), upper=parse_height("FL200"),
    shape=Rectangle(west_e7=-285_000_000, south_e7=332_000_000, east_e7=-281_000_000, north_e7=336_000_000),
    start_ms=at("19:00"), end_ms=at("19:30"),
)  # fmt: skip
DELAY_MS: Final = 25 * _MINUTE_MS


def steps(text: str, agreement: Agreement, keys: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps of the scenario in order of time.

    Args:
        text: The agreement as it is signed.
        agreement: The same as values.
        keys: Per watch number the officer's public key.
    """
    return (*_founding(text, agreement, keys), *_notices(), *_answers(), *_breach(), *_late_notice())


def _founding(text: str, agreement: Agreement, keys: Mapping[str, str]) -> list[Step]:
    draft = sha256(text.encode()).hexdigest()
    until_ms = BEGINS_MS + 30 * _DAY_MS
    found: list[Step] = []
    for officer, (party, role) in OFFICERS.items():
        delegation = DelegateKey(
            key=keys[officer], watch_number=officer, role=role, from_ms=BEGINS_MS, until_ms=until_ms
        )
        found.append(_say(0, "11:00", party, f"{party} lets the key of watch {officer} sign.", delegation))
    for officer in OFFICERS:
        post = PostWatch(
            number=officer, from_ms=BEGINS_MS, until_ms=BEGINS_MS + _DAY_MS, alternate=officer == "B2",
            post=WatchPost(telephones=(_TELEPHONES[officer],), languages=("en",)),
        )  # fmt: skip
        found.append(_say(0, "11:10", officer, f"Watch {officer} is on the roster until tomorrow 11:00Z.", post))
    proposed = ProposeDraft(draft=draft, document=Document(text=text, agreement=agreement))
    found.append(_say(0, "11:30", "M1", "The mediator lays the draft of the agreement on the table.", proposed))
    found.append(_say(0, "11:40", "A1", "ALPHA signs it.", SignAgreement(draft=draft)))
    found.append(_say(0, "11:45", "B1", "BRAVO signs the same bytes: it is in force.", SignAgreement(draft=draft)))
    found.append(CosignAll(number=0, at_ms=at("11:50"), words="ALPHA, BRAVO and MEDIATOR cosign the checkpoint."))
    return found


def _notices() -> list[Step]:
    flight = FileNotice(
        notice=NoticeKind.FLIGHT, extent=Extent(volumes=(FLIGHT,)),
        purpose=Purpose(text="transport of supplies", call_sign="HERON 21", frequency_khz=121_500, language="en"),
        contacts=Contacts(contacts=(Contact(number="B1", telephone=_TELEPHONES["B1"]),)),
    )  # fmt: skip
    box = FileNotice(
        notice=NoticeKind.AREA, extent=Extent(volumes=(BOX,)), purpose=Purpose(text="air combat training"),
        contacts=Contacts(contacts=(Contact(number="A1", telephone=_TELEPHONES["A1"]),)),
    )  # fmt: skip
    return [
        _say(1, "12:00", "B1", "BRAVO files a transport: 18:00Z, FL140 to FL180, 300 kt.", flight, makes="flight"),
        TypeTime(number=2, at_ms=at("17:19"), by="A1", words='ALPHA types "2010" as the start.', text="2010"),
        _say(
            2, "17:20", "A1", "ALPHA files an urgent box: 18:10Z to 18:40Z, FL050 to FL300.", box, makes="box",
            raises="conflict",
        ),
        Reach(number=3, at_ms=at("17:20:05"), party="BRAVO", words="The conflict reaches BRAVO's line.", name="conflict"),
        Reach(
            number=3, at_ms=at("17:20:05"), party="MEDIATOR", words="The conflict reaches the mediator's line.",
            name="conflict",
        ),
    ]  # fmt: skip


def _answers() -> list[Step]:
    def promise(refs: References) -> Statement:
        change = Change(ref=refs["flight"], delay_ms=DELAY_MS)
        return AnswerConflict(ref=refs["conflict"], reply=Reply.WILCO, content=ReplyContent(change=change))

    def acknowledged(rung: AckRung, *units: str) -> Callable[[References], Statement]:
        return lambda refs: Acknowledge(ref=refs["conflict"], rung=rung, units=units)

    def changed(refs: References) -> Statement:
        return AmendNotice(
            ref=refs["flight"], version=1, extent=Extent(volumes=tuple(delayed([FLIGHT], DELAY_MS) or ()))
        )

    unit = "7th transport squadron"
    return [
        Say(
            number=4, at_ms=at("17:22"), by="A1", words="ALPHA, the later filer, answers first: UNABLE.",
            statement=lambda refs: AnswerConflict(ref=refs["conflict"], reply=Reply.UNABLE),
        ),
        Wait(number=5, at_ms=at("17:27"), words="BRAVO's officer does not read."),
        Wait(number=5, at_ms=at("17:32"), words="Nor does the alternate."),
        Say(number=5, at_ms=at("17:33"), by="B2", words="The mediator has telephoned; BRAVO reads.",
            statement=acknowledged(AckRung.READ)),
        Say(number=5, at_ms=at("17:33"), by="B2", words="BRAVO reads the conflict back.",
            statement=acknowledged(AckRung.READ_BACK)),
        Say(number=5, at_ms=at("17:33"), by="B2", words="BRAVO answers WILCO, 25 minutes later.", statement=promise),
        CosignAll(number=5, at_ms=at("17:34"), words="ALPHA, BRAVO and MEDIATOR cosign the checkpoint."),
        Say(number=5, at_ms=at("17:35"), by="B2", words="BRAVO passes it on to its squadron.",
            statement=acknowledged(AckRung.PASSED_ON, unit)),
        Say(number=5, at_ms=at("17:41"), by="B2", words="The squadron confirms.",
            statement=acknowledged(AckRung.CONFIRMED, unit)),
        Say(number=5, at_ms=at("17:41"), by="B2", words="BRAVO amends its notice: 25 minutes later.",
            statement=changed),
    ]  # fmt: skip


def _breach() -> list[Step]:
    def rung(step: StopRung) -> Callable[[References], Statement]:
        return lambda refs: AnswerStop(ref=refs["stop"], rung=step, unit="HERON 21")

    def seen(refs: References) -> Statement:
        how = "radar: the transport is under way 25 minutes before its time"
        return ReportState(ref=refs["flight"], state=OperationState.NONCONFORMING, how=how)

    def stop(refs: References) -> Statement:
        return CallStop(
            action=StopAction.TURN_AWAY, place="34.95N 30.30W, towards box-7", unit="HERON 21", to="BRAVO",
            reason="inside the separation minimum", about=refs["flight"], called_ms=at("18:21"),
        )  # fmt: skip

    def account(text: str, grade: Miss, source: Source) -> Callable[[References], Statement]:
        return lambda refs: ReportIncident(
            about=(refs["conflict"], refs["stop"]), grade=grade, at_ms=at("18:21"),
            account=Account(text=text, sources=(source,)),
        )  # fmt: skip

    radar = Source(text="ALPHA's radar", reliability="B", credibility=2)
    crew = Source(text="the crew of HERON 21", reliability="C", credibility=3)
    claim = "Loss of separation. BRAVO never acknowledged the conflict."
    return [
        Say(number=6, at_ms=at("18:19"), by="A1", words="BRAVO has lifted early; ALPHA sees it by radar.",
            statement=seen),
        Say(number=6, at_ms=at("18:21"), by="A1", words="ALPHA calls STOP: TURN AWAY.", statement=stop, makes="stop"),
        Say(number=6, at_ms=at("18:21:20"), by="B2", words="BRAVO has heard it.", statement=rung(StopRung.HEARD)),
        Say(number=6, at_ms=at("18:22:10"), by="B2", words="BRAVO has passed it on.",
            statement=rung(StopRung.PASSED_ON)),
        Say(number=6, at_ms=at("18:23:20"), by="B2", words="HERON 21 has turned away.",
            statement=rung(StopRung.CEASED)),
        Say(number=6, at_ms=at("18:26"), by="A1", words="ALPHA releases the STOP.",
            statement=lambda refs: ReleaseStop(ref=refs["stop"], reason="separation restored")),
        Say(number=6, at_ms=at("18:45"), by="B2", words="BRAVO gives its account of the loss of separation.",
            statement=account("Departed early by mistake; turned away when called.", Miss.SAFETY_NOT_ASSURED, crew)),
        Say(number=7, at_ms=at("18:50"), by="A1", words='ALPHA gives its own: "BRAVO never acknowledged."',
            statement=account(claim, Miss.SAFETY_NOT_ASSURED, radar)),
    ]  # fmt: skip


def _late_notice() -> list[Step]:
    sortie = FileNotice(
        notice=NoticeKind.AREA, extent=Extent(volumes=(SORTIE,)),
        contacts=Contacts(contacts=(Contact(number="A1", telephone=_TELEPHONES["A1"]),)),
    )  # fmt: skip
    return [
        _say(8, "18:59", "A1", "ALPHA files a sortie one minute before its start.", sortie, makes="sortie"),
        Reach(number=8, at_ms=at("18:59:01"), party="COAST WATCH", words="The advice reaches the third party.",
              name="sortie"),
        CosignAll(number=8, at_ms=at("19:00"), words="ALPHA, BRAVO and MEDIATOR cosign the checkpoint."),
    ]  # fmt: skip


def _say(
    number: int, clock: str, by: str, words: str, statement: Statement, *, makes: str = "", raises: str = ""
) -> Say:
    return Say(
        number=number, at_ms=at(clock), by=by, words=words, statement=lambda _: statement, makes=makes, raises=raises
    )
