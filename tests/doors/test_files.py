"""Files in and out: bounded, atomic, never over an input."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sazokar.dialects.reading import GREATEST_BYTES
from sazokar.doors.files import read_all, require_writable, write_atomically
from sazokar.errors import UnreadableError


def test_one_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"x")
    read, unreadable = read_all([str(tmp_path / "absent"), str(there), str(tmp_path), "nul\0name"])
    assert read == [(str(there), b"x")]
    assert [fault.file for fault in unreadable] == [str(tmp_path / "absent"), str(tmp_path), "nul\0name"]
    assert all(fault.found and fault.expected for fault in unreadable)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless device on this system")
def test_an_endless_file_is_read_no_further_than_the_limit() -> None:
    read, (fault,) = read_all(["/dev/zero"])
    assert read == []
    assert f"{GREATEST_BYTES:,}" in fault.expected


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "plans"
    path.write_bytes(b"x")
    assert len(read_all([str(path), str(path)])[0]) == 1


def test_a_name_that_is_no_utf8_can_be_shown(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.geojson")
    try:
        Path(path).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    ((name, _),), _ = read_all([path])
    name.encode("utf-8")


def test_output_over_an_input_is_refused_by_any_name(tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    plans.write_bytes(b"x")
    (tmp_path / "link").symlink_to(plans)
    (tmp_path / "hard").hardlink_to(plans)
    for name in ("plans", "link", "hard", "./plans"):
        with pytest.raises(UnreadableError, match="one of the inputs"):
            require_writable(str(tmp_path / name), [str(plans)])


def test_output_into_no_folder_or_over_a_folder_is_refused(tmp_path: Path) -> None:
    for output in (tmp_path, tmp_path / "absent" / "report"):
        with pytest.raises(UnreadableError, match="expected a file in a folder that exists"):
            require_writable(str(output), [])


def test_what_was_there_stays_whole_where_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report"
    report.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnreadableError, match="No space left"):
        write_atomically(str(report), b"new")
    assert report.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_writing_goes_through_a_link_to_its_target(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(str(link), b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
