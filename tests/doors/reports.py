"""Reports built by hand: scenario A as DOMAIN.md tells it, and one whose every name is hostile."""

from __future__ import annotations

import msgspec

from sazokar.app.check import Report, Settings
from sazokar.dialects.reading import Unreadable, Warning
from sazokar.domain.plan.conflict import Conflict, Proposal, ProposalKind
from sazokar.domain.plan.height import Reference, Unit, height_of, parse_height
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.quantity import NAUTICAL_MILE_MM
from sazokar.domain.plan.rules import DEFAULT_CLAUSE, ZONE_CLAUSE, ZONE_MINIMA, Minima, Rule, RuleSet, SeparationClause
from sazokar.domain.plan.shape import Circle, Corridor, Movement, Polygon, Position, Rectangle
from sazokar.domain.plan.volume import PROTECTED_SITE, Role, Source, Volume

RULES = RuleSet(default=Minima(10 * NAUTICAL_MILE_MM, 2_000 * 3048, 300_000))


def instant(text: str) -> int:
    """Return an instant of 14 January 2026."""
    return parse_instant(f"2026-01-14T{text}Z")


def place(lat: float, lon: float) -> Position:
    """Return a position in degrees."""
    return Position(round(lat * 1e7), round(lon * 1e7))


TRANSPORT = Volume(
    operation="transport-1",
    party="BRAVO",
    shape=Movement((place(36.8, 30.0), place(33.4498, 30.5413)), (instant("18:00:00"), instant("18:40:36")), 0),
    lower=parse_height("FL140"),
    upper=parse_height("FL180"),
    start_ms=instant("18:00:00"),
    end_ms=instant("18:40:36"),
    class_="transport",
    kind="movement",
    source=Source("bravo.geojson", "feature 1 (transport-1)"),
)
BOX = Volume(
    operation="box-7",
    party="ALPHA",
    shape=Rectangle(299_000_000, 346_000_000, 303_000_000, 349_500_000),
    lower=parse_height("FL050"),
    upper=parse_height("FL300"),
    start_ms=instant("18:10:00"),
    end_ms=instant("18:40:00"),
    kind="live-fire",
    source=Source("alpha.geojson", "feature 1 (box-7)"),
)
HELICOPTER = Volume(
    operation="rescue-2",
    party="CHARLIE",
    shape=Movement(
        (place(34.5, 29.7), place(34.8, 29.95), place(35.1, 29.8)),
        (instant("18:15:00"), instant("18:27:00"), instant("18:38:00")),
        500_000,
        altitudes_e4=(0, 20_000_000, 5_000_000),
        half_height_e4=1_000_000,
    ),
    lower=height_of(0, Unit.M, Reference.AMSL),
    upper=height_of(2100, Unit.M, Reference.AMSL),
    start_ms=instant("18:15:00"),
    end_ms=instant("18:38:00"),
    class_="helicopter",
    source=Source("charlie.kml", "Placemark 1"),
)
SITE = Volume(
    operation="clinic-44",
    party="RELIEF",
    shape=Circle(place(34.7, 30.1), 500_000),
    role=Role.ZONE,
    kind=PROTECTED_SITE,
    source=Source("sites.geojson", "feature 9 (clinic-44)"),
)
FAR_SITE = Volume(
    operation="clinic-45",
    party="RELIEF",
    shape=Polygon(((place(35.9, 31.0), place(35.9, 31.2), place(36.1, 31.1)),)),
    role=Role.ZONE,
    kind=PROTECTED_SITE,
    source=Source("hidden.geojson", "feature 10 (clinic-45)"),
)
LANE = Volume(
    operation="lane-1",
    party="BRAVO",
    shape=Corridor((place(36.0, 29.0), place(36.4, 30.6)), 5_000_000),
    source=Source("bravo.geojson", "feature 2 (lane-1)"),
)

