"""What certificates and versions show: whose they are, whether they hold, and who stands in between."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import tempfile
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servers import smtp_manners as manners
from servers.daemon import LOOPBACK
from servers.exchange import HOST, exchange
from servers.fixed_dns import FixedDns
from servers.smtp_manners import Line, smtp_manner

from rules.facts import Unknown
from scanner.smtp.tls import legacy
from scanner.submission.checking.diagnosis import Diagnosis, diagnose, middlebox_of
from scanner.submission.checking.network import observe
from scanner.submission.checking.observed import Observation
from scanner.submission.checking.plan import CheckPlan, PortPlan, Seconds

NOW = datetime.datetime.now(datetime.UTC)


class OwnAuthority:
    """An authority with a name of its choice, for what trustme does not make: other issuers and other dates."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]
        )
        self._root = (
            self._builder(self._name, NOW - datetime.timedelta(days=400), NOW + datetime.timedelta(days=400))
            .public_key(self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def file(self, folder: Path) -> Path:
        path = folder / "root.pem"
        path.write_bytes(self._root.public_bytes(serialization.Encoding.PEM))
        return path

    def context(self, host: str, until: datetime.datetime = NOW + datetime.timedelta(days=30)) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        leaf = (
            self._builder(subject, until - datetime.timedelta(days=90), until)
            .public_key(key.public_key())
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(private + leaf.public_bytes(pem) + self._root.public_bytes(pem))
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _builder(self, subject: x509.Name, start: datetime.datetime, end: datetime.datetime) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )


def looked(
    port: int, *, host: str = HOST, ca_file: Path | None = None, legacy_tls: bool = False
) -> tuple[Observation, Diagnosis]:
    plan = CheckPlan(
        host=host,
        ports=(PortPlan(port, "starttls"),),
        control=None,
        ca_file=ca_file,
        legacy_tls=legacy_tls,
        seconds=Seconds(total=8),
    )
    observed = asyncio.run(asyncio.wait_for(observe(plan, FixedDns({host: [LOOPBACK]})), 30))
    return observed, diagnose(plan, observed)


def test_a_certificate_that_ran_out_is_expired(authority: trustme.CA, tmp_path: Path) -> None:
    own = OwnAuthority("Contoso Root")
    with exchange(authority, context=own.context(HOST, NOW - datetime.timedelta(days=3))) as server:
        observed, diagnosis = looked(server.port, ca_file=own.file(tmp_path))
    (seen,) = observed.seen
    assert seen.certificate == "expired"
    assert seen.shown is not None and seen.shown.days(NOW) in (-3, -4)
    assert diagnosis.interception == "none" and diagnosis.usable is None


def test_names_chain_and_days_of_a_certificate_are_read(authority: trustme.CA, tmp_path: Path) -> None:
    own = OwnAuthority("Contoso Root")
    with exchange(authority, context=own.context(HOST)) as server:
        observed, _ = looked(server.port, ca_file=own.file(tmp_path))
    shown = observed.seen[0].shown
    assert shown is not None
    assert (shown.names, shown.subject, shown.issuer) == ((HOST,), HOST, "Contoso Root")
    assert shown.chain == (HOST, "Contoso Root")
    assert 28 <= (shown.days(NOW) or 0) <= 30


@pytest.mark.parametrize("installed", [True, False])
def test_a_listed_middlebox_is_named_whether_its_root_is_installed_or_not(
    installed: bool, authority: trustme.CA, tmp_path: Path
) -> None:
    box = OwnAuthority("FortiGate CA")
    with exchange(authority, context=box.context(HOST)) as server:
        _, diagnosis = looked(server.port, ca_file=box.file(tmp_path) if installed else None)
    assert diagnosis.interception == "middlebox_issuer"
    assert "Fortinet FortiGate signed the certificate" in diagnosis.notes[0].text


def test_an_unknown_authority_is_an_untrusted_chain(authority: trustme.CA, ca_file: Path) -> None:
    with exchange(authority, context=OwnAuthority("Nobody Knows").context(HOST)) as server:
        _, diagnosis = looked(server.port, ca_file=ca_file)
    assert diagnosis.interception == "untrusted_chain"
    assert "--ca-file" in diagnosis.notes[0].text


def test_public_authorities_are_no_middleboxes() -> None:
    public = (
        "DigiCert Cloud Services CA-1, DigiCert Inc",
        "Microsoft Azure RSA TLS Issuing CA 07, Microsoft Corporation",
        "R11, Let's Encrypt",
    )
    further = (
        "Cloudflare Inc ECC CA-3, Cloudflare, Inc.",
        "Symantec Class 3 Secure Server CA - G4, Symantec Corporation",
        "Sectigo RSA",
    )
    assert [middlebox_of((issuer,)) for issuer in public + further] == [""] * 6


def test_starttls_that_microsoft_offers_everywhere_is_stripped_where_it_is_missing() -> None:
    with smtp_manner(manners.no_starttls) as port:
        observed, diagnosis = looked(port)
    assert (observed.seen[0].starttls, diagnosis.interception) == ("stripped", "starttls_stripped")
    with smtp_manner(manners.no_starttls) as port:
        observed, diagnosis = looked(port, host="mail.contoso.test")
    assert (observed.seen[0].starttls, diagnosis.interception) == ("missing", "not_tried")


def old_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@pytest.mark.skipif(legacy() is None, reason="the local OpenSSL has no TLS 1.1")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_accepted_refused_or_unknown(authority: trustme.CA, ca_file: Path) -> None:
    with exchange(authority, context=old_context(authority)) as server:
        observed, _ = looked(server.port, ca_file=ca_file, legacy_tls=True)
    assert observed.legacy == "accepted" or (
        isinstance(observed.legacy, Unknown) and "local OpenSSL" in observed.legacy.reason
    )
    modern = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(modern)
    with smtp_manner(encrypts, modern) as port:
        observed, _ = looked(port, ca_file=ca_file, legacy_tls=True)
    assert observed.legacy == "refused"


def encrypts(line: Line) -> None:
    """As a server that sends the alert that says why."""
    manners.greets(line)
    line.hear()
    line.say("220 go\n")
    line.encrypt()
    line.hear()
    line.say("250 mail.contoso.test\n")
    line.hear()


def test_a_server_that_hangs_up_on_old_tls_has_not_refused_it(authority: trustme.CA, ca_file: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    sessions = iter(range(10))

    def modern_once(line: Line) -> None:
        first = next(sessions) == 0
        manners.greets(line)
        line.hear()
        line.say("220 go\n")
        if first:
            line.encrypt()
            line.hear()
            line.say("250 mail.contoso.test\n")
            line.hear()

    with smtp_manner(modern_once, context) as port:
        observed, _ = looked(port, ca_file=ca_file, legacy_tls=True)
    assert isinstance(observed.legacy, Unknown) and "without a refusal" in observed.legacy.reason


def test_a_refusal_in_words_counts(authority: trustme.CA, ca_file: Path) -> None:
    """Exchange Online lets the handshake pass and then says 421 4.7.66."""
    context = old_context(authority)
    sessions = iter(range(10))

    def exchange_online(line: Line) -> None:
        first = next(sessions) == 0
        manners.greets(line)
        line.hear()
        line.say("220 go\n")
        line.encrypt()
        line.hear()
        line.say("250 mail.contoso.test\n" if first else "421 4.7.66 TLS 1.0 and 1.1 are not supported.\n")
        line.hear()

    with smtp_manner(exchange_online, context) as port:
        observed, _ = looked(port, ca_file=ca_file, legacy_tls=True)
    assert observed.legacy == "refused" or (
        isinstance(observed.legacy, Unknown) and "local OpenSSL" in observed.legacy.reason
    )
    assert legacy() is None or "4.7.66" in observed.legacy_words or "local OpenSSL" in observed.legacy_words
