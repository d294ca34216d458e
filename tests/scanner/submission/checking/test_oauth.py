"""Tokens by device code and by client credentials, from an authority of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from servers.token_endpoint import TENANT, TokenEndpoint, token, token_endpoint

from scanner.errors import UsageError
from scanner.secret import Secret
from scanner.submission.checking.oauth import TokenError, TokenOrder, get_token, token_notes
from scanner.submission.hosts import CLOUDS

SECRET = "planted-client-secret"


@pytest.fixture
def endpoint(authority: trustme.CA) -> Iterator[TokenEndpoint]:
    with token_endpoint(authority) as running:
        yield running


def order(endpoint: TokenEndpoint, ca_file: Path, way: str = "client", **more: object) -> TokenOrder:
    given = {"secret": Secret(SECRET)} if way == "client" and not more else more
    return TokenOrder(
        way=way, tenant=TENANT, client_id="app", cloud="worldwide", authority=endpoint.url, ca_file=ca_file, **given
    )  # type: ignore[arg-type]


def test_an_application_gets_a_token_for_its_secret(endpoint: TokenEndpoint, ca_file: Path) -> None:
    got = get_token(order(endpoint, ca_file), pytest.fail)
    assert got.reveal() == endpoint.answer["access_token"]
    (asked,) = endpoint.asked
    assert (asked["grant_type"], asked["client_secret"]) == ("client_credentials", SECRET)
    assert asked["scope"] == "https://outlook.office365.com/.default"


def test_an_application_gets_a_token_for_its_certificate(
    endpoint: TokenEndpoint, ca_file: Path, tmp_path: Path
) -> None:
    certificate = tmp_path / "app.pem"
    certificate.write_bytes(rsa_pair())
    assert get_token(order(endpoint, ca_file, certificate=certificate), pytest.fail).reveal()
    assert "client_assertion" in endpoint.asked[0] and "client_secret" not in endpoint.asked[0]


def test_a_user_enters_a_code_elsewhere(endpoint: TokenEndpoint, ca_file: Path) -> None:
    said: list[str] = []
    got = get_token(order(endpoint, ca_file, "device"), said.append)
    assert got.reveal() == endpoint.answer["access_token"]
    assert said == ["To sign in, open https://login.example/device and enter the code ABCD-1234."]
    assert "https://outlook.office.com/SMTP.Send" in endpoint.asked[0]["scope"].split()


def test_a_refusal_is_told_without_the_secret(endpoint: TokenEndpoint, ca_file: Path) -> None:
    endpoint.status = 401
    endpoint.answer = {
        "error": "invalid_client",
        "error_description": f"AADSTS7000215: Invalid client secret provided: {SECRET}.\nTrace",
    }
    with pytest.raises(TokenError) as refused:
        get_token(order(endpoint, ca_file), pytest.fail)
    assert "invalid_client: AADSTS7000215" in str(refused.value)
    assert SECRET not in str(refused.value) and refused.value.__cause__ is None


def test_an_authority_that_does_not_verify_gets_nothing(endpoint: TokenEndpoint, ca_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with pytest.raises(TokenError):
        get_token(order(endpoint, other), pytest.fail)
    assert not endpoint.asked


def test_a_file_without_a_key_is_wrong_usage(endpoint: TokenEndpoint, ca_file: Path) -> None:
    with pytest.raises(UsageError, match="holds no private key"):
        get_token(order(endpoint, ca_file, certificate=ca_file), pytest.fail)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (token(upn="shop@contoso.com", scp="SMTP.Send offline_access"), []),
        (token(upn="Shop@Contoso.com", scp="SMTP.Send"), []),
        (token(roles=["SMTP.SendAsApp"]), []),
        (token(upn="info@contoso.com", scp="SMTP.Send"), ["token_of_another"]),
        (token(upn="shop@contoso.com", scp="Mail.Read"), ["token_scope"]),
        (token(roles="SMTP.Send"), ["token_scope"]),
        (token(), []),
        ("opaque", []),
        ("a.b.c", []),
        ("a.bnVsbA.c", []),
    ],
)
def test_what_a_token_says_of_itself(text: str, codes: list[str]) -> None:
    assert [note.code for note in token_notes(Secret(text), "shop@contoso.com")] == codes


def test_every_cloud_has_an_authority_and_scopes() -> None:
    for cloud in CLOUDS:
        for way in ("device", "client"):
            made = TokenOrder(way=way, tenant=TENANT, client_id="app", cloud=cloud)  # type: ignore[arg-type]
            assert made.authority_url.startswith("https://login.") and made.authority_url.endswith(f"/{TENANT}")
            assert made.scope.startswith("https://")


def rsa_pair() -> bytes:
    """A certificate with an RSA key, which is what Entra ID takes."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app.contoso.test")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(serialization.Encoding.PEM)
