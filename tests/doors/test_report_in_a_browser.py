"""The HTML report in a real browser, where one is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sazokar.doors.cli import app
from sazokar.doors.examples import write_examples

BROWSER = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-pdf-header-footer",
)  # fmt: skip


@pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")
def test_the_report_prints_an_overview_and_a_page_for_each_conflict(tmp_path: Path) -> None:
    write_examples(str(tmp_path))
    plans = [str(tmp_path / name) for name in ("alpha.geojson", "bravo.geojson", "zones.geojson")]
    page, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    rules = str(tmp_path / "rules.toml")
    arguments = ["check", *plans, "--rules", rules, "--format", "html", "--output", str(page)]
    assert CliRunner().invoke(app, arguments).exit_code == 1
    command = [
        str(BROWSER),
        *FLAGS,
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--print-to-pdf={paper}",
        page.as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pages = len(re.findall(rb"/Type\s*/Page[^s]", paper.read_bytes()))
    assert 4 <= pages <= 6, "an overview and three conflicts"
