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
from reports.escape import https_link, shorten, visible
from reports.words import (
    ACTION_WORDS,
    ANSWER_WORDS,
    EFFORT_WORDS,
    OWNER_WORDS,
    SEVERITY_WORDS,
    STATUS_SIGNS,
    STATUS_WORDS,
    observed_text,
    plural,
)

__all__ = ["LONGEST", "content_security_policy", "environment", "render"]

LONGEST: Final = 300
"""Characters of a value that a template neither clips nor shows whole (`clip`, `whole`)."""

_WORDS: Final = {
    "action_words": ACTION_WORDS,
    "answer_words": ANSWER_WORDS,
    "effort_words": EFFORT_WORDS,
    "owner_words": OWNER_WORDS,
    "severity_words": SEVERITY_WORDS,
    "status_signs": STATUS_SIGNS,
    "status_words": STATUS_WORDS,
}


def render(template: str, **values: Any) -> bytes:
    """A page in UTF-8."""
    return environment().get_template(template).render(**values).encode("utf-8", "replace")


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
        "clip": _clip,
        "https": https_link,
        "observed": observed_text,
        "plural": plural,
        "whole": _whole,
    }
    env.globals |= _WORDS
    env.globals |= {
        "nl": Markup("\n"),
        "css": Markup(_text("page.css")),  # noqa: S704 - our own file
        "js": Markup(_text("page.js")),  # noqa: S704 - our own file
        "policy": content_security_policy(),
        "grade_badge": charts.grade_badge,
        "score_band": charts.score_band,
        "status_bar": charts.status_bar,
    }
    return env


@functools.cache
def content_security_policy() -> str:
    """The policy of every page."""
    style, script = _hash(_text("page.css")), _hash(_text("page.js"))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; "
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
