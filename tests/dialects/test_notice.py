"""NOTICE.toml: what it says is what is filed, and what it cannot say is refused with its key."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import notice
from sazokar.dialects.notice import NoticeDraft
from sazokar.domain.agreement import Level
from sazokar.domain.filing import flags_of, refusal_of
from sazokar.domain.notice import Consent, Contact, Grade, NoticeKind, Purpose, Segment, Stated, Vehicles
from sazokar.domain.plan.height import SURFACE, UNLIMITED, parse_height
from sazokar.domain.plan.instant import BEGINNING_MS, END_MS, parse_instant
from sazokar.domain.plan.shape import Circle, Corridor, Movement, Polygon, Position, Rectangle
from sazokar.domain.statement import FileNotice
from sazokar.errors import FieldError, LimitError, UnreadableError

SITE = '[notice]\nkind = "site"\noperation = "clinic"\n'
PLACE = '[[volume]]\nlat = 36.8\nlon = -30.0\nradius = "300m"\nlower = "SFC"\nupper = "50 M AGL"\n'
CONVOY = """version = 1
[notice]
kind = "movement"
life_safety = true
grade = "visited"
supersedes = "N-12"
operation = "convoy-7"
tolerance = "5min"

[[consent]]
to = "BRAVO"
level = "extent-only"

[purpose]
text = '''Flour to Camp Alder.
به اردوگاه'''
call_sign = "GREEN 1"
frequency_khz = 121500
language = "en"
integrity = "jamming near the mill"

[[contacts]]
number = "W-1"
telephone = "+99 1 100"
languages = ["fa", "en"]
duty = "convoy leader"
[[contacts]]
number = "W-2"
telephone = "+99 1 200"

[movement]
organisation = "Alder Relief"
cargo = "flour"
people = 14
[[movement.segment]]
from = "Depot"
to = "Mill"
depart = 2031-01-14T06:00:00Z
arrive = 2031-01-14T10:40:00+03:30
halt = "20min"
[[movement.segment]]
from = "Mill"
to = "Camp Alder"
depart = "2031-01-14T07:30:00Z"
arrive = "2031-01-14T09:00:00Z"
[[movement.vehicles]]
kind = "truck"
count = 6
colour = "white"
registration = ["AR 101", "AR 102"]
marking_day = "flag"
marking_night = "lamp"
marking_thermal = "panel"

[stated]
start = 2031-01-14T06:00:00Z
end = 2031-01-14T09:00:00Z
upper = "100 FT AGL"

