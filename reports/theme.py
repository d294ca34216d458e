"""What all HTML pages share: the template environment, the style sheet and script, and the content security policy.

Pages are self-contained and request nothing. The policy allows exactly the one style sheet and the one script by their
SHA-256, hence no `style=` and no `on...=` anywhere. Autoescape is on, every value goes through `visible` first, and
none is longer than a template says.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from reports import charts
from reports.brand import Brand
from reports.difference import difference
from reports.escape import https_link, shorten, visible
from reports.frameworks import OUTCOME_SIGNS, OUTCOME_WORDS
from reports.steps import record_noun
from reports.words import (
    ACTION_WORDS,
    ANSWER_WORDS,
    EFFORT_WORDS,
    NOTE_SIGN,
    NOTE_WORDS,
    OWNER_NAMES,
    OWNER_WORDS,
    SEVERITY_WORDS,
    STATUS_SIGNS,
    STATUS_WORDS,
    left_out_words,
    observed_text,
    plural,
    time_words,
)

__all__ = ["LONGEST", "content_security_policy", "environment", "render", "script", "style"]

LONGEST: Final = 300
"""Characters of a value that a template neither clips nor shows whole (`clip`, `whole`)."""

_STYLES: Final = {
    "domain.html": ("page.css",),
    "index.html": ("page.css", "index.css"),
    "index_more.html": ("page.css", "index.css"),
}
_SCRIPTS: Final = {"domain.html": "page.js", "index.html": "index.js", "index_more.html": "index.js"}

_WORDS: Final = {
    "action_words": ACTION_WORDS,
    "answer_words": ANSWER_WORDS,
    "effort_words": EFFORT_WORDS,
    "outcome_signs": OUTCOME_SIGNS,
    "outcome_words": OUTCOME_WORDS,
    "owner_names": OWNER_NAMES,
    "owner_words": OWNER_WORDS,
    "severity_words": SEVERITY_WORDS,
    "status_signs": {**STATUS_SIGNS, "note": NOTE_SIGN},
    "status_words": {**STATUS_WORDS, "note": NOTE_WORDS},
}


def render(template: str, brand: Brand | None = None, **values: Any) -> bytes:
    """A page in UTF-8, with the style and script that it needs and those of the brand."""
    css = style(template, brand.css if brand else "")
    js = script(template)
    frame = {"css": Markup(css), "js": Markup(js), "policy": content_security_policy(css, js), "brand": brand}  # noqa: S704 - our own files, checked colours
    return environment().get_template(template).render(**frame, **values).encode("utf-8", "replace")


@functools.cache
def style(template: str, brand: str = "") -> str:
    """The style sheet of a page: what all share, its own, and the brand's."""
    return "".join(map(_text, _STYLES[template])) + brand


@functools.cache
def script(template: str) -> str:
    """The script of a page."""
    return _text(_SCRIPTS[template])


@functools.cache
def environment() -> Environment:
    """The environment of all templates; undefined names are errors."""
    env = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters |= {
        "left_out_words": left_out_words,
        "clip": _clip,
        "https": https_link,
        "moment": time_words,
        "observed": observed_text,
        "plural": plural,
        "whole": _whole,
    }
    env.globals |= _WORDS
    env.globals |= {
        "nl": Markup("\n"),
        "difference": difference,
        "grade_badge": charts.grade_badge,
        "meter": charts.meter,
        "record_noun": record_noun,
        "score_band": charts.score_band,
        "status_bar": charts.status_bar,
    }
    return env


@functools.cache
def content_security_policy(css: str, js: str) -> str:
    """The policy of a page with this one style sheet and this one script."""
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(js)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@functools.cache
def _text(name: str) -> str:
    return files("reports").joinpath("templates", name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _clip(text: str, limit: int) -> Markup:
    return escape(shorten(text, limit))


def _whole(text: str) -> Markup:
    return escape(visible(text))


def _shown(value: Any) -> Any:
    """What every `{{ }}` goes through: hidden characters made visible, and no longer than any honest name."""
    return _clip(value, LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value
