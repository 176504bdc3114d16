"""What comes in: parcels of signed statements, and STOPs. Judges nothing: `Node.submit` does, and this tells the answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec
from litestar import Response

from sazokar.app.node import Parcel
from sazokar.app.receipt import Receipt, Rejected, Unrecorded
from sazokar.app.wire import PARCEL_TYPE, Receipted, Sounded, receipted
from sazokar.domain.authority import signed_for
from sazokar.domain.finding import Outcome
from sazokar.doors.http.calling import Called
from sazokar.doors.http.problems import damaged
from sazokar.doors.http.sessions import Viewer
from sazokar.doors.http.station import NodeRequest, Station, station_of, viewer_of
from sazokar.errors import CanonicalError, DeclinedError, SazokarError
from sazokar.ledger.entry import open_envelope
from sazokar.ledger.parcel import split

JSON: Final = "application/json"
PARCEL_TYPES: Final = (JSON, PARCEL_TYPE)


class _Body(msgspec.Struct, frozen=True):
    kind: str = ""
    ref: str = ""


class _Header(msgspec.Struct, frozen=True):
    author: str = ""
    body: _Body = _Body()


class _Leaf(msgspec.Struct, frozen=True):
    statement: _Header | None = None


_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What the decoder raises for bytes that are no JSON of the form asked for."""
_LEAF: Final = msgspec.json.Decoder(_Leaf)


class Came(msgspec.Struct, frozen=True):
    """A parcel as it came, with what its signed part says of itself; whether that is true, the node finds out."""

    parcel: Parcel
    author: str
    kind: str
    ref: str


async def parcel_of(request: NodeRequest) -> Came:
    """Return the parcel that a request bears; whether it is in its one form, the node finds out.

    Raises:
        DeclinedError: It is of another type.
        CanonicalError: It is none.
    """
    media = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media not in PARCEL_TYPES:
        raise DeclinedError(415, "unsupported-media-type", f"found {media[:60]!r}", remedy=f"send {PARCEL_TYPE}")
    leaf, payloads = split(await request.body())
    try:
        header = _LEAF.decode(leaf).statement or _Header()
    except _UNREADABLE as error:
        raise CanonicalError(f"found no envelope ({error}); expected a signed statement") from error
    return Came((leaf, payloads), header.author, header.body.kind, header.body.ref)


async def submitted(request: NodeRequest, kinds: Collection[str] = (), ref: str = "") -> Response[Receipted]:
    """Return what became of the statement that a request bears.

    Args:
        request: Of a session. Whoever is not of the author's party carries it: it hears that it is recorded, no more.
        kinds: Kinds of statement that may come this way; empty: any.
        ref: What the statement must be about, where the address names it.

    Raises:
        DeclinedError: It is of another kind or about something else; the rules say no; or nothing was recorded.
        SazokarError: It cannot be read.
    """
    station, viewer = station_of(request), viewer_of(request)
    came = await parcel_of(request)
    _require_fitting(came, kinds, ref)
    _require_key(request, came)
    return _answer(station, viewer, came, await _submit(station, came))


async def _submit(station: Station, came: Came) -> Receipt | Rejected | Unrecorded:
    if came.kind != "stop.call":
        return await station.intake.submit(came.parcel)
    called = await station.calling.call(came.parcel, signed=True)
    if called.error is not None:
        raise called.error
    return called.answer or Unrecorded(called.reason, sounded=True)


def _require_fitting(came: Came, kinds: Collection[str], ref: str) -> None:
    if kinds and came.kind not in kinds:
        raise DeclinedError(
            422, "other-kind", f"found a statement of kind {came.kind[:60]!r}", field="kind",
            remedy=f"expected {', '.join(sorted(kinds))}; POST /v1/entries takes any",
        )  # fmt: skip
    if ref and came.ref != ref:
        raise DeclinedError(
            422, "other-reference", f"found a statement about {came.ref[:60]!r}, sent to {ref[:60]!r}", field="ref"
        )


