"""The closed list of what `dmarc.problems` can name: faults and near misses, each with a stable code and a sentence.

A weak choice (p=none, no reports, t=y) is no problem in this sense: rules judge it by facts of their own.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Final

from rules.facts import Problem

__all__ = ["CODES", "problem"]

_LONGEST = 255
"""Characters of a published text that `where` repeats."""

CODES: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        # A TXT at _dmarc that was meant as DMARC but does not count (RFC 9989 section 4.10).
        "version_misspelt": "Receivers ignore a record that does not begin with exactly v=DMARC1: {where}",
        "version_case": "DMARC1 must be written in capitals, or receivers ignore the record: {where}",
        "version_not_first": "v=DMARC1 must be the first tag, or receivers ignore the record: {where}",
        "no_version": "The record lacks v=DMARC1 at its beginning, so receivers ignore it: {where}",
        "text_before_version": "Something stands before v=DMARC1, so receivers ignore the record: {where}",
        "leading_blank": "The record begins with a blank, so receivers ignore it: {where}",
        # Found in records that count and in those that do not.
        "missing_semicolon": "A semicolon is missing between two tags: {where}",
        "comma_separator": "A comma stands between two tags where a semicolon must: {where}",
        "quotes": "Quotation marks are part of the published text; they belong to the zone file only: {where}",
        "smart_quote": "The text has typographic quotation marks, as word processors make them: {where}",
        "dash": "The text has a typographic dash, as word processors make it: {where}",
        "no_break_space": "The text has a no-break or other typographic space, which is not a blank to receivers: {where}",
        "zero_width_character": "The text has an invisible character, as copying from web pages brings it: {where}",
        "backslash": "A backslash before a punctuation mark was published; it belongs to the zone file only: {where}",
        "control_character": "The text has a line break or another control character: {where}",
        "odd_character": "The text has characters that only look like plain ones: {where}",
        # The place.
        "multiple_records": "Receivers discard all DMARC records where a name has more than one: {where}",
        "doubled_zone": "The record was published under the zone's name twice, where nobody looks for it: {where}",
        "at_apex": "A DMARC record at the domain itself has no effect; it belongs at _dmarc: {where}",
        "spf_record": "An SPF record is published at the _dmarc name: {where}",
        "unrelated_txt": "A TXT record that is not DMARC is published at the _dmarc name: {where}",
        "dangling_alias": "The _dmarc name is an alias of a name that has no TXT record: {where}",
        # The tags of a record that counts (RFC 9989 section 4.7).
        "no_policy": "The record has no p tag, which receivers take as p=none, and older ones as an error: {where}",
        "bad_policy": "The policy is none, quarantine or reject, not {where}",
        "bad_subdomain_policy": "The policy for subdomains is none, quarantine or reject, not {where}",
        "bad_nonexistent_policy": "The policy for subdomains that do not exist is none, quarantine or reject, not {where}",
        "bad_value": "The tag has a value that is not allowed, so receivers take its default: {where}",
        "tag_case": "Tag names are written in small letters; some receivers know no others: {where}",
        "duplicate_tag": "A tag may come only once; receivers may discard the whole record: {where}",
        "unknown_tag": "Receivers do not know this tag and ignore it: {where}",
        "malformed_tag": "This piece of the record is not a tag with a value, so receivers ignore it: {where}",
        "empty_tag": "Two semicolons follow each other; strict readers take it as an error: {where}",
        "obsolete_tag": "The tag is historic: newer receivers ignore it, older ones still honour it: {where}",
        "partial_pct": "Older receivers apply the policy to a part of the mail only: {where}",
        "fo_without_ruf": "The fo tag has no effect without a ruf address: {where}",
        # The report addresses.
        "missing_mailto": "A report address must begin with mailto: {where}",
        "blank_in_uri": "A report address must not contain a blank: {where}",
        "uri_separator": "Report addresses are separated by commas: {where}",
        "size_limit": "A size limit behind a report address is historic and ignored: {where}",
        "unsupported_scheme": "Receivers need to support mailto: only and ignore other addresses: {where}",
        "bad_report_uri": "This is not a valid report address, so no reports are sent to it: {where}",
    }
)
"""Each code with its sentence; {where} is replaced by the text, tag or name in which it was found."""


def problem(code: str, where: str) -> Problem:
    """A problem of the list. `where` is cut to 255 characters: it comes from outside."""
    shown = where if len(where) <= _LONGEST else where[: _LONGEST - 1] + "…"
    return Problem(code=code, text=CODES[code].replace("{where}", shown), where=shown)
