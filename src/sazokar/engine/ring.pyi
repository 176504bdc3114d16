"""Types of `ring` for its callers; its own are C types."""

from collections.abc import Sequence

CROSSING: str
ANTIPODAL: str
TOO_LARGE: str
HOLE_OUTSIDE: str
DEGENERATE: str
HOLE_IN_HOLE: str

def edge_is_antipodal(lat1_e7: int, lon1_e7: int, lat2_e7: int, lon2_e7: int) -> bool: ...
def ring_fault(rings: Sequence[Sequence[tuple[int, int]]]) -> tuple[str, int, int] | None: ...
