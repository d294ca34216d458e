"""A logo as a data URI: a PNG, or an SVG of which only harmless drawing is left.

The picture of a stranger ends up in pages that are sent to customers, so what is not known to be harmless is refused
with its name. Of an SVG the tree is checked and written anew: comments, processing instructions, and what editors
leave in namespaces of their own do not get through. Pages show it as an image, in which browsers run and load nothing
(SVG Integration, secure static mode); that is the second wall, not the first.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as Tree

from reports.errors import BadBrand

__all__ = ["LARGEST_LOGO", "logo_uri"]

LARGEST_LOGO: Final = 48_000
"""In octets. It rides in every page, a third larger."""

_LARGEST_SIDE: Final = 2000
_DEEPEST: Final = 40
_MOST_ELEMENTS: Final = 4000
_MOST_USES: Final = 100

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_REFUSED_SPACES: Final = ("http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/Math/MathML", "")
"""Namespaces whose elements a browser would act on. Those of editors are dropped."""

_ELEMENTS: Final = frozenset(
    [
        "svg",
        "g",
        "defs",
        "symbol",
        "use",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "title",
        "desc",
        "style",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "marker",
    ]
)
_DROPPED: Final = frozenset({"metadata"})
_CSS_FUNCTIONS: Final = frozenset(
    [
        "rgb",
        "rgba",
        "hsl",
        "hsla",
        "hwb",
        "lab",
        "lch",
        "oklab",
        "oklch",
        "color-mix",
        "matrix",
        "matrix3d",
        "translate",
        "translatex",
        "translatey",
        "scale",
        "scalex",
        "scaley",
        "rotate",
        "skew",
        "skewx",
        "skewy",
        "calc",
        "min",
        "max",
        "clamp",
        "var",
        "not",
        "is",
        "where",
        "nth-child",
        "nth-of-type",
        "polygon",
        "circle",
        "ellipse",
        "inset",
    ]
)
_FUNCTION: Final = re.compile(r"([\w-]+)\(")
_FRAGMENT: Final = re.compile(r"""url\(\s*(["']?)#[^"'()\s]+\1\s*\)""", re.IGNORECASE)
_AT_RULE: Final = re.compile(r"@(?!media\b)[^\s;{]{0,30}", re.IGNORECASE)


def logo_uri(data: bytes) -> str:
    """`data` of a PNG or SVG file as a data URI. Raises BadBrand with what is wrong, without the file's name."""
    if len(data) > LARGEST_LOGO:
        raise BadBrand(f"is larger than {LARGEST_LOGO:,} octets; it rides in every page. Make it smaller")
    if data.startswith(_PNG):
        _check_png(data)
        return _uri("image/png", data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _uri("image/svg+xml", _clean_svg(data))
    raise BadBrand("is neither a PNG nor an SVG by its content. Give one of these")


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _check_png(data: bytes) -> None:
    """The chunks up to the end, their sums, and the size that they unpack to (PNG, third edition, sections 5 and 11)."""
    place, kinds = len(_PNG), list[bytes]()
    while place < len(data) and (not kinds or kinds[-1] != b"IEND"):
        length, kind = struct.unpack_from(">I4s", data, place) if place + 12 <= len(data) else (len(data), b"")
        end = place + 12 + length
        if end > len(data) or struct.unpack_from(">I", data, end - 4)[0] != zlib.crc32(data[place + 4 : end - 4]):
            raise BadBrand("is a damaged PNG. Export it anew")
        if not kinds and kind == b"IHDR" and length == 13:
            sides = struct.unpack_from(">II", data, place + 8)
            if not all(0 < side <= _LARGEST_SIDE for side in sides):
                raise BadBrand(f"is {sides[0]} by {sides[1]} pixels; at most {_LARGEST_SIDE} each do. Make it smaller")
        kinds.append(kind)
        place = end
    if kinds[:1] != [b"IHDR"] or b"IDAT" not in kinds or kinds[-1] != b"IEND" or place != len(data):
        raise BadBrand("is a damaged PNG, or has something behind its end. Export it anew")
    if b"acTL" in kinds:
        raise BadBrand("is animated. Give a still picture")


def _clean_svg(data: bytes) -> bytes:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Tree.Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise BadBrand("has a DOCTYPE or entities, which can load or swell. Take them out") from None
    except (Tree.ParseError, ValueError, LookupError) as error:
        raise BadBrand(f"is no well-formed SVG: {error}. Export it anew") from None
    if root.tag != f"{{{_SVG}}}svg":
        raise BadBrand(f'has no <svg xmlns="{_SVG}"> at its root. Export it as plain SVG')
    _check_elements(root)
    _check_uses(root)
    Tree.register_namespace("", _SVG)
    clean: bytes = Tree.tostring(root, encoding="utf-8")
    return clean


def _check_elements(root: Tree.Element) -> None:
    """Refuses what is not known to be harmless, and takes out what is no drawing."""
    level, number = [root], 0
    for _ in range(_DEEPEST):
        if not level:
            return
        for element in level:
            _check_element(element)
            for child in list(element):
                if _is_dropped(child):
                    _drop(element, child)
        level = [child for element in level for child in element]
        number += len(level)
        if number > _MOST_ELEMENTS:
            raise BadBrand(f"has more than {_MOST_ELEMENTS:,} elements. Simplify it, or give a PNG")
    raise BadBrand(f"nests deeper than {_DEEPEST} elements. Simplify it, or give a PNG")


def _is_dropped(element: Tree.Element) -> bool:
    space, name = _split(element.tag)
    return name in _DROPPED if space == _SVG else space not in _REFUSED_SPACES


def _drop(parent: Tree.Element, child: Tree.Element) -> None:
    """Takes a child out, but not the text behind it."""
    before = list(parent).index(child) - 1
    holder, attribute = (parent, "text") if before < 0 else (parent[before], "tail")
    setattr(holder, attribute, (getattr(holder, attribute) or "") + (child.tail or ""))
    parent.remove(child)


def _check_element(element: Tree.Element) -> None:
    space, name = _split(element.tag)
    if space != _SVG or name not in _ELEMENTS:
        raise BadBrand(f"has an element <{name}>, which may run or load something. Take it out, or give a PNG")
    if name == "style":
        _check_style("".join(element.itertext()), "<style>")
    for key, value in list(element.attrib.items()):
        space, attribute = _split(key)
        if attribute.lower().startswith("on"):
            raise BadBrand(f"has an event attribute {attribute}= on <{name}>. Take it out")
        if attribute.lower() in {"href", "src"} and not value.strip().startswith("#"):
            raise BadBrand(f"has a reference to {value[:60]!r} on <{name}>; only #fragments of its own do. Take it out")
        if key == _XLINK_HREF:
            element.attrib.setdefault("href", value.strip())
        if space or attribute.startswith(("data-", "aria-")):
            del element.attrib[key]
        else:
            _check_style(value, f"{attribute}= on <{name}>")


def _check_style(text: str, where: str) -> None:
    """Refuses style that loads something. Nothing is parsed, so strings and comments have no way to hide anything."""
    rest = _FRAGMENT.sub(" ", text)
    if "\\" in rest:
        raise BadBrand(f"has an escape (\\) in {where}, which can hide a reference. Take it out")
    if rule := _AT_RULE.search(rest):
        raise BadBrand(f"has {rule[0]} in {where}, which can load something. Take it out")
    for function in _FUNCTION.findall(rest):
        if function.lower() == "url":
            raise BadBrand(f"has a url() to elsewhere in {where}; only url(#fragment) does. Take it out")
        if function.lower() not in _CSS_FUNCTIONS:
            raise BadBrand(f"has {function[:40]}() in {where}, which may load something. Take it out")


def _check_uses(root: Tree.Element) -> None:
    """A <use> of what has a <use> in it can swell to any size."""
    by_id = {element.get("id"): element for element in root.iter()}
    uses = list(_uses(root))
    if len(uses) > _MOST_USES:
        raise BadBrand(f"has more than {_MOST_USES} <use>. Simplify it, or give a PNG")
    for use in uses:
        target = by_id.get((use.get("href") or "").removeprefix("#"))
        if target is not None and next(_uses(target), None) is not None:
            raise BadBrand("has a <use> of something that has a <use> itself. Simplify it, or give a PNG")


def _uses(element: Tree.Element) -> Iterator[Tree.Element]:
    return element.iter(f"{{{_SVG}}}use")


def _split(tag: str) -> tuple[str, str]:
    """Namespace and name of an element or attribute, as ElementTree writes them."""
    space, brace, name = tag.rpartition("}")
    return (space[1:], name) if brace else ("", tag)