def _require_key(request: NodeRequest, came: Came) -> None:
    """Pass where an `Idempotency-Key`, which nobody has to send, names the statement that it comes with."""
    named = request.headers.get("idempotency-key")
    if named is None:
        return
    if named.strip('"') != open_envelope(came.parcel[0]).id:
        raise DeclinedError(
            422, "idempotency-key", "found an Idempotency-Key that is not the id of the statement",
            field="Idempotency-Key", remedy="a statement is recorded once, by its id: the SHA-256 of its signed bytes",
        )  # fmt: skip


def _answer(
    station: Station, viewer: Viewer, came: Came, answer: Receipt | Rejected | Unrecorded
) -> Response[Receipted]:
    match answer:
        case Rejected(reason=reason):
            raise DeclinedError(
                403, "rejected", reason, remedy="it is no entry; have the key delegated, or sign anew for this ledger"
            )
        case Unrecorded(reason=reason, sounded=sounded):
            raise unrecorded(station, reason, sounded=sounded)
        case Receipt():
            own = viewer.party == signed_for(station.state, came.author)
            told = receipted(answer, own=own)
            if answer.outcome is not Outcome.TAKEN and own:
                raise _refused(answer, told)
            status = 200 if answer.repeated else 201
            return Response(told, status_code=status, headers={"Location": f"/v1/log/entries/{answer.position}"})


def _refused(answer: Receipt, told: Receipted) -> DeclinedError:
    refusal = answer.refusal
    held = answer.outcome is Outcome.HELD
    return DeclinedError(
        422, "held" if held else "refused",
        f"{'NOT DELIVERED, held for correction: ' if held else ''}{refusal.found if refusal else 'the rules say no'}",
        clause=refusal.clause if refusal else "", field=refusal.field if refusal else "",
        remedy=refusal.remedy if refusal else "", extra={"receipt": told},
    )  # fmt: skip


def unrecorded(station: Station, reason: str, *, sounded: bool = False) -> DeclinedError:
    """Return that nothing was recorded, and whether to try again: a damaged ledger takes nothing until it is mended."""
    if station.node.damage is not None:
        return damaged(station.node.damage)
    found = f"sounded, not recorded yet: {reason}" if sounded else reason
    return DeclinedError(503, "not-recorded", found, remedy="send it again, which is safe", retry_s=2)


# STOP


async def called_stop(request: NodeRequest) -> Response[Sounded]:
    """Return that a STOP has sounded, whoever called it: with no session, no signature, whatever the ledger is like."""
    station = station_of(request)
    content = await request.body()
    came = _stop_of(content)
    called = await station.calling.call(came.parcel if came else (content, {}), signed=came is not None)
    return _stop_told(request, came, called)


def _stop_of(content: bytes) -> Came | None:
    """Return a signed STOP, with or without its parcel; None: it is neither, and sounds as it came."""
    try:
        leaf, payloads = split(content)
    except SazokarError:
        leaf, payloads = content, {}
    try:
        header = _LEAF.decode(leaf).statement
    except _UNREADABLE:
        return None
    if header is None or header.body.kind != "stop.call":
        return None
    return Came((leaf, payloads), header.author, header.body.kind, "")


def _stop_told(request: NodeRequest, came: Came | None, called: Called) -> Response[Sounded]:
    verified = called.heard is None or called.heard.verified
    match called.answer:
        case Receipt() as receipt if came is not None:
            own = _is_own(request, came)
            told = Sounded(
                recorded=True, verified=verified, ref=receipt.ref, receipt=receipted(receipt, own=True) if own else None
            )
        case Rejected(reason=reason):  # what came in its place, that it sounded, is recorded with it
            told = Sounded(recorded=not station_of(request).node.unrecorded, verified=False, reason=reason)
        case None if not called.reason:  # a cry
            told = Sounded(recorded=True, verified=False)
        case _:
            told = Sounded(recorded=False, verified=verified, reason=called.reason)
    return Response(told, status_code=201 if told.recorded and told.verified else 202)


def _is_own(request: NodeRequest, came: Came) -> bool:
    try:
        return viewer_of(request).party == signed_for(station_of(request).state, came.author)
    except DeclinedError:
        return False
