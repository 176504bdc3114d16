"""Forms within their limits, as hypothesis draws them, and one of each by hand."""

from __future__ import annotations

from hypothesis import strategies as st

from sazokar.domain.plan.height import SURFACE, UNLIMITED, Height, Reference, Unit, parse_height
from sazokar.domain.plan.instant import parse_instant
from sazokar.domain.plan.shape import Circle, Corridor, Movement, Polygon, Position, Rectangle
from sazokar.doors.form import REPLIES, ConflictForm, FormContact, FormFields, NoticeForm
from sazokar.doors.form_volumes import FormVolume

START_MS = parse_instant("2031-01-14T18:10:00Z")
BOX = Polygon((tuple(Position(lat, lon) for lat, lon in [
    (346_000_000, -303_000_000), (349_500_000, -303_000_000), (349_500_000, -299_000_000), (346_000_000, -299_000_001),
]),))  # fmt: skip
NOTICE = NoticeForm(
    reference="N-4F2A",
    kind="area",
    party="ALPHA",
    organisation="Range Control",
    volumes=(
        FormVolume(
            shape=BOX,
            lower=parse_height("FL050"),
            upper=parse_height("FL300"),
            start_ms=START_MS,
            end_ms=START_MS + 1_800_000,
        ),
    ),
    contacts=(FormContact("دیده‌بان", "+999 555 0100"), FormContact("ALPHA-2", "+999 555 0101")),
    call_sign="HALCYON 1",
    frequency="243.0 MHZ",
    language="en, fa",
)
CONFLICT = ConflictForm(
    reference="C-17",
    clause="DEFAULT",
    own="N-1",
    other="N-4F2A",
    own_leg=1,
    start_ms=START_MS + 621_000,
    end_ms=START_MS + 1_105_000,
    freed_by="DELAY 25 MIN OR CLIMB TO FL320 OR ABOVE",
    reply="WILCO",
    read_back="BRAVO-3, 17:33Z",
)

_CAPITALS = [chr(code) for code in range(0x20, 0x60) if chr(code) not in "[]"]
critical = st.text(_CAPITALS, min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(
    lambda text: text not in ("", "-")
)  # fmt: skip
free = st.text("abcXYZ 019-.,:[]*() آبתשğışé\u200c", min_size=1, max_size=12).map(
    lambda text: text.strip(" \u200c")).filter(lambda text: text not in ("", "-"))  # fmt: skip
instants = st.integers(parse_instant("1990-01-01T00:00:00Z"), parse_instant("2090-01-01T00:00:00Z"))
positions = st.builds(Position, st.integers(-800_000_000, 800_000_000), st.integers(-1_700_000_000, 1_700_000_000))
lengths = st.integers(1, 100_000_000)


@st.composite
def heights(draw: st.DrawFn, *, lower: bool) -> Height:
    """Return a limit in any unit; one for lower limits is never unlimited."""
    if draw(st.booleans()):
        return draw(st.sampled_from([SURFACE] if lower else [UNLIMITED]))
    unit = draw(st.sampled_from(list(Unit)))
    low, high = (-5_000_000, 0) if lower else (20_000_000, 200_000_000)
    if unit is Unit.FL:
        return Height(draw(st.integers(0, 50)) * 304_800 + (0 if lower else 304_800 * 400), unit, Reference.STD)
    reference = draw(st.sampled_from([Reference.AMSL, Reference.AGL, Reference.HAE, Reference.STD]))
    return Height(draw(st.integers(low, high)), unit, reference)


@st.composite
def volumes(draw: st.DrawFn) -> FormVolume:
    """Return a volume of any shape that a form takes."""
    start_ms = draw(instants)
    end_ms = start_ms + draw(st.integers(1, 10**9))
    at = draw(positions)
    near = [Position(at.lat_e7 + a, at.lon_e7 + b) for a, b in ((0, 1_000_003), (900_001, 800_000), (1_000_000, 7))]
    shape = draw(
        st.one_of(
            st.builds(Circle, st.just(at), lengths),
            st.builds(Corridor, st.just((at, *near)), lengths),
            st.just(Polygon(((at, *near),))),
            st.just(Rectangle(at.lon_e7, at.lat_e7, at.lon_e7 + 5, at.lat_e7 + 7)),
            st.builds(Movement, st.just((at, near[0])), st.just((start_ms, end_ms)), lengths),
        )
    )
    lower, upper = draw(heights(lower=True)), draw(heights(lower=False))
    return FormVolume(shape=shape, lower=lower, upper=upper, start_ms=start_ms, end_ms=end_ms)


contacts = st.builds(FormContact, free, critical)
notices = st.builds(
    NoticeForm,
    reference=critical,
    kind=free,
    party=free,
    organisation=st.one_of(st.just(""), free),
    volumes=st.lists(volumes(), min_size=1, max_size=2).map(tuple),
    contacts=st.lists(contacts, max_size=2).map(tuple),
    call_sign=st.one_of(st.just(""), critical),
    frequency=st.one_of(st.just(""), critical),
    language=st.one_of(st.just(""), free),
)
conflict_forms = st.builds(
    ConflictForm,
    reference=critical,
    clause=critical,
    own=critical,
    other=critical,
    own_leg=st.integers(1, 999),
    start_ms=instants,
    end_ms=instants.map(lambda instant_ms: instant_ms + 10**13),
    freed_by=st.one_of(st.just(""), critical),
    reply=st.sampled_from(["", *REPLIES]),
    read_back=st.one_of(st.just(""), free),
)
forms: st.SearchStrategy[FormFields] = st.one_of(notices, conflict_forms)
