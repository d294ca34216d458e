"""Oddities met in the real record sets, and what a person who knows the RFCs says of each.

Every row was judged by hand, by the records and the standard, before the program was asked. A row names the domain and what
must come out; the records themselves stay where they are. Keys of what is expected:

* a dotted fact: equals the value (a set: the list holds these elements, however it goes on);
* a list of problems with `codes` behind it: the codes that must be there;
* a rule's id: the status of its finding;
* `spf.suggested has`, `dmarc.suggested has` ...: text that the fact must hold; `lacks`: must not hold;
* a list of records with a name or host behind it: that record's fields, as many as are given;
* `changes`: the (action, type, name) of records to change that must be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from realworld import fact, is_unknown

from rules.results import DomainResult
from scanner.dns.recorded import Missing

__all__ = ["ODDITIES", "Oddity"]

UNKNOWN: Final = "could not be determined"
NOTHING: Final[Missing] = "nodata"
_RULE = re.compile(r"[A-Z0-9]+-[0-9]{3}")


@dataclass(frozen=True)
class Oddity:
    """One kind of oddity at one domain, and what is expected of its result."""

    kind: str
    domain: str
    expected: dict[str, Any]
    missing: Missing = "unknown"
    selectors: tuple[str, ...] = ()

    def differences(self, result: DomainResult) -> Iterator[tuple[str, Any]]:
        """What came out otherwise."""
        for key, wanted in self.expected.items():
            found = self._found(key, result)
            if not _agrees(found, wanted):
                yield key, found

    @staticmethod
    def _found(key: str, result: DomainResult) -> Any:
        if _RULE.fullmatch(key):
            return next(finding.status for finding in result.findings if finding.rule == key)
        if key in ("profile", "grade"):
            return getattr(result, key)
        if key == "changes":
            return [(change.action, change.type, change.name) for change in result.changes]
        name, _, view = key.partition(" ")
        found = fact(result.facts, name)
        if view == "codes":
            return [problem["code"] for problem in found if not is_unknown(problem)]
        if view in ("has", "lacks"):
            return _Text(str(found), view == "has")
        if view:
            return next((record for record in found if view in (record.get("name"), record.get("host"))), None)
        return UNKNOWN if is_unknown(found) else found


@dataclass(frozen=True)
class _Text:
    text: str
    has: bool


def _agrees(found: Any, wanted: Any) -> bool:
    if isinstance(found, _Text):
        return (wanted in found.text) is found.has
    if isinstance(wanted, set):
        return isinstance(found, list) and all(item in found for item in wanted)
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_agrees(found.get(key), value) for key, value in wanted.items())
    return bool(found == wanted)


M365 = "include:spf.protection.outlook.com"

ODDITIES: Final[tuple[Oddity, ...]] = (
    # SPF: characters that were pasted
    Oddity("en dash before all", "buechenbach.de", {
        "spf.status": "permerror", "spf.text_problems codes": {"dash_lookalike"}, "SPF-011": "fail", "spf.suggested lacks": "–"}),
    Oddity("en dash before all, no includes", "sibra.at", {"spf.status": "permerror", "spf.text_problems codes": {"dash_lookalike"}, "SPF-011": "fail"}),
    Oddity("no-break space before all", "guiadeisora.es", {"spf.status": "permerror", "spf.text_problems codes": {"no_break_space"}, "SPF-011": "fail"}),
    Oddity("no-break space behind the version", "bashkiavore.gov.al", {
        "spf.status": "none", "spf.records": [], "spf.text_problems codes": {"no_break_space"}, "SPF-010": "fail",
        "spf.suggested": f"v=spf1 {M365} ~all"}),
    Oddity("zero-width spaces before a term", "baarle-hertog.be", {"spf.status": "permerror", "spf.text_problems codes": {"zero_width", "no_break_space"}}),
    Oddity("tab behind the version", "wando.go.kr", {"spf.status": "none", "spf.text_problems codes": {"control_character"}, "SPF-010": "fail"}),
    Oddity("tab at the end", "villedechapais.com", {
        "spf.status": "permerror", "spf.text_problems codes": {"control_character"}, "SPF-011": "fail", "spf.suggested lacks": "\t"}),
    Oddity("line break between terms", "ottobeuren.de", {"spf.status": "permerror", "spf.text_problems codes": {"control_character"}}),
    Oddity("every term on a line of its own", "bengkuluselatankab.go.id", {"spf.status": "none", "SPF-010": "fail"}),
    Oddity("quotation mark of the zone file", "guejarsierra.es", {"spf.text_valid": False, "spf.text_problems codes": {"literal_quotes"}}),
    Oddity("mechanism translated by a browser", "mikulov.cz", {"spf.status": "permerror", "spf.text_problems codes": {"bad_character"}, "spf.suggested": None}),
    Oddity("web link in a name", "campoalegre-huila.gov.co", {"spf.status": "permerror", "spf.text_problems codes": {"bad_domain"}, "spf.suggested": None}),
    # SPF: terms
    Oddity("ipv4:", "avry.ch", {
        "spf.status": "permerror", "spf.text_problems codes": {"ip_mechanism_name"}, "SPF-012": "fail", "spf.suggested has": " ip4:46.14.47.178"}, NOTHING),
    Oddity("ip:", "saint-ouen.fr", {"spf.status": "permerror", "spf.text_problems codes": {"ip_mechanism_name"}, "spf.suggested has": " ip4:5.196.164.210 "}, NOTHING),
    Oddity("ipv6:", "stadt-birkenfeld.de", {"spf.status": "permerror", "spf.text_problems codes": {"ip_mechanism_name"}, "spf.suggested has": " ip6:2a01:488:"}, NOTHING),
    Oddity("space behind include:", "lagunapaiva.gob.ar", {
        "spf.status": "permerror", "spf.text_problems codes": {"space_in_term"}, "SPF-012": "fail", "spf.suggested": f"v=spf1 {M365} -all"}),
    Oddity("space behind ip4:", "loreto.gob.ec", {"spf.status": "permerror", "spf.text_problems codes": {"space_in_term"}}),
    Oddity("tab behind include:", "cosmopolis.sp.gov.br", {"spf.status": "permerror", "spf.text_problems codes": {"space_in_term", "control_character"}}),
    Oddity("redirect:", "frauenfeld.ch", {
        "spf.status": "permerror", "spf.text_problems codes": {"colon_instead_of_equals"}, "spf.suggested": UNKNOWN}),
    Oddity("ip4: with nothing behind it", "eltrebol.gov.ar", {"spf.status": "permerror", "spf.text_problems codes": {"missing_address"}, "spf.suggested": None}),
    Oddity("a: with nothing behind it", "villemacamic.qc.ca", {"spf.status": "permerror", "spf.text_problems codes": {"missing_domain"}, "spf.suggested": None}),
    Oddity("mechanism's name twice", "saint-stanislas.ca", {
        "spf.status": "permerror", "spf.text_problems codes": {"repeated_prefix"}, "spf.suggested has": " +ip4:67.43.235.202 "}),
    Oddity("network length behind include", "sainttitedescaps.com", {
        "spf.status": "permerror", "spf.text_problems codes": {"cidr_not_allowed"}, "spf.suggested has": f"{M365} ", "spf.suggested lacks": "/32"}),
    Oddity("include of an address", "begur.cat", {
        "spf.status": "permerror", "spf.text_problems codes": {"address_as_name"}, "spf.suggested has": " ip4:82.98.178.132 "}),
    Oddity("include. for include:", "girardota.gov.co", {"spf.status": "permerror", "spf.text_problems codes": {"bare_name"}, "SPF-012": "fail"}),
    Oddity("several addresses behind one ip4:", "mokpo.go.kr", {
        "spf.status": "permerror", "spf.text_problems codes": {"separator"}, "spf.suggested has": "ip4:152.99.135.211 ip4:152.99.135.123 "}, NOTHING),
    Oddity("semicolon behind all", "thehearthive.org", {
        "spf.status": "permerror", "spf.text_problems codes": {"separator"}, "spf.suggested": f"v=spf1 {M365} -all"}),
    Oddity("letter missing in all", "zelva.gov.by", {"spf.status": "permerror", "spf.text_problems codes": {"misspelt_all"}, "spf.suggested has": " -all"}, NOTHING),
    Oddity("letter too many in all", "islademaipo.cl", {"spf.status": "permerror", "spf.text_problems codes": {"misspelt_all"}, "spf.suggested has": " ~all"}, NOTHING),
    Oddity("letter before the qualifier", "cm-vimioso.pt", {"spf.status": "permerror", "spf.text_problems codes": {"unknown_mechanism"}, "spf.suggested": None}),
    Oddity("mail address in an include", "boechout.be", {"spf.text_valid": True, "spf.text_problems codes": {"not_a_host_name"}, "SPF-005": "fail"}),
    Oddity("colon for a dot in a name", "hofstetten-hagenheim.de", {
        "spf.text_valid": True, "spf.text_problems codes": {"not_a_host_name"}, "SPF-013": "fail", "spf.suggested": f"v=spf1 {M365} ~all"}, NOTHING),
    Oddity("final dot in an include", "rmprincealbert.ca", {"spf.text_problems codes": {"trailing_dot"}, "spf.all": "none"}),
    Oddity("a term twice", "torregrossa.cat", {"spf.text_problems codes": {"repeated_term"}, "SPF-016": "fail"}),
    Oddity("address inside a network", "hurlingham.gob.ar", {"spf.text_problems codes": {"host_bits"}, "SPF-016": "fail"}),
    Oddity("private network as the only sender", "tamajon.com", {"spf.text_problems codes": {"private_address"}, "spf.status": "valid"}),
    Oddity("ptr", "sadaba.es", {"spf.text_problems codes": {"ptr"}, "SPF-018": "fail"}),
    Oddity("Microsoft's include with a minus", "rionegrinho.sc.gov.br", {
        "spf.authorises_m365": False, "SPF-002": "fail", "spf.suggested has": f" {M365} ", "spf.suggested lacks": "-include"}),
    Oddity("another include with a question mark", "renfrewshire.gov.uk", {"spf.authorises_m365": True, "SPF-002": "pass"}),
    # SPF: spaces that are missing, and what ran together
    Oddity("no space behind the version", "torrelodones.es", {
        "spf.status": "none", "spf.text_problems codes": {"version_without_space"}, "SPF-010": "fail", "SPF-001": "blocked",
        "spf.suggested has": "v=spf1 include:_spf.google.com "}, NOTHING),
    Oddity("no space anywhere", "mdea.gob.pe", {
        "spf.status": "none", "spf.text_problems codes": {"version_without_space", "missing_space"},
        "spf.suggested has": "v=spf1 a mx include:websitewelcome.com ip4:192.95.37.146/32 "}, NOTHING),
    Oddity("no space before -all, which is then part of a name", "gem-georgen.salzburg.at", {
        "spf.text_valid": True, "spf.all": "none", "spf.text_problems codes": {"missing_space"}, "SPF-013": "fail",
        "spf.suggested": f"v=spf1 {M365} include:_spf.salzburg.at -all"}),
    Oddity("no space before ~all, which no name can hold", "jarfalla.se", {"spf.text_valid": False, "spf.text_problems codes": {"missing_space"}}),
    Oddity("no space before ?all", "indaial.com.br", {"spf.status": "permerror", "spf.text_problems codes": {"missing_space"}}),
    Oddity("no space between short terms", "ontustik.gov.kz", {"spf.status": "permerror", "spf.text_problems codes": {"missing_space"}}),
    Oddity("a verification token run onto all", "merauke.go.id", {
        "spf.status": "permerror", "spf.text_problems codes": {"foreign_text"}, "spf.suggested has": " ~all", "spf.suggested lacks": "google-site"}, NOTHING),
    Oddity("Microsoft's token behind all", "cm-portalegre.pt", {
        "spf.text_valid": True, "spf.text_problems codes": {"foreign_text", "text_after_all"}, "SPF-015": "fail", "spf.suggested lacks": "MS="}),
    Oddity("a DMARC record run onto all", "probistip.gov.mk", {"spf.status": "permerror", "spf.text_problems codes": {"foreign_text"}}),
    # SPF: how many records, and their ends
    Oddity("two records", "workitmom.com", {
        "spf.status": "permerror", "spf.record": None, "spf.text_problems codes": {"multiple_records"}, "SPF-003": "fail",
        "spf.suggested has": "ip4:104.130.175.114"}, NOTHING),
    Oddity("two records in one, read as one", "mundonovo.ms.gov.br", {
        "spf.text_valid": True, "spf.text_problems codes": {"two_records_in_one"}, "SPF-015": "fail"}),
    Oddity("two records in one, run together", "kuningankab.go.id", {"spf.status": "permerror", "spf.text_problems codes": {"two_records_in_one"}}),
    Oddity("two records in one, with words between", "neasmyrni.gr", {
        "spf.status": "permerror", "spf.text_problems codes": {"two_records_in_one", "separator"}}),
    Oddity("a term behind all", "pinodeloroayto.es", {"spf.text_valid": True, "spf.all": "fail", "spf.text_problems codes": {"text_after_all"}, "SPF-015": "fail"}),
    Oddity("an include and another all behind all", "sarandi.rs.gov.br", {
        "spf.all": "fail", "spf.text_problems codes": {"text_after_all"}, "spf.includes": {"_spf.locaweb.com.br"}}),
    Oddity("redirect beside all", "verdu.cat", {
        "spf.redirect": None, "spf.all": "fail", "spf.text_problems codes": {"redirect_ignored"}, "SPF-015": "fail"}),
    Oddity("no end", "adiyaman.gov.tr", {"spf.all": "none", "spf.text_problems codes": {"no_all"}, "SPF-008": "fail"}),
    Oddity("?all", "coroaci.mg.gov.br", {"spf.all": "neutral", "spf.text_problems codes": {"neutral_all", "uppercase_version"}, "SPF-008": "fail"}),
    Oddity("+all", "proaza.es", {"spf.all": "pass", "spf.text_problems codes": {"pass_all"}, "SPF-007": "fail", "spf.suggested lacks": "+all"}),
    Oddity("version in capitals", "borriol.es", {"spf.text_valid": True, "spf.text_problems codes": {"uppercase_version"}, "SPF-016": "fail"}),
    Oddity("Microsoft's include in mixed case", "rost.kommune.no", {"spf.authorises_m365": True, "SPF-002": "pass"}),
    Oddity("a long record", "almelo.nl", {"spf.text_problems codes": {"long_record"}, "SPF-021": "fail"}),
    Oddity("Sender ID beside SPF", "hackclub.io", {"spf.status": "valid", "SPF-003": "pass"}),
    Oddity("a damaged text beside a good record", "callosa.es", {"spf.text_valid": True, "SPF-003": "pass", "SPF-010": "pass", "spf.authorises_m365": True}),
    # SPF: what the tree shows
    Oddity("include of itself", "pmc.gov.in", {
        "spf.status": "permerror", "spf.over_limit": True, "SPF-005": "fail", "SPF-014": "fail", "spf.problems codes": {"self_include"},
        "spf.suggested lacks": "include:pmc.gov.in"}),
    Oddity("over ten lookups by one include", "riograndezac.gob.mx", {"spf.over_limit": True, "spf.status": "permerror", "SPF-005": "fail"}),
    Oddity("over ten lookups, known in spite of unread includes", "kajaani.fi", {
        "spf.over_limit": True, "spf.lookups": UNKNOWN, "SPF-005": "fail", "spf.status": "permerror"}),
    Oddity("redirect", "gmail.com", {"spf.redirect": "_spf.google.com", "spf.all": "softfail"}),
    Oddity("redirect to where nothing is", "teuffenthal.ch", {
        "spf.status": "permerror", "spf.problems codes": {"redirect_without_record"}, "SPF-014": "fail"}, NOTHING),
    Oddity("redirect behind other terms", "ebikon.ch", {"spf.redirect": "spf.mail.hostpoint.ch", "spf.authorises_m365": True}, NOTHING),
    Oddity("Microsoft authorised through another's include", "harlingen.nl", {"spf.authorises_m365": True, "spf.clouds": ["worldwide"], "SPF-002": "pass"}),
    Oddity("Microsoft authorised through its closed German cloud", "kueps.de", {
        "spf.authorises_m365": True, "spf.problems codes": {"obsolete_microsoft_include"}}, NOTHING),
    Oddity("include of a former Microsoft service", "cm-cascais.pt", {"spf.problems codes": {"obsolete_microsoft_include"}}),
    Oddity("Microsoft's addresses copied", "saint-hippolyte.ca", {"spf.text_problems codes": {"flattened_m365"}, "SPF-023": "fail"}),
    Oddity("the consumer service's include alone", "apfeldorf.de", {"spf.authorises_m365": False, "SPF-002": "fail", "spf.suggested has": M365}),
    Oddity("include that depends on the sender", "selbu.kommune.no", {
        "spf.authorises_m365": UNKNOWN, "SPF-002": "unknown", "spf.suggested": UNKNOWN, "spf.problems codes": {"sender_dependent"}}),
    Oddity("include that a macro makes of the domain", "schwerin.de", {"spf.includes": {"schwerin.de.e6.spf-protect.agari-dns.net"}}),
    Oddity("exists that depends on the sender", "hermagor.at", {"spf.text_valid": True, "spf.problems codes": {"sender_dependent"}}),
    Oddity("a private network of sixteen million addresses", "_spf.uni5.net", {"SPF-019": "pass", "spf.text_problems codes": {"private_address"}}),
    # MX
    Oddity("null MX", "alhandra.com.br", {"mx.status": "null_mx", "mx.null": True, "domain.receives_mail": False, "MX-001": "pass"}),
    Oddity("address as MX", "subotica.rs", {"mx.ip_literals": ["109.92.204.110"], "MX-008": "fail"}),
    Oddity("Microsoft and a host of the domain", "alcaudete.es", {"mx.provider": "mixed", "mx.primary_kind": "mixed", "MX-002": "fail"}),
    Oddity("Microsoft and a gateway", "enfield.gov.uk", {"mx.provider": "mixed", "mx.primary_kind": "mixed", "profile": "onboarding"}),
    Oddity("Microsoft and Google", "cieza.es", {"mx.provider": "mixed", "MX-002": "fail"}),
    Oddity("Microsoft's legacy form", "tornio.fi", {"mx.m365_format": "retired", "mx.primary_kind": "microsoft365", "MX-009": "fail"}),
    Oddity("MX of the closed German cloud", "artstetten.at", {"mx.m365_format": "retired", "mx.cloud": None, "MX-009": "fail"}),
    Oddity("mx.microsoft", "cloudmysteries.nl", {
        "mx.m365_format": "2025", "mx.cloud": "worldwide", "MX-002": "pass", "MX-014": "pass", "dkim.selector1.target_format": "2025",
        "dkim.selector1.tenant": "justinverstijnen", "m365.tenant_domain": "justinverstijnen.onmicrosoft.com"}),
    Oddity("MX token in capitals", "nottinghaminquiry.uk", {"mx.m365_format": "classic", "MX-002": "pass"}),
    Oddity("MX that verified the domain years ago", "wnb.gov.pg", {
        "mx.m365_format": "classic", "mx.leftovers ms36876962.msv1.invalid": {"provider": "microsoft-verification"}}),
    Oddity("zone appended to Microsoft's host", "manus.gov.pg", {"mx.m365_format": "none", "mx.primary_kind": "other", "MX-002": "fail"}),
    Oddity("a host of Microsoft for another domain", "falan-tolima.gov.co", {"mx.provider": "mixed", "mx.m365_format": "classic"}),
    Oddity("gateway alone", "anglesey.gov.uk", {"profile": "behind-gateway", "mx.provider": "mimecast", "MX-003": "pass", "MX-002": "not_applicable"}),
    Oddity("gateway with a white label of the vendor", "baerenthal.de", {"mx.provider": "hornetsecurity", "profile": "behind-gateway"}),
    Oddity("older Google hosts", "bmc.gov.in", {"mx.provider": "google", "mx.primary_kind": "other"}),
    Oddity("two names of one gateway", "arvika.se", {"mx.provider": "vipre", "profile": "behind-gateway"}),
    Oddity("hyphens in the domain and its token", "allerheiligen-wildon.at", {"mx.m365_format": "classic", "mx.cloud": "worldwide"}),
    # DKIM
    Oddity("zone appended to a DKIM target", "falkenstein.gv.at", {
        "dkim.selector1.problem": "zone_appended", "DKIM-007": "fail",
        "dkim.selector1.suggested": "selector1-falkenstein-gv-at._domainkey.marktgemeindefalkenstein.onmicrosoft.com"}),
    Oddity("selector2 leads to selector1's target", "municipaliteremigny.qc.ca", {
        "dkim.selector2.problem": "wrong_selector", "dkim.same_target": True, "DKIM-008": "fail",
        "dkim.selector2.suggested": "selector2-municipaliteremigny-qc-ca._domainkey.munire.onmicrosoft.com"}),
    Oddity("target published as TXT", "yjbservicespp.yjb.gov.uk", {
        "dkim.selector1.problem": "target_as_txt", "DKIM-003": "fail", "dkim.selector2.target_matches": True}, NOTHING),
    Oddity("target that ends in an escaped space", "cm-gaia.pt", {
        "dkim.selector1.problem": "bad_target", "dkim.selector2.target_matches": True,
        "dkim.selector1.suggested": "selector1-cmgaia-pt0e._domainkey.cmgaia.onmicrosoft.com", "DKIM-004": "fail"}),
    Oddity("target without its first letter", "umdoni.gov.za", {
        "dkim.selector1.problem": "bad_target", "dkim.selector1.suggested": "selector1-umdoni-gov-za._domainkey.umdonigov.onmicrosoft.com"}),
    Oddity(".com behind a 2025 target", "badclick.org", {
        "dkim.selector1.problem": "bad_target", "dkim.selector1.suggested": "selector1-badclick-org._domainkey.badclick.w-v1.dkim.mail.microsoft"}),
    Oddity("2025 target with a dash for a dot", "bad-sobernheim.de", {"dkim.selector1.problem": "bad_target", "dkim.selector1.suggested": None}),
    Oddity("placeholder of a guide as target", "muranga.go.ke", {"dkim.selector1.problem": "bad_target", "dkim.selector1.suggested": None}, NOTHING),
    Oddity("target in the domain itself", "redrocktownship.com", {"dkim.selector1.problem": "bad_target", "DKIM-004": "fail"}),
    Oddity("another organisation's target", "thanet.gov.uk", {"dkim.selector1.problem": "other_domain", "DKIM-004": "fail"}),
    Oddity("target of the tenant's initial domain", "dalmeny.ca", {"dkim.selector1.problem": "other_domain", "dkim.selector1.tenant": "towndalmeny"}),
    Oddity("target of a former name", "ostre-toten.kommune.no", {"dkim.selector1.problem": "other_domain", "dkim.selector2.problem": "other_domain"}),
    Oddity("target of a subdomain of the domain", "braine-lalleud.be", {"dkim.selector1.problem": "other_domain"}),
    Oddity("2025 targets", "aalten.nl", {"dkim.selector1.target_format": "2025", "dkim.selector1.target_matches": True, "dkim.selector2.target_matches": True}),
    Oddity("only selector1", "bertem.be", {
        "dkim.selector2.cname": None, "DKIM-002": "fail", "dkim.selector2.suggested": "selector2-bertem-be._domainkey.bertem.onmicrosoft.com"}, NOTHING),
    Oddity("only selector2", "dieppe.ca", {
        "dkim.selector1.cname": None, "DKIM-001": "fail", "dkim.selector1.suggested": "selector1-dieppe-ca._domainkey.dieppe.onmicrosoft.com"}, NOTHING),
    Oddity("only selector1, of the 2025 form", "sagas.cat", {
        "dkim.selector2.suggested": "selector2-sagas-cat._domainkey.ajdiba.q-v1.dkim.mail.microsoft"}, NOTHING),
    Oddity("DKIM targets of the closed German cloud", "eggstaett.de", {"dkim.selector1.problem": "retired_target", "DKIM-004": "fail"}),
    Oddity("a wildcard answers for both selectors", "alpuente.es", {
        "dkim.selector1.problem": "other_target", "dkim.same_target": True, "dkim.tenant": None, "m365.tenant_domain": None, "DKIM-008": "pass"}),
    Oddity("another service's selectors of the same names", "waimatedc.govt.nz", {"dkim.selector1.problem": "other_target", "dkim.selector1.suggested": None}),
    Oddity("another service's key at selector2", "yalgoo.wa.gov.au", {
        "dkim.selector1.target_matches": True, "dkim.selector2.problem": "other_target"}),
    Oddity("a key that is not recorded", "aberdeenshire.gov.uk", {"dkim.selector1.key_status": UNKNOWN, "DKIM-006": "unknown"}),
    Oddity("Ed25519 key", "example.org", {
        "dkim.selectors d201911e2": {"key_status": "live", "key_type": "ed25519", "bits": 256}}, selectors=("d201911e2",)),
    Oddity("key of 1024 bits", "hackclub.com", {
        "dkim.selectors fnt": {"key_status": "live", "key_type": "rsa", "bits": 1024}, "DKIM-011": "fail"}, NOTHING, selectors=("fnt",)),
    Oddity("key of 2048 bits that is limited to mail", "hackclub.com", {
        "dkim.selectors mail": {"key_status": "live", "key_type": "rsa", "bits": 2048}}, selectors=("mail",)),
    Oddity("key without a key", "mail.hackclub.com", {"dkim.selectors pic": {"key_status": "invalid"}}, NOTHING, selectors=("pic",)),
    Oddity("key with the zone file's quotation mark", "betterrecipes.com", {
        "dkim.selectors jango": {"key_status": "invalid"}, "DKIM-013": "fail"}, selectors=("jango",)),
    Oddity("key with quotation marks at the split", "yjb.gov.uk", {
        "dkim.selectors poppulo": {"key_status": "invalid"}, "DKIM-013": "fail"}, selectors=("poppulo",)),
    Oddity("key that is cut off", "uc5bbc23a.is-a.dev", {
        "dkim.selectors zmail": {"key_status": "invalid", "key_type": "rsa"}, "DKIM-013": "fail"}, selectors=("zmail",)),
    # DMARC
    Oddity("version without its v", "aviationmuseum.wales", {
        "dmarc.status": "invalid", "dmarc.problems codes": {"version_misspelt"}, "DMARC-012": "fail", "dmarc.suggested has": "v=DMARC1; p=reject; "}, NOTHING),
    Oddity("colon in place of the equals sign", "coppermail-usa.com", {
        "dmarc.status": "valid", "dmarc.policy": "none", "dmarc.problems codes": {"malformed_tag", "obsolete_tag"}, "DMARC-017": "fail",
        "dmarc.suggested lacks": "rf:"}, NOTHING),
    Oddity("a lone 0 between tags", "brightworksgroup.net", {"dmarc.status": "valid", "dmarc.policy": "none", "dmarc.problems codes": {"malformed_tag"}}),
    Oddity("fo:0", "filemail.com", {"dmarc.status": "valid", "dmarc.problems codes": {"malformed_tag"}, "dmarc.suggested has": "fo=0"}),
    Oddity("octets that are no text", "reply.myphotobook.de", {"dmarc.status": "valid", "dmarc.policy": "reject", "dmarc.problems codes": {"malformed_tag"}}),
    Oddity("two semicolons at the end", "badclick.org", {
        "dmarc.status": "valid", "dmarc.rua": ["mailto:reports@dmarcian.com"], "dmarc.problems codes": {"empty_tag"}, "DMARC-020": "fail"}),
    Oddity("pct=5", "u85d91bb2.is-a.dev", {
        "dmarc.pct": 5, "dmarc.policy": "none", "dmarc.problems codes": {"partial_pct"}, "DMARC-008": "fail", "dmarc.suggested lacks": "pct"}),
    Oddity("pct and ri", "data.gov", {
        "dmarc.status": "valid", "dmarc.policy": "reject", "dmarc.obsolete_tags": {"pct", "ri"}, "DMARC-009": "fail", "DMARC-004": "pass"}, NOTHING),
    Oddity("space before an address", "ahmedabadcity.gov.in", {
        "dmarc.status": "valid", "dmarc.rua": ["mailto:pmaster-wlist@ahmedabadcity.gov.in"], "DMARC-019": "pass", "DMARC-010": "pass"}),
    Oddity("sp weaker than p", "ud1779967.is-a.dev", {
        "dmarc.policy": "quarantine", "dmarc.applied_policy": "quarantine", "dmarc.subdomain_policy": "none", "DMARC-005": "fail"}),
    Oddity("sp stronger than p", "u2572bdcb.is-cool.dev", {
        "dmarc.applied_policy": "none", "dmarc.subdomain_policy": "quarantine", "DMARC-005": "pass", "DMARC-004": "fail"}),
    Oddity("no policy for a subdomain but sp", "mail.ud1779967.is-a.dev", {
        "dmarc.inherited": True, "dmarc.found_at": "ud1779967.is-a.dev", "dmarc.policy": "quarantine", "dmarc.applied_policy": "none"}, NOTHING),
    Oddity("a subdomain that inherits", "www.xnee.de", {
        "dmarc.inherited": True, "dmarc.found_at": "xnee.de", "dmarc.applied_policy": "quarantine", "domain.organizational": "xnee.de",
        "DMARC-001": "pass"}, NOTHING),
    Oddity("DMARC at the domain's own name", "betterrecipes.com", {
        "dmarc.status": "none", "dmarc.problems codes": {"at_apex"}, "DMARC-018": "fail", "DMARC-001": "fail"}, NOTHING),
    Oddity("alias that leads to no record", "hmiprisons.gov.uk", {
        "dmarc.alias": "_dmarc_ttp_policy.justice.gov.uk", "dmarc.problems codes": {"dangling_alias"}, "DMARC-016": "fail",
        "changes": {("delete", "CNAME", "_dmarc.hmiprisons.gov.uk")}, "dns.provider": "Amazon Route 53"}, NOTHING),
    Oddity("alias that leads to what is not recorded", "hmiprobation.gov.uk", {
        "dmarc.alias": "_dmarc_ttp_policy.justice.gov.uk", "dmarc.status": UNKNOWN, "DMARC-001": "unknown", "DMARC-016": "unknown"}),
    Oddity("reports to a service that is not known to accept them", "ctmartin.me", {
        "dmarc.unauthorised_destinations": ["vali.email"], "DMARC-011": "fail"}, NOTHING),
    Oddity("reports to the domain itself", "xnee.de", {"dmarc.unauthorised_destinations": [], "DMARC-011": "pass"}),
    # domains without mail
    Oddity("a domain that is locked down whole", "courts-service.net", {
        "profile": "parked", "domain.parked": True, "grade": "A", "SPF-020": "pass", "DMARC-004": "pass", "MX-021": "pass"}, NOTHING),
    Oddity("a domain without mail that anyone can forge", "acarape.com.br", {
        "profile": "parked", "mx.status": "null_mx", "DMARC-001": "fail", "SPF-020": "pass", "dmarc.suggested": "v=DMARC1; p=reject;"}, NOTHING),
    Oddity("a name in the letters of its language", "xn--seguradebaos-jhb.com", {"domain.unicode": "seguradebaños.com", "domain.exists": True}),
    Oddity("a domain of which nothing is recorded but a token", "hmppsinsights.co.uk", {"domain.exists": True}),
)  # fmt: skip
