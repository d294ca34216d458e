"""Reports as JSON and NDJSON, and back (DESIGN: results and reports).

`report.json` is the header with `domains` as its last key, one domain a line, so that it can be written while the
domains arrive and two of them compare line by line; where there are submissions they follow in the same way, as
`submissions`. NDJSON is the header in the first line, then a domain or a submission a line.
Both are made of the same pieces, so a domain reads the same, to the byte, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, BinaryIO, Final

import msgspec

from reports.compact import PREFIX, Compact, Statuses, encode_compact, result_of
from reports.errors import NotAReport
from reports.escape import visible
from rules.results import (
    COMPACT_SCHEMA,
    GRADES,
    SCHEMA,
    DomainResult,
    FrameworkText,
    Report,
    Result,
    RuleText,
    Run,
    SubmissionResult,
    Tool,
)

__all__ = [
    "Header",
    "decode_domain",
    "decode_header",
    "decode_ndjson",
    "decode_report",
    "encode_briefly",
    "encode_domain",
    "encode_fact",
    "encode_header",
    "encode_ndjson",
    "encode_report",
    "encode_value",
    "write_report",
]

_READ: Final = frozenset({SCHEMA.removesuffix(".json"), COMPACT_SCHEMA.removesuffix(".json")})
"""Every 1.x carries the same identifier; another major is not read."""

_GRADES: Final = frozenset((*GRADES, "?", "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A report without its domains: the first line of NDJSON."""

    schema: str = SCHEMA
    tool: Tool
    run: Run
    frameworks: dict[str, FrameworkText] = field(default_factory=dict)
    rules: dict[str, RuleText] = field(default_factory=dict)


class _Schema(msgspec.Struct):
    schema: str


class _CompactDomains(msgspec.Struct):
    domains: tuple[Compact, ...] = ()


encode_value = msgspec.json.Encoder(order="deterministic").encode
"""Part of a result as its line has it. Raises UnicodeEncodeError and OverflowError for odd text and numbers."""
encode_fact = msgspec.json.Encoder(order="sorted").encode
"""A fact's value as `encode_value` writes its document form."""
_decode_schema = msgspec.json.Decoder(_Schema)
_decode_report = msgspec.json.Decoder(Report)
_decode_header = msgspec.json.Decoder(Header)
_decode_domain = msgspec.json.Decoder(DomainResult)
_decode_submission = msgspec.json.Decoder(SubmissionResult)
_decode_compact = msgspec.json.Decoder(Compact)
_decode_compact_domains = msgspec.json.Decoder(_CompactDomains)


def _header_of(report: Report) -> Header:
    return Header(
        schema=report.schema,
        tool=report.tool,
        run=report.run,
        frameworks=dict(report.frameworks),
        rules=dict(report.rules),
    )


def _report_of(header: Header) -> Report:
    return Report(
        schema=header.schema, tool=header.tool, run=header.run, frameworks=header.frameworks, rules=header.rules
    )


def encode_header(report: Report) -> bytes:
    """The report without its domains as one line of JSON, without the line's end."""
    return _encode(_header_of(report))


_SUBMISSION: Final = b'{"submission":'
"""How the line of a submission begins, and no other."""


def encode_domain(result: Result) -> bytes:
    """One domain or submission as one line of JSON, without the line's end: a compact domain in its compact form.

    Keys of maps are sorted; fields stand in their order.
    """
    if isinstance(result, DomainResult) and result.left_out:
        return encode_compact(result, _encode)
    return _encode(result)


def encode_briefly(result: DomainResult, statuses: Statuses) -> bytes:
    """The compact line of a result without its findings, of which only the rules' statuses are told."""
    return encode_compact(result, _encode, statuses)


def encode_report(report: Report) -> bytes:
    """A whole report, as `report.json` holds it: valid JSON, a domain a line, a line's end at the end."""
    return b"".join(_pieces(encode_header(report), map(encode_domain, report.results)))


def encode_ndjson(report: Report) -> bytes:
    """A whole report as NDJSON."""
    return b"".join(line + b"\n" for line in (encode_header(report), *map(encode_domain, report.results)))


def write_report(stream: BinaryIO, header: Report, results: Iterable[bytes]) -> None:
    """Writes `report.json` from a report's header and results that are encoded already, domains before submissions;
    holds one at a time.
    """
    stream.writelines(_pieces(encode_header(header), results))


