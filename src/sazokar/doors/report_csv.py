"""The report as CSV for a spreadsheet: one header, then rows whose first cell says what they are.

A cell that a spreadsheet would take for a formula is disarmed with an apostrophe; only our own numbers may start with
a sign.
"""

from __future__ import annotations

import csv
import io
from typing import Final

from sazokar.domain.plan.conflict import Conflict
from sazokar.domain.plan.instant import format_instant
from sazokar.doors import wording
from sazokar.doors.presented import Presented
from sazokar.doors.table import unreadable_words, warning_words

COLUMNS: Final = (
    "record", "start", "end", "a_party", "a_operation", "a_volume", "b_party", "b_operation", "b_volume",
    "horizontal_m", "need_horizontal_m", "vertical_m", "need_vertical_m", "time_margin_s", "latitude", "longitude",
    "clause", "simultaneous", "conversion", "proposals", "file", "feature", "text",
)  # fmt: skip
"""The header. `record` is `banner`, `verdict`, `judged by`, `not looked at`, `conflict`, `refused` or `warning`."""
_FORMULA: Final = "=+-@＝＋－＠\t"


def render(presented: Presented) -> str:
    """Return the report as CSV (RFC 4180)."""
    sink = io.StringIO(newline="")
    writer = csv.DictWriter(sink, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    if presented.holds_sites:
        writer.writerow(_row("banner", text=wording.BANNER))
    writer.writerow(_row("verdict", text=wording.verdict(presented)))
    writer.writerows(_row("judged by", text=line) for line in wording.judged_by(presented))
    writer.writerows(_row("not looked at", text=line) for line in wording.not_looked_at(presented))
    writer.writerows(_conflict_row(conflict) for conflict in presented.report.conflicts)
    writer.writerows(
        _row("refused", file=u.file, feature=u.feature, text=unreadable_words(u)) for u in presented.report.unreadable
    )
    writer.writerows(
        _row("warning", file=w.file, feature=w.feature, text=warning_words(w)) for w in presented.report.warnings
    )
    return sink.getvalue()


def disarmed(text: str) -> str:
    """Return an untrusted text that no spreadsheet takes for a formula, and no terminal for a command."""
    # The fences that `wording` puts around names from right to left are for eyes, not for cells.
    shown = wording.clean(text.replace("\u2068", "").replace("\u2069", ""), 10_000)
    return f"'{shown}" if shown.lstrip()[:1] and shown.lstrip()[0] in _FORMULA else shown


def _row(record: str, **texts: str) -> dict[str, str]:
    return {"record": record} | {column: disarmed(text) for column, text in texts.items()}


def _conflict_row(conflict: Conflict) -> dict[str, str]:
    a, b, minima = conflict.a, conflict.b, conflict.rule.minima
    texts = _row(
        "conflict", a_party=a.party, a_operation=a.operation, b_party=b.party, b_operation=b.operation,
        clause=conflict.rule.clause, conversion=conflict.conversion,
        proposals="; ".join(wording.proposal_words(proposal) for proposal in conflict.proposals),
    )  # fmt: skip
    return texts | {
        "start": format_instant(conflict.start_ms),
        "end": format_instant(conflict.end_ms),
        "a_volume": str(a.index),
        "b_volume": str(b.index),
        "horizontal_m": f"{conflict.horizontal_mm / 1000:.3f}",
        "need_horizontal_m": f"{minima.horizontal_mm / 1000:.3f}",
        "vertical_m": f"{conflict.vertical_e4 / 10_000:.4f}",
        "need_vertical_m": f"{minima.vertical_e4 / 10_000:.4f}",
        "time_margin_s": f"{minima.time_ms / 1000:.3f}",
        "latitude": f"{conflict.at.lat:.7f}",
        "longitude": f"{conflict.at.lon:.7f}",
        "simultaneous": "true" if conflict.simultaneous else "false",
    }
