"""AGREEMENT.toml: what it says is what the parties are held to, and every fault in it is told with its place."""

from __future__ import annotations

from contextlib import suppress
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sazokar.dialects import agreement, rules
from sazokar.dialects.toml_table import GREATEST_FAULTS
from sazokar.domain.agreement import (
    Answering,
    Budget,
    Carries,
    Coarseness,
    Disclosure,
    FirstAnswer,
    Fixed,
    Hold,
    Largest,
    LeadClass,
    LeadTime,
    Level,
    Meaning,
    Outside,
    Priority,
    Rank,
    Review,
    Schedule,
    Standing,
    StopAuthority,
    Suspension,
    Term,
    ThirdParty,
    ZoneKind,
    term_of,
)
from sazokar.domain.plan.altitude import GroundBand
from sazokar.domain.plan.conflict import ProposalKind
from sazokar.domain.plan.rules import Minima, SeparationClause, ZoneClause
from sazokar.domain.plan.shape import Circle, Corridor, Polygon, Position, Rectangle
from sazokar.errors import AgreementError, LimitError, RulesError, UnreadableError
from tests.dialects.agreements import LINE, TOP, clause, read

pytestmark = pytest.mark.requirement("SZK-01")

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
CIRCLE = 'name = "Cay"\ncircle = { centre = "12N 42E", radius = "5km" }\n'


def faults(*clauses: str) -> str:
    """Return all that is told of a document that is not taken."""
    with pytest.raises(AgreementError) as raised:
        read(*clauses)
    return str(raised.value)


def test_what_stands_outside_the_clauses_is_read() -> None:
    found = read()
    assert found.title == (("en", "Line Agreement"),)
    assert [signatory.name for signatory in found.signatories] == ["ALPHA", "BRAVO"]
    assert found.area == Rectangle(400_000_000, 100_000_000, 440_000_000, 140_000_000)
    assert found.ground == GroundBand(0, 5_000_000)


def test_an_agreement_without_an_area_holds_everywhere() -> None:
    text = TOP.replace("west = 40\nsouth = 10\neast = 44\nnorth = 14\n", "")
    found = agreement.read(text.encode(), "a")
    assert found.area is None
    assert found.ground == GroundBand(0, 5_000_000)


@pytest.mark.requirement("SZK-03")
def test_a_line_has_a_buffer_for_each_class_and_a_name_for_each_party() -> None:
    (zone,) = read(LINE).zones
    assert zone.kind is ZoneKind.LINE
    assert zone.shape == Corridor((Position(120_000_000, 410_000_000), Position(120_000_000, 430_000_000)), 0)
    assert zone.names == (("ALPHA", "the northern line"), ("BRAVO", "the southern line"))
    assert zone.buffers == (
        ZoneClause("3.1", Minima(40_000_000, 0, 0), "Ford Line", "", "fixed-wing"),
        ZoneClause("3.1", Minima(15_000_000, 0, 0), "Ford Line", "", "uav"),
        ZoneClause("3.1", Minima(10_000_000, 0, 0), "Ford Line", "", "helicopter"),
    )


@pytest.mark.requirement("SZK-14")
@pytest.mark.parametrize(
    "centre", ["12.5N 42.25E", "12°30'00\\\"N 042°15'00\\\"E", "12°30.000'N 042°15.000'E", "12.5 42.25", "1230N04215E"]
)
def test_a_place_is_given_in_any_notation(centre: str) -> None:
    (zone,) = read(
        clause("protected-site", f'name = "Clinic"\ncircle = {{ centre = "{centre}", radius = "1NM" }}')
    ).zones
    assert zone.shape == Circle(Position(125_000_000, 422_500_000), 1_852_000)