def decode_report(data: bytes) -> Report:
    """A report from the bytes of `report.json`. Keys that this version does not know are ignored (1.x adds some).

    Raises NotAReport with the place in the document.
    """
    try:
        _check_schema(_decode_schema.decode(data).schema, "the report")
        if _decode_schema.decode(data).schema == COMPACT_SCHEMA:
            header = _report_of(_decode_header.decode(data))
            compact = _decode_compact_domains.decode(data).domains
            report = replace(header, domains=tuple(result_of(each, header.rules) for each in compact))
        else:
            report = _decode_report.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal("the report", error) from error
    for number, result in enumerate(report.domains):
        _check_result(result, f"the report, domains[{number}]")
    for number, submission in enumerate(report.submissions):
        _check_result(submission, f"the report, submissions[{number}]")
    return report


def decode_header(line: bytes) -> Report:
    """The first line of NDJSON, as a report without domains. Raises NotAReport."""
    try:
        _check_schema(_decode_schema.decode(line).schema, "line 1")
        header = _decode_header.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal("line 1", error) from error
    return _report_of(header)


def decode_domain(line: bytes, where: str = "the line", rules: Mapping[str, RuleText] = MappingProxyType({})) -> Result:
    """A further line of NDJSON. Raises NotAReport, naming `where`. `rules` of the header give compact findings words."""
    result: Result
    try:
        if line.startswith(_SUBMISSION):
            result = _decode_submission.decode(line)
        elif line.startswith(PREFIX):
            result = result_of(_decode_compact.decode(line), rules)
        else:
            result = _decode_domain.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal(where, error) from error
    _check_result(result, where)
    return result


def decode_ndjson(stream: Iterable[bytes]) -> tuple[Report, Iterator[Result]]:
    """A report without results, and the results, of an NDJSON stream of lines; these are read as they are asked for.

    Raises NotAReport at once for the header, and while iterating for a result, with the line's number.
    """
    lines = iter(stream)
    first = next(lines, None)
    if first is None:
        raise NotAReport("The file is empty; the first line of NDJSON is the header that mailready writes.")
    header = decode_header(first)

    def results() -> Iterator[Result]:
        for number, line in enumerate(lines, start=2):
            if line.strip():
                yield decode_domain(line, f"line {number}", header.rules)

    return header, results()


def _pieces(header: bytes, results: Iterable[bytes]) -> Iterator[bytes]:
    yield header[:-1] + b',"domains":['
    separator = b"\n"
    submissions = False
    for line in results:
        if not submissions and line.startswith(_SUBMISSION):
            submissions = True
            yield b'\n],"submissions":['
            separator = b"\n"
        yield separator + line
        separator = b",\n"
    yield b"\n]}\n"


def _encode(value: Any) -> bytes:
    try:
        return encode_value(value)
    except (UnicodeEncodeError, OverflowError):
        # Lone surrogates (from file names, lists in odd encodings) and giant numbers have no place in JSON as msgspec writes it.
        return encode_value(msgspec.convert(_writable(msgspec.to_builtins(value)), type(value)))


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_writable(key): _writable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(inner) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value) if abs(value) < 10**300 else None
    return value


def _refusal(where: str, error: Exception) -> NotAReport:
    return NotAReport(
        f"Not a mailready report ({where}): {visible(str(error))}. Give a report.json or results.ndjson of mailready."
    )


def _check_result(result: Result, where: str) -> None:
    """What the types do not say and pages rely on."""
    for grade in {result.grade, result.grade_low, result.grade_high} - _GRADES:
        raise NotAReport(f"Not a mailready report ({where}): no grade {grade[:40]!r}. Grades are A to F, ? and -.")
    score = result.score
    for number in (score.low, score.high, score.reachable):
        if number is not None and not 0 <= number <= 100:
            raise NotAReport(f"Not a mailready report ({where}): score {number}. Scores are 0 to 100, or null.")


def _check_schema(schema: str, where: str) -> None:
    if schema.removesuffix(".json") not in _READ:
        raise NotAReport(
            f"Not a report of this format ({where}): schema {schema!r}, expected {SCHEMA!r}. "
            "Use the version of mailready that wrote it."
        )
