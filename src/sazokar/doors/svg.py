"""Elements of HTML and SVG as text, everything in them escaped. Knows no report."""

from __future__ import annotations

from html import escape
from typing import NewType

from sazokar.doors.wording import clean

Markup = NewType("Markup", str)
"""Text that is markup already; everything else is escaped."""


def element(name: str, *children: str, **attributes: str | float) -> Markup:
    """Return an element; a child that is no `Markup` must have gone through `text` first.

    Args:
        name: Tag, such as `path`.
        children: Markup within it, already escaped.
        attributes: `class_` for class, `_` for `-`; numbers are written to a tenth.
    """
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    if not children and name in ("path", "line", "circle", "rect", "use", "meta"):
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{''.join(children)}</{name}>")


def text(value: str, greatest: int = 200) -> Markup:
    """Return an untrusted text, cleaned and escaped."""
    return Markup(escape(clean(value, greatest), quote=True))


def sentence(value: str) -> Markup:
    """Return a sentence of `wording`, cleaned already: escaped, and its fences around names made into elements."""
    opened = escape(value, quote=True).replace("\u2068", '<bdi dir="auto">')
    return Markup(opened.replace("\u2069", "</bdi>"))


def name(value: str, greatest: int = 200) -> Markup:
    """Return an untrusted name, kept from turning its neighbours around where it reads from right to left."""
    return element("bdi", text(value, greatest), dir="auto")


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return escape(value, quote=True)
    return f"{value:.1f}".removesuffix(".0")
