"""`/v1/bundles`: proof bundles, as their asker may see them. Making one reads the whole log: one at a time."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Response, get
from litestar.params import PathParameter

from sazokar.app.proving import bundle_of
from sazokar.domain.disclosure import may_know
from sazokar.doors.http.problems import not_found
from sazokar.doors.http.station import NodeRequest, require_whole, station_of, viewer_of
from sazokar.errors import DeclinedError, LimitError, ProofError

BUNDLE_TYPE: Final = "application/vnd.sazokar.bundle+json"
GREATEST_WAITING: Final = 8
"""Where more bundles than these wait for the one that is made, whoever asks for one is asked to come again."""


@get("/v1/bundles/{ref:str}", operation_id="makeBundle", tags=["log"], media_type=BUNDLE_TYPE)
async def make_bundle(request: NodeRequest, ref: Annotated[str, PathParameter(max_length=40)]) -> Response[bytes]:
    """Prove a notice, conflict, STOP or incident to someone who trusts nothing but root keys."""
    viewer, station = viewer_of(request), station_of(request)
    require_whole(station)
    state = station.state
    if not may_know(state, ref, viewer.party):
        raise not_found("reference")
    if len(station.bundled_for) > GREATEST_WAITING or viewer.party in station.bundled_for:
        raise DeclinedError(503, "busy", "too many bundles are being made, or one for your party is", retry_s=5)
    station.bundled_for.add(viewer.party)
    try:
        async with station.bundling:
            bundle = await station.long_reads.read(
                viewer.party, lambda: bundle_of(station.log, station.node.tree, state, ref, viewer.party)
            )
    except LimitError as error:
        raise DeclinedError(413, "too-large", str(error)) from error
    except ProofError as error:
        raise DeclinedError(503, "not-proven", str(error), retry_s=5) from error
    finally:
        station.bundled_for.discard(viewer.party)
    return Response(
        bundle, media_type=BUNDLE_TYPE, headers={"Content-Disposition": f'attachment; filename="{ref}.bundle"'}
    )


ROUTES: Final = (make_bundle,)
