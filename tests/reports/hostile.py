"""Readers that notice when a text has become more than text (tests/payloads.py has such texts)."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What must not come through anywhere, written without the project's own table."""

TAGS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "link",
        "style",
        "body",
        "a",
        "header",
        "div",
        "svg",
        "desc",
        "rect",
        "text",
        "path",
        "h1",
        "h2",
        "h3",
        "h4",
        "bdi",
        "del",
        "ins",
        "ol",
        "ul",
        "li",
        "p",
        "strong",
        "span",
        "nav",
        "main",
        "section",
        "article",
        "dl",
        "dt",
        "dd",
        "br",
        "pre",
        "code",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "footer",
        "script",
        "label",
        "input",
        "ol",
        "select",
        "option",
        "small",
        "bdi",
    ]
)
ATTRIBUTES = frozenset(
    [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "rel",
        "href",
        "class",
        "id",
        "role",
        "width",
        "height",
        "viewbox",
        "preserveaspectratio",
        "x",
        "y",
        "rx",
        "d",
        "text-anchor",
        "font-size",
        "font-weight",
        "aria-label",
        "aria-labelledby",
        "aria-hidden",
        "tabindex",
        "title",
        "scope",
        "type",
        "data-what",
        "hidden",
        "for",
        "autocomplete",
        "colspan",
        "value",
        "checked",
    ]
)


class Reader(HTMLParser):
    """Notes every element, every attribute and the text of every script, as a browser would see them."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.text: list[str] = []
        self.comments: list[str] = []
        self._inside = ""
        self.feed(page.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in {"script", "style"}:
            self._inside = tag
            (self.scripts if tag == "script" else self.styles).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside == "style":
            self.styles[-1] += data
        else:
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def live(self) -> list[str]:
        """What is in the page that no template put there, or that asks somebody for something."""
        found = [f"element {tag}" for tag in self.tags if tag not in TAGS]
        found += [f"comment {comment[:40]}" for comment in self.comments]
        for tag, name, value in self.attributes:
            if name not in ATTRIBUTES:
                found.append(f"attribute {tag} {name}")
            if name == "href" and not re.match(r"#|https://|domains/[a-z0-9._-]+\.html$|data:,$", value):
                found.append(f"link {value[:60]}")
            if name == "href" and "@" in value.split("/", 3)[2:3]:
                found.append(f"link with user {value[:60]}")
        return found


FORMULA = re.compile(r'[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20]')
_SGR = re.compile(r"\x1b\[[0-9;]*m")


def live_in_csv(table: bytes, rows: int) -> list[str]:
    """Cells that a spreadsheet would take for a formula, whatever its list separator is; rows that are too many."""
    csv.field_size_limit(10_000_000)
    text = table.decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    found = [f"hidden {hit[0]!r}" for hit in HIDDEN.finditer(text)]
    if len(read) != rows or {len(row) for row in read} != {len(read[0])}:
        found.append(f"{len(read)} rows with { ({len(row) for row in read}) } cells, {rows} expected")
    found += [f"cell {cell[:60]!r}" for row in read for cell in row if cell[:1] in "\t\r\n" and cell]
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            found += [f"formula behind {separator!r}: {cell[:60]!r}" for cell in row if FORMULA.match(cell)]
    return found


_MARKDOWN = MarkdownIt("gfm-like", {"html": True})
_MARKDOWN.linkify.set({"fuzzy_link": False})  # type: ignore[union-attr]  # GitHub links www., https:// and addresses only
_BLOCKS = frozenset({"paragraph", "heading", "bullet_list", "ordered_list", "list_item", "inline", "fence"})
_RENDERED = frozenset(["p", "h1", "h2", "ul", "ol", "li", "code", "pre"])


def live_in_markdown(source: str) -> list[str]:
    """What GitHub's dialect with HTML allowed makes of `source` beside paragraphs, headings, lists and code."""
    found = [f"hidden {hit[0]!r}" for hit in HIDDEN.finditer(source)]
    tokens = _MARKDOWN.parse(source)
    blocks = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    found += [f"block {kind}" for kind in sorted(blocks - _BLOCKS)]
    inner = [child for token in tokens if token.type == "inline" for child in token.children or ()]
    found += [f"inline {child.type}" for child in inner if child.type not in {"text", "code_inline", "softbreak"}]
    read = Reader(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}).encode("utf-8", "replace"))
    found += [f"element {tag}" for tag in read.tags if tag not in _RENDERED]
    found += [f"attribute {tag} {name}" for tag, name, _ in read.attributes if (tag, name) != ("ol", "start")]
    # Other sites make links and mentions of what GitHub leaves alone.
    outside = "\n".join(child.content for child in inner if child.type == "text")
    found += [f"link {hit[0]!r}" for hit in re.finditer(r"://|www\.|@[a-z]|(?:^|\s)#[0-9]", outside)]
    return found


def live_in_terminal(shown: str) -> list[str]:
    """Controls that reach the terminal, but for line ends and colours."""
    return [f"control {hit[0]!r}" for hit in re.finditer(HIDDEN.pattern + "|[\t\r]", _SGR.sub("", shown))]


def colours(shown: str) -> set[str]:
    return set(_SGR.findall(shown))
