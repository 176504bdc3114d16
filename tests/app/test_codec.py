"""Values to signed bytes and back: nothing is lost, and nothing is read that would not be written just so."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from sazokar.app.codec import Stamp, open_statement, read_statement, seal, sections_of
from sazokar.domain.authority import Author
from sazokar.domain.notice import Contact, Contacts, Extent, NoticeKind, Purpose
from sazokar.domain.party import OfficerRole
from sazokar.domain.plan.height import parse_height
from sazokar.domain.plan.shape import Circle, Position
from sazokar.domain.plan.volume import Volume
from sazokar.domain.statement import (
    Acknowledge,
    AckRung,
    AmendNotice,
    CancelNotice,
    FileNotice,
    ProposeDraft,
    RecordTalks,
    Statement,
    Submission,
)
from sazokar.errors import CanonicalError, LimitError, SignatureError
from sazokar.ledger import canonical
from sazokar.ledger.entry import SCHEMA, Header, open_envelope, seal_statement
from sazokar.ledger.section import commit, section_payload
from sazokar.ledger.signing import SigningKey

KEY = SigningKey.from_seed(bytes(range(32)))
OTHER = SigningKey.from_seed(bytes(range(1, 33)))
LEDGER = "ab" * 32
STAMP = Stamp(ledger=LEDGER, number=7, stated_ms=1_768_000_000_000, expires_ms=1_768_086_400_000)
AUTHOR = Author("ALPHA", "A1", OfficerRole.OFFICER)
SITE = Volume(
    operation="clinic", party="ALPHA", shape=Circle(Position(340_000_000, -300_000_000), 50_000),
    lower=parse_height("SFC"), upper=parse_height("100 M AGL"),
)  # fmt: skip
NOTICE = FileNotice(
    notice=NoticeKind.SITE,
    extent=Extent(volumes=(SITE,)),
    purpose=Purpose(text="عيادة", call_sign="HELP 1"),
    contacts=Contacts(contacts=(Contact(number="A1", telephone="+99 1", languages=("ar",)),)),
)


class Salts:
    """Salts that differ, and are the same in every run."""

    def __init__(self) -> None:
        self.count = 0

    def salt(self) -> bytes:
        self.count += 1
        return self.count.to_bytes(32, "big")


def returned(statement: Statement, *withheld: str) -> Submission:
    leaf, payloads = seal(statement, STAMP, [KEY], Salts())
    kept = {name: payload for name, payload in payloads.items() if name not in withheld}
    return read_statement(open_statement(leaf), kept, AUTHOR)


def test_what_is_sealed_is_read_back_with_its_author_and_its_stamp() -> None:
    leaf, payloads = seal(NOTICE, STAMP, [KEY], Salts())
    by = read_statement(open_statement(leaf), payloads, AUTHOR)
    assert by.statement == NOTICE
    assert (by.party, by.officer, by.key, by.number) == ("ALPHA", "A1", KEY.key_id, 7)
    assert (by.stated_ms, by.expires_ms, by.withheld) == (STAMP.stated_ms, STAMP.expires_ms, frozenset())


@pytest.mark.requirement("SZK-33")
def test_the_signed_bytes_hold_nothing_of_a_section() -> None:
    leaf, payloads = seal(NOTICE, STAMP, [KEY], Salts())
    assert set(payloads) == {"extent", "purpose", "contacts"}
    for secret in (b"clinic", b"340000000", "عيادة".encode(), b"HELP", b"+99"):
        assert secret not in leaf
        assert any(secret in payload for payload in payloads.values())


def test_a_section_that_is_withheld_is_told_from_one_that_is_not_there() -> None:
    by = returned(NOTICE, "purpose")
    assert by.withheld == {"purpose"}
    assert isinstance(by.statement, FileNotice)
    assert by.statement.purpose is None
    assert by.statement.movement is None
    assert "movement" not in by.withheld


def test_the_same_places_are_known_again_whatever_the_salt() -> None:
    again = msgspec.structs.replace(NOTICE, purpose=None)
    one, other = returned(NOTICE), returned(again)
    assert one.digest == other.digest != ""
    leaf_a, _ = seal(NOTICE, STAMP, [KEY], Salts())
    salts = Salts()
    salts.salt()
    leaf_b, _ = seal(NOTICE, STAMP, [KEY], salts)
    assert leaf_a != leaf_b


def test_each_kind_of_statement_knows_its_sections() -> None:
    assert (
        set(sections_of(FileNotice)) == set(sections_of(AmendNotice)) == {"extent", "purpose", "contacts", "movement"}
    )
    assert set(sections_of(ProposeDraft)) == {"document"}
    assert set(sections_of(RecordTalks)) == {"round"}
    assert not sections_of(Acknowledge)


def test_every_section_must_fit_what_is_committed_to() -> None:
    leaf, payloads = seal(NOTICE, STAMP, [KEY], Salts())
    envelope = open_statement(leaf)
    changed = payloads["purpose"].replace(b"HELP 1", b"HELP 2")
    with pytest.raises(CanonicalError, match="not the one committed to"):
        read_statement(envelope, {**payloads, "purpose": changed}, AUTHOR)
    with pytest.raises(CanonicalError, match="'movement'"):
        read_statement(envelope, {**payloads, "movement": payloads["purpose"]}, AUTHOR)
    with pytest.raises(CanonicalError, match="not the one committed to"):
        read_statement(envelope, {"extent": payloads["purpose"]}, AUTHOR)


def sealed_body(body: bytes, sections: dict[str, str] | None = None) -> bytes:
    header = Header(
        schema=SCHEMA, ledger=LEDGER, author=KEY.key_id, number=1, stated_ms=1, expires_ms=2, body=Raw(body),
        sections=sections or {},
    )  # fmt: skip
    return seal_statement(header, [KEY])


@pytest.mark.parametrize(
    "body",
    [
        b'{"kind":"notice.cancel"}',
        b'{"kind":"notice.cancel","ref":5}',
        b'{"kind":"notice.cancel","ref":"N1","reason":""}',
        b'{"kind":"notice.cancel","ref":"N1","unknown":1}',
        b'{"kind":"no.such.kind","ref":"N1"}',
        b'{"extent":{"volumes":[]},"kind":"notice.file","notice":"site"}',
    ],
)
def test_a_body_in_any_other_form_is_refused(body: bytes) -> None:
    with pytest.raises(CanonicalError):
        read_statement(open_statement(sealed_body(body)), {}, AUTHOR)


def test_a_section_that_people_could_not_read_is_refused() -> None:
    long = Purpose(text="x" * 70_000)
    leaf, payloads = seal(msgspec.structs.replace(NOTICE, purpose=long), STAMP, [KEY], Salts())
    with pytest.raises(LimitError, match="section purpose"):
        read_statement(open_statement(leaf), payloads, AUTHOR)


def test_a_section_of_another_kind_is_refused() -> None:
    payload = section_payload({"volumes": "none"}, bytes(32))
    leaf = sealed_body(b'{"kind":"notice.file","notice":"site"}', {"extent": commit("extent", payload)})
    with pytest.raises(CanonicalError):
        read_statement(open_statement(leaf), {"extent": payload}, AUTHOR)


def test_a_false_signature_is_refused_before_anything_is_read() -> None:
    leaf, _ = seal(CancelNotice(ref="N1"), STAMP, [KEY], Salts())
    forged = leaf.replace(open_envelope(leaf).value.author.encode(), OTHER.key_id.encode())  # type: ignore[union-attr]
    with pytest.raises(SignatureError):
        open_statement(forged)


@given(
    ref=st.text(max_size=20).filter(lambda text: text.isprintable()),
    version=st.integers(2, 2**53 - 1),
    rung=st.sampled_from([AckRung.READ, AckRung.READ_BACK]),
    units=st.lists(st.text(max_size=10), max_size=4),
)
def test_any_statement_survives_the_way_there_and_back(ref: str, version: int, rung: AckRung, units: list[str]) -> None:
    statement = Acknowledge(ref=ref, version=version, rung=rung, units=tuple(units))
    assert returned(statement).statement == statement


def test_a_signed_statement_has_one_form_only() -> None:
    leaf, _ = seal(CancelNotice(ref="N1"), STAMP, [KEY], Salts())
    assert canonical.decode(leaf) is not None
    for other in (leaf.replace(b'":', b'": ', 1), leaf + b" ", b" " + leaf):
        with pytest.raises(CanonicalError):
            open_statement(other)
