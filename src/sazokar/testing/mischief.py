"""What those do who mean harm, or whose machines do: bytes bent, cut and swollen, envelopes made for elsewhere.

Each function bends what an officer has signed. None of it may enter a ledger, and none may break the node.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

Sent = tuple[bytes, dict[str, bytes]]
"""A leaf, and its payloads by section."""


def cut(rng: Random, sent: Sent) -> Sent:
    """The end is missing."""
    leaf, payloads = sent
    return leaf[: rng.randrange(len(leaf) + 1)], payloads


def flip(rng: Random, sent: Sent) -> Sent:
    """One bit is another."""
    leaf, payloads = sent
    if not leaf:
        return nonsense(rng, sent)
    at = rng.randrange(len(leaf))
    return leaf[:at] + bytes([leaf[at] ^ 1 << rng.randrange(8)]) + leaf[at + 1 :], payloads


def flip_payload(rng: Random, sent: Sent) -> Sent:
    """One bit of a section is another."""
    leaf, payloads = sent
    if not payloads:
        return flip(rng, sent)
    name = rng.choice(sorted(payloads))
    bent, _ = flip(rng, (payloads[name], {}))
    return leaf, {**payloads, name: bent}


def with_float(rng: Random, sent: Sent) -> Sent:
    """A number is no integer."""
    leaf, payloads = sent
    return leaf.replace(b'"number":', b'"number":0.', 1), payloads


def with_unknown_field(rng: Random, sent: Sent) -> Sent:
    """There is a field that nobody knows."""
    leaf, payloads = sent
    return leaf.replace(b'{"kind"', b'{"also":1,"kind"', 1), payloads


def with_unknown_section(rng: Random, sent: Sent) -> Sent:
    """There is a section that was not committed to."""
    leaf, payloads = sent
    return leaf, {**payloads, rng.choice(("other", "extent", "a b")): b"{}"}


def huge(rng: Random, sent: Sent) -> Sent:
    """It is larger than anything may be."""
    leaf, payloads = sent
    return leaf + b" " * (1024 * 1024), payloads


def nonsense(rng: Random, sent: Sent) -> Sent:
    """It is something else altogether."""
    return rng.choice(
        (b"", b"null", b"[]", b"{}", b'{"kind":"stop.call"', b"\xff\xfe", b'{"statement":{}}', b"[" * 999)
    ), {}


def swollen(rng: Random, sent: Sent) -> Sent:
    """A section is larger than a person can read."""
    leaf, payloads = sent
    return leaf, {name: payload + b" " * 70_000 for name, payload in payloads.items()}


Bend = Callable[[Random, Sent], Sent]
BENDS: Final[tuple[Bend, ...]] = (
    cut, flip, flip, flip, flip_payload, with_float, with_unknown_field, with_unknown_section, huge, nonsense, swollen,
)  # fmt: skip
