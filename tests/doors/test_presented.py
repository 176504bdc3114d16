"""What redaction and strictness leave out."""

from __future__ import annotations

import msgspec
import pytest

from sazokar.app.check import Report, Settings
from sazokar.dialects.reading import Warning
from sazokar.domain.plan.rules import Minima, RuleSet, ZoneClause
from sazokar.domain.plan.shape import Rectangle
from sazokar.doors import report_csv, report_geojson, report_html, report_json, table
from sazokar.doors.presented import Presented, present
from tests.doors.reports import NEAR, REPORT, RULES

RENDERERS = [table.render, report_json.render, report_csv.render, report_geojson.render, report_html.render]
SECRETS = ("clinic-45", "clinic-44", "hidden.geojson", "lane-1", "box-8", "rescue-2", "article-99")


def _report() -> Report:
    """Return a report with one conflict, whose other parts are all secret."""
    clause = ZoneClause("article-99", Minima(0, 0, 0), zone="clinic-45")
    duplicate = Warning(
        code="near-duplicate", file="alpha.geojson", feature="feature 1 (box-7)", message="lies beside clinic-45"
    )
    settings = Settings(rules=RuleSet(RULES.default, (clause,)), area=Rectangle(0, 0, 1, 1))
    return msgspec.structs.replace(REPORT, settings=settings, conflicts=(NEAR,), warnings=(*REPORT.warnings, duplicate))


@pytest.mark.requirement("SZK-51")
@pytest.mark.parametrize("render", RENDERERS)
def test_redaction_leaves_no_name_that_is_part_of_no_conflict(render: object) -> None:
    assert callable(render)
    whole, redacted = render(present(_report())), render(present(_report(), redact=True))
    assert any(secret in whole for secret in SECRETS)
    assert not [secret for secret in SECRETS if secret in redacted]
    assert "box-7" in redacted
    assert "transport-1" in redacted


def test_redaction_still_says_how_much_was_read_and_not_read() -> None:
    shown = table.render(present(_report(), redact=True))
    assert shown.startswith("1 conflict among 6 volumes read; 2 NOT READ")


@pytest.mark.requirement("SZK-51")
def test_banner_goes_with_the_sites_that_redaction_leaves_out() -> None:
    assert present(_report()).holds_sites
    assert not present(_report(), redact=True).holds_sites
    assert present(REPORT, redact=True).holds_sites  # clinic-44 is part of a conflict there


@pytest.mark.parametrize("render", RENDERERS)
def test_strict_shows_nothing_but_what_could_not_be_read(render: object) -> None:
    assert callable(render)
    shown = " ".join(render(present(REPORT, strict=True)).split())
    assert "transport-1" not in shown
    assert "rescue-2" not in shown
    assert "2 NOT READ" in shown
    assert ("box-8" in shown) or render is report_geojson.render


def test_strict_changes_nothing_where_everything_could_be_read() -> None:
    whole = msgspec.structs.replace(REPORT, unreadable=())
    assert present(whole, strict=True) == Presented(report=whole, volumes_read=6, not_read=0)


@pytest.mark.requirement("SZK-51")
def test_redacted_warnings_tell_no_position() -> None:
    source = NEAR.a.source
    assert source is not None
    message = "ALPHA/box-7: 36.48300, -30.10000 is outside the area of interest."
    told = Warning(code="swapped-coordinates", file=source.file, feature=source.feature, message=message)
    report = msgspec.structs.replace(REPORT, warnings=(told,))
    (shown,) = present(report, redact=True).report.warnings
    assert shown.message == "ALPHA/box-7: [a position] is outside the area of interest."
    assert present(report).report.warnings == (told,)
