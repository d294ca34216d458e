"""Files of lines: Postfix main.cf, msmtp, ssmtp, and INI files by the standard library's configparser."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from typing import Any, Final

from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.values import Assignment, Computed, Literal, Plain, Script, Text

__all__ = ["read_ini", "read_msmtp", "read_postfix", "read_ssmtp", "render_plain"]

_PARAMETER: Final = re.compile(r"([A-Za-z0-9_$-]+)[ \t]*=[ \t]*")
_REFERENCE: Final = re.compile(r"\$[({]?([A-Za-z0-9_]+)[)}]?")
_LONGEST_CHAIN: Final = 8


def render_plain(value: Plain) -> str:
    """A value as it stands alone on a line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _render_on(value: Plain) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else render_plain(value)


def _render_true(value: Plain) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else render_plain(value)


def _render_shout(value: Plain) -> str:
    return ("YES" if value else "NO") if isinstance(value, bool) else render_plain(value)


def read_postfix(text: Text) -> Script:
    """main.cf: `name = value`, continued by lines that begin with white space (postconf(5)).

    Raises SettingsError for a line that is neither.
    """
    found: list[Assignment] = []
    for line, start, end in _logical_lines(text):
        match = _PARAMETER.match(text.content, start, end)
        if match is None:
            raise SettingsError("neither a parameter (name = value) nor a comment", line)
        stop = start + len(text.content[start:end].rstrip())
        value = " ".join(text.content[match.end() : stop].split())
        found.append(
            Assignment((match[1],), Literal(value, match.end(), max(stop, match.end())), start, max(stop, match.end()))
        )
    known = {one.path[0]: str(one.value.value) for one in found if isinstance(one.value, Literal)}
    return Script(text, tuple(_expanded(one, known) for one in found), render_plain)


def _logical_lines(text: Text) -> Iterator[tuple[int, int, int]]:
    """Line number, start and end of each parameter with its continuation lines, comments and blank lines left out."""
    begun: tuple[int, int, int] | None = None
    for line in range(1, text.line_count + 1):
        start, end = text.line_start(line), text.line_end(line)
        content = text.content[start:end]
        if not content.strip() or content.lstrip().startswith("#"):
            continue
        if content[0] in " \t":
            if begun is None:
                raise SettingsError("begins with white space and continues nothing", line)
            begun = (begun[0], begun[1], end)
            continue
        if begun is not None:
            yield begun
        begun = (line, start, end)
    if begun is not None:
        yield begun


def _expanded(one: Assignment, known: dict[str, str]) -> Assignment:
    assert isinstance(one.value, Literal)
    value = str(one.value.value)
    for _ in range(_LONGEST_CHAIN):
        if "$" not in value or len(value) > 4096:
            break
        value = _REFERENCE.sub(lambda match: known.get(match[1], match[0]), value)
    if value == one.value.value:
        return one
    if "$" in value:
        return Assignment(
            one.path, Computed("made from other parameters", one.value.start, one.value.end), one.start, one.end
        )
    return Assignment(one.path, Literal(value, one.value.start, one.value.end), one.start, one.end)


def read_msmtp(text: Text) -> Script:
    """msmtprc: `command value`; the path of a setting is its account ("" before the first, `defaults`) and its command."""
    found: list[Assignment] = []
    account = ""
    for line in range(1, text.line_count + 1):
        start = text.line_start(line)
        content = text.content[start : text.line_end(line)].rstrip()
        bare = content.strip()
        if not bare or bare.startswith("#"):
            continue
        begin = start + len(content) - len(content.lstrip())
        command, _, rest = bare.partition(" ") if " " in bare else bare.partition("\t")
        value_start = begin + len(bare) - len(rest.lstrip())
        value = rest.strip()
        if not re.fullmatch(r"[a-z_]+", command):
            raise SettingsError("no command of msmtp", line)
        if command in ("account", "defaults"):
            account = f"{value}#{line}" if command == "account" else "defaults"
        plain = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
        literal = Literal(plain, value_start, value_start + len(value))
        found.append(Assignment((account, command), literal, begin, begin + len(bare)))
    return Script(text, tuple(found), _render_on)


def read_ssmtp(text: Text) -> Script:
    """ssmtp.conf: `Key=value`. Raises SettingsError for a line without `=`."""
    found: list[Assignment] = []
    for line in range(1, text.line_count + 1):
        start = text.line_start(line)
        content = text.content[start : text.line_end(line)].rstrip()
        bare = content.strip()
        if not bare or bare.startswith("#"):
            continue
        match = re.match(r"\s*([A-Za-z_]+)\s*[=: \t]\s*", content)
        if match is None:
            raise SettingsError("neither a setting (Key=value) nor a comment", line)
        value = content[match.end() :].strip()
        literal = Literal(value, start + match.end(), start + match.end() + len(value))
        found.append(Assignment((match[1],), literal, start + match.start(1), literal.end))
    return Script(text, tuple(found), _render_shout)


def read_ini(text: Text) -> Script:
    """An INI file as Grafana's; the path of a setting is its section and its key. Raises SettingsError for what is none."""
    lines = _Counted(text)
    parser = configparser.RawConfigParser(
        dict_type=lines.dictionary,
        strict=False,
        comment_prefixes=("#", ";"),
        interpolation=None,
        empty_lines_in_values=False,
    )
    try:
        parser.read_file(iter(lines), source="settings")
    except configparser.MissingSectionHeaderError as error:
        raise SettingsError("a setting before the first [section]", error.lineno) from None
    except configparser.ParsingError as error:
        raise SettingsError("neither a setting (key = value) nor a [section]", error.errors[0][0]) from None
    except (configparser.Error, ValueError, AttributeError, TypeError):
        raise SettingsError("not an INI file") from None
    found = [
        _ini_assignment(text, section, key, lines.seen[section, key])
        for section in parser.sections()
        for key in parser[section]
        if (section, key) in lines.seen
    ]
    return Script(text, tuple(found), _render_true)


class _Counted:
    """Hands a parser its lines and sees on which it sets a key: configparser keeps no places of its own."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._section = ""
        self.line = 0
        self.seen: dict[tuple[str, str], int] = {}
        counted = self

        class Dictionary(dict[str, Any]):
            def __setitem__(self, key: str, value: Any) -> None:
                if isinstance(value, list):
                    counted.seen[counted._section, key] = counted.line
                super().__setitem__(key, value)

        self.dictionary: Any = Dictionary

    def __iter__(self) -> Iterator[str]:
        for line in range(1, self._text.line_count + 1):
            content = self._text.content[self._text.line_start(line) : self._text.line_end(line)]
            self.line = line
            header = re.match(r"\[(.+)\]", content.strip())
            self._section = header[1] if header else self._section
            yield content.lstrip(" \t") if content.strip() else content


def _ini_assignment(text: Text, section: str, key: str, line: int) -> Assignment:
    start = text.line_start(line)
    content = text.content[start : text.line_end(line)].rstrip()
    match = re.match(r"\s*[^=:]*[=:]\s*", content)
    begin = match.end() if match else len(content)
    value = content[begin:]
    for quote in ('"""', "'''", '"', "'", "`"):
        if len(value) >= 2 * len(quote) and value.startswith(quote) and value.endswith(quote):
            plain = value[len(quote) : -len(quote)]
            break
    else:
        plain = value
    found = Literal(plain, start + begin, start + len(content))
    if re.search(r"\$__\w+\{|\$\{\w+\}|^\$[A-Z_]+$", plain):
        return Assignment(
            (section, key), Computed("taken from outside the file", found.start, found.end), start, found.end
        )
    return Assignment((section, key), found, start, found.end)
