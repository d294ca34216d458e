"""reports.markdown: a ticket's comment that reads as itself even where nothing renders it."""

from __future__ import annotations

import sample
from markdown_it import MarkdownIt

from reports.markdown import domain_markdown, list_markdown
from reports.summary import Summary, summary_of
from rules.results import DomainResult

REPORT = sample.report()


def of(result: DomainResult) -> str:
    return domain_markdown(result, REPORT)


def headings(source: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse(source)
    return [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]


def blocks(source: str) -> list[str]:
    return [token.content for token in MarkdownIt("commonmark").parse(source) if token.type == "fence"]


def test_the_parts_stand_in_order() -> None:
    assert headings(of(sample.result())) == [
        "contoso.com: grade D, 43 to 51 of 100",
        "Do this, in this order",
        "What to publish, step by step",
        "What failed",
        "What could not be checked, and why",
    ]


def test_what_to_publish_stands_in_code_blocks_to_copy() -> None:
    found = blocks(of(sample.result()))
    assert f"{sample.SPF}\n" in found
    assert f"{sample.SPF_NEW}\n" in found
    assert "v=DMARC1; p=none; rua=mailto:dmarc@contoso.com\n" in found
    assert found.index(f"{sample.SPF}\n") < found.index(f"{sample.SPF_NEW}\n")
    assert "20 mail.oldhost.example.\n" in found
    assert any(block.startswith("Connect-ExchangeOnline\nSet-Dkim") for block in found)


def test_the_records_are_numbered_in_the_order_of_doing() -> None:
    source = of(sample.result())
    lines = [line for line in source.splitlines() if line[:2] in ("1.", "2.", "3.", "4.", "5.")]
    assert lines == [
        "1. Replace the SPF record at contoso.com (critical, DNS admin, minutes)",
        "2. Add the DMARC record at `_dmarc.contoso.com` (high, DNS admin, minutes)",
        "3. Switch signing on in Microsoft 365 (high, Microsoft 365 admin, hours)",
        "4. Delete the MX record “20 mail.oldhost.example.” at contoso.com (medium, DNS admin, minutes)",
        "5. Find out why DNS gave no answer, and scan again: 1 check waits for it (medium)",
    ]
    assert source.index("Step 1: ") < source.index("Step 2: ") < source.index("Step 3: ")


def test_unknown_checks_are_listed_with_their_reason_and_not_as_failures() -> None:
    source = of(sample.result())
    failed, unknown = source[source.index("What failed") :].split("What could not be checked")
    assert "DKIM-002" not in failed
    assert "CNAME `selector2._domainkey.contoso.com" in unknown
    assert "Holds up 1 check: `DKIM-002`" in unknown


def test_a_domain_of_which_nothing_is_known_is_not_said_to_need_nothing() -> None:
    source = of(sample.unreadable())
    assert "No DNS record has to change" not in source
    assert "No record can be proposed: 12 checks could not be completed." in source


def test_a_good_domain_is_said_to_need_nothing() -> None:
    source = of(sample.good())
    assert "No DNS record has to change." in source
    assert "What failed" not in headings(source)


def test_a_long_txt_stands_whole_and_in_strings() -> None:
    value = "v=spf1 " + "ip4:192.0.2.1 " * 40 + "-all"
    found = blocks(of(sample.result(changes=(sample.replace(sample.changes()[0], value=value),))))
    assert value + "\n" in found
    assert any(block.startswith('"v=spf1') and '" "' in block for block in found)


def test_only_headings_lists_paragraphs_and_code_are_used() -> None:
    for source in (of(sample.result()), list_markdown(summary_of(REPORT), REPORT)):
        kinds = {token.type.rsplit("_", 1)[0] for token in MarkdownIt("gfm-like", {"linkify": False}).parse(source)}
        assert kinds <= {"heading", "paragraph", "bullet_list", "ordered_list", "list_item", "inline", "fence"}
        assert "**" not in source
        assert not any(line.startswith("#") for line in source.splitlines())


def test_the_list_counts_grades_and_names_the_worst_first() -> None:
    source = list_markdown(summary_of(REPORT), REPORT)
    assert headings(source)[:2] == ["Mail readiness of 3 domains", "Domains, worst first"]
    assert source.index("`contoso.com`") < source.index("`silent.test`") < source.index("`fabrikam.com`")
    for piece in ("- D: 1 domain", "fails on 1 domain", "It has a blank in it.", "`SPF-009`"):
        assert piece in source


def test_an_empty_list_makes_sense() -> None:
    assert "None." in list_markdown(Summary(), sample.report(run=sample.Run(id="x", started="")))
