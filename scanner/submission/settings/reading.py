"""A settings file, from the disk to the ways of sending in it; what cannot be read says why and where."""

from __future__ import annotations

import codecs
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.errors import UsageError
from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.recognise import APPS, App, Form, candidates
from scanner.submission.settings.settings import Settings
from scanner.submission.settings.values import Text

__all__ = ["LARGEST", "FileSettings", "app_named", "read_file", "read_text"]

LARGEST: Final = 1_000_000
"""Octets of a settings file; more is not read."""
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What a file holds. `encoding` is what it is written in; octets that are no UTF-8 stay as surrogates."""

    path: str
    text: Text
    senders: tuple[Settings, ...]
    encoding: str = "utf-8"
    bom: str = ""


def app_named(name: str) -> App:
    """The application of that name. Raises UsageError."""
    for app in APPS:
        if app.name == name.strip().lower():
            return app
    raise UsageError(f"--app {name}: no such application. Applications are {', '.join(app.name for app in APPS)}.")


def read_file(path: Path, app: App | None = None) -> FileSettings:
    """Reads a file. Raises SettingsError, with the line where there is one."""
    try:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise SettingsError("is a directory; give a file in it")
        if not stat.S_ISREG(state.st_mode):
            raise SettingsError("is no regular file")
        with path.open("rb") as stream:
            octets = stream.read(LARGEST + 1)
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise SettingsError("is no path") from None
    if len(octets) > LARGEST:
        raise SettingsError(f"is larger than {LARGEST // 1_000_000} MB: is it a settings file?")
    return _decoded(str(path), octets, app)


def _decoded(path: str, octets: bytes, app: App | None) -> FileSettings:
    for mark, encoding in _BOMS:
        if octets.startswith(mark):
            content = octets[len(mark) :].decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
            return read_text(path, content, app, encoding, "\ufeff")
    return read_text(path, octets.decode("utf-8", "surrogateescape"), app)


def read_text(path: str, content: str, app: App | None = None, encoding: str = "utf-8", bom: str = "") -> FileSettings:
    """Reads the content of a file, whose name helps to tell what it is. Raises SettingsError."""
    if "\0" in content:
        raise SettingsError("is no text", content.count("\n", 0, content.index("\0")) + 1)
    if "\r" in content.replace("\r\n", ""):
        raise SettingsError("has line ends of a lone carriage return; save it with the line ends of this system")
    forms = _forms_of(path, content, app)
    if not forms:
        raise SettingsError(
            "is of no application that is known here, or has no settings of mail. Name the application with --app: "
            + ", ".join(one.name for one in APPS)
        )
    text = Text(content)
    fault: SettingsError | None = None
    for owner, form in forms:
        try:
            senders = _ordered(form.read(form.parse(text)))
        except SettingsError as error:
            fault = fault or error
            continue
        if senders:
            return FileSettings(path, text, senders, encoding, bom)
        if app is not None:
            fault = fault or SettingsError(f"has no settings of {owner.title} that say where mail goes")
    raise fault or SettingsError("has no settings that say where mail goes")


def _forms_of(path: str, content: str, app: App | None) -> list[tuple[App, Form]]:
    if app is None:
        return candidates(path, content)
    likely = [one for one in candidates(path, content) if one[0] is app]
    return likely + [(app, form) for form in app.forms if (app, form) not in likely]


def _ordered(senders: list[Settings]) -> tuple[Settings, ...]:
    return tuple(sorted(senders, key=lambda one: one.line))