NEAR = Conflict(
    a=BOX,
    b=TRANSPORT,
    rule=Rule(DEFAULT_CLAUSE, RULES.default),
    start_ms=instant("18:20:21"),
    end_ms=instant("18:28:25"),
    horizontal_mm=407_000,
    vertical_e4=0,
    at=place(34.95, 30.302),
    proposals=(
        Proposal(kind=ProposalKind.DELAY, party="BRAVO", operation="transport-1", delta_ms=25 * 60_000),
        Proposal(kind=ProposalKind.CLIMB, party="BRAVO", operation="transport-1", delta_e4=18_000 * 3048),
        Proposal(kind=ProposalKind.SHIFT, party="BRAVO", operation="transport-1", east_mm=18_520_000),
        Proposal(kind=ProposalKind.NONE_WITHIN_BOUNDS, party="ALPHA", operation="box-7"),
    ),
)
MIXED = Conflict(
    a=BOX,
    b=HELICOPTER,
    rule=Rule(DEFAULT_CLAUSE, RULES.default),
    start_ms=instant("18:17:10"),
    end_ms=instant("18:38:00"),
    horizontal_mm=0,
    vertical_e4=0,
    at=place(34.8, 29.95),
    conversion="STD against AMSL: compared as heights above the ellipsoid, widened by up to 520 m for the pressure",
    proposals=(Proposal(kind=ProposalKind.NONE_WITHIN_BOUNDS, party="CHARLIE", operation="rescue-2"),),
)
OVER_SITE = Conflict(
    a=BOX,
    b=SITE,
    rule=Rule(ZONE_CLAUSE, ZONE_MINIMA),
    start_ms=instant("18:10:00"),
    end_ms=instant("18:40:00"),
    horizontal_mm=0,
    vertical_e4=0,
    at=place(34.7, 30.1),
)
REPORT = Report(
    settings=Settings(rules=RULES),
    files=("alpha.geojson", "bravo.geojson", "charlie.kml", "sites.geojson", "hidden.geojson"),
    volumes=(BOX, LANE, TRANSPORT, HELICOPTER, SITE, FAR_SITE),
    conflicts=(OVER_SITE, MIXED, NEAR),
    unreadable=(
        Unreadable(
            file="alpha.geojson", feature="feature 2 (box-8)", field="start", found="'2010', which has no zone",
            expected="a zone: Z, or an offset such as +03:30",
        ),
        Unreadable(file="absent.geojson", found="no such file", expected="a file that can be read"),
    ),
    warnings=(
        Warning(code="missing-party", file="bravo.geojson", feature="feature 2 (lane-1)", message="no party is given"),
        Warning(code="ground-assumed", message="no ground is given: the whole Earth's is assumed"),
        Warning(code="past", file="alpha.geojson", feature="feature 1 (box-7)", message="its time has passed"),
    ),
    engine="sazokar 0.1.0",
)  # fmt: skip
QUIET = msgspec.structs.replace(REPORT, conflicts=(), unreadable=(), warnings=(), volumes=(BOX, LANE))

HOSTILE_NAMES = (
    "\x1b[31mRED\x1b[0m\x9b2J",
    "<script>alert(1)</script>&\"'",
    "[bold red]x[/bold red] :smile:",
    '=HYPERLINK("http://evil.example")',
    "\u202eevil\u202c\u2066",
    "نیروی هوایی می‌خواهد",
    "line\nbreak\ttab\rreturn\u2028",
    "x" * 5_000,
    "\ud800surrogate",
    "]]><!-- -->",
    "漢字" * 60,
)


def hostile(name: str) -> Report:
    """Return scenario A's conflict with every untrusted text replaced by one name."""
    replace = msgspec.structs.replace
    source = Source(name, name)
    a = replace(BOX, operation=name, party=name, kind=name, class_=name, source=source)
    b = replace(TRANSPORT, operation=name, party=name + "2", kind=name, class_=name, source=source)
    proposals = (Proposal(kind=ProposalKind.DELAY, party=name, operation=name, delta_ms=60_000),)
    conflict = replace(
        NEAR, a=a, b=b, rule=Rule(name, NEAR.rule.minima), proposals=proposals, conversion=name
    )  # fmt: skip
    clause = SeparationClause(name, (name, name), RULES.default)
    return replace(
        REPORT,
        settings=Settings(rules=RuleSet(RULES.default, (clause,))),
        files=(name,),
        volumes=(a, b),
        conflicts=(conflict,),
        unreadable=(Unreadable(file=name, feature=name, field=name, found=name, expected=name),),
        warnings=(Warning(code="odd", file=name, feature=name, message=name),),
    )