def test_grid_references_name_places_too() -> None:
    # 38P is 42 to 48 east, 8 to 16 north; easting 500,000 is its meridian 45 east, UTM northing 1,326,553 m about 12 N.
    (zone,) = agreement.read(
        (TOP.replace("east = 44", "east = 46") + clause("protected-site", 'name = "Well"\ncircle = { centre = "38 north '
        '500000 1326553", radius = "100m" }')).encode(), "a").zones  # fmt: skip
    assert isinstance(zone.shape, Circle)
    assert zone.shape.centre.lon_e7 == 450_000_000
    assert abs(zone.shape.centre.lat_e7 - 120_000_000) < 50_000


def test_each_shape_is_read() -> None:
    shapes = {
        'polygon = ["12N 41E", "12N 42E", "13N 42E", "12N 41E"]': Polygon(
            (
                (
                    Position(120_000_000, 410_000_000),
                    Position(120_000_000, 420_000_000),
                    Position(130_000_000, 420_000_000),
                ),
            )
        ),
        'corridor = { line = ["12N 41E", "12N 42E"], width = "10NM" }': Corridor(
            (Position(120_000_000, 410_000_000), Position(120_000_000, 420_000_000)), 9_260_000
        ),
        "rectangle = { west = 41.5, south = 12, east = 42.0000001, north = 13 }": Rectangle(
            415_000_000, 120_000_000, 420_000_001, 130_000_000
        ),
    }
    for text, shape in shapes.items():
        assert read(clause("corridor", f'name = "Z"\n{text}')).zones[0].shape == shape


def test_a_restricted_area_has_dates_hours_and_weekdays() -> None:
    schedule = (
        '[[clause.schedule]]\nfrom = "2031-01-01T00:00:00Z"\nuntil = 2031-02-01T00:00:00Z\ndaily = ["22:00Z", "02:30Z"]\n'
        'weekdays = ["friday", "monday"]\n'
    )
    (zone,) = read(clause("restricted-area", CIRCLE + 'lower = "SFC"\nupper = "FL200"\n' + schedule)).zones
    january = 1_924_992_000_000  # 2031-01-01T00:00:00Z: 22,280 days after the epoch, by hand
    assert january == 22_280 * DAY_MS
    expected = Schedule(january, january + 31 * DAY_MS, 22 * HOUR_MS, 2 * HOUR_MS + 30 * MINUTE_MS, (0, 4))
    assert zone.schedules == (expected,)
    assert str(zone.upper) == "FL200"


TERMS: dict[str, Term] = {
    clause("lead-time", 'classes = { routine = "6h", urgent = "30min" }\nnotice = "flight"'): LeadTime(
        "9.9", (LeadClass("routine", 6 * HOUR_MS), LeadClass("urgent", 30 * MINUTE_MS)), "flight"
    ),
    clause("answering", 'rungs = "5min"'): Answering("9.9", (300_000, 300_000, 300_000)),
    clause("answering", 'rungs = ["1min", "2min", "3min"]\nfirst = "lower-priority"'): Answering(
        "9.9", (60_000, 120_000, 180_000), FirstAnswer.LOWER_PRIORITY
    ),
    clause("priority", 'ranks = { medevac = 9 }\nexempt = ["medevac", "rescue"]'): Priority(
        "9.9", (Rank("medevac", 9),), ("medevac", "rescue")
    ),
    clause("disclosure", 'to = "mediator"\nlevel = "extent-only"\nnotice = "site"\nof = "ALPHA"'): Disclosure(
        "9.9", "mediator", Level.EXTENT, "site", "ALPHA"
    ),
    clause("outside", 'to = "BRAVO"'): Outside("9.9", "BRAVO"),
    clause("outside", 'to = "party"\nnotice = "site"\ncarries = "extent-only"'): Outside(
        "9.9", "party", "site", Carries.EXTENT
    ),
    clause("budget", 'spends = 60\nwindow = "1h"'): Budget("9.9", 60, HOUR_MS),
    clause("proposals", 'time = "10min"\nvertical = "500ft"\nkinds = ["shift"]'): Coarseness(
        "9.9", 600_000, 500 * 3048, (ProposalKind.SHIFT,)
    ),
    clause("proposals", ""): Coarseness("9.9"),
    clause("largest", 'area = "2500 km²"\nduration = "12h"'): Largest("9.9", 2_500, 12 * HOUR_MS),
    clause("standing", 'expires = "90d"'): Standing("9.9", 90 * DAY_MS, "site"),
    clause("hold", 'correct = "10min"'): Hold("9.9", 600_000),
    clause("stop", 'release = ["mediator", "ALPHA"]'): StopAuthority("9.9", ("mediator", "ALPHA")),
    clause("suspension", 'by = ["BRAVO"]\nresume_needs_all = false'): Suspension(
        "9.9", ("BRAVO",), resume_needs_all=False
    ),
    clause("review", 'period = "30d"'): Review("9.9", 30 * DAY_MS),
    clause("third-party", 'name = "COAST"\nbound = true\nadvised = true\nstep_degrees = 0.5'): ThirdParty(
        "9.9", "COAST", bound=True, advised=True, step_e7=5_000_000
    ),
    clause("meaning", 'about = "silence"\ntexts = { en = "No.", fa = "نه." }'): Meaning(
        "9.9", (("en", "No."), ("fa", "نه.")), Fixed.SILENCE
    ),
}


