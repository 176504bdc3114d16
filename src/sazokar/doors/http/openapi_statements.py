"""What a statement is, for the description of the API: its envelope, its body and its sections, of every kind.

Made from the types that are read into, so that it cannot say otherwise than they do. Describes the form alone: that a
parcel is canonical, what is signed and how a section is committed to stands in docs/ledger.md.
"""

from __future__ import annotations

import typing
from typing import Final

import msgspec

from sazokar.app.codec import sections_of
from sazokar.domain.statement import Statement

Json = dict[str, object]
_PREFIX: Final = "signed."
_REF: Final = "#/components/schemas/" + _PREFIX + "{name}"
_STOP: Final = "stop.call"
_DIGITS: Final = "hexadecimal digits in lower case"
_KINDS: Final[dict[str, type[msgspec.Struct]]] = {
    str(kind.__struct_config__.tag): kind for kind in typing.get_args(Statement)
}


def _hex(length: int, told: str) -> Json:
    return {"type": "string", "pattern": f"^[0-9a-f]{{{length}}}$", "description": f"{told}, {length} {_DIGITS}."}


_SIGNATURE: Final[Json] = {
    "type": "string", "pattern": "^[A-Za-z0-9+/]{86}==$", "description": "Ed25519, 64 bytes, base64.",
}  # fmt: skip


def components() -> Json:
    """Return the schemas by name: of each kind its parcel and its body, and what they are made of."""
    sections = sorted(
        {kind for one in _KINDS.values() for kind in sections_of(one).values()}, key=lambda one: one.__name__
    )
    _, found = msgspec.json.schema_components([*_KINDS.values(), *sections], ref_template=_REF)
    made: Json = {_PREFIX + name: schema for name, schema in found.items()}
    for kind, statement in _KINDS.items():
        body = made[_PREFIX + statement.__name__]
        assert isinstance(body, dict), kind
        body["properties"] = {
            name: schema for name, schema in body["properties"].items() if name not in sections_of(statement)
        }
        body["additionalProperties"] = False
        made[_parcel_name(kind)] = _parcel(statement)
    return made


def parcel_of(kinds: tuple[str, ...]) -> Json:
    """Return the schema of a parcel with a statement of one of some kinds; where none is named, of any but a STOP.

    A STOP that comes with the others is heard all the same, whatever its form; it has an address of its own.
    """
    named = kinds or tuple(kind for kind in _KINDS if kind != _STOP)
    refs: list[Json] = [{"$ref": f"#/components/schemas/{_parcel_name(kind)}"} for kind in named]
    return refs[0] if len(refs) == 1 else {"oneOf": refs}


def _parcel_name(kind: str) -> str:
    return f"parcel.{kind}"


def _parcel(statement: type[msgspec.Struct]) -> Json:
    payloads: Json = {name: _payload(section.__name__) for name, section in sections_of(statement).items()}
    return {
        "type": "object", "additionalProperties": False, "required": ["envelope", "payloads"],
        "description": "A signed statement with its sections, in canonical form (RFC 8785), byte for byte: docs/ledger.md.",
        "properties": {
            "envelope": _envelope(statement),
            "payloads": {
                "type": "object", "additionalProperties": False, "properties": payloads,
                "description": "What not all may see, by the name of its section; `sections` commits to each.",
            },
        },
    }  # fmt: skip


def _payload(name: str) -> Json:
    return {
        "type": "object", "additionalProperties": False, "required": ["salt", "value"],
        "properties": {"salt": _hex(64, "Random"), "value": {"$ref": _REF.format(name=name)}},
    }  # fmt: skip


def _envelope(statement: type[msgspec.Struct]) -> Json:
    return {
        "type": "object", "additionalProperties": False, "required": ["signatures", "statement"],
        "properties": {
            "signatures": {
                "type": "object", "additionalProperties": _SIGNATURE,
                "description": "By public key; over the statement's canonical bytes for the purpose `statement`.",
            },
            "statement": _header(statement),
        },
    }  # fmt: skip


def _header(statement: type[msgspec.Struct]) -> Json:
    instant: Json = {"type": "integer", "description": "Ms since the Unix epoch, UTC."}
    commitments: Json = {name: _hex(64, "Commitment to the section") for name in sections_of(statement)}
    return {
        "type": "object", "additionalProperties": False,
        "required": ["schema", "ledger", "author", "number", "stated_ms", "expires_ms", "body"],
        "description": "What is signed. Every reader of the log sees it; what not all may see stands in sections.",
        "properties": {
            "schema": {"const": 1, "description": "The version of this form."},
            "ledger": _hex(64, "Id of the charter"),
            "author": _hex(64, "The key that states"),
            "number": {"type": "integer", "minimum": 0, "description": "The author's own running number, from 1."},
            "stated_ms": instant,
            "expires_ms": {**instant, "description": "From then on it is not taken any more, ms since the Unix epoch."},
            "body": {"$ref": _REF.format(name=statement.__name__)},
            "sections": {"type": "object", "additionalProperties": False, "properties": commitments},
        },
    }  # fmt: skip
