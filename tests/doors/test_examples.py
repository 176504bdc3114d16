"""The bundled examples: written whole, never over anything, and worth showing."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sazokar.doors.cli import app
from sazokar.doors.examples import write_examples
from sazokar.errors import UnreadableError

NAMES = {
    "README.md", "agreement.toml", "alpha.geojson", "bravo.geojson", "drones.geojson", "errors.geojson", "exercise.txt",
    "rules.toml", "zones.geojson",
}  # fmt: skip


def test_every_example_is_written_and_the_page_names_it(tmp_path: Path) -> None:
    written = write_examples(str(tmp_path / "new" / "demo"))
    assert {Path(path).name for path in written} == NAMES
    page = (tmp_path / "new" / "demo" / "README.md").read_text()
    assert all(name in page for name in NAMES - {"README.md"})


def test_the_agreement_stands_in_a_folder_of_its_own(tmp_path: Path) -> None:
    assert str(tmp_path / "mechanism" / "agreement.toml") in write_examples(str(tmp_path))


def test_nothing_is_written_where_one_example_is_there_already(tmp_path: Path) -> None:
    (tmp_path / "zones.geojson").write_text("mine")
    with pytest.raises(UnreadableError, match=r"zones\.geojson: is there already"):
        write_examples(str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"zones.geojson"}
    assert (tmp_path / "zones.geojson").read_text() == "mine"


def test_examples_that_are_there_already_as_they_are_stay_and_are_no_fault(tmp_path: Path) -> None:
    assert write_examples(str(tmp_path)) == write_examples(str(tmp_path))


def test_a_folder_that_cannot_be_made_is_told_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(app, ["example", str(tmp_path / "file" / "demo")])
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_two_air_forces_clash_as_the_page_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_examples(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    plans = ["alpha.geojson", "bravo.geojson", "zones.geojson"]
    result = CliRunner().invoke(app, ["check", *plans, "--rules", "rules.toml"])
    assert result.exit_code == 1, result.output
    # By geodesics computed apart: 18:20:21 to 18:28:25 within 10 NM, 0.2 NM at the nearest.
    assert "18:20Z  0.2 NM, need 10 · 0 ft, need 2,000" in result.output
    assert "HOLDS NOTIFIED (PROTECTED) SITES" in result.output
    assert "AGREEMENT/Halcyon Bank × BRAVO/survey-5" in result.output


def test_planted_errors_are_all_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_examples(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["check", "errors.geojson", "bravo.geojson", "--area=-33,33,-27,37"])
    assert result.exit_code == 2, result.output
    assert all(name in result.output for name in ("naive-time", "bow-tie", "swapped"))


def test_drones_clash_with_the_exercise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_examples(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    options = ["--horizontal", "500m", "--vertical", "100ft", "--ground", "980m..1060m"]
    result = CliRunner().invoke(app, ["check", "drones.geojson", "exercise.txt", *options])
    assert result.exit_code == 1, result.output
    assert "TARN EXERCISE AREA" in result.output


def test_readme_shows_what_its_command_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    lines = [line.strip() for line in readme.splitlines() if line.startswith("    ") and "sazokar example" not in line]
    shown = lines[: lines.index(next(line for line in lines if line.startswith("3  "))) + 1]
    write_examples(str(tmp_path / "demo"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    (command,) = (line for line in readme.splitlines() if "sazokar example demo" in line)
    arguments = command.rpartition("sazokar check ")[2].split()
    printed = CliRunner().invoke(app, ["check", *arguments]).output
    assert len(shown) == 9
    assert all(line in printed for line in shown if line != "…")
