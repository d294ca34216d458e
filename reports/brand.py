"""The brand of whoever hands the report on: name, logo, accent colour, contact and a footer.

One accent serves light and dark: it must be readable on white, and on dark it is used as it is if it is readable there
too, else in a lighter shade of itself, unless the file names one (`accent_dark`). Readable is a contrast of 4.5 to 1
(WCAG 2.2, success criterion 1.4.3).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reports.errors import BadBrand
from reports.logo import LARGEST_LOGO, logo_uri

__all__ = ["DARK_GROUND", "LIGHT_GROUND", "Brand", "contrast", "read_brand"]

LIGHT_GROUND: Final = "#ffffff"
DARK_GROUND: Final = "#14181d"
"""The grounds of the pages, as page.css has them."""

LEAST_CONTRAST: Final = 4.5
_LARGEST_FILE: Final = 64_000
_LONGEST: Final = {"name": 80, "logo": 400, "accent": 7, "accent_dark": 7, "contact": 200, "footer": 500}
"""The keys of a brand file, with the characters that each may have."""

_COLOUR: Final = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """What pages show of a brand. `logo` is a data URI, "" if there is none; colours are `#rrggbb`, "" for the pages' own.

    `files` are those that it was read from.
    """

    name: str
    logo: str = ""
    accent: str = ""
    accent_dark: str = ""
    contact: str = ""
    footer: str = ""
    files: tuple[Path, ...] = ()

    @property
    def css(self) -> str:
        """The style of the brand, to stand behind the page's own; paper is light."""
        if not self.accent:
            return ""
        return (
            f":root {{ --accent: {self.accent}; }}\n"
            f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {self.accent_dark}; }} }}\n"
            f"@media print {{ :root {{ --accent: {self.accent}; }} }}\n"
        )


def read_brand(path: Path) -> Brand:
    """The brand in a YAML or TOML file, with the logo that it names. Raises BadBrand for any fault of either."""
    given = _read(path)
    for key, text in given.items():
        if key not in _LONGEST:
            raise BadBrand(f"{path}: no key {key[:40]!r}. The keys are {', '.join(_LONGEST)}.")
        if len(text) > _LONGEST[key]:
            raise BadBrand(f"{path}: {key}: {len(text)} characters; at most {_LONGEST[key]} do. Shorten it.")
    if not given.get("name"):
        raise BadBrand(f"{path}: name: is missing. Say whose report it is, such as name: Contoso Services.")
    accent, accent_dark = _accents(path, given)
    logo, logo_files = _logo(path, given.get("logo", ""))
    return Brand(
        name=given["name"],
        logo=logo,
        accent=accent,
        accent_dark=accent_dark,
        contact=given.get("contact", ""),
        footer=given.get("footer", ""),
        files=(path, *logo_files),
    )


def contrast(one: str, two: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _read(path: Path) -> Mapping[str, str]:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise BadBrand(f"{path}: cannot be read: {error.strerror or error}.") from None
    if len(data) > _LARGEST_FILE:
        raise BadBrand(f"{path}: is larger than {_LARGEST_FILE:,} octets, so it is no brand file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadBrand(f"{path}: is not UTF-8. Save it as UTF-8.") from None
    return _toml(path, text) if path.suffix.lower() == ".toml" else _yaml(path, text)


def _toml(path: Path, text: str) -> Mapping[str, str]:
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadBrand(f"{path}: is no TOML: {error}. Mend it, or end the file's name in .yaml.") from None
    for key, value in given.items():
        if not isinstance(value, str):
            raise BadBrand(f'{path}: {key[:40]}: is not text. Write it in quotes: {key[:40]} = "...".')
    return {key: value.strip() for key, value in given.items()}


def _yaml(path: Path, text: str) -> Mapping[str, str]:
    """Keys and values as they are written: only the tree of nodes is made, so no type, tag or anchor has any effect."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise BadBrand(f"{path}: is no YAML: {said[:300]}. Mend it, or end the file's name in .toml.") from None
    if not isinstance(root, yaml.MappingNode):
        raise BadBrand(f"{path}: has no keys. Write name: and the others, one a line.")
    given: dict[str, str] = {}
    for key, value in root.value:
        where = f"{path}:{key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            named = key.value[:40] if isinstance(key, yaml.ScalarNode) else "a key"
            raise BadBrand(f"{where}: {named}: is not text. Write it on the line of its key.")
        if key.value in given:
            raise BadBrand(f"{where}: {key.value[:40]}: stands there twice. Take one out.")
        given[key.value] = value.value.strip()
    return given


def _accents(path: Path, given: Mapping[str, str]) -> tuple[str, str]:
    accent = _colour(path, "accent", given.get("accent", ""), LIGHT_GROUND)
    dark = _colour(path, "accent_dark", given.get("accent_dark", ""), DARK_GROUND)
    if dark and not accent:
        raise BadBrand(f"{path}: accent_dark: stands without accent. Give accent too.")
    return accent, dark or (accent and _lightened(accent))


def _colour(path: Path, key: str, text: str, ground: str) -> str:
    if not text:
        return ""
    if not _COLOUR.fullmatch(text):
        raise BadBrand(f"{path}: {key}: {text!r} is no colour. Write it as #rrggbb, in quotes.")
    colour = text.lower() if len(text) == 7 else "#" + "".join(digit * 2 for digit in text[1:].lower())
    if (ratio := contrast(colour, ground)) < LEAST_CONTRAST:
        kind, way = ("white", "darker") if ground == LIGHT_GROUND else (f"the dark ground {ground}", "lighter")
        # Rounded down, so that 4.499 does not read as enough.
        raise BadBrand(
            f"{path}: {key}: {colour} on {kind} has a contrast of {int(ratio * 100) / 100:.2f} to 1; text needs"
            f" {LEAST_CONTRAST} to 1. Take a {way} shade."
        )
    return colour


def _lightened(colour: str) -> str:
    """The first of 20 shades from `colour` to white that can be read on the dark ground."""
    parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    shades = ("#" + "".join(f"{round(part + (255 - part) * step / 20):02x}" for part in parts) for step in range(21))
    return next(shade for shade in shades if contrast(shade, DARK_GROUND) >= LEAST_CONTRAST)


def _logo(path: Path, name: str) -> tuple[str, tuple[Path, ...]]:
    if not name:
        return "", ()
    place = path.parent / name
    try:
        home = path.parent.resolve(strict=True)
        if "\0" in name or not place.resolve().is_relative_to(home):
            raise BadBrand(f"{path}: logo: {name!r} is outside of the brand file's directory. Put it beside the file.")
        if not place.is_file():
            raise BadBrand(f"{path}: logo: there is no file {place}. Give its path from the brand file on.")
        with place.open("rb") as stream:
            data = stream.read(LARGEST_LOGO + 1)
    except (OSError, RuntimeError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise BadBrand(f"{path}: logo: {place} cannot be read: {said}.") from None
    try:
        return logo_uri(data), (place,)
    except BadBrand as error:
        raise BadBrand(f"{path}: logo: {place} {error}.") from None


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
