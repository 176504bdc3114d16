"""The folded state as bytes: the same state gives the same bytes, whatever the order in which it came about."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from immutables import Map

from sazokar.domain.state import State
from sazokar.errors import LedgerError

_ENCODER = msgspec.json.Encoder(order="sorted", enc_hook=lambda value: _plain(value))


def _plain(value: object) -> object:
    if isinstance(value, Map):
        return dict(value)
    raise TypeError(f"no form for {type(value).__name__}")


def state_bytes(state: State) -> bytes:
    """Return a state as bytes, for a snapshot, or to compare two states byte for byte."""
    return _ENCODER.encode(state)


def state_digest(content: bytes) -> str:
    """Return the hash of a state's bytes, as it is recorded in the ledger."""
    return sha256(content).hexdigest()


def state_of(content: bytes) -> State:
    """Return the state of a snapshot whose hash was compared with the one recorded.

    Raises:
        LedgerError: It is of another version of the state; fold the ledger instead.
    """
    try:
        return _DECODER.decode(content)
    except (msgspec.MsgspecError, ValueError) as error:
        raise LedgerError(f"the snapshot cannot be read ({error}); the state is folded anew") from error


def _map(kind: object, value: object) -> object:
    """Turn a JSON object into a persistent map of what its type says that it holds."""
    import typing

    arguments = typing.get_args(kind)
    return Map(msgspec.convert(value, dict[str, arguments[1]]))  # type: ignore[valid-type] # made at run time


_DECODER = msgspec.json.Decoder(State, dec_hook=_map)