@pytest.mark.parametrize("text", TERMS)
def test_a_clause_of_each_kind_says_what_is_written(text: str) -> None:
    assert read(text).terms == (TERMS[text],)


def test_rules_and_agreement_read_one_clause_alike() -> None:
    text = clause("separation", 'between = ["uav", "any"]\nhorizontal = "2NM"', "4.2") + clause(
        "zone", 'zone_kind = "protected-site"\nhorizontal = "500m"', "7.1"
    )
    ruled = rules.read(b"version = 1\n" + text.encode(), "RULES.toml")
    assert read(text).rules() == ruled
    assert read(text.replace('"zone"', '"zone-minimum"')).rules() == ruled


WRONG = [
    (clause("lead-tme", ""), "is 'lead-time' meant?"),
    (clause("lead-time", 'classes = { urgent = "30min", routine = "6h" }'), "classes: routine after urgent"),
    (clause("lead-time", "classes = {}"), "1 to 20 classes"),
    (clause("lead-time", 'classes = { routine = "6 hours" }'), 'routine = "6 hours"'),
    (clause("lead-time", 'classes = { routine = "367d" }'), "to 366 days"),
    (clause("lead-time", "classes = { routine = 6 }"), "with its unit"),
    (clause("answering", 'rungs = ["5min", "5min"]'), "for officer, alternate and mediator"),
    (clause("answering", 'rungs = "2d"'), "1 s to 1 day"),
    (clause("answering", 'rungs = "5min"\nfirst = "later"'), "is 'later-filer' meant?"),
    (clause("priority", ""), "neither ranks nor exempt"),
    (clause("priority", "ranks = { medevac = 1.5 }"), "a whole number"),
    (clause("priority", "ranks = { medevac = true }"), "a whole number"),
    (clause("priority", 'exempt = ["a", "a"]'), "each once"),
    (clause("disclosure", 'level = "nothing"'), "to = nothing"),
    (clause("disclosure", 'to = "party"\nlevel = "extent"'), "is 'extent-only' meant?"),
    (clause("outside", 'carries = "everything"'), "to = nothing"),
    (clause("outside", 'to = "party"\ncarries = "extent"'), "is 'extent-only' meant?"),
    (clause("outside", 'to = "CHARLIE"'), "to = CHARLIE"),
    (clause("disclosure", 'to = "CHARLIE"\nlevel = "nothing"'), "to = CHARLIE"),
    (clause("disclosure", 'to = "any"\nof = "CHARLIE"\nlevel = "nothing"'), "of = CHARLIE"),
    (clause("budget", 'spends = 0\nwindow = "1h"'), "spends = 0"),
    (clause("budget", 'spends = 1\nwindow = "0h"'), "more than 0"),
    (clause("proposals", 'kinds = ["swerve"]'), "kinds"),
    (clause("proposals", 'time = "1s"'), "60 s"),
    (clause("largest", 'area = "2500"\nduration = "1h"'), "square kilometres"),
    (clause("largest", 'area = "0km2"\nduration = "1h"'), "square kilometres"),
    (clause("standing", ""), "expires = nothing"),
    (clause("stop", "release = []"), "release"),
    (clause("stop", 'release = ["NOBODY"]'), "release = NOBODY"),
    (clause("suspension", 'by = ["party"]\nresume_needs_all = "yes"'), "true or false"),
    (clause("third-party", "bound = true"), "name = nothing"),
    (clause("third-party", 'name = "X"\nstep_degrees = 0'), "degrees from 0.001 to 10"),
    (clause("third-party", 'name = "X"\nstep_degrees = nan'), "degrees from 0.001 to 10"),
    (clause("third-party", 'name = "ALPHA"'), "which signs"),
    (clause("meaning", ""), "the sentence by language"),
    (clause("meaning", 'texts = { en = "" }'), "1 to 2,000 characters"),
    (clause("meaning", 'texts = { en = "a\\u202Eb" }'), "show as they are"),
    (clause("restricted-area", 'name = "Z"'), "no shape"),
    (clause("restricted-area", CIRCLE + 'line = ["1N 1E", "2N 2E"]'), "circle and line in one zone"),
    (clause("restricted-area", 'name = "Z"\ncircle = { centre = "200N 42E", radius = "5km" }'), "latitude"),
    (clause("restricted-area", 'name = "Z"\ncircle = { centre = "12N 42E", radius = "5" }'), "circle: radius"),
    (clause("restricted-area", 'name = "Z"\ncircle = { centre = "12N 42E", radius = "1001km" }'), "1,000 km"),
    (clause("restricted-area", 'name = "Z"\npolygon = ["12N 41E", "13N 42E", "12N 42E", "13N 41E"]'), "polygon"),
    (clause("restricted-area", 'name = "Z"\npolygon = ["12N 41E", "13N 42E"]'), "3 to 10,000"),
    (clause("line", 'name = "Z"\nline = ["12N 41E", 7]'), "line[2]"),
    (clause("restricted-area", CIRCLE + 'lower = "5000"'), "lower"),
    (clause("restricted-area", CIRCLE + 'lower = "UNL"'), "only an upper one"),
    (clause("restricted-area", CIRCLE + 'lower = "FL200"\nupper = "FL100"'), "lower FL200 at or above upper FL100"),
    (clause("restricted-area", CIRCLE + "upper = 5000"), "upper = 5000"),
    (clause("restricted-area", CIRCLE.replace('name = "Cay"\n', "")), "name = nothing"),
    (clause("zone-of-influence", CIRCLE), "party = nothing"),
    (clause("zone-of-influence", CIRCLE + 'party = "CHARLIE"'), "party = CHARLIE"),
    (clause("line", CIRCLE + 'names = { CHARLIE = "x" }'), "names = CHARLIE"),
    (clause("line", CIRCLE + '[[clause.buffer]]\nclass = "uav"'), "buffer 1: no minimum"),
    (clause("line", CIRCLE + '[[clause.buffer]]\nhorizontal = "1km"'), "class = nothing"),
    (clause("line", CIRCLE + '[[clause.buffer]]\nclass = "uav"\nhorizontal = "1km"\n' * 2), "both of the same zones"),
    (clause("zone-minimum", 'zone = "Atlantis"\nhorizontal = "1km"'), "zone = Atlantis"),
    (clause("zone-minimum", 'horizontal = "1km"') + clause("zone", 'horizontal = "2km"', "9.8"), "clauses 9.9 and 9.8"),
    (clause("budget", 'spends = 1\nwindow = "1h"') + clause("budget", 'spends = 2\nwindow = "1h"', "2"), "9.9 and 2"),
    (clause("review", 'period = "1d"') + clause("hold", 'correct = "1min"'), "two clauses with the number 9.9"),
    (clause("line", CIRCLE) + clause("line", CIRCLE, "2"), "two zones called Cay"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_fault_names_file_clause_and_key(text: str, told: str) -> None:
    found = faults(text)
    assert told in found
    assert "AGREEMENT.toml" in found
    assert "9.9" in found or "Cay" in found


SCHEDULE = '[[clause.schedule]]\nfrom = "2031-01-01T00:00:00Z"\nuntil = "2031-02-01T00:00:00Z"\n'


@pytest.mark.requirement("SZK-13")
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("2031-01-01T00:00:00Z", "2031-01-01T00:00:00", "from"),
        ('"2031-01-01T00:00:00Z"', "2031-01-01T00:00:00", "from"),
        ('"2031-01-01T00:00:00Z"', "2031-01-01", "from"),
        ("2031-02-01", "2031-01-01", "until at or before from"),
        ("2031-02-01", "2031-02-30", "until"),
        ("until", "untill", "'untill'; expected one of from, until, daily, weekdays; is 'until' meant?"),
        ("[[clause.schedule]]", '[[clause.schedule]]\ndaily = ["08:00", "16:00"]', "daily"),
        ("[[clause.schedule]]", '[[clause.schedule]]\ndaily = ["08:00Z"]', "daily"),
        ("[[clause.schedule]]", '[[clause.schedule]]\ndaily = ["08:00Z", "24:30Z"]', "daily"),
        ("[[clause.schedule]]", '[[clause.schedule]]\nweekdays = ["Fri"]', "weekdays"),
    ],
)
def test_a_time_without_zone_and_a_schedule_that_cannot_be_are_refused(before: str, after: str, told: str) -> None:
    assert told in faults(clause("restricted-area", CIRCLE + SCHEDULE.replace(before, after)))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("version = 1", "version = 2", "version 2"),
        ('name = "BRAVO"', 'name = "ALPHA"', "the signatory ALPHA twice"),
        ('name = "BRAVO"', 'name = "mediator"', "a signatory called mediator"),
        ('name = "BRAVO"', 'name = "AGREEMENT"', "a signatory called AGREEMENT"),
        ('name = "BRAVO"', 'nmae = "BRAVO"', "is 'name' meant"),
        ("west = 40\n", "", "west = nothing"),
        ("west = 40", "west = 400", "degrees from -180 to 180"),
        ("west = 40", "west = 1e999999999", "degrees from -180 to 180"),
        ("north = 14", "north = 9", "south below north"),
        ("0m..500m", "500m..0m", "ground"),
        ("0m..500m", "500", "ground"),
        ("[agreement.title]", "[agreemnt.title]", "is 'agreement' meant"),
        ('en = "Line Agreement"', "", "no title"),
    ],
)
def test_what_stands_outside_the_clauses_is_held_to_its_form(before: str, after: str, told: str) -> None:
    with pytest.raises(AgreementError) as raised:
        agreement.read(TOP.replace(before, after).encode(), "AGREEMENT.toml")
    assert told in str(raised.value)


