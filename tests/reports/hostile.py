"""Texts that try to be more than text, and readers that notice when one succeeds."""

from __future__ import annotations

import re
from html.parser import HTMLParser

PAYLOADS: tuple[str, ...] = (
    # HTML
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'><iframe srcdoc='<script>alert(1)</script>'>",
    "<img src=http://evil.test/pixel.png>",
    "<a href=javascript:alert(1)>x</a>",
    "<!-- <script>alert(1)</script> -->",
    "<!--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>",
    "<style>@import 'http://evil.test/x.css';</style>",
    "<base href=//evil.test/>",
    "<meta http-equiv=refresh content='0;url=http://evil.test'>",
    "<form action=//evil.test><input name=q>",
    '" autofocus onfocus="alert(1)',
    "' onmouseover='alert(1)",
    "` onmouseover=alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "x style=position:fixed",
    "--><script>alert(1)</script><!--",
    "]]></script>",
    "\\u003cscript\\u003e",
    # templates
    "{{ 7*7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{{ config.__class__.__init__.__globals__ }}",
    "${7*7} #{7*7} <%= 7*7 %>",
    # Markdown
    "[click](javascript:alert(1))",
    "[click](http://evil.test)",
    "![pixel](http://evil.test/p.png)",
    "<http://evil.test>",
    "http://evil.test/ www.evil.test evil@evil.test",
    "`code` ``more`` ```fence```",
    "```\nescaped\n```",
    "~~~\nescaped\n~~~",
    "\n\n# Heading\n\n---\n",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "**bold** _it_ ~~gone~~ \\*x\\*",
    "1. one\n2. two\n- three\n> quoted",
    "[ref]: http://evil.test 'x'",
    "[ref][ref] [^1]",
    "@everyone @org/team #1 GH-1",
    "*",
    "`",
    "\\",
    "    indented code",
    "====",
    "----",
    # spreadsheets
    "=1+1",
    '=HYPERLINK("http://evil.test","x")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "x;=1+1;y",
    'x",=1+1,"',
    "a,b\r\n=1+1,c",
    # terminals
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil.test\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m",
    "\x08\x08\x08overwrite",
    "line\rOVER",
    "\x07\x00\x7f",
    "[bold red]markup[/bold red] [link=http://evil.test]x[/link] :smile:",
    "[/]",
    "[@click=app.bell]x[/]",
    # what cannot be seen
    "safe\u202egnp.exe",
    "\u2066\u2067x\u2069\u2069",
    "zero\u200bwidth\u200d\ufeff",
    "\u2028\u2029\x85",
    "no\u00a0break",
    "tag\U000e0041\U000e0042",
    "\u3164\u115f\u2800",
    "soft\u00adhyphen\u034f",
    # links
    "javascript:alert(1)",
    'https://evil.test/"onmouseover=alert(1)',
    "https://user:pass@evil.test/",
    "data:text/html,<script>alert(1)</script>",
    "https://evil.test/\x0aSet-Cookie: x",
    "https://evil.test/<script>",
    # zone files
    'x" "y',
    "x\n$INCLUDE /etc/passwd\n",
    "x) ( ; comment",
    "$ORIGIN evil.test.",
    "..\\..\\..\\etc/passwd",
    "../../etc/passwd",
    "\\255\\000\\092\\999",
    # size and oddity
    "",
    " ",
    "x" * 70_000,
    "<" * 20_000,
    "\u202e" * 10_000,
    "é😀漢字",
    "\ud800",
    "a\u0301" * 50,
)

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
