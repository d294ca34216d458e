"""Chromium, driven by Playwright, and a visit to a page of ours that notes everything the page should not do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import axe_playwright_python
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from servers.daemon import program

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE: Final = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
AXE_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_WATCH = """
window.ran = 0;
for (const name of ['alert', 'confirm', 'prompt', 'open']) { window[name] = () => { window.ran += 1; }; }
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.violations.push(event.effectiveDirective + ' ' + event.blockedURI);
});
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless. Its packages bring no browser of their own."""
    binary = program("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """An open page, with the messages, errors and requests that it made."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def go(self, path: Path) -> Page:
        """Opens a file; only it may be requested."""
        self.page.goto(path.as_uri())
        return self.page

    def misdeeds(self) -> list[str]:
        """What the page did that a page of ours does not do."""
        found = list(self.wrong)
        found += [f"policy violation: {text}" for text in self.page.evaluate("window.violations")]
        if self.page.evaluate("window.ran"):
            found.append("a script of a record ran")
        return found

    def axe(self) -> list[str]:
        """What axe-core finds, a line each with the element."""
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE)
        found: list[dict[str, Any]] = self.page.evaluate(
            """async (tags) => (await axe.run(document, {runOnly: tags, resultTypes: ['violations']})).violations
            .flatMap((rule) => rule.nodes.map((node) => ({rule: rule.id, where: node.html, why: node.failureSummary})))""",
            list(AXE_TAGS),
        )
        return [f"{item['rule']}: {item['where'][:160]}: {item['why']}" for item in found]


@contextmanager
def visit(browser: Browser, **context: Any) -> Iterator[Visit]:
    """A fresh page in a context of its own: `color_scheme`, `viewport`, `java_script_enabled` and the like."""
    with browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}) as opened:
        opened.add_init_script(_WATCH)
        page = opened.new_page()
        visited = Visit(page)

        def said(message: ConsoleMessage) -> None:
            visited.wrong.append(f"console {message.type}: {message.text}")

        def asked(request: Request) -> None:
            if not (request.is_navigation_request() and request.frame == page.main_frame):
                visited.wrong.append(f"request: {request.url[:100]}")

        page.on("console", said)
        page.on("pageerror", lambda error: visited.wrong.append(f"error: {error}"))
        page.on("request", asked)
        page.on("framenavigated", lambda frame: _stays(visited, frame.url))
        yield visited


def _stays(visited: Visit, url: str) -> None:
    if not url.startswith(("file:", "about:blank")):
        visited.wrong.append(f"went to {url[:100]}")