def test_every_fault_of_a_document_is_told_not_the_first_alone() -> None:
    texts = [clause("review", "period = 1", str(n)) for n in range(1, 8)]
    with pytest.raises(AgreementError) as raised:
        read(*texts, "[other]\n")
    assert len(raised.value.faults) == 8
    assert all(f"clause {n} ({n})" in str(raised.value) for n in range(1, 8))


def test_told_faults_are_bounded_and_the_others_counted() -> None:
    texts = [clause("review", "", str(n)) for n in range(1, GREATEST_FAULTS + 21)]
    with pytest.raises(AgreementError) as raised:
        read(*texts)
    assert len(raised.value.faults) == GREATEST_FAULTS
    assert "and 20 more" in str(raised.value)
    assert f"{GREATEST_FAULTS + 20} faults" in str(raised.value)


def test_a_zone_left_out_for_a_fault_is_not_told_missing_as_well() -> None:
    broken = clause("line", 'name = "Cay"') + clause("zone-minimum", 'zone = "Cay"\nhorizontal = "1km"', "9.8")
    with pytest.raises(AgreementError) as raised:
        read(broken)
    assert len(raised.value.faults) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"= 1",
        b"a = [" * 5_000,
        b"version = 1\n" + b"a" * (1 << 20),
        b"version = 0x" + b"f" * 5_000,
        b".".join([b"a"] * 3_000) + b" = 1",
        b"[[clause]]\nnumber = 0x" + b"f" * 5_000,
        b"[area]\nwest = " + b"9" * 4_000,
        b"[[clause]]\n" * 1_001,
        b"clause = 1\nsignatory = 1\narea = 1\ndefault = 1\nagreement = 1",
    ],
)
def test_what_is_no_agreement_is_an_error_that_names_the_file(content: bytes) -> None:
    with pytest.raises((AgreementError, UnreadableError, LimitError), match=r"AGREEMENT\.toml"):
        agreement.read(content, "AGREEMENT.toml")


