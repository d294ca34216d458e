"""reports.publish: what to do, in the order of doing, as one pastes it."""

from __future__ import annotations

import dns.zonefile
import sample

from reports.publish import Publication, publication
from rules.results import Change, DomainResult, QueryRecord


def of(result: DomainResult) -> Publication:
    return publication(result, sample.RULES)


def change(**given: object) -> Change:
    return Change(**({"action": "add", "name": "contoso.com", "type": "TXT", "value": "x"} | given))  # type: ignore[arg-type]


def one(given: Change, *answers: QueryRecord, **facts: object) -> Publication:
    return of(sample.result(changes=(given,), answers=answers, facts=facts))


def test_records_stand_by_severity_then_effort() -> None:
    todo = of(sample.result())
    assert [(r.action, r.name) for r in todo.records] == [
        ("replace", "contoso.com"),
        ("add", "_dmarc.contoso.com"),
        ("delete", "contoso.com"),
    ]


def test_current_stands_above_proposed_and_other_records_stay() -> None:
    spf = of(sample.result()).records[0]
    assert spf.current.values == (sample.SPF,)
    assert spf.value == sample.SPF_NEW
    assert spf.current.staying == ("MS=ms12345678",)


def test_a_deletion_names_exactly_what_goes_and_what_stays() -> None:
    mx = of(sample.result()).records[2]
    assert mx.current.values == ("20 mail.oldhost.example.",)
    assert mx.current.staying == ("0 contoso-com.mail.protection.outlook.com.",)


def test_two_records_to_be_merged_are_one_replacement_and_neither_is_said_to_stay() -> None:
    there = QueryRecord(
        name="contoso.com", type="TXT", status="NOERROR", values=("MS=1", "v=spf1 a -all", "v=spf1 mx -all")
    )
    merged = change(value="v=spf1 a mx -all", rules=("SPF-001",), severity="high")
    old = [change(action="delete", value=v, rules=("SPF-001",), severity="high") for v in there.values[1:]]
    todo = of(sample.result(changes=(merged, *old), answers=(there,)))
    (record,) = todo.records
    assert record.action == "replace"
    assert record.current.values == ("v=spf1 a -all", "v=spf1 mx -all")
    assert record.current.staying == ("MS=1",)
    assert record.value == "v=spf1 a mx -all"
    assert sum(line.startswith("; delete") for line in todo.zone) == 2


def test_a_deletion_for_another_rule_stays_on_its_own() -> None:
    there = QueryRecord(name="contoso.com", type="TXT", status="NOERROR", values=("a", "b"))
    todo = of(
        sample.result(
            changes=(change(value="new", rules=("R-1",)), change(action="delete", value="a", rules=("R-2",))),
            answers=(there,),
        )
    )
    assert [(r.action, r.current.staying) for r in todo.records] == [("add", ("b",)), ("delete", ("b",))]


def test_what_is_absent_is_told_apart_from_what_could_not_be_read() -> None:
    absent = QueryRecord(name="contoso.com", type="TXT", status="NXDOMAIN")
    unknown = QueryRecord(name="contoso.com", type="TXT", status="SERVFAIL", reason="EDE 22")
    assert one(change(), absent).records[0].current.state == "absent"
    found = one(change(), unknown).records[0].current
    assert (found.state, found.reason) == ("unknown", "EDE 22")
    assert one(change()).records[0].current.state == "not_asked"


def test_a_replacement_that_names_no_value_shows_what_is_there() -> None:
    there = QueryRecord(name="contoso.com", type="CNAME", status="NOERROR", values=("old.example.",))
    found = one(change(action="replace", type="CNAME", value="new.example."), there).records[0].current
    assert (found.values, found.staying) == (("old.example.",), ())


def test_a_long_txt_comes_whole_and_in_strings() -> None:
    record = one(change(value="v=spf1 " + "ip4:192.0.2.1 " * 30 + "-all")).records[0]
    assert record.value.endswith("-all")
    assert len(record.strings) == 2
    assert of(sample.result()).records[0].strings == ()


def test_the_name_in_a_panel_is_relative_to_the_organizational_domain_only() -> None:
    facts = {"domain": {"organizational": "contoso.com"}}
    assert one(change(), **facts).records[0].host == "@"
    assert one(change(name="_dmarc.contoso.com."), **facts).records[0].host == "_dmarc"
    assert one(change(name="notcontoso.com"), **facts).records[0].host == ""
    assert one(change(), domain={"organizational": {"unknown": "TIMEOUT"}}).records[0].host == ""


def test_a_failure_without_a_record_is_a_thing_to_do_with_its_command() -> None:
    (task,) = of(sample.result()).others
    assert task.rule == "TENANT-001"
    assert task.command.startswith("Connect-ExchangeOnline")
    assert task.owner == "tenant"


def test_failures_that_a_record_mends_and_blocked_ones_are_not_told_twice() -> None:
    assert {task.rule for task in of(sample.result()).others} == {"TENANT-001"}


def test_advice_of_a_record_is_that_of_the_failures_behind_it() -> None:
    record = of(sample.result()).records[0]
    assert record.text == ("Change the one existing SPF record; a second one makes SPF fail for every sender.",)
    assert record.rules == ("SPF-002",)


def test_the_zone_block_reads_back_as_the_records_to_be() -> None:
    block = "\n".join(of(sample.result()).zone)
    rrsets = dns.zonefile.read_rrsets(block, rdclass=None, origin=".", relativize=False)
    assert {(str(r.name), r.rdtype.name, r[0].to_text()) for r in rrsets} == {
        ("contoso.com.", "TXT", f'"{sample.SPF_NEW}"'),
        ("_dmarc.contoso.com.", "TXT", '"v=DMARC1; p=none; rua=mailto:dmarc@contoso.com"'),
    }
    assert "; contoso.com. IN MX 20 mail.oldhost.example." in block


def test_who_hosts_the_zone_is_known_unknown_or_unsaid() -> None:
    assert of(sample.result()).host.provider == "DNS Host"
    assert of(sample.unreadable()).host.reason == "TIMEOUT for every server"
    assert one(change()).host.nameservers == ()
    own = one(change(), dns={"provider": None, "nameservers": ["ns.contoso.com"]}).host
    assert (own.provider, own.nameservers, own.reason) == ("", ("ns.contoso.com",), "")


def test_where_checks_are_unknown_it_is_not_said_that_nothing_has_to_change() -> None:
    assert of(sample.unreadable()).nothing.startswith("No record can be proposed: 12 checks")
    assert of(sample.good()).nothing == "No DNS record has to change."


def test_facts_of_odd_shapes_are_passed_over() -> None:
    odd = one(change(), domain="x", dns={"provider": 7, "nameservers": {"a": 1}})
    assert odd.host == publication(sample.result(changes=(), facts={}), {}).host


def test_what_counts_for_nothing_is_an_idea_and_no_thing_to_do() -> None:
    failed = sample.replace(
        next(f for f in sample.findings() if f.rule == "TENANT-001"), rule="IDEA-001", severity="info"
    )
    todo = of(sample.result(findings=(*sample.findings(), failed)))
    assert [task.rule for task in todo.ideas] == ["IDEA-001"]
    assert {task.rule for task in todo.others} == {"TENANT-001"}
