"""Just enough arithmetic on edwards25519 to refuse unsafe keys and signatures. Works on public values only.

Nothing here is secret, so nothing here takes constant time; signing is the library's.
"""

from __future__ import annotations

from typing import Final

P: Final = 2**255 - 19
L: Final = 2**252 + 27742317777372353535851937790883648493
"""The order of the prime-order group (RFC 8032, section 5.1)."""
_D: Final = -121665 * pow(121666, P - 2, P) % P
_SQRT_MINUS_ONE: Final = pow(2, (P - 1) // 4, P)
_SIGN: Final = 1 << 255

Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, section 5.1.4)."""

_Y_OF_ORDER_8: Final = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
SMALL_ORDER_Y: Final = frozenset({0, 1, P - 1, _Y_OF_ORDER_8, P - _Y_OF_ORDER_8})
"""The y of the eight points whose order divides 8; each but ±1 stands for two points."""


def is_strict_signature(signature: bytes) -> bool:
    """Return whether s is below the group's order, and R canonically encoded and not of small order.

    Whoever may add L to s has a second signature of one message; whoever may choose an R of small order can make
    signatures on which verifiers with and without the cofactor differ.
    """
    r_y = int.from_bytes(signature[:32], "little") & ~_SIGN
    s = int.from_bytes(signature[32:], "little")
    # x is 0 at y = ±1 alone, both of small order: the sign bit needs no further test.
    return s < L and r_y < P and r_y not in SMALL_ORDER_Y


def fault_of_key(encoded: bytes) -> str | None:
    """Return what makes a public key unsafe, in words, or None for a point of prime order.

    Args:
        encoded: 32 bytes, as RFC 8032, section 5.1.2 writes a point.
    """
    packed = int.from_bytes(encoded, "little")
    y = packed & ~_SIGN
    if y >= P:
        return "an encoding that is not canonical"
    if y in SMALL_ORDER_Y:
        return "a point of small order"
    x = _x_of(y)
    if x is None:
        return "no point of the curve"
    if x & 1 != packed >> 255:
        x = P - x
    if not _is_neutral(_multiply((x, y, 1, x * y % P), L)):
        return "a point of mixed order"
    return None


def _x_of(y: int) -> int | None:
    # RFC 8032, section 5.1.3: x² = (y² − 1) / (dy² + 1).
    numerator = (y * y - 1) % P
    denominator = (_D * y * y + 1) % P
    square = numerator * pow(denominator, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * _SQRT_MINUS_ONE % P
    return x if x * x % P == square else None


def _multiply(point: Point, scalar: int) -> Point:
    result: Point = (0, 1, 1, 0)
    for bit in bin(scalar)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def add(one: Point, other: Point) -> Point:
    """Return the sum of two points; complete, so it doubles too (RFC 8032, section 5.1.4)."""
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a = (y1 - x1) * (y2 - x2) % P
    b = (y1 + x1) * (y2 + x2) % P
    c = 2 * t1 * t2 * _D % P
    d = 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _is_neutral(point: Point) -> bool:
    x, y, z, _ = point
    return x % P == 0 and (y - z) % P == 0
