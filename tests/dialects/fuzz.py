"""Coverage-guided fuzzing of one dialect: `python tests/dialects/fuzz.py DIALECT SECONDS`.

A read may raise nothing but `LimitError` and `UnreadableError`, and must end. What crashes it is written by the fuzzer
to a file `crash-…` (or `timeout-…`) in the folder in which it runs, and the exit code is not 0. It begins with the
seeds below. Needs the package `atheris`.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

GREATEST_INPUT: Final = 4_096
"""An input is at most this many bytes long: small ones find what is to be found soonest."""
GREATEST_SECONDS: Final = 10
"""An input that takes longer counts as a hang."""

_CIRCLE: Final = (
    b'{"type":"Feature","geometry":{"type":"Point","coordinates":[30.5,34.6]},"properties":{"operation":"a",'
    b'"radius_m":500,"lower":"SFC","upper":{"value":120,"unit":"M","reference":"AGL"},'
    b'"start":"2026-01-14T18:00:00Z","end":"2026-01-14T19:00:00Z"}}'
)
_FLIGHT: Final = (
    b'{"type":"Feature","geometry":{"type":"LineString","coordinates":[[30.5,34.6],[30.6,34.7]]},"properties":{'
    b'"half_width_m":5,"half_height_m":9,"times":["2026-01-14T18:00:00Z","2026-01-14T19:00:00Z"],'
    b'"altitudes":[100,200],"lower":"0 M AMSL"}}'
)
SEEDS: Final[dict[str, tuple[bytes, ...]]] = {
    "geojson": (
        b'{"type":"FeatureCollection","features":[' + _CIRCLE + b"]}",
        _FLIGHT,
        _CIRCLE + b"\n" + _FLIGHT,
        b'{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]},'
        b'"properties":{"role":"zone","rectangle":[0,0,1,1]}}',
    ),
    "table": (
        b"operation,lat,lon,radius,lower,upper,start,end\n"
        b"a,34.6,30.5,500 m,SFC,FL180,2026-01-14T18:00Z,2026-01-14T19:00Z",
        b"operation;shape;coordinates;role\na;polygon;34N 030E, 34\xc2\xb030'N 030\xc2\xb0E, 36SVF12;zone\n",
    ),
    "f3548": (
        b'{"volume":{"outline_circle":{"center":{"lat":34.6,"lng":30.5},"radius":{"value":50,"units":"M"}},'
        b'"altitude_lower":{"value":0,"reference":"W84","units":"M"},"altitude_upper":{"value":9,"reference":"W84",'
        b'"units":"M"}},"time_start":{"value":"2026-01-14T18:00:00Z","format":"RFC3339"},'
        b'"time_end":{"value":"2026-01-14T19:00:00Z","format":"RFC3339"}}',
    ),
    "kml": (
        b'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>a</name>'
        b"<TimeSpan><begin>2026-01-14T18:00:00Z</begin><end>2026-01-15</end></TimeSpan>"
        b"<Polygon><extrude>1</extrude><altitudeMode>absolute</altitudeMode>"
        b"<outerBoundaryIs><LinearRing>"
        b"<coordinates>0,0,9 1,0,9 1,1,9 0,0,9</coordinates></LinearRing></outerBoundaryIs>"
        b"</Polygon></Placemark></kml>",
    ),
    "gpx": (
        b'<gpx><trk><trkseg><trkpt lat="1" lon="2"><ele>3</ele><time>2026-01-14T18:00:00Z</time></trkpt>'
        b'<trkpt lat="1" lon="3"><ele>4</ele><time>2026-01-14T19:00:00Z</time></trkpt></trkseg></trk></gpx>',
    ),
    "openair": (
        b"AC R\nAN Range\nAL SFC\nAH FL100\nAA 2026-01-14T12:00Z/NONE\nV D=+\n"
        b"V X=34:30:00 N 030:00:00 E\nDA 10,270,290\n"
        b"DB 34:20:00 N 030:00:00 E,34:30:00 N 030:12:00 E\nDP 34:00:00 N 030:00:00 E\n",
        b"AC D\nAN Circle\nAL 2500ft AMSL\nAH UNL\nV X=34:30:00 N 030:00:00 E\nDC 5\n",
    ),
    "ed269": (
        b'{"features":[{"identifier":"Z","restriction":"PROHIBITED","applicability":[{'
        b'"startDateTime":"2026-01-14T00:00:00Z","endDateTime":"2026-02-14T00:00:00Z","schedule":[{"day":["MON"],"startTime":"08:00Z","endTime":"12:00Z"}]}],'
        b'"geometry":[{"uomDimensions":"M","lowerLimit":0,"lowerVerticalReference":"AGL","upperLimit":120,'
        b'"upperVerticalReference":"AGL","horizontalProjection":{"type":"Circle","center":[30.5,34.6],"radius":300}}]}]}',
    ),
    "ed318": (
        b'{"type":"FeatureCollection","metadata":{"issued":"2026-01-14T00:00:00Z"},"features":[{"type":"Feature",'
        b'"geometry":{"type":"Point","coordinates":[30.5,34.6],"extent":{"subType":"Circle","radius":300},"layer":{"lower":0,'
        b'"lowerReference":"AGL","upper":120,"upperReference":"AGL","uom":"m"}},"properties":{"identifier":"Z",'
        b'"type":"PROHIBITED"}}]}',
    ),
    "detect": (b'{"features":[]}', b"[" * 70, b"<kml/>", b"AC R\nAN a\nAL SFC\n", b"lat,lon\n1,2\n"),
    "rules": (
        b'version = 1\n[default]\nhorizontal = "10NM"\n[[clause]]\nnumber = "4.2"\nkind = "separation"\n'
        b'between = ["uav", "any"]\nvertical = "500ft"\n',
    ),
}


def read_once(dialect: str, content: bytes) -> None:
    """Read one input; every error but those that a read may raise leaves."""
    from sazokar.errors import LimitError, RulesError, UnreadableError

    with contextlib.suppress(LimitError, UnreadableError, RulesError if dialect == "rules" else UnreadableError):
        import_module(f"sazokar.dialects.{dialect}").read(content, "-")


def main(arguments: list[str]) -> None:
    """Fuzz one dialect for so many seconds."""
    if len(arguments) != 2 or arguments[0] not in SEEDS or not arguments[1].isdigit():
        sys.exit(f"usage: python tests/dialects/fuzz.py DIALECT SECONDS; DIALECT is one of {', '.join(SEEDS)}")
    if find_spec("atheris") is None:
        sys.exit("the package atheris is not installed here, and fuzzing needs it: pip install atheris")
    import atheris

    dialect, seconds = arguments
    with atheris.instrument_imports(include=["sazokar"]):
        read_once(dialect, SEEDS[dialect][0])
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS[dialect]):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-max_len={GREATEST_INPUT}", f"-timeout={GREATEST_SECONDS}"]
        # the peak of memory outlives exec: a process started by a large one would fail on a limit at its start
        quiet = ["-rss_limit_mb=0", "-malloc_limit_mb=1024", "-print_final_stats=1", "-verbosity=0"]
        atheris.Setup(["fuzz", corpus, *limits, *quiet], lambda content: read_once(dialect, content))
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
