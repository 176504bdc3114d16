"""XML attacks, limits and encodings."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import xml
from sazokar.dialects.reading import GREATEST_BYTES, GREATEST_NESTING
from sazokar.errors import LimitError, UnreadableError

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><gpx>&d;</gpx>"""
QUADRATIC = b'<!DOCTYPE x [<!ENTITY a "' + b"A" * 100_000 + b'">]><gpx>' + b"&a;" * 10_000 + b"</gpx>"
PARAMETER = b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]><gpx/>'
REMOTE_TYPE = b'<!DOCTYPE gpx SYSTEM "http://127.0.0.1:9/gpx.dtd"><gpx/>'


@pytest.mark.parametrize("attack", [LAUGHS, QUADRATIC, PARAMETER, REMOTE_TYPE])
def test_entities_and_document_types_are_refused_at_once(attack: bytes) -> None:
    started = time.process_time()
    with pytest.raises(UnreadableError, match="document type"):
        xml.parse_xml(attack, "attack.gpx")
    assert time.process_time() - started < 1


def test_a_file_of_this_machine_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    attack = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]><gpx>&s;</gpx>'
    with pytest.raises(UnreadableError) as caught:
        xml.parse_xml(attack.encode(), "attack.gpx")
    assert "the secret" not in str(caught.value)


def test_nesting_is_bounded() -> None:
    def nested(depth: int) -> bytes:
        return b"<a>" * depth + b"</a>" * depth

    xml.parse_xml(nested(GREATEST_NESTING), "f")
    with pytest.raises(LimitError, match=f"deeper than {GREATEST_NESTING}"):
        xml.parse_xml(nested(GREATEST_NESTING + 1), "f")
    with pytest.raises(LimitError):
        xml.parse_xml(b"<a>" * 5_000_000, "f")


def test_elements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "GREATEST_ELEMENTS", 100)
    xml.parse_xml(b"<a>" + b"<b/>" * 99 + b"</a>", "f")
    with pytest.raises(LimitError, match="100 elements"):
        xml.parse_xml(b"<a>" + b"<b/>" * 100 + b"</a>", "f")


def test_a_file_of_100_mb_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(LimitError, match=f"{GREATEST_BYTES:,}"):
        xml.parse_xml(b" " * 100_000_000, "big.kml")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"<a",
        b"<a></b>",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b"<a>\xff</a>",
        b"<a>\x00</a>",
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="shift_jis"?><a/>',
        b"<a>&nbsp;</a>",
    ],
)
def test_what_is_no_xml_is_named_as_such(content: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"f\.kml: found"):
        xml.parse_xml(content, "f.kml")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_declared_encodings_are_read(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    root = xml.parse_xml(f'<?xml version="1.0" encoding="{name}"?><a>Zürich</a>'.encode(encoding), "f")
    assert root.text == "Zürich"


@given(st.binary(max_size=400))
def test_arbitrary_bytes_give_an_element_or_a_named_error(content: bytes) -> None:
    with contextlib.suppress(UnreadableError, LimitError):
        xml.parse_xml(content, "f")
