"""Agreements for simulated worlds: small, all of them invented, each with other clauses, made from a number."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sazokar.app.drafting import document_of
from sazokar.domain.statement import Document

KINDS: Final = 24
"""So many different agreements there are."""
_TOP = """\
version = 1
[agreement.title]
en = "Trial Agreement {number}"
{signatories}
[area]
west = 20
south = 30
east = 24
north = 34
ground = "0m..300m"
[default]
horizontal = "{horizontal}"
vertical = "1000ft"
time = "{margin}"
"""
_ZONE = """
[[clause]]
number = "3.{index}"
kind = "{kind}"
name = "{name}"
{party}
circle = {{ centre = "{lat}N {lon}E", radius = "{radius}" }}
"""
FIRST: Final = ("later-filer", "earlier-filer", "lower-priority")
_LEVELS: Final = ("nothing", "conflict-only", "extent-only", "everything")


def _clause(number: str, kind: str, *rows: str) -> str:
    return "\n".join(["\n[[clause]]", f'number = "{number}"', f'kind = "{kind}"', *rows, ""])


@lru_cache(maxsize=1024)
def treaty(number: int, signatories: tuple[str, ...]) -> Document:
    """Return an agreement of some parties; the same for the same number.

    Args:
        number: From 0; its clauses repeat after `KINDS`.
        signatories: Who must sign it.
    """
    kind = number % KINDS
    top = _TOP.format(
        number=number,
        signatories="\n".join(f'[[signatory]]\nname = "{name}"' for name in signatories),
        horizontal=("5NM", "10NM", "2NM")[kind % 3],
        margin=("0min", "5min")[kind % 2],
    )
    return document_of(top + "".join([*_zones(kind, signatories), *_sight(kind, signatories), *_terms(kind)]), "treaty")


def _zones(kind: int, signatories: tuple[str, ...]) -> list[str]:
    zones = []
    if kind % 4 in (1, 3):
        zones.append(_ZONE.format(index=1, kind="no-fly-area", name="Reef", party="", lat=32.1, lon=22.1, radius="3km"))
    if kind % 4 in (2, 3):
        claim = f'party = "{signatories[kind % len(signatories)]}"'
        zones.append(
            _ZONE.format(index=2, kind="zone-of-influence", name="Shoal", party=claim, lat=32.3, lon=22.0, radius="4km")
        )
    return zones


def _sight(kind: int, signatories: tuple[str, ...]) -> list[str]:
    rows = [
        _clause("7.1", "disclosure", 'to = "party"', f'level = "{_LEVELS[1 + kind % 3]}"'),
        _clause("7.2", "disclosure", 'to = "mediator"', f'level = "{_LEVELS[kind % 4]}"'),
    ]
    if kind % 3 == 0:
        rows.append(_clause("7.3", "disclosure", 'to = "any"', 'notice = "site"', 'level = "extent-only"'))
    if kind % 5 == 0:
        rows.append(
            _clause(
                "7.4", "disclosure", f'to = "{signatories[0]}"', f'of = "{signatories[-1]}"', 'level = "everything"'
            )
        )
    if kind % 7 == 0:
        rows.append(_clause("7.5", "disclosure", 'to = "observer"', 'level = "extent-only"'))
    return rows


def _terms(kind: int) -> list[str]:
    rungs = f'rungs = ["{2 + kind % 3}min", "3min", "{1 + kind % 2}min"]'
    rows = [
        _clause("5.1", "lead-time", 'classes = { routine = "1h", urgent = "10min" }'),
        _clause("6.1", "answering", rungs, f'first = "{FIRST[kind % 3]}"'),
        _clause("6.2", "priority", "ranks = { medevac = 100, uav = 5 }", 'exempt = ["medevac"]'),
    ]  # fmt: skip
    if kind % 2:
        rows.append(_clause("5.2", "standing", 'notice = "site"', 'expires = "40min"'))
        rows.append(_clause("8.1", "stop", 'release = ["mediator"]'))
    if kind % 3 == 1:
        rows.append(_clause("5.4", "hold", 'correct = "5min"'))
        rows.append(_clause("5.3", "largest", 'area = "400km2"', 'duration = "24h"'))
    if kind % 4 == 2:
        rows.append(_clause("5.5", "budget", "spends = 6", 'window = "20min"'))
        rows.append(_clause("8.3", "review", 'period = "12h"'))
    if kind % 5 == 1:
        rows.append(_clause("8.2", "suspension", 'by = ["party"]', "resume_needs_all = false"))
    if kind % 6 < 2:
        rows.append(_clause("7.9", "third-party", 'name = "COAST WATCH"', "bound = false", "advised = true"))
    return rows
