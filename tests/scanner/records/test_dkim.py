import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records import dkim
from scanner.records.dkim import is_key_record, read_key, rsa_modulus_bits

OID = bytes.fromhex("06092a864886f70d0101010500")


def der(tag, content):
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def integer(number):
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def bare(bits, exponent=65537):
    return der(0x30, integer((1 << (bits - 1)) + 1) + integer(exponent))


def spki(bits, exponent=65537):
    return der(0x30, der(0x30, OID) + der(0x03, b"\0" + bare(bits, exponent)))


def b64(data):
    return base64.b64encode(data).decode()


K2048 = b64(spki(2048))
ED = b64(bytes(range(32)))


@pytest.mark.parametrize(
    ("text", "status", "key_type", "bits"),
    [
        (f"v=DKIM1; k=rsa; p={K2048}", "live", "rsa", 2048),
        (f"v=DKIM1; k=rsa; p={K2048};", "live", "rsa", 2048),
        (f"v=DKIM1;k=rsa;p={K2048} ; n=note", "live", "rsa", 2048),
        (f"p={K2048}", "live", "rsa", 2048),
        (f"k=rsa; p={K2048}", "live", "rsa", 2048),
        (f" v = DKIM1 ; p = {K2048} ", "live", "rsa", 2048),
        (f"v=DKIM1; p={K2048[:80]} {K2048[80:160]}\t{K2048[160:]}", "live", "rsa", 2048),
        (f"v=DKIM1; p={b64(spki(1024))}", "live", "rsa", 1024),
        (f"v=DKIM1; p={b64(spki(4096))}", "live", "rsa", 4096),
        (f"v=DKIM1; p={b64(spki(1023))}", "invalid", "rsa", 1023),
        (f"v=DKIM1; p={b64(spki(512))}", "invalid", "rsa", 512),
        (f"v=DKIM1; t=y; p={K2048}", "testing", "rsa", 2048),
        (f"v=DKIM1; t=s:y; p={K2048}", "testing", "rsa", 2048),
        (f"v=DKIM1; t=s; p={K2048}", "live", "rsa", 2048),
        (f"v=DKIM1; k=ed25519; p={ED}", "live", "ed25519", 256),
        ("v=DKIM1; p=", "revoked", "rsa", None),
        ("v=DKIM1; k=ed25519; p=;", "revoked", "ed25519", None),
        ("p=", "revoked", "rsa", None),
        (f"v=DKIM1; h=sha256; p={K2048}", "live", "rsa", 2048),
        (f"v=DKIM1; h=sha1:sha256; s=email; p={K2048}", "live", "rsa", 2048),
        (f"v=DKIM1; s=*; p={K2048}", "live", "rsa", 2048),
        (f"v=DKIM1; unknown=1; g=*; p={K2048}", "live", "rsa", 2048),
    ],
)
def test_a_key_record_is_read(text, status, key_type, bits):
    found = read_key(text)
    assert (found.status, found.key_type, found.bits) == (status, key_type, bits)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_key"),
        ("v=DKIM1; k=rsa;", "no_key"),
        ("garbage", "bad_tag"),
        ("v=DKIM1 k=rsa p=AAAA", "bad_version"),
        (f"v=DKIM1; ; p={K2048}", "bad_tag"),
        (f"v=dkim1; p={K2048}", "bad_version"),
        (f"v=DKIM2; p={K2048}", "bad_version"),
        (f"p={K2048}; v=DKIM1", "version_not_first"),
        (f"v=DKIM1; p={K2048}; p={K2048}", "duplicate_tag"),
        (f'"v=DKIM1; p={K2048}"', "quoted"),
        (f"v=DKIM1\\092; p={K2048}", "escaped_semicolons"),
        ("v=DKIM1; p=!!!!", "bad_base64"),
        ("v=DKIM1; p=A", "bad_base64"),
        ("v=DKIM1; p=AAAA", "bad_key"),
        (f"v=DKIM1; p={K2048[:200]}", "bad_key"),
        (f"v=DKIM1; p={b64(spki(2048, exponent=1))}", "bad_key"),
        (f"v=DKIM1; p={ED}", "bad_key"),
        (f"v=DKIM1; k=ed25519; p={K2048}", "bad_key"),
        (f"v=DKIM1; k=ed25519; p={b64(bytes(31))}", "bad_key"),
        (f"v=DKIM1; k=dsa; p={K2048}", "unknown_key_type"),
        (f"v=DKIM1; k=RSA; p={K2048}", "unknown_key_type"),
        (f"v=DKIM1; p={b64(spki(768))}", "weak_key"),
        (f"v=DKIM1; h=sha1; p={K2048}", "no_sha256"),
        (f"v=DKIM1; s=tlsrpt; p={K2048}", "not_for_email"),
    ],
)
def test_an_unusable_record_is_invalid_for_a_stable_reason(text, reason):
    found = read_key(text)
    assert (found.status, found.reason) == ("invalid", reason)


