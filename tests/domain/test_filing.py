"""Whether a notice may stand: each rule by itself, with its places named; and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sazokar.domain.agreement import Largest
from sazokar.domain.filing import FLAGS, GREATEST_VOLUMES, REFUSALS, flags_of, refusal_of
from sazokar.domain.finding import Refusal
from sazokar.domain.notice import Contact, Contacts, Extent, NoticeKind, Purpose
from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, Unit
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS
from sazokar.domain.plan.shape import Circle, Corridor, Movement, Polygon, Position, Rectangle
from sazokar.domain.plan.volume import Role, Volume
from sazokar.domain.statement import FileNotice
from tests.domain.filed import HOUR_MS, NOON_MS, disc, feet, metres
from tests.domain.notices import (
    BAND,
    CONTACTS,
    MINUTE_MS,
    NOW_MS,
    TRUCKS,
    agreed,
    convoy,
    convoy_shape,
    form,
    leg,
    notice,
    volume,
)


def refused(filing: FileNotice, now_ms: int = NOW_MS) -> Refusal:
    found = refusal_of(filing, "ALPHA", agreed(), now_ms)
    assert found is not None
    assert found.code in REFUSALS
    assert found.clause and found.field and found.found and found.remedy
    return found


def test_sound_notices_of_every_kind_stand_without_a_flag() -> None:
    heard = Purpose(call_sign="GREEN 1")
    for kind in NoticeKind:
        filing = convoy() if kind is NoticeKind.MOVEMENT else notice(kind=kind, purpose=heard)
        for agreement in (agreed(), None):
            assert refusal_of(filing, "ALPHA", agreement, NOW_MS) is None
            assert flags_of(filing, agreement, NOW_MS) == ()


def test_a_notice_without_volumes_is_refused() -> None:
    assert refused(FileNotice(notice=NoticeKind.AREA)).field == "extent"
    empty = refused(FileNotice(notice=NoticeKind.AREA, extent=Extent(volumes=())))
    assert (empty.code, empty.field) == ("no-extent", "extent.volumes")


def test_five_hundred_volumes_stand_and_one_more_does_not() -> None:
    many = [volume(disc(radius_m=1), index=n) for n in range(GREATEST_VOLUMES + 1)]
    assert refusal_of(notice(*many[:-1]), "ALPHA", agreed(), NOW_MS) is None
    assert refused(notice(*many)).code == "too-many"


def test_a_hundred_thousand_vertices_are_counted_over_all_volumes_before_any_shape_is_looked_into() -> None:
    line = tuple(Position(500_000_000, 80_000_000 + n) for n in range(50_001))
    many = [volume(Corridor(line, 1), index=n) for n in (0, 1)]
    found = refused(notice(*many))
    assert (found.code, found.found) == ("too-many", "100,002 vertices")


@pytest.mark.parametrize(
    ("second", "field"),
    [
        (volume(index=1, party="BRAVO"), "extent.volumes[1].party"),
        (volume(index=1, operation="two"), "extent.volumes[1].operation"),
        (volume(index=1, role=Role.ZONE), "extent.volumes[1].role"),
        (volume(index=0), "extent.volumes[1].index"),
        (volume(index=2), "extent.volumes[1].index"),
    ],
)
def test_a_notice_is_of_one_operation_of_its_party_numbered_from_0(second: Volume, field: str) -> None:
    found = refused(notice(volume(), second))
    assert (found.code, found.field) == ("not-one-operation", field)


def test_another_partys_volume_is_refused_even_alone() -> None:
    assert refused(notice(volume(party="BRAVO"))).field == "extent.volumes[0].party"


@pytest.mark.parametrize(
    ("filing", "field"),
    [
        (notice(volume(operation="box\u202e7")), "extent.volumes.operation"),
        (notice(volume(class_="a\nb")), "extent.volumes.class_"),
        (notice(volume(kind="k" * 201)), "extent.volumes.kind"),
        (notice(purpose=Purpose(call_sign="\u2066")), "purpose.call_sign"),
        (convoy(contacts=Contacts(contacts=(Contact(number="\x1b", telephone="1"),))), "contacts.number"),
        (convoy(contacts=Contacts(contacts=(Contact(number="1", telephone="1\ud800"),))), "contacts.telephone"),
        (convoy(form(leg("\u202eDepot", "Camp", 0, 60))), "movement.segments.from"),
        (convoy(form(leg("Depot", "Camp\u2029", 0, 60))), "movement.segments.to"),
        (convoy(form(vehicles=(replace(TRUCKS, kind="\x00"),))), "movement.vehicles.kind"),
        (convoy(replace(form(), organisation="\u202b")), "movement.organisation"),
    ],
)
def test_a_name_that_hides_or_reorders_what_officers_read_is_refused(filing: FileNotice, field: str) -> None:
    found = refused(filing)
    assert (found.code, found.field) == ("misleading-name", field)
    assert found.found.isprintable()


def test_names_of_every_script_stand() -> None:
    for name in ("کاروان\u200cها", "קרן-1", "Gümüş", "k" * 200):
        assert refusal_of(notice(volume(operation=name)), "ALPHA", agreed(), NOW_MS) is None


BOW_TIE = Polygon(
    ((Position(500_000_000, 80_000_000), Position(501_000_000, 81_000_000), Position(501_000_000, 80_000_000),
      Position(500_000_000, 81_000_000)),)
)  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (volume(BOW_TIE), "shape"),
        (volume(Circle(Position(910_000_000, 0), 1_000)), "shape"),
        (volume(Circle(Position(10**400, 0), 1_000)), "shape"),
        (volume(Corridor((), 1_000)), "shape"),
        (volume(end_ms=NOON_MS), "shape"),
        (volume(replace(convoy_shape(), times_ms=(NOON_MS,))), "shape"),
        (volume(lower=UNLIMITED, upper=UNLIMITED), "shape"),
        (volume(lower=SURFACE, upper=SURFACE), "lower"),
        (volume(lower=feet(5_000), upper=feet(5_000)), "lower"),
        (volume(lower=Height(50_000, Unit.FT, Reference.AGL, surface=True)), "lower"),
        (volume(lower=Height(0, Unit.FT, Reference.STD, surface=True)), "lower"),
        (volume(upper=Height(10**12, Unit.FT, Reference.STD)), "upper"),
        (volume(upper=Height(3_048_000, Unit.FL, Reference.AGL)), "upper"),
        (volume(upper=Height(5, Unit.FL, Reference.STD, unlimited=True)), "upper"),
        (volume(replace(convoy_shape(), altitudes_e4=(10**15,) * 5)), "shape.altitudes_e4"),
        (volume(replace(convoy_shape(), altitudes_e4=(5,) * 5, half_height_e4=10**15)), "shape.altitudes_e4"),
    ],
)
def test_what_cannot_be_judged_or_reads_otherwise_than_it_is_judged_is_refused_with_its_place(
    wrong: Volume, field: str
) -> None:
    found = refused(notice(volume(), replace(wrong, index=1)))
    assert found.code == "not-a-volume"
    assert found.field.startswith(f"extent.volumes[1].{field}")


def test_no_tolerance_narrows_a_window() -> None:
    for tolerance_ms in (-1, 86_400_001):
        filing = notice(extent=Extent(volumes=(volume(),), tolerance_ms=tolerance_ms))
        assert refused(filing).field == "extent.tolerance_ms"


@pytest.mark.requirement("SZK-12")
def test_a_movement_without_its_form_is_refused() -> None:
    assert refused(notice(kind=NoticeKind.MOVEMENT, contacts=CONTACTS)).code == "no-movement-form"


@pytest.mark.requirement("SZK-12")
def test_a_movement_names_two_contacts_each_with_a_telephone_of_its_own() -> None:
    one, two = CONTACTS.contacts
    for few in (
        None,
        Contacts(contacts=()),
        Contacts(contacts=(one,)),
        Contacts(contacts=(one, replace(one, number="W-3"))),
    ):
        assert refused(convoy(contacts=few)).code == "too-few-contacts"
    unreachable = replace(two, telephone=" – ")
    assert refused(convoy(contacts=Contacts(contacts=(one, unreachable)))).found.startswith("1 telephone number ")
    three = Contacts(contacts=(one, unreachable, Contact(number="W-4", telephone="۱۲۳")))
    assert refusal_of(convoy(contacts=three), "ALPHA", agreed(), NOW_MS) is None


def test_what_is_over_is_refused_and_what_ends_in_a_millisecond_is_not() -> None:
    end_ms = NOON_MS + HOUR_MS
    assert refused(notice(), end_ms).code == "over"
    assert "over before it was filed" in refused(notice(), end_ms).found
    assert refusal_of(notice(), "ALPHA", agreed(), end_ms - 1) is None
    later = volume(index=1, start_ms=end_ms, end_ms=end_ms + HOUR_MS)
    assert refusal_of(notice(volume(), later), "ALPHA", agreed(), end_ms) is None


# Where the agreement holds


@pytest.mark.requirement("SZK-14")
@pytest.mark.requirement("SZK-16")
def test_a_swapped_position_is_refused_as_given_and_as_it_would_be() -> None:
    found = refused(notice(volume(disc(8.0, 50.0))))
    assert (found.code, found.field) == ("swapped-coordinates", "extent.volumes[0].shape")
    assert "8.00000 50.00000" in found.found and "50.00000 8.00000" in found.found


@pytest.mark.requirement("SZK-14")
def test_minutes_typed_as_decimals_are_refused_as_given_and_as_they_would_be() -> None:
    # 48.5959 typed for 48°59'59" would lie south of 49°, and so does 49° itself: the area is moved to begin at 48.9°.
    area = Rectangle(70_000_000, 489_000_000, 90_000_000, 510_000_000)
    found = refusal_of(notice(volume(disc(48.5959, 8.3030))), "ALPHA", agreed(area=area), NOW_MS)
    assert found is not None
    assert found.code == "dms-as-decimal"
    assert "48.59590 8.30300" in found.found
    assert "48.99972 8.50833" in found.found  # 48 + 59/60 + 59/3600, and 8 + 30/60 + 30/3600


@pytest.mark.requirement("SZK-14")
def test_a_notice_of_which_nothing_meets_the_area_is_refused_and_one_that_leaves_it_is_flagged() -> None:
    away = volume(disc(48.12345, 8.0), index=1)
    assert refused(notice(replace(away, index=0))).code == "outside-area"
    partly = notice(volume(), away)
    assert refusal_of(partly, "ALPHA", agreed(), NOW_MS) is None
    assert [code for code, _ in flags_of(partly, agreed(), NOW_MS)] == ["outside-area"]
    assert refusal_of(notice(replace(away, index=0)), "ALPHA", agreed(area=None), NOW_MS) is None


@pytest.mark.requirement("SZK-14")
def test_one_swapped_volume_among_sound_ones_is_refused() -> None:
    found = refused(notice(volume(), volume(disc(8.0, 50.0), index=1)))
    assert (found.code, found.field) == ("swapped-coordinates", "extent.volumes[1].shape")


@pytest.mark.requirement("SZK-14")
def test_a_route_within_the_area_with_one_swapped_vertex_is_flagged() -> None:
    line = (Position(500_000_000, 80_000_000), Position(80_000_000, 501_000_000), Position(502_000_000, 80_000_000))
    filing = notice(volume(Corridor(line, 1_000)))
    roomy = agreed(Largest("6.1", 10**9, 48 * HOUR_MS))
    assert refusal_of(filing, "ALPHA", roomy, NOW_MS) is None
    assert "swapped-coordinates" in [code for code, _ in flags_of(filing, agreed(), NOW_MS)]


# A giant box is a veto


@pytest.mark.requirement("SZK-19")
def test_the_largest_area_is_kept_to_the_square_kilometre() -> None:
    # A geodesic circle of 5.64 km holds 99.93 km² and one of 5.65 km 100.29 km², by π r².
    assert refusal_of(notice(volume(disc(radius_m=5_640))), "ALPHA", agreed(), NOW_MS) is None
    found = refused(notice(volume(disc(radius_m=5_650))))
    assert (found.code, found.clause) == ("too-large", "6.1")
    assert "100.3 km²" in found.found and "100 km²" in found.found


@pytest.mark.requirement("SZK-19")
def test_areas_of_all_volumes_add_up_but_one_shape_at_two_times_counts_once() -> None:
    half = disc(radius_m=4_100)  # 52.8 km²
    apart = volume(disc(50.5, 8.0, 4_100), index=1)
    assert refused(notice(volume(half), apart)).code == "too-large"
    later = volume(half, index=1, start_ms=NOON_MS + HOUR_MS, end_ms=NOON_MS + 2 * HOUR_MS)
    assert refusal_of(notice(volume(half), later), "ALPHA", agreed(), NOW_MS) is None


@pytest.mark.requirement("SZK-19")
def test_the_longest_window_is_kept_and_a_site_without_an_end_is_standing() -> None:
    most = volume(end_ms=NOON_MS + 48 * HOUR_MS)
    assert refusal_of(notice(most), "ALPHA", agreed(), NOW_MS) is None
    assert refused(notice(replace(most, end_ms=most.end_ms + 1))).code == "too-long"
    standing = volume(start_ms=BEGINNING_MS, end_ms=END_MS)
    assert refusal_of(notice(standing, kind=NoticeKind.SITE), "ALPHA", agreed(), NOW_MS) is None
    assert refused(notice(standing, kind=NoticeKind.AREA)).code == "too-long"
    from_now = volume(start_ms=BEGINNING_MS, end_ms=NOW_MS + 48 * HOUR_MS)
    assert refusal_of(notice(from_now, kind=NoticeKind.SITE), "ALPHA", agreed(), NOW_MS) is None


@pytest.mark.requirement("SZK-19")
def test_the_clause_of_the_kind_speaks() -> None:
    sites = Largest("6.2", 1, HOUR_MS, "site")
    agreement = agreed(Largest("6.1", 100, HOUR_MS), sites)
    assert refusal_of(notice(), "ALPHA", agreement, NOW_MS) is None
    found = refusal_of(notice(kind=NoticeKind.SITE), "ALPHA", agreement, NOW_MS)
    assert found is not None and found.clause == "6.2"


# The order, the flags, and no exception


def test_the_first_refusal_in_the_stated_order_is_returned() -> None:
    everything = notice(
        volume(disc(8.0, 50.0, 900_000), end_ms=NOW_MS, start_ms=NOW_MS - 999 * HOUR_MS), kind=NoticeKind.MOVEMENT
    )
    mended: list[FileNotice] = [everything]
    mended.append(replace(mended[-1], movement=form(vehicles=(replace(TRUCKS, count=0),))))
    mended.append(replace(everything, movement=form(leg("Depot", "Camp", 0, 30))))
    early = Extent(volumes=(volume(disc(8.0, 50.0, 900_000), start_ms=NOON_MS - 999 * HOUR_MS),))
    mended.append(replace(everything, movement=form(leg("Depot", "Camp", 0, 30)), extent=early))
    mended.append(replace(mended[-1], contacts=CONTACTS))
    there = Extent(volumes=(volume(disc(radius_m=900_000), start_ms=NOON_MS - 999 * HOUR_MS),))
    mended.append(replace(mended[-1], extent=there))
    small = Extent(volumes=(volume(start_ms=NOON_MS - 999 * HOUR_MS),))
    mended.append(replace(mended[-1], extent=small))
    codes = [refused(each).code for each in mended]
    assert codes == [
        "no-movement-form", "contradiction", "contradiction", "too-few-contacts", "swapped-coordinates",
        "too-large", "too-long",
    ]  # fmt: skip


@pytest.mark.requirement("SZK-12")
def test_a_vehicle_without_thermal_marking_is_flagged_by_its_kind() -> None:
    bare = replace(TRUCKS, kind="ambulance", marking_thermal=" ")
    ((code, message),) = flags_of(convoy(form(vehicles=(TRUCKS, bare))), agreed(), NOW_MS)
    assert code == "no-thermal-marking"
    assert "ambulance" in message and "truck" not in message


def test_a_form_without_route_or_vehicles_is_flagged() -> None:
    bare = replace(form(), segments=(), vehicles=())
    assert [code for code, _ in flags_of(convoy(bare), agreed(), NOW_MS)] == ["no-route", "no-vehicles"]


@pytest.mark.requirement("SZK-21")
def test_a_flight_without_a_call_sign_is_flagged() -> None:
    for purpose in (None, Purpose(text="Transit")):
        ((code, _),) = flags_of(notice(kind=NoticeKind.FLIGHT, purpose=purpose), agreed(), NOW_MS)
        assert code == "no-call-sign"


@pytest.mark.requirement("SZK-37")
def test_a_stated_doubt_in_the_position_is_flagged_in_its_own_words() -> None:
    ((code, message),) = flags_of(notice(purpose=Purpose(integrity="jamming east of Mill")), agreed(), NOW_MS)
    assert code == "position-integrity" and "jamming east of Mill" in message


@pytest.mark.requirement("SZK-14")
def test_a_ceiling_below_the_ground_is_flagged() -> None:
    low = volume(lower=metres(0, Reference.AMSL), upper=metres(99, Reference.AMSL))
    assert [code for code, _ in flags_of(notice(low), agreed(), NOW_MS)] == ["below-ground"]
    above = replace(low, upper=metres(120, Reference.AMSL))
    assert flags_of(notice(above), agreed(), NOW_MS) == ()


NUMBERS = st.integers() | st.sampled_from((0, -1, NOON_MS, NOON_MS + HOUR_MS, NOW_MS, BEGINNING_MS, END_MS))
POSITIONS = st.builds(Position, NUMBERS, NUMBERS) | st.builds(
    Position, st.integers(-(10**9), 10**9), st.integers(-(2 * 10**9), 2 * 10**9)
)
LINES = st.lists(POSITIONS, max_size=5).map(tuple)
SHAPES = (
    st.builds(Circle, POSITIONS, NUMBERS)
    | st.builds(Corridor, LINES, NUMBERS)
    | st.builds(Polygon, st.lists(LINES, max_size=3).map(tuple))
    | st.builds(Rectangle, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
    | st.builds(
        Movement,
        LINES,
        st.lists(NUMBERS, max_size=5).map(tuple),
        NUMBERS,
        st.lists(NUMBERS, max_size=5).map(tuple),
        NUMBERS,
    )
    | st.just(convoy_shape())
    | st.just(disc())
)
HEIGHTS = st.builds(
    Height, NUMBERS, st.sampled_from(Unit), st.sampled_from(Reference), st.booleans(), st.booleans()
) | st.sampled_from(BAND)
VOLUMES = st.builds(
    Volume,
    operation=st.sampled_from(("one", "two")),
    party=st.sampled_from(("ALPHA", "ALPHA", "BRAVO")),
    shape=SHAPES,
    lower=HEIGHTS,
    upper=HEIGHTS,
    start_ms=NUMBERS,
    end_ms=NUMBERS,
    role=st.sampled_from(Role),
    index=st.integers(-1, 2),
)
MENDED = st.builds(
    lambda each, n: replace(each, index=n, operation="one", party="ALPHA", role=Role.OPERATION), VOLUMES, st.just(0)
)
SEGMENTS = st.builds(
    leg, st.text(max_size=3), st.text(max_size=3), st.integers(-9, 99), st.integers(-9, 99), st.integers(-1, 9)
)


@settings(max_examples=400)
@given(st.data())
def test_whatever_a_statement_holds_the_answer_is_a_value(data: st.DataObject) -> None:
    filing = data.draw(
        st.builds(
            FileNotice,
            notice=st.sampled_from(NoticeKind),
            extent=st.builds(
                Extent,
                volumes=(st.lists(VOLUMES, max_size=3) | st.lists(MENDED, min_size=1, max_size=1)).map(tuple),
                tolerance_ms=NUMBERS | st.just(5 * MINUTE_MS),
            )
            | st.none(),
            movement=st.builds(lambda legs: form(*legs), st.lists(SEGMENTS, max_size=3)) | st.none(),
            contacts=st.just(CONTACTS) | st.none(),
            purpose=st.builds(Purpose, call_sign=st.text(), integrity=st.text()) | st.none(),
        )
    )
    agreement = data.draw(st.sampled_from((agreed(), None)))
    found = refusal_of(filing, "ALPHA", agreement, NOW_MS)
    if found is not None:
        assert found.code in REFUSALS
    else:
        assert {code for code, _ in flags_of(filing, agreement, NOW_MS)} <= set(FLAGS)