[[volume]]
shape = "corridor"
coordinates = ["364800N0300000W", "36.9N 30.1W"]
half_width = "500m"
lower = "SFC"
upper = "100 FT AGL"
kind = "movement"
start = 2031-01-14T06:00:00Z
end = 2031-01-14T09:00:00Z
"""


def read(text: str) -> NoticeDraft:
    return notice.read(text.encode(), "NOTICE.toml", "ALPHA")


@pytest.mark.requirement("SZK-12")
def test_a_convoys_form_is_read_whole_and_may_stand() -> None:
    draft = read(CONVOY)
    filing = draft.statement()
    assert isinstance(filing, FileNotice)
    assert (filing.notice, filing.life_safety, filing.grade) == (NoticeKind.MOVEMENT, True, Grade.VISITED)
    assert (filing.supersedes, filing.consent) == ("N-12", (Consent("BRAVO", Level.EXTENT),))
    assert filing.purpose == Purpose(
        text="Flour to Camp Alder.\nبه اردوگاه",
        call_sign="GREEN 1",
        frequency_khz=121_500,
        language="en",
        integrity="jamming near the mill",
    )
    assert filing.contacts is not None
    first = Contact(number="W-1", telephone="+99 1 100", languages=("fa", "en"), duty="convoy leader")
    assert filing.contacts.contacts == (first, Contact(number="W-2", telephone="+99 1 200"))
    form = filing.movement
    assert form is not None and (form.organisation, form.cargo, form.people) == ("Alder Relief", "flour", 14)
    assert form.segments[0] == Segment(
        from_="Depot",
        to="Mill",
        depart_ms=parse_instant("2031-01-14T06:00:00Z"),
        arrive_ms=parse_instant("2031-01-14T07:10:00Z"),
        halt_ms=20 * 60_000,
    )
    assert form.vehicles == (
        Vehicles(
            kind="truck", count=6, colour="white", registration=("AR 101", "AR 102"), marking_day="flag",
            marking_night="lamp", marking_thermal="panel",
        ),
    )  # fmt: skip
    extent = filing.extent
    assert extent is not None and extent.tolerance_ms == 300_000
    assert extent.stated == Stated(
        start_ms=parse_instant("2031-01-14T06:00:00Z"),
        end_ms=parse_instant("2031-01-14T09:00:00Z"),
        upper=parse_height("100 FT AGL"),
    )
    (volume,) = extent.volumes
    assert (volume.party, volume.operation, volume.index) == ("ALPHA", "convoy-7", 0)
    assert volume.shape == Corridor((Position(368_000_000, -300_000_000), Position(369_000_000, -301_000_000)), 500_000)
    now_ms = parse_instant("2031-01-12T06:00:00Z")
    assert refusal_of(filing, "ALPHA", None, now_ms) is None
    assert [code for code, _ in flags_of(filing, None, now_ms)] == ["position-integrity"]
    assert draft.warnings == ()


def test_a_site_without_times_stands_always_and_a_missing_ceiling_is_told() -> None:
    draft = read(SITE + PLACE.replace('upper = "50 M AGL"\n', ""))
    assert draft.extent is not None
    (volume,) = draft.extent.volumes
    assert (volume.start_ms, volume.end_ms) == (BEGINNING_MS, END_MS)
    assert (volume.lower, volume.upper) == (SURFACE, UNLIMITED)
    assert volume.shape == Circle(Position(368_000_000, -300_000_000), 300_000)
    assert [warning.code for warning in draft.warnings] == ["missing-upper"]


@pytest.mark.requirement("SZK-14")
@pytest.mark.parametrize(
    "text",
    ["36.8 -30.0", "36°48'00\\\"N 030°00'00\\\"W", "36°48.000'N 030°00.000'W", "364800N0300000W", "36.8N 30.0W"],
)
def test_a_place_is_read_in_every_notation(text: str) -> None:
    place = f'[[volume]]\ncoordinates = "{text}"\nradius_m = 300\n'
    draft = read(SITE + place)
    assert draft.extent is not None
    assert draft.extent.volumes[0].shape == Circle(Position(368_000_000, -300_000_000), 300_000)


WINDOW = "start = 2031-01-14T06:00:00Z\nend = 2031-01-14T09:00:00Z\n"
BOX = Rectangle(-303_000_000, 346_000_000, -299_000_000, 349_500_000)


@pytest.mark.parametrize(
    ("place", "shape"),
    [
        ('rectangle = [-30.3, 34.6, -29.9, 34.95]\n' + WINDOW, BOX),
        (
            'coordinates = [["1N 1E", "1N 2E", "2N 1E"], ["1.1N 1.1E", "1.1N 1.2E", "1.2N 1.1E"]]\n' + WINDOW,
            Polygon((
                (Position(10_000_000, 10_000_000), Position(10_000_000, 20_000_000), Position(20_000_000, 10_000_000)),
                (Position(11_000_000, 11_000_000), Position(11_000_000, 12_000_000), Position(12_000_000, 11_000_000)),
            )),
        ),
        (
            'coordinates = ["1N 1E", "2N 1E"]\nhalf_width = "1km"\naltitudes = [1000, 1100.5]\nhalf_height_m = 30.48\n'
            "times = [2031-01-14T06:00:00Z, 2031-01-14T09:00:00Z]\n",
            Movement(
                (Position(10_000_000, 10_000_000), Position(20_000_000, 10_000_000)),
                (parse_instant("2031-01-14T06:00:00Z"), parse_instant("2031-01-14T09:00:00Z")),
                1_000_000,
                (10_000_000, 11_005_000),
                304_800,
            ),
        ),
    ],
)  # fmt: skip
def test_every_shape_has_its_keys(place: str, shape: object) -> None:
    head = '[notice]\nkind = "flight"\noperation = "one"\n[[volume]]\nlower = "500 M AMSL"\nupper = "2000 M AMSL"\n'
    draft = read(head + place)
    assert draft.extent is not None
    assert draft.extent.volumes[0].shape == shape


def test_several_volumes_are_numbered_in_order() -> None:
    draft = read(SITE + PLACE + PLACE.replace("36.8", "36.9"))
    assert draft.extent is not None
    assert [(volume.index, volume.operation) for volume in draft.extent.volumes] == [(0, "clinic"), (1, "clinic")]


def test_a_plan_beside_the_form_is_named_and_waited_for() -> None:
    draft = read('[notice]\nkind = "flight"\nplan = "alpha.kml"\n')
    assert (draft.plan, draft.extent) == ("alpha.kml", None)


@pytest.mark.requirement("SZK-13")
@pytest.mark.parametrize(
    "naive", ["2031-01-14T06:00:00", '"2031-01-14T06:00:00"', '"2010"', "20:10:00", "2031-01-14", "2010"]
)
@pytest.mark.parametrize("key", ["depart", "arrive"])
def test_a_time_without_a_zone_is_refused_with_its_key(naive: str, key: str) -> None:
    start = CONVOY.index(f"{key} = ")
    text = CONVOY[:start] + f"{key} = {naive}" + CONVOY[CONVOY.index("\n", start) :]
    with pytest.raises(FieldError) as error:
        read(text)
    assert error.value.field == f"NOTICE.toml, [movement], [[segment]] 1, {key}"
    assert "zone" in error.value.expected


@pytest.mark.requirement("SZK-13")
@pytest.mark.parametrize("key", ["start", "end"])
def test_a_volumes_time_without_a_zone_is_refused(key: str) -> None:
    with pytest.raises(FieldError) as error:
        read(SITE + PLACE + f"{key} = 2031-01-14T06:00:00\n")
    assert error.value.field == f"NOTICE.toml, [[volume]] 1, {key}"
    with pytest.raises(FieldError, match=r"times\[1\]"):
        read(SITE + '[[volume]]\ncoordinates = ["1N 1E", "2N 1E"]\nhalf_width = "1km"\n'
             "times = [2031-01-14T06:00:00Z, 2031-01-14T09:00:00]\n")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("", "[notice]", "kind"),
        ("version = 2\n" + SITE + PLACE, "version", "version = 1"),
        ("version = true\n" + SITE + PLACE, "version", "version = 1"),
        ("notices = 1\n", "notices", "'notice' meant"),
        ("notice = 1\n", "[notice]", "a table"),
        ('[notice]\nkind = "convoy"\n', "[notice], kind", '"movement"'),
        ('[notice]\nkind = "flihgt"\n', "[notice], kind", "'flight' meant"),
        ("[notice]\nkind = 3\n", "[notice], kind", '"site"'),
        (SITE + 'life_saftey = true\n', "[notice], life_saftey", "'life_safety' meant"),
        (SITE + 'life_safety = "yes"\n', "[notice], life_safety", "true or false"),
        (SITE + 'grade = "good"\n', "[notice], grade", '"visited"'),
        (SITE + 'tolerance = 5\n', "[notice], tolerance", "with its unit"),
        (SITE + 'tolerance = "5 parsecs"\n', "[notice], tolerance", "with its unit"),
        (SITE + 'supersedes = " "\n', "[notice], supersedes", "a text"),
        (SITE, "[notice], plan and [[volume]]", "one of the two"),
        (SITE + 'plan = "a.kml"\n' + PLACE, "[notice], plan and [[volume]]", "one of the two"),
        ('[notice]\nkind = "site"\n' + PLACE, "[notice], operation", "name of the operation"),
        (SITE + '[[consent]]\nto = "BRAVO"\n', "[[consent]] 1, level", '"extent-only"'),
        (SITE + '[[consent]]\nlevel = "nothing"\n', "[[consent]] 1, to", "a text"),
        (SITE + '[consent]\nto = "BRAVO"\n', "consent", "[[consent]]"),
        (SITE + '[purpose]\nfrequency_khz = -1\n', "[purpose], frequency_khz", "a whole number"),
        (SITE + '[purpose]\nfrequency_khz = 121.5\n', "[purpose], frequency_khz", "a whole number"),
        (SITE + '[purpose]\ntext = "a\\u202eb"\n', "[purpose], text", "show as they are"),
        (SITE + '[[contacts]]\nnumber = "W-1"\n', "[[contacts]] 1, telephone", "a text"),
        (SITE + '[[contacts]]\nnumber = "W-1"\ntelephone = "1"\nlanguages = "fa"\n', "languages", "a list"),
        (SITE + '[movement]\ncargo = "flour"\n', "[movement], organisation", "a text"),
        (SITE + '[movement]\norganisation = "A"\n[[movement.segment]]\nfrom = "A"\nto = "B"\n', "depart", "zone"),
        (SITE + '[movement]\norganisation = "A"\n[[movement.vehicles]]\nkind = "t"\n', "count", "a whole number"),
        (SITE + '[movement]\norganisation = "A"\n[[movement.vehicles]]\nkind = "t"\ncount = true\n', "count", "whole"),
        (SITE + '[stated]\nupper = 5000\n', "[stated], upper", "FL180"),
        (SITE + '[stated]\nupper = "5000 ft"\n', "[stated], upper", "AMSL"),
        (SITE + PLACE + 'party = "BRAVO"\n', "[[volume]] 1, party", "one of"),
        (SITE + PLACE + 'role = "zone"\n', "[[volume]] 1, role", "one of"),
        (SITE + PLACE.replace("36.8", "136.8"), "[[volume]] 1, lat and lon", "within ±90"),
        (SITE + PLACE.replace("36.8", "true"), "[[volume]] 1, lat", "a number"),
        (SITE + PLACE.replace('"300m"', '"300"'), "[[volume]] 1, radius", "unit"),
        (SITE + PLACE.replace('"SFC"', '"60 M AGL"'), "[[volume]] 1, lower and upper", "below"),
        (SITE.replace('"site"', '"area"') + PLACE, "[[volume]] 1, start and end", "start and the end"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_with_its_key(text: str, field: str, expected: str) -> None:
    with pytest.raises(FieldError) as error:
        read(text)
    assert error.value.field.startswith("NOTICE.toml, ")
    assert error.value.field.endswith(field)
    assert expected in error.value.expected
    assert error.value.found


def test_what_is_no_toml_or_too_much_is_refused() -> None:
    for content in (b"[notice\n", b"\xff\xfe\x00", b"a = " + b"[" * 10_000):
        with pytest.raises(UnreadableError):
            notice.read(content, "NOTICE.toml", "ALPHA")
    with pytest.raises(LimitError):
        notice.read(b"#" * (8 * 1024 * 1024 + 1), "NOTICE.toml", "ALPHA")
    with pytest.raises(FieldError, match="501 tables"):
        read(SITE + PLACE * 501)
    with pytest.raises(FieldError, match="201 tables"):
        read(SITE + '[[consent]]\nto = "B"\nlevel = "nothing"\n' * 201)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
LINES = CONVOY.splitlines()


@given(st.integers(0, len(LINES) - 1), st.integers(0, len(LINES) - 1), st.text(max_size=12), SCALARS)
def test_a_form_damaged_anyhow_is_refused_or_read_and_nothing_else_is_raised(
    at: int, other: int, text: str, value: object
) -> None:
    key = LINES[at].split(" = ")[0]
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    for damaged in (
        [*LINES[:at], *LINES[at + 1 :]],
        [*LINES[:at], LINES[other], *LINES[at:]],
        [*LINES[:at], text, *LINES[at:]],
        [*LINES[:at], f"{key} = {shown}", *LINES[at + 1 :]],
    ):
        with suppress(FieldError, UnreadableError):
            notice.read("\n".join(damaged).encode("utf-8", "surrogatepass"), "NOTICE.toml", "ALPHA").statement()