def test_rules_survive_numbers_too_great_to_be_shown() -> None:
    with pytest.raises(RulesError, match="too large to show"):
        rules.read(b"version = 0x" + b"f" * 5_000, "RULES.toml")


VALUES = st.recursive(
    st.one_of(
        st.booleans().map(lambda b: str(b).lower()),
        st.integers().map(str),
        st.floats().map(lambda f: repr(f)),
        st.sampled_from(
            ['"5min"', '"10NM"', '"x"', '""', "2031-01-01T00:00:00Z", "2031-01-01", "08:00:00", '"\\u202e"']
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(["a", "radius", "centre", "line", "west"]), inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        ),
    ),
    max_leaves=6,
)
KEYS = sorted(set(agreement.TOP + agreement.AREA + ("name", "names", "party", "circle", "corridor", "line", "polygon",
    "rectangle", "lower", "upper", "schedule", "buffer", "classes", "notice", "rungs", "first", "ranks", "exempt", "to",
    "level", "of", "spends", "window", "time", "vertical", "kinds", "area", "duration", "expires", "correct", "release",
    "by", "resume_needs_all", "period", "bound", "advised", "step_degrees", "about", "texts", "between", "horizontal",
    "zone", "zone_kind", "class", "number")))  # fmt: skip


@given(st.sampled_from(agreement.KINDS), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_no_value_under_any_key_breaks_the_reader(kind: str, keys: dict[str, str]) -> None:
    body = "\n".join(f"{key} = {value}" for key, value in keys.items())
    with suppress(AgreementError, UnreadableError, LimitError):
        read(f'\n[[clause]]\nkind = "{kind}"\n{body}\n')


@given(st.binary(max_size=100))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with suppress(AgreementError, UnreadableError, LimitError):
        agreement.read(TOP.encode() + content, "AGREEMENT.toml")


def test_the_bundled_agreement_rules_as_scenario_a_asks() -> None:
    content = resources.files("sazokar").joinpath("data", "examples", "mechanism", "agreement.toml").read_bytes()
    found = agreement.read(content, "agreement.toml")
    assert found.default == Minima(18_520_000, 2_000 * 3048, 5 * MINUTE_MS)
    assert term_of(found, LeadTime) == LeadTime(
        "5.1", (LeadClass("routine", 6 * HOUR_MS), LeadClass("urgent", 30 * MINUTE_MS))
    )
    answering = term_of(found, Answering)
    assert answering is not None
    assert (answering.rung_ms, answering.first) == ((300_000, 300_000, 300_000), FirstAnswer.LATER_FILER)
    levels = {term.to: term.level for term in found.terms if isinstance(term, Disclosure)}
    assert levels == {"party": Level.CONFLICT, "mediator": Level.CONFLICT}
    assert term_of(found, Budget) == Budget("5.5", 60, HOUR_MS)
    assert {term.about for term in found.terms if isinstance(term, Meaning)} == set(Fixed)
    assert all(len(term.texts) == 5 for term in found.terms if isinstance(term, Meaning))
    assert SeparationClause("4.2", ("uav", "any"), Minima(9_260_000, 3_048_000, 300_000)) in found.separations
