"""The JSON report against its published schema, and against the values that it was made from."""

from __future__ import annotations

import json
import re
from importlib import resources

import jsonschema
import pytest

from sazokar.doors import report_json
from sazokar.doors.presented import Presented, present
from tests.doors.reports import HOSTILE_NAMES, NEAR, QUIET, REPORT, hostile

REPORTS = [
    present(REPORT),
    present(REPORT, redact=True),
    present(REPORT, strict=True),
    present(QUIET),
    *(present(hostile(name)) for name in HOSTILE_NAMES),
]


def schema(*, closed: bool = False) -> dict[str, object]:
    """Return the published schema; closed, a field that it does not name is a fault."""
    text = resources.files("sazokar").joinpath("data", "report-1.schema.json").read_text("utf-8")
    found: dict[str, object] = json.loads(text)
    return _closed(found) if closed else found


def _closed(value: object) -> dict[str, object]:
    def close(node: object) -> object:
        if isinstance(node, list):
            return [close(item) for item in node]
        if not isinstance(node, dict):
            return node
        walked = {key: close(item) for key, item in node.items()}
        return walked | {"additionalProperties": False} if "required" in walked else walked

    closed = close(value)
    assert isinstance(closed, dict)
    return closed


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("presented", REPORTS)
def test_every_report_is_as_the_schema_says_and_holds_nothing_else(presented: Presented) -> None:
    jsonschema.validate(json.loads(report_json.render(presented)), schema(closed=True))


def test_conflict_bears_its_figures_in_metres_and_seconds() -> None:
    conflict = json.loads(report_json.render(present(REPORT)))["conflicts"][2]
    assert conflict["a"] == {"party": "ALPHA", "operation": "box-7", "volume": 0}
    assert (conflict["start"], conflict["end"]) == ("2026-01-14T18:20:21Z", "2026-01-14T18:28:25Z")
    assert (conflict["horizontal_m"], conflict["vertical_m"], conflict["at"]) == (407, 0, [30.302, 34.95])
    assert conflict["rule"] == {"clause": "default", "horizontal_m": 18520, "vertical_m": 609.6, "time_s": 300}
    delay, climb, shift, none = conflict["proposals"]
    assert delay == {"kind": "delay", "party": "BRAVO", "operation": "transport-1", "delta_s": 1500}
    assert climb["delta_m"] == 5486.4
    assert shift["shift"] == [18520, 0]
    assert set(none) == {"kind", "party", "operation"}


def test_names_are_kept_whole_and_yet_steer_no_terminal() -> None:
    for name in HOSTILE_NAMES:
        text = report_json.render(present(hostile(name)))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        if "\ud800" not in name:
            assert json.loads(text)["conflicts"][0]["a"]["operation"] == name


def test_refused_and_warnings_are_listed_whole() -> None:
    written = json.loads(report_json.render(present(REPORT)))
    assert [(r["file"], r["feature"], r["field"]) for r in written["refused"]] == [
        ("alpha.geojson", "feature 2 (box-8)", "start"),
        ("absent.geojson", "", ""),
    ]
    assert len(written["warnings"]) == len(REPORT.warnings)
    assert NEAR.rule.clause in {c["rule"]["clause"] for c in written["conflicts"]}
