"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.difference import Difference
from benchmarks.geodesic import BOUND_M

NAMES: Final = {
    "engine": "Sazokar's engine",
    "strtree": "shapely STRtree, hourly",
    "slabs": "PostGIS, tuned slabs",
    "usual": "PostGIS, the usual way",
    "floor": "floor",
}
Row = Mapping[str, object]


def markdown(
    rows: Sequence[Row], differing: Mapping[int, Mapping[str, Sequence[Difference]]], online: Row | None
) -> str:
    """Return the tables: cost by size, growth, where answers differ, and the online part."""
    sizes = sorted({int(_number(row, "size")) for row in rows})
    parts = [_table([row for row in rows if _number(row, "size") == size], size) for size in sizes]
    if len(sizes) > 1:
        parts.append(_growth(rows, sizes))
    parts.append(_differences(differing, rows))
    if online:
        parts.append(_online(online))
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Row], size: int) -> str:
    engine = next((_total(row) for row in rows if row["name"] == "engine"), None)
    pairs = next((int(_number(row, "pairs")) for row in rows if _number(row, "share") == 1), 0)
    lines = [
        f"### {size:,} volumes, {pairs:,} pairs",
        "",
        "| | build, CPU s | query, CPU s | total, CPU s | × the engine | peak, MiB | runs |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        share = _number(row, "share")
        name = NAMES[str(row["name"])] + (f" (1 in {share:.0f} asked, query × {share:.0f})" if share > 1 else "")
        ratio = f"{_total(row) / engine:.3g}" if engine else "–"
        peak = f"{_number(row, 'peak_mib'):,.0f}" if _number(row, "peak_mib") else "–"
        lines.append(
            f"| {name} | {_number(row, 'build_s'):.3g} | {_number(row, 'query_s') * share:.3g} | {_total(row):.3g} "
            f"| {ratio} | {peak} | {_number(row, 'runs'):.0f} |"
        )
    return "\n".join(lines)


def _growth(rows: Sequence[Row], sizes: Sequence[int]) -> str:
    low, high = sizes[0], sizes[-1]
    lines = [
        f"### Growth from {low:,} to {high:,} volumes ({high / low:g} times as many)",
        "",
        "| | total CPU grows by | µs per volume, first and last |",
        "|---|--:|--:|",
    ]
    for name, shown in NAMES.items():
        found = {int(_number(row, "size")): _total(row) for row in rows if row["name"] == name}
        if low in found and high in found:
            grown = found[high] / found[low]
            lines.append(f"| {shown} | {grown:.3g} | {found[low] / low * 1e6:.3g}, {found[high] / high * 1e6:.3g} |")
    return "\n".join(lines)


def _differences(differing: Mapping[int, Mapping[str, Sequence[Difference]]], rows: Sequence[Row]) -> str:
    lines = [
        "### Where answers differ",
        "",
        "Each pair that one found and the other did not, and how much further apart than the minimum the two truly are, "
        f"along geodesics (negative: nearer). The engine may report what is up to {BOUND_M} m beyond, and may miss nothing.",
        "",
    ]
    shares = {(int(_number(row, "size")), str(row["name"])): _number(row, "share") for row in rows}
    for size, by_name in differing.items():
        for name, found in by_name.items():
            lines.append(f"- {size:,}, {NAMES[name]}: {_counted(found, shares[size, name])}")
            lines += [
                f"    - {each.pair[0]} × {each.pair[1]}: {each.beyond_m * 1000:+.1f} mm, found by "
                f"{'the engine' if each.engine else 'the other'} alone: {each.verdict}"
                for each in found[:50]
            ]
    return "\n".join(lines)


def _counted(found: Sequence[Difference], share: float) -> str:
    if found:
        return f"{len(found)} pairs differ"
    return "the same pairs" if share == 1 else "the engine has every pair that was found; only a share was asked about"


def _online(online: Row) -> str:
    lines = [
        f"### One insert into {_number(online, 'live'):,.0f} live volumes",
        "",
        f"{_number(online, 'asked'):,.0f} operations, {_number(online, 'found_per'):.2f} conflicts each; laying the "
        f"standing grid took {_number(online, 'index_s'):.2f} CPU s; the engine holds {_number(online, 'peak_mib'):,.0f} "
        "MiB at its peak, the records it was given not counted.",
        "",
        "| | CPU p50, µs | CPU p99, µs | wall p50, µs | wall p99, µs |",
        "|---|--:|--:|--:|--:|",
    ]
    steps = online["steps"]
    assert isinstance(steps, dict), "the online part names its steps"
    lines += [f"| {name} | " + " | ".join(f"{x:.1f}" for x in found) + " |" for name, found in steps.items()]
    return "\n".join(lines)


def _total(row: Row) -> float:
    return _number(row, "build_s") + _number(row, "query_s") * _number(row, "share")


def _number(row: Row, key: str) -> float:
    return float(str(row[key]))
