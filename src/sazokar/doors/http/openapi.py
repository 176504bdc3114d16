"""`/openapi.json`: what the node offers to programs (OpenAPI 3.1), made from the routes themselves.

Litestar writes what it sees in the routes' types. Added here is what it cannot see: parcels as request bodies, problem
documents as every other answer, and who needs a session.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from litestar import Litestar, Response, get

from sazokar.app.wire import PARCEL_TYPE, PROBLEM_TYPE, Problem
from sazokar.doors.http.openapi_statements import components as components_of_statements
from sazokar.doors.http.openapi_statements import parcel_of
from sazokar.doors.http.routes_entries import KINDS
from sazokar.doors.http.station import NodeRequest
from sazokar.version import __version__

Json = dict[str, object]
OPEN: Final = frozenset(
    {"health", "readiness", "askChallenge", "beginSession", "showNode", "callStop", "openapi", "places"}
)
"""What needs no session."""
PUBLIC: Final = frozenset(
    {
        "showLog",
        "listEntries",
        "showEntry",
        "findEntry",
        "showCheckpoint",
        "showCosigned",
        "proveConsistency",
        "fetchTile",
    }
)
"""What needs none where the charter makes the log public."""
OPERATOR: Final = frozenset({"found", "metrics", "listDeliveries", "retryDelivery"})
"""What needs the operator's token."""

_DESCRIPTION: Final = (
    "The mechanism as a service. Writes are statements that officers sign by themselves: the node cannot forge one. "
    "Reads need a session, begun by signing a challenge with an officer's key, and show what the agreement's clauses "
    "let that party see. What is not there and what may not be seen are one answer: 404."
)

_BEGINNING: Final = (
    "Begin a session with a signed challenge. Signed, with Ed25519, are the bytes `sazokar session v1`, a line feed, and the "
    "JSON object of `audience`, `challenge`, `key` and `ledger`, in this order and without blanks. `audience` is the "
    "address that the node is spoken to under (scheme, host, port where there is one); `challenge` and `ledger` are as "
    "askChallenge told them. docs/serve.md has a worked example."
)


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are, as addresses on this node."""

    name: str = "Sazokar"
    version: str = __version__
    description: str = "/openapi.json"
    health: str = "/healthz"
    readiness: str = "/readyz"
    node: str = "/v1/node"
    session: str = "/v1/session/challenge"
    stop: str = "/v1/stops"
    log: str = "/v1/log"


@get("/", operation_id="places", tags=["operation"])
async def places() -> Places:
    """Tell where things are."""
    return Places()


@get("/openapi.json", operation_id="openapi", tags=["operation"], media_type="application/json")
async def openapi(request: NodeRequest) -> Response[bytes]:
    """Tell what the node offers to programs."""
    made: bytes | None = request.app.state.get("openapi")
    if made is None:
        made = request.app.state["openapi"] = document_bytes(request.app)
    return Response(made, media_type="application/json", headers={"Cache-Control": "max-age=300"})


def document_bytes(app: Litestar) -> bytes:
    """Return the document of an application."""
    return msgspec.json.encode(document(app), enc_hook=str)


def document(app: Litestar) -> Json:
    """Return the document of an application."""
    made: Json = app.openapi_schema.to_schema()
    made["info"] = {"title": "Sazokar", "version": __version__, "description": _DESCRIPTION, "license": _LICENSE}
    made["servers"] = [{"url": "/"}]
    components = _object(made, "components")
    _object(components, "securitySchemes").update(_SCHEMES)
    _, problem = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    schemas = _object(components, "schemas")
    for name, schema in problem.items():
        schemas.setdefault(name, schema)
    schemas.update(components_of_statements())
    taken = {"amendNotice": ("notice.amend",), **KINDS}
    for _, operation in _operations(made):
        _complete(operation, taken.get(str(operation["operationId"]), ()))
    return made


_LICENSE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_SCHEMES: Final = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "A session's token, or one of an issuer that is known.",
    },
    "operator": {"type": "http", "scheme": "bearer", "description": "The operator's token: numbers, no content."},
}


def _object(value: Json, name: str) -> Json:
    found = value.setdefault(name, {})
    assert isinstance(found, dict), name
    return found


def _operations(made: Json) -> Iterator[tuple[str, Json]]:
    for path in _object(made, "paths").values():
        if isinstance(path, dict):
            yield from ((str(method), operation) for method, operation in path.items() if isinstance(operation, dict))


def _complete(operation: Json, kinds: tuple[str, ...]) -> None:
    name = str(operation["operationId"])
    tags = operation.get("tags")
    if isinstance(described := operation.get("description"), str):
        operation["summary"] = described.partition("\n")[0].rstrip(".")
    responses = _object(operation, "responses")
    for status in [one for one in responses if not one.startswith("2") and one != "304"]:
        del responses[status]  # Litestar's own form of an error is not ours
    responses["default"] = _PROBLEM
    if tags == ["statements"]:
        operation["requestBody"] = {"required": True, "content": {PARCEL_TYPE: {"schema": parcel_of(kinds)}}}
        responses["200"] = {
            **_object(responses, "201"),
            "description": "It was recorded before: nothing happens twice.",
        }
    elif name == "callStop":
        told = (
            "A signed STOP, as a parcel (`parcel.stop.call`) or its envelope alone; or any words: what cannot be "
            "verified sounds as such."
        )
        content: Json = {"*/*": {"schema": {"description": told}}}
        operation["requestBody"] = {"required": False, "content": content}
        responses["202"] = {
            **_object(responses, "201"),
            "description": "It has sounded; it is not verified, or not recorded yet.",
        }
    elif name in ("found", "cosign"):
        media = "application/json" if name == "found" else "text/plain"
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"schema": {"type": "object" if name == "found" else "string"}}},
        }
    elif name == "makeBundle":
        bundle = _object(_object(responses, "200"), "content")
        for media in bundle:
            bundle[media] = {"schema": {"type": "object", "description": "A proof bundle: docs/ledger.md."}}
    elif name == "beginSession":
        operation["description"] = _BEGINNING
    elif name == "readiness":
        responses["503"] = {**_object(responses, "200"), "description": "The node takes no statements."}
    operation["security"] = _security(name)


_PROBLEM: Final[Json] = {
    "description": "It was not done (RFC 9457).",
    "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _security(name: str) -> list[Json]:
    if name in OPEN:
        return []
    if name in OPERATOR:
        return [{"operator": []}, {}]  # without a token: from the loopback
    return [{"session": []}, {}] if name in PUBLIC else [{"session": []}]


ROUTES: Final = (places, openapi)
