"""XML from strangers, made into elements: no document type, no entity, no outside reference, and bounded everywhere.

Knows no format: `kml` and `gpx` give the elements their meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from sazokar.dialects.reading import GREATEST_NESTING, require_size
from sazokar.errors import LimitError, UnreadableError

GREATEST_ELEMENTS: Final = 1_500_000
"""An XML file holds at most this many elements."""


def parse_xml(content: bytes, file: str) -> Element:
    """Return the root element of an XML file.

    Args:
        content: The file.
        file: Its name, for the errors.

    Raises:
        LimitError: More bytes, elements or nesting than stated; the parser stops at the first too many.
        UnreadableError: No well-formed XML, an encoding that cannot be read, or a document type declaration
            (entities live there: one small file can name gigabytes, or another file of this machine).
    """
    require_size(content, file)
    parser = DefusedXMLParser(target=_BoundedBuilder(file), forbid_dtd=True)
    try:
        parser.feed(content)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise UnreadableError(
            f"{file}: found a document type or entity declaration; expected XML without any (remove the <!DOCTYPE …>)"
        ) from error
    except ParseError as error:
        raise UnreadableError(
            f"{file}: found XML that is not well formed ({error}); expected well-formed XML"
        ) from error
    except (ValueError, LookupError) as error:
        raise UnreadableError(f"{file}: found an encoding that cannot be read ({error}); expected UTF-8") from error
    return root


class _BoundedBuilder:
    """Builds the tree, and stops at the first element too many or too deep."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._builder = TreeBuilder()
        self._elements = 0
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        self._elements += 1
        self._depth += 1
        if self._elements > GREATEST_ELEMENTS:
            raise LimitError(f"{self._file}: found more than {GREATEST_ELEMENTS:,} elements; expected at most that")
        if self._depth > GREATEST_NESTING:
            raise LimitError(f"{self._file}: found elements nested deeper than {GREATEST_NESTING}; expected less")
        return self._builder.start(tag, attributes)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return self._builder.end(tag)

    def data(self, text: str) -> None:
        self._builder.data(text)

    def close(self) -> Element:
        return self._builder.close()


def split_name(element: Element) -> tuple[str, str]:
    """Return the namespace (empty: none) and the local name of an element."""
    namespace, brace, name = element.tag.rpartition("}")
    return (namespace[1:], name) if brace else ("", element.tag)


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of a local name, whatever their namespace."""
    return (child for child in element if local_name(child) == name)


def child_text(element: Element, name: str) -> str | None:
    """Return the text of the first child of a local name, stripped; None: no such child."""
    for child in children(element, name):
        return (child.text or "").strip()
    return None
