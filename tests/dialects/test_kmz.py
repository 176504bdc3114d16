"""KMZ: bombs, damage and limits."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import detect, kml, kmz
from sazokar.errors import LimitError, UnreadableError

EMPTY = b'<kml xmlns="http://www.opengis.net/kml/2.2"/>'


def archive(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_document_comes_out_as_it_went_in(method: int) -> None:
    content = archive({"images/a.png": b"x", "other.kml": b"y", "doc.kml": EMPTY}, method)
    assert kmz.is_kmz(content)
    assert kmz.document_of(content, "f.kmz") == EMPTY
    assert kml.read(content, "f.kmz").volumes == ()


def test_a_document_of_another_name_is_found() -> None:
    assert kmz.document_of(archive({"sub/b.kml": b"b", "plan.KML": b"a"}), "f.kmz") == b"a"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_is_stopped_while_it_expands(method: int) -> None:
    bomb = archive({"doc.kml": b" " * 200_000_000}, method)
    started = time.process_time()
    with pytest.raises(LimitError, match="times the compressed size"):
        kml.read(bomb, "bomb.kmz")
    assert time.process_time() - started < 5


def test_an_archive_that_lies_about_its_size_is_stopped_all_the_same() -> None:
    honest = archive({"doc.kml": b" " * 50_000_000})
    size = (50_000_000).to_bytes(4, "little")
    with pytest.raises((LimitError, UnreadableError)):
        kml.read(honest.replace(size, (1000).to_bytes(4, "little")), "bomb.kmz")


def test_entries_are_bounded() -> None:
    with pytest.raises(LimitError, match="entries"):
        kmz.document_of(archive({f"{n}.kml": b"" for n in range(kmz.GREATEST_ENTRIES + 1)}), "f.kmz")


def test_an_archive_without_a_document_says_so() -> None:
    with pytest.raises(UnreadableError, match=r"doc\.kml"):
        kmz.document_of(archive({"a.txt": b""}), "f.kmz")


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_a_damaged_archive_never_crashes_the_reader(at: int, put: bytes) -> None:
    content = archive({"doc.kml": EMPTY * 3, "b.kml": EMPTY})
    with contextlib.suppress(UnreadableError, LimitError):
        kml.read(content[:at] + put + content[at + len(put) :], "f.kmz")


@given(st.binary(max_size=200))
def test_arbitrary_bytes_after_the_magic_never_crash_the_reader(content: bytes) -> None:
    with pytest.raises((UnreadableError, LimitError)):
        kml.read(b"PK\x03\x04" + content, "f.kmz")


def test_a_fault_in_a_document_says_once_what_was_found() -> None:
    (one,) = detect.read(archive({"doc.kml": b" " * 70_000_000}), "big.kmz").unreadable
    assert str(one).count("found") == 1
    assert str(one).count("big.kmz") == 1
    assert "in doc.kml" in one.found


def test_one_entry_is_told_as_one() -> None:
    with pytest.raises(UnreadableError, match=r"found 1 entry, none that ends in \.kml"):
        kmz.document_of(archive({"a.txt": b""}), "f.kmz")
