"""What is wrong with how something was asked for: the parameter or member by its name, what was found, what is expected.

What is expected is read from the description of the API, so that an error says no other than it does. Declines no STOP:
those take whatever comes. Looks at form alone; who may see what is not known here.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from litestar import Litestar, Request, Response
from litestar.datastructures import State as Stores
from litestar.exceptions import ValidationException

from sazokar.doors.http.openapi import document
from sazokar.doors.http.problems import answer_problem
from sazokar.errors import DeclinedError

Json = dict[str, object]
_SHOWN: Final = 80
_MEMBER: Final = re.compile(r"field `([^`]{1,100})`")
_DESCRIBED: Final[dict[str, dict[str, str]]] = {}
"""By operation, of each parameter what is expected: the routes are the same in every application."""


async def require_known(request: Request[object, object, Stores]) -> None:
    """Pass where a read bears no parameter that its address does not take, and none twice.

    One that is misspelt would be left out, and a longer list be read as if it were the one that was asked for.

    Raises:
        DeclinedError: It bears one.
    """
    if request.method != "GET" or not request.scope["query_string"] or not request.scope["path"].startswith("/v1/"):
        return
    known = _described(request)
    given = Counter(name for name, _ in request.query_params.multi_items())
    for name, times in given.items():
        if name not in known:
            expected = f"one of {', '.join(known)}" if known else "none: this address takes no parameters"
            raise malformed(name[:_SHOWN], f"the parameter {name[:_SHOWN]!r}", expected)
        if times > 1:
            raise malformed(name, f"{name} {times} times", "it once")


def malformed(field: str, found: str, expected: str) -> DeclinedError:
    """Return that something was asked for in a way that cannot be read."""
    return DeclinedError(400, "malformed", f"found {found}", field=field, remedy=f"expected {expected}")


def answer_malformed(request: Request[object, object, Stores], error: ValidationException) -> Response[bytes]:
    """Return the response to a request whose parameters or body do not fit."""
    return answer_problem(request, _declined(request, error))


def _declined(request: Request[object, object, Stores], error: ValidationException) -> Exception:
    extra = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
    message, source = str(extra.get("message", "")), str(getattr(extra.get("source"), "value", extra.get("source", "")))
    name = str(extra.get("key", "")).rstrip("_")  # `from_` is `from` to whoever asks
    if source == "body":
        member = _MEMBER.search(message)
        return malformed(member.group(1) if member else name, "a body that does not fit", _lowered(message))
    described = _described(request)
    if not extra and error.detail.startswith("Missing required query parameter"):
        name = next((one for one in described if f"parameter '{one}'" in error.detail), "")
        return malformed(name, f"no {name}", described[name]) if name else error
    if name not in described:
        return error
    given = request.query_params.get(name) if source == "query" else request.path_params.get(name)
    return malformed(name, f"{name} {str(given)[:_SHOWN]!r}", described[name])


def _lowered(message: str) -> str:
    """Return what is expected of a body, as its reader tells it, without what it begins with."""
    return message.removeprefix("Expected ")[:300]


def _described(request: Request[object, object, Stores]) -> dict[str, str]:
    """Return what is expected of each parameter of the address that was asked."""
    if not _DESCRIBED:
        _DESCRIBED.update(_of_application(request.app))
    return _DESCRIBED.get(str(getattr(request.route_handler, "operation_id", "")), {})


def _of_application(app: Litestar) -> dict[str, dict[str, str]]:
    made = document(app)
    paths, found = made["paths"], dict[str, dict[str, str]]()
    assert isinstance(paths, dict), "a description has paths"
    for path in paths.values():
        for operation in path.values():
            found[operation["operationId"]] = {
                one["name"]: _expected(made, one["schema"])
                for one in operation.get("parameters", ())
                if one["in"] in ("query", "path")
            }
    return found


def _expected(made: Json, schema: Json) -> str:
    """Return a schema in words."""
    plain = _plain(made, schema)
    least, most = plain.get("minimum"), plain.get("maximum")
    if "enum" in plain:
        return f"one of {', '.join(map(str, _list(plain['enum'])))}"
    if plain.get("type") == "boolean":
        return "true or false"
    if plain.get("type") == "integer":
        return f"a whole number from {_number(least)} to {_number(most)}"
    if plain.get("pattern") == "^[0-9a-f]{64}$":
        return "64 hexadecimal digits in lower case"
    lengths = (
        f"text of {plain.get('minLength', 0)} to {plain['maxLength']} characters" if "maxLength" in plain else "text"
    )
    return f"{lengths}: {plain['description']}" if "description" in plain else lengths


def _plain(made: Json, schema: Json) -> Json:
    """Return a schema without its alternative of null, its references followed."""
    found = dict(schema)
    for one in _list(schema.get("oneOf", ())):
        if isinstance(one, dict) and one.get("type") != "null":
            found = {**one, **found}
    if isinstance(ref := found.get("$ref"), str):
        target: object = made
        for part in ref.removeprefix("#/").split("/"):
            target = target[part] if isinstance(target, dict) else {}
        found |= target if isinstance(target, dict) else {}
    return found


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _number(value: object) -> str:
    return str(int(value)) if isinstance(value, int | float) else "any"