def test_a_bare_rsa_key_is_taken_with_a_note():
    found = read_key(f"v=DKIM1; p={b64(bare(2048))}")
    assert (found.status, found.bits, found.notes) == ("live", 2048, ("bare_rsa_key",))


def test_missing_padding_and_trailing_octets_do_no_harm():
    assert read_key(f"v=DKIM1; p={b64(spki(2048)).rstrip('=')}").status == "live"
    assert read_key(f"v=DKIM1; p={b64(spki(2048) + b'x')}").notes == ("trailing_data",)


@pytest.mark.parametrize("bits", [1024, 1025, 2047, 2048, 4096])
def test_the_size_is_the_modulus_and_not_its_octets(bits):
    assert rsa_modulus_bits(spki(bits)) == bits
    assert rsa_modulus_bits(bare(bits)) == bits


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 -all",
        "v=DMARC1; p=none",
        " V = spf1 include:x",
        "v=",
        "google-site-verification=abc",
        "MS=ms12345678",
        "apple-domain=a;b",
    ],
)
def test_a_record_of_another_kind_is_no_key_record(text):
    assert not is_key_record(text)


@pytest.mark.parametrize("text", ["v=DKIM1; p=", "p=", "v=dkim1; p=", "v = DKIM1", "kk=rsa; p=AAAA", "garbage", ""])
def test_what_may_be_meant_as_a_key_is_read_as_one(text):
    assert is_key_record(text)


@given(st.one_of(st.text(max_size=400), st.text(alphabet="v=DKIM1;kpth rsaed25519:AQ/+\\092", max_size=400)))
def test_no_text_makes_the_reader_raise(text):
    found = read_key(text)
    assert (found.reason is None) == (found.status != "invalid")


@given(st.binary(max_size=400))
def test_no_octets_make_the_der_reader_raise(data):
    rsa_modulus_bits(data)
    read_key(f"v=DKIM1; p={b64(data)}")


@given(st.integers(min_value=0, max_value=293), st.integers(min_value=0, max_value=255))
def test_a_damaged_key_is_read_or_refused_but_never_raises(position, octet):
    data = bytearray(spki(2048))
    data[position] = octet
    assert read_key(f"p={b64(bytes(data))}").status in ("live", "invalid")


@pytest.mark.parametrize("bits", [1024, 2048])
@pytest.mark.parametrize(
    "text", ["v=DKIM1; k=rsa; p={};", "v=DKIM1; k=rsa; p={}", "v=DKIM1;k=rsa;p={}", "v=DKIM1; p={};", "p={}"]
)
def test_a_usual_record_reads_without_the_parser_as_with_it(text, bits):
    record = text.format(b64(spki(bits)))
    assert dkim._usual(record) == dkim._parsed(record)


@given(
    st.sampled_from([1023, 1024, 2047, 2048]),
    st.sampled_from(["v=DKIM1; k=rsa; p=", "v=DKIM1; t=y; p=", "k=ed25519; p=", "p=", "pp="]),
    st.integers(min_value=0, max_value=391),
    st.sampled_from(["", "=", "+", "A", "Q", "B", "/", ";", " ", "\t", "é", "p="]),
    st.sampled_from(["", ";", ";;", "; n=x", "="]),
)
def test_what_is_read_without_the_parser_is_what_it_would_read(bits, front, place, character, end):
    key = b64(spki(bits))
    record = front + key[:place] + character + key[place + 1 :] + end
    usual = dkim._usual(record)
    assert usual is None or usual == dkim._parsed(record)
