"""reports.brand and reports.logo: what a brand file may say, what its logo may hold, and where pages show it."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree as Tree

import hostile
import pytest
import sample
from payloads import PAYLOADS

from reports.brand import DARK_GROUND, LIGHT_GROUND, contrast, read_brand
from reports.errors import BadBrand
from reports.logo import LARGEST_LOGO, logo_uri
from reports.theme import content_security_policy, script, style
from reports.writers import render_one

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "brand" / "brand.yaml"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 2, height: int = 2, *extra: bytes) -> bytes:
    rows = b"".join(b"\0" + b"\x7a\x1f\x5c" * min(width, 2) for _ in range(min(height, 2)))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def svg(content: str = "<path d='M0 0h8v8z' fill='#7a1f5c'/>", attributes: str = "", before: str = "") -> bytes:
    return (
        f"{before}<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'"
        f" viewBox='0 0 8 8' {attributes}>{content}</svg>"
    ).encode()


def written(place: Path, text: str | bytes, name: str = "brand.yaml") -> Path:
    (place / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return place / name


def drawn(uri: str) -> str:
    return base64.b64decode(uri.partition(",")[2]).decode()


def test_yaml_and_toml_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png())
    keys = {
        "name": "Wingtip: Mail",
        "logo": "logo.png",
        "accent": "#7A1F5C",
        "contact": "a@b.example",
        "footer": "6.10",
    }
    one = read_brand(written(tmp_path, "".join(f'{key}: "{value}"\n' for key, value in keys.items())))
    two = read_brand(written(tmp_path, "".join(f'{key} = "{value}"\n' for key, value in keys.items()), "brand.toml"))
    assert (one.name, one.accent, one.contact, one.footer) == ("Wingtip: Mail", "#7a1f5c", "a@b.example", "6.10")
    assert one.files == (tmp_path / "brand.yaml", tmp_path / "logo.png")
    assert (two.name, two.logo, two.css, two.contact, two.footer) == (
        one.name,
        one.logo,
        one.css,
        one.contact,
        one.footer,
    )


def test_a_name_is_enough_and_text_stays_as_it_is_written(tmp_path: Path) -> None:
    brand = read_brand(written(tmp_path, "name: 010\nfooter: no\n"))
    assert (brand.name, brand.footer, brand.logo, brand.css) == ("010", "no", "", "")


def test_an_accent_serves_dark_as_it_is_or_lightened_or_as_the_file_says(tmp_path: Path) -> None:
    both = read_brand(written(tmp_path, "name: x\naccent: '#767676'\n"))
    assert (both.accent, contrast("#767676", DARK_GROUND) < 4.5) == ("#767676", True)
    assert contrast(both.accent_dark, DARK_GROUND) >= 4.5
    deep = read_brand(written(tmp_path, "name: x\naccent: '#003'\n"))
    assert deep.accent == "#000033"
    assert contrast(deep.accent_dark, DARK_GROUND) >= 4.5
    assert int(deep.accent_dark[5:], 16) > int(deep.accent_dark[1:3], 16)  # still blue
    own = read_brand(written(tmp_path, "name: x\naccent: '#003'\naccent_dark: '#ffcc00'\n"))
    assert own.accent_dark == "#ffcc00"


def test_the_grounds_are_those_of_the_pages() -> None:
    grounds = re.findall(r"--ground: (#[0-9a-f]{6})", style("domain.html"))
    assert grounds == [LIGHT_GROUND, DARK_GROUND, LIGHT_GROUND]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no keys"),
        ("- name\n", "has no keys"),
        ("just text", "has no keys"),
        ("name: [x", "is no YAML"),
        ("contact: x\n", "name: is missing"),
        ("name: ''\n", "name: is missing"),
        ("name: x\nlogos: y\n", r"no key 'logos'. The keys are name, logo, accent"),
        ("name: x\nname: y\n", r"brand\.yaml:2: name: stands there twice"),
        ("name: {a: b}\n", r"brand\.yaml:1: name: is not text"),
        ("name: [a]\n", "name: is not text"),
        ("? [a]\n: b\n", "a key: is not text"),
        ("a: &a {x: 1}\nname: *a\n", "is not text"),
        ("name: x\nname: !!python/object/apply:os.system [id]\n", "is not text"),
        ("name: " + "x" * 81, "name: 81 characters; at most 80 do"),
        ("name: x\nfooter: " + "x" * 501, "footer: 501 characters"),
        ("name: x\n" + "#" * 64_000, "larger than 64,000 octets"),
        (b"name: \xff\xfe", "is not UTF-8"),
        ("name: x\x00y", "is no YAML"),
        ("[" * 20_000, "is no YAML"),
        ("name: x\naccent: red\n", r"accent: 'red' is no colour.*#rrggbb"),
        ("name: x\naccent: '#12345'\n", "is no colour"),
        ("name: x\naccent: '#fff;}*'\n", "is no colour"),
        ("name: x\naccent: '#000}*{'\n", "is no colour"),
        ("name: x\naccent: url(#a)\n", "is no colour"),
        ("name: x\naccent: '#777777'\n", r"accent: #777777 on white has a contrast of 4\.47 to 1; text needs 4\.5"),
        ("name: x\naccent: '#ffee00'\n", r"contrast of 1\.\d\d to 1.*darker"),
        ("name: x\naccent: '#003'\naccent_dark: '#7a1f5c'\n", r"accent_dark: #7a1f5c on the dark ground.*lighter"),
        ("name: x\naccent_dark: '#ffcc00'\n", "accent_dark: stands without accent"),
        ("name: x\nlogo: none.png\n", r"logo: there is no file .*none\.png"),
        ("name: x\nlogo: ../outside.png\n", r"logo: '../outside\.png' is outside"),
        ("name: x\nlogo: /etc/hostname\n", "logo: '/etc/hostname' is outside"),
        ("name: x\nlogo: link.png\n", "logo: 'link.png' is outside"),
        ("name: x\nlogo: loop.png\n", "logo: "),
        ("name: x\nlogo: .\n", "logo: there is no file"),
        ('name: x\nlogo: "a\\0b"\n', "logo: "),
        ("name: x\nlogo: brand.yaml\n", r"logo: .*brand\.yaml is neither a PNG nor an SVG"),
    ],
)
def test_a_fault_of_a_brand_file_is_told_with_file_key_and_what_to_do(
    text: str | bytes, says: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "outside.png").write_bytes(png())
    (home / "link.png").symlink_to(tmp_path / "outside.png")
    (home / "loop.png").symlink_to(home / "loop.png")
    with pytest.raises(BadBrand, match=says) as told:
        read_brand(written(home, text))
    assert str(told.value).startswith(str(home / "brand.yaml"))
    assert str(told.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = x", "is no TOML"),
        ("name = 3", "name: is not text"),
        ("[name]\na = 'b'", "name: is not text"),
        ("name = 'x'\nname = 'y'", "is no TOML"),
        ("x = " + "[" * 20_000, "is no TOML"),
    ],
)
def test_a_fault_of_toml_is_told(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadBrand, match=says):
        read_brand(written(tmp_path, text, "brand.toml"))


def test_a_brand_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadBrand, match="cannot be read: No such file"):
        read_brand(tmp_path / "none.yaml")
    with pytest.raises(BadBrand, match="cannot be read: Is a directory"):
        read_brand(tmp_path)


HOSTILE_SVG: dict[str, tuple[bytes, str]] = {
    "script": (svg("<script>alert(1)</script>"), "<script>"),
    "script in a group": (svg("<g><g><script href='#a'/></g></g>"), "<script>"),
    "script in capitals": (svg("<SCRIPT>alert(1)</SCRIPT>"), "<SCRIPT>"),
    "script of XHTML": (svg("<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>"), "<script>"),
    "script without a namespace": (svg("<script xmlns=''>alert(1)</script>"), "<script>"),
    "event on the root": (svg(attributes="onload='alert(1)'"), "onload="),
    "event in capitals": (svg("<path OnClick='alert(1)'/>"), "OnClick="),
    "event in a namespace": (svg("<path xlink:onclick='alert(1)'/>"), "onclick="),
    "foreignObject": (svg("<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>"), "foreignObject"),
    "image": (svg("<image href='https://evil.test/x.png'/>"), "<image>"),
    "link": (svg("<a href='https://evil.test/'><path/></a>"), "<a>"),
    "animation of a reference": (svg("<set attributeName='href' to='javascript:alert(1)'/>"), "<set>"),
    "animate": (svg("<path><animate attributeName='d'/></path>"), "<animate>"),
    "filter image": (svg("<filter><feImage href='https://evil.test/x'/></filter>"), "<filter>"),
    "handler": (svg("<handler>alert(1)</handler>"), "<handler>"),
    "iframe": (svg("<iframe xmlns='http://www.w3.org/1999/xhtml' src='https://evil.test'/>"), "<iframe>"),
    "math": (svg("<math xmlns='http://www.w3.org/1998/Math/MathML'/>"), "<math>"),
    "use of elsewhere": (svg("<use href='https://evil.test/x.svg#a'/>"), "reference to 'https://evil.test"),
    "use by xlink": (svg("<use xlink:href='//evil.test/x.svg#a'/>"), "reference to"),
    "use of data": (svg("<use href='data:image/svg+xml,%3Csvg/%3E#a'/>"), "reference to 'data:"),
    "javascript": (svg("<use href=' javascript:alert(1)'/>"), "reference to"),
    "javascript in entities": (svg("<use href='&#106;avascript:alert(1)'/>"), "reference to 'javascript"),
    "xml:base and src": (svg("<path src='x.png'/>"), "reference to"),
    "fill from elsewhere": (svg("<path fill='url(https://evil.test/x#a)'/>"), r"url\(\) to elsewhere in fill="),
    "style attribute": (svg("<path style='fill:URL( \"//evil.test/x\" )'/>"), r"url\(\) to elsewhere in style="),
    "cursor": (svg("<path cursor='url(x.cur)'/>"), r"url\(\)"),
    "style element": (svg("<style>path{fill:url(https://evil.test/)}</style>"), r"url\(\) to elsewhere in <style>"),
    "import": (svg("<style>@import 'https://evil.test/x.css';</style>"), "@import"),
    "import in CDATA": (svg("<style><![CDATA[@import 'x';]]></style>"), "@import"),
    "import below style": (svg("<style><g>@import 'x';</g></style>"), "@import"),
    "font": (svg("<style>@font-face{src:local(x)}</style>"), "@font-face"),
    "escaped import": (svg(r"<style>@\69mport 'x';</style>"), "escape"),
    "escaped url": (svg(r"<path style='fill:u\72l(//evil.test)'/>"), "escape"),
    "url split by a comment": (svg("<style>p{fill:u/**/rl(//evil.test)}</style>"), r"rl\(\)"),
    "url between comments in strings": (svg("<style>p{x:'/*';fill:url(//evil.test);y:'*/'}</style>"), r"url\(\)"),
    "image-set": (svg("<style>p{background:image-set('//evil.test' 1x)}</style>"), r"image-set\(\)"),
    "src": (svg("<style>p{background:src('//evil.test')}</style>"), r"src\(\)"),
    "expression": (svg("<path style='width:expression(alert(1))'/>"), r"expression\(\)"),
    "doctype": (svg(before="<!DOCTYPE svg SYSTEM 'https://evil.test/x.dtd'>"), "DOCTYPE"),
    "entities": (svg("&a;", before="<!DOCTYPE svg [<!ENTITY a 'x'>]>"), "DOCTYPE"),
    "outer entity": (svg("&a;", before="<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"), "DOCTYPE"),
    "billion laughs": (
        svg(
            "&c;",
            before=f"<!DOCTYPE svg [<!ENTITY a 'x'><!ENTITY b '{'&a;' * 99}'><!ENTITY c '{'&b;' * 99}'>]>",
        ),
        "DOCTYPE",
    ),
    "doctype in UTF-16": (svg(before="<!DOCTYPE svg>").decode().encode("utf-16"), "neither a PNG nor an SVG"),
    "no namespace": (b"<svg><script/></svg>", "at its root"),
    "HTML": (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "at its root"),
    "HTML as browsers write it": (b"<!doctype html><p>", "well-formed|DOCTYPE"),
    "broken": (b"<svg xmlns='http://www.w3.org/2000/svg'><path></svg>", "well-formed"),
    "unknown encoding": (b"<?xml version='1.0' encoding='x-evil'?>" + svg(), "well-formed"),
    "two roots": (svg() + svg(), "well-formed"),
    "uses of uses": (svg("<g id='a'><use href='#b'/></g><g id='b'/><use href='#a'/>"), "<use> of something"),
    "use of itself": (svg("<g id='a'><use href='#a'/></g>"), "<use> of something"),
    "many uses": (svg("<use href='#a'/>" * 101), "more than 100 <use>"),
    "deep": (svg("<g>" * 5000 + "</g>" * 5000), "nests deeper"),
    "many elements": (svg("<g/>" * 4001), "more than 4,000 elements"),
    "large": (svg("<path d='" + "M0 0" * 12_000 + "'/>"), "larger than 48,000 octets"),
}


@pytest.mark.parametrize("name", HOSTILE_SVG)
def test_an_svg_that_does_more_than_draw_is_refused_by_name(name: str) -> None:
    data, says = HOSTILE_SVG[name]
    with pytest.raises(BadBrand, match=says):
        logo_uri(data)


def test_what_only_draws_is_taken_and_what_editors_leave_is_left_out() -> None:
    given = svg(
        "<!-- a comment --><?xml-stylesheet href='https://evil.test/x.css'?>"
        "<metadata><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>who</r:RDF></metadata>"
        "<i:named xmlns:i='http://www.inkscape.org/namespaces/inkscape' i:href='https://evil.test'><script/></i:named>"
        "<style>@media (prefers-color-scheme: dark) { .a { fill: rgb(1 2 3) } }</style>"
        "<defs><linearGradient id='l'><stop offset='0'/></linearGradient>"
        "<linearGradient id='m' xlink:href='#l'/></defs>"
        "<path class='a' data-name='Layer (1)' fill='url(#l)' style=\"stroke: url( '#l' )\" transform='rotate(3)'/>"
        "<text>a<i:x xmlns:i='http://www.inkscape.org/namespaces/inkscape'/>b<tspan>c</tspan></text>",
        before="<?xml version='1.0'?><?xml-stylesheet href='https://evil.test/y.css'?><!-- made by -->",
    )
    clean = drawn(logo_uri(given))
    assert not re.search(r"evil|metadata|RDF|inkscape|script|comment|stylesheet|Layer|xlink", clean)
    root = Tree.fromstring(clean)
    drawing = "{http://www.w3.org/2000/svg}"
    assert "".join(root.find(f"{drawing}text").itertext()) == "abc"  # type: ignore[union-attr]
    assert root.find(f".//{drawing}linearGradient[@id='m']").get("href") == "#l"  # type: ignore[union-attr]
    assert 'fill="url(#l)"' in clean
    assert clean.startswith("<svg xmlns=")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "neither a PNG nor an SVG"),
        (b"\xff\xd8\xff\xe0JFIF", "neither a PNG nor an SVG"),
        (b"GIF89a<svg/>", "neither a PNG nor an SVG"),
        (b"\x89PNG\r\n\x1a\n", "damaged PNG"),
        (b"\x89PNG\r\n\x1a\n<svg onload=alert(1)>", "damaged PNG"),
        (png()[:-5], "damaged PNG"),
        (png() + b"<script>", "behind its end"),
        (png().replace(b"IDAT", b"IDAX"), "damaged PNG"),
        (png()[:8] + png()[8 + 25 :], "damaged PNG"),
        (png(60_000, 60_000), "60000 by 60000 pixels"),
        (png(0, 5), "0 by 5 pixels"),
        (png(2, 2, chunk(b"acTL", bytes(8))), "animated"),
        (png(2, 2, chunk(b"tEXt", bytes(LARGEST_LOGO))), "larger than 48,000 octets"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"IHDR", "damaged PNG"),
    ],
)
def test_a_png_is_known_by_its_content_and_whole(data: bytes, says: str) -> None:
    with pytest.raises(BadBrand, match=says):
        logo_uri(data)


def test_a_png_is_embedded_as_it_is() -> None:
    assert base64.b64decode(logo_uri(png()).removeprefix("data:image/png;base64,")) == png()


PAGES = {"domain.html": sample.report(sample.result()), "index.html": sample.report()}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_its_brand_and_asks_nobody_for_anything(page: str) -> None:
    brand = read_brand(EXAMPLE)
    plain, branded = (render_one(PAGES[page], "html", given) for given in (None, brand))
    read = hostile.Reader(branded)
    assert set(read.live()) == {"element img", "attribute img src", "attribute img alt", "element aside"}
    assert [value for tag, name, value in read.attributes if tag == "img" and name == "src"] == [brand.logo]
    assert [value for tag, name, value in read.attributes if tag == "img" and name == "alt"] == [brand.name]
    said = " ".join(read.text)
    assert f"{brand.name}" in said
    assert said.count(brand.contact) == 2
    assert brand.footer in said
    assert "--accent: #7a1f5c" in read.styles[0]
    policies = [v for tag, name, v in read.attributes if tag == "meta" and name == "content" and "default-src" in v]
    assert policies == [content_security_policy(read.styles[0], read.scripts[-1])]
    assert (read.styles[0], read.scripts[-1]) == (style(page, brand.css), script(page))
    assert b"Wingtip" not in plain
    assert len(branded) - len(plain) < 6_000


@pytest.mark.parametrize("text", PAYLOADS)
def test_hostile_words_of_a_brand_come_out_as_text(text: str) -> None:
    from reports.brand import Brand

    brand = Brand(name=text or "-", contact=text, footer=text)
    for report in PAGES.values():
        page = render_one(report, "html", brand)
        read = hostile.Reader(page)
        assert set(read.live()) <= {"element aside"}
        assert not hostile.HIDDEN.search(page.decode("utf-8"))


def test_only_an_https_contact_is_a_link() -> None:
    from reports.brand import Brand

    for contact, links in (("https://wingtip.example/help", 2), ("a@wingtip.example", 0), ("javascript:alert(1)", 0)):
        read = hostile.Reader(render_one(PAGES["index.html"], "html", Brand(name="x", contact=contact)))
        assert [v for t, n, v in read.attributes if n == "href"].count(contact) == links


def test_the_example_is_a_brand_of_both_schemes() -> None:
    brand = read_brand(EXAMPLE)
    assert brand.logo.startswith("data:image/svg+xml;base64,")
    assert contrast(brand.accent, LIGHT_GROUND) >= 4.5
    assert contrast(brand.accent_dark, DARK_GROUND) >= 4.5
