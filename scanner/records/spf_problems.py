"""Every kind of near miss and fault in SPF: the closed list of codes of `spf.problems`, and the one place that words them.

A code never changes its meaning, so rules and tests match it and never the English. The same codes name syntax errors
(`scanner.records.spf`), what a mend found (`scanner.records.spf_mend`), what a valid record is still blamed for
(`scanner.records.spf_lint`) and what only the tree of includes shows (`scanner.probes.spf_faults`).
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Final

from rules.facts import Problem

__all__ = ["CODES", "SYNTAX_CODES", "problem"]

_SYNTAX: dict[str, str] = {
    # RFC 7208 section 4.6: any of these anywhere in the record makes it a permerror.
    "bad_character": '"{where}" contains a character that SPF does not allow; only visible ASCII is.',
    "unknown_mechanism": '"{where}" is not a term of SPF.',
    "missing_domain": '"{where}" lacks the name that must follow it.',
    "missing_address": '"{where}" lacks the address that must follow it.',
    "unexpected_value": '"{where}" has a value, but its mechanism takes none.',
    "bad_domain": '"{where}" does not end in a domain name: the last label must have a letter, and a dot before it.',
    "bad_macro": '"{where}" contains a "%" that does not begin a valid macro.',
    "bad_address": '"{where}" does not contain a complete, valid IP address.',
    "bad_cidr": '"{where}" has a network length that is not valid (0 to 32 for IPv4, 0 to 128 for IPv6, no leading zero).',
    "bad_modifier": '"{where}" has a modifier name that is not valid: it must begin with a letter.',
    "repeated_modifier": '"{where}" is the second modifier of its name; redirect= and exp= may occur once.',
}

_FOUND: dict[str, str] = {
    # Characters that editors, web pages and consoles put in place of the right ones.
    "no_break_space": "The record contains a space that is not the ASCII space (such as a no-break space), so the terms beside it run together.",
    "zero_width": "The record contains an invisible character, such as a zero-width space.",
    "control_character": "The record contains a tab, a line break or another control character; only spaces separate terms.",
    "dash_lookalike": 'The record contains a dash or minus sign that is not the ASCII "-".',
    "smart_quotes": "The record contains typographic quotation marks.",
    "literal_quotes": "The record contains quotation marks; they belong to the zone file's syntax, not into the record.",
    # The version.
    "leading_space": 'The text begins with a space; a record must begin with exactly "v=spf1".',
    "text_before_version": '"{where}" stands before "v=spf1", so this is not an SPF record.',
    "version_without_space": 'The space after "v=spf1" is missing, so this is not an SPF record.',
    "misspelt_version": '"{where}" looks like SPF, but a record must begin with exactly "v=spf1" and a space.',
    "sender_id": '"{where}" is a record of the abandoned Sender ID; SPF does not read it.',
    "uppercase_version": 'The version is written "{where}"; it is valid in any case, but some tools expect "v=spf1".',
    # Terms.
    "separator": '"{where}": terms are separated by spaces, not by commas or semicolons.',
    "stray_punctuation": '"{where}" ends in a stray character.',
    "space_in_term": '"{where}" is one term with a space inside it.',
    "missing_space": '"{where}" is several terms without a space between them.',
    "split_without_space": 'The TXT record\'s strings are joined without a space, which makes "{where}"; a space is missing at the split.',
    "split_inside_term": 'The TXT record is split into strings inside "{where}", with a space at the split.',
    "equals_instead_of_colon": '"{where}" has "=" in place of ":", so receivers ignore it as an unknown modifier.',
    "colon_instead_of_equals": '"{where}" has ":" in place of "=".',
    "redirect_to_record": '"{where}": redirect= takes a domain name, not a record.',
    "two_records_in_one": "The text holds two SPF records; only one is read, and its end hides the second.",
    "ip_mechanism_name": '"{where}": the mechanisms are called ip4 and ip6.',
    "wrong_family": '"{where}" has an address of the other IP version; ip4 takes IPv4 and ip6 takes IPv6.',
    "repeated_prefix": '"{where}" has the mechanism\'s name twice.',
    "address_as_name": '"{where}" has an IP address where a name is expected; ip4 and ip6 take addresses.',
    "bare_address": '"{where}" is an address without ip4: or ip6: before it.',
    "bare_name": '"{where}" is a name without include:, a: or another mechanism before it.',
    "name_as_address": '"{where}" has a name where an IP address is expected; a: takes names.',
    "misspelt_all": '"{where}" looks like a misspelt all.',
    "misspelt_mechanism": '"{where}" looks like a misspelt mechanism.',
    "cidr_not_allowed": '"{where}" has a network length, but its mechanism takes none.',
    "trailing_dot": '"{where}" ends in a dot, which some receivers reject.',
    "foreign_text": '"{where}" belongs to something else; it needs a TXT record of its own.',
    "unknown_modifier": '"{where}" is not a modifier that receivers know; they ignore it.',
    "not_a_host_name": '"{where}" contains characters that no host name has.',
    "text_after_all": '"{where}" stands after all, where receivers never read it.',
    "redirect_ignored": '"{where}" has no effect, because the record has an all.',
    "repeated_term": '"{where}" is there twice.',
    # What a valid record says.
    "no_all": "The record ends without all or redirect=, so receivers are told nothing about other senders.",
    "pass_all": '"{where}" authorises every server on the internet to send for the domain.',
    "neutral_all": '"{where}" tells receivers nothing about other senders.',
    "ptr": '"{where}": ptr is slow and unreliable, and RFC 7208 section 5.5 says that it must not be published.',
    "host_bits": '"{where}" is an address inside a network, not the network\'s own address; receivers authorise the whole network.',
    "private_address": '"{where}" is not an address of the public internet, so no receiver ever sees mail from it.',
    "wide_network": '"{where}" authorises a network that is wider than any single organisation has.',
    "long_record": "The record has {detail} octets; over 450, answers may be too large for some networks (RFC 7208 section 3.4).",
    # What only the tree shows.
    "multiple_records": "The domain has {detail} SPF records; receivers refuse to choose (RFC 7208 section 4.5).",
    "self_include": '"{where}" includes the record itself.',
    "loop": '"{where}" leads back to a record that is being read, so receivers give up at the lookup limit.',
    "include_without_record": '"{where}": the name has no SPF record, which makes the whole record a permerror.',
    "include_not_found": '"{where}": the name does not exist, which makes the whole record a permerror.',
    "include_not_valid": '"{where}": the record found there is not valid, which makes the whole record a permerror.',
    "include_allows_all": '"{where}": the record found there authorises every server on the internet.',
    "redirect_without_record": '"{where}": the name has no SPF record, which makes the whole record a permerror.',
    "malformed_name": '"{where}" names something that cannot be a name in DNS.',
    "mx_too_many_hosts": '"{where}": the name has more than 10 MX hosts, which makes the whole record a permerror.',
    "void_lookup": '"{where}" finds nothing in DNS.',
    "void_limit": "More than two terms find nothing in DNS, which makes the record a permerror (RFC 7208 section 4.6.4).",
    "over_limit": "The record needs more than 10 DNS lookups, which makes it a permerror (RFC 7208 section 4.6.4).",
    "sender_dependent": '"{where}" depends on the sender (a macro), so what it authorises cannot be read from DNS.',
    "obsolete_microsoft_include": '"{where}" is a name that Microsoft 365 no longer uses.',
    "flattened_m365": '"{where}" copies addresses of Microsoft 365, which change without notice; include Microsoft\'s record instead.',
}

CODES: Final[Mapping[str, str]] = types.MappingProxyType(_SYNTAX | _FOUND)
"""Every code with its sentence; {where} is the term or record that the code speaks of, {detail} a number."""
SYNTAX_CODES: Final = frozenset(_SYNTAX)
"""Codes that make a record a permerror by its text alone."""

_LONGEST: Final = 200


def problem(code: str, where: str = "", detail: object = "", at: str = "") -> Problem:
    """A Problem of this code, worded; `where` is cut to 200 characters. KeyError for a code outside CODES.

    `at` is the name whose record holds the term, where that is not the domain's own.
    """
    if len(where) > _LONGEST:
        where = where[: _LONGEST - 1] + "…"
    text = CODES[code].replace("{detail}", str(detail)).replace("{where}", where)
    if at:
        return Problem(code=code, text=f"In the record of {at}: {text}", where=f"{where} (in {at})")
    return Problem(code=code, text=text, where=where)
