"""The facts of SMTP client submission: how an application or device sends through a mail server.

A target is an endpoint, which was looked at over the network, or settings, which were read from a file. What the one does
not look at is `not_tried`, an empty list or none: the two share rules, and a rule says itself where it applies.
"""

from typing import Literal, Union

from rules.fact import Fact, Host, Problem, Unknown, fact, part, subject

__all__ = ["Submission", "SubmissionAddress", "SubmissionPort", "SubmissionSetting"]

_State = Literal["open", "refused", "dropped", "unreachable", "closed_early", "not_smtp"]


@subject
class SubmissionAddress:
    """One address and port, tried by itself."""

    address: str = part("The IP address.")
    family: Literal["ipv4", "ipv6"] = part("The address family.")
    port: int = part("The TCP port.")
    state: _State | Unknown = part("As submission.ports.state.")


@subject
class SubmissionPort:
    """One port of the server, over the first address that let a session begin."""

    port: int = part("The TCP port.")
    mode: Literal["starttls", "tls", "plain"] = part(
        "How encryption was to begin: by STARTTLS, at once, or not at all."
    )
    state: _State | Unknown = part(
        "open: SMTP was spoken; refused: the address answers that the port is closed; dropped: nothing answers; unreachable: no "
        "way there; closed_early: closed before or in the greeting; not_smtp: something else was said."
    )
    connect_ms: Union[int, Unknown, None] = part("Milliseconds until the connection stood.")  # noqa: UP007
    banner: Union[str, Unknown, None] = part("The greeting, without its code.")  # noqa: UP007
    starttls: Literal["offered", "missing", "failed", "stripped", "not_tried"] | Unknown = part(
        "failed: offered, but no encryption followed; stripped: taken out or overwritten on the way."
    )
    tls_version: Union[str, Unknown, None] = part("The version agreed on, such as TLSv1.3.")  # noqa: UP007
    cipher: Union[str, Unknown, None] = part("The cipher suite agreed on.")  # noqa: UP007
    certificate: Literal["trusted", "untrusted", "wrong_name", "expired", "none", "not_tried"] | Unknown = part(
        "How the certificate verified for the host's name."
    )
    issuer: Union[str, Unknown, None] = part("Who issued the certificate.")  # noqa: UP007
    certificate_days: Union[int, Unknown, None] = part("Days until the certificate expires; negative where it has.")  # noqa: UP007
    auth: tuple[str, ...] | Unknown = part("AUTH mechanisms offered, inside TLS where there is TLS; upper case.")
    auth_before_tls: tuple[str, ...] | Unknown = part("AUTH mechanisms offered before encryption; upper case.")
    size: Union[int, Unknown, None] = part("The largest message that the server says it takes, in bytes.")  # noqa: UP007


@subject
class SubmissionSetting:
    """One setting as the file has it, secrets masked."""

    what: str = part("What it sets: host, port, encryption, verification, login, password, from and so on.")
    file: str = part("The file.")
    line: int = part("The line, from 1.")
    shown: str = part("The setting as written; a secret is masked.")


@subject
class Submission:
    """A way of sending mail through a server: an endpoint that was tried, or an application's settings."""

    name: Fact[str] = fact("What is judged: smtp.office365.com, or shop/.env (laravel).")
    kind: Fact[Literal["endpoint", "settings"]] = fact("endpoint: tried over the network; settings: read from a file.")
    app: Fact[str | None] = fact(
        "The application or format that the settings are of, such as laravel; none for an endpoint."
    )
    host: Fact[Host | None] = fact("The server's name or address; none where none is set.")
    host_kind: Fact[
        Literal[
            "client_submission",
            "legacy_tls",
            "mailbox_protocols",
            "consumer",
            "relay_mx",
            "hve",
            "acs",
            "other_microsoft",
            "gateway",
            "other",
            "ip_literal",
            "none",
        ]
    ] = fact(
        "What the host is: client_submission (smtp.office365.com and its kin), legacy_tls (smtp-legacy), mailbox_protocols "
        "(outlook.office365.com), consumer (smtp-mail.outlook.com), relay_mx (a tenant's MX), hve (High Volume Email), acs (Azure "
        "Communication Services), other_microsoft, gateway, other, ip_literal, or none where none is set."
    )
    cloud: Fact[Literal["worldwide", "gcchigh", "dod", "china"] | None] = fact(
        "The Microsoft cloud of the host; none where it is of none."
    )
    resolves: Fact[Literal["yes", "no", "not_tried"]] = fact("The host has an address.")
    addresses: Fact[tuple[SubmissionAddress, ...]] = fact("Every address and port that was tried.")
    ports: Fact[tuple[SubmissionPort, ...]] = fact("Every port that was tried.")
    best_port: Fact[int | None] = fact("The port to use: 587 where it works, else one that does; none where none does.")
    outbound_25: Fact[Literal["open", "dropped", "refused", "not_tried"]] = fact(
        "What becomes of connections to port 25."
    )
    control: Fact[Literal["reachable", "unreachable", "not_tried"]] = fact(
        "Another server that should be reachable, to tell the network's fault from the host's."
    )
    network: Fact[Literal["ok", "no_dns", "no_network", "port_blocked", "not_tried"]] = fact(
        "What ports and control connection say of this network together."
    )
    interception: Fact[Literal["none", "untrusted_chain", "middlebox_issuer", "starttls_stripped", "not_tried"]] = fact(
        "Whether something between here and the server opens the encryption, and how it shows."
    )
    legacy_tls: Fact[Literal["refused", "accepted", "not_tried"]] = fact("What the server says to TLS 1.0 and 1.1.")
    login: Fact[Literal["accepted", "refused", "not_tried"]] = fact("What became of signing in.")
    login_mechanism: Fact[str | None] = fact("The SASL mechanism that was used: LOGIN, PLAIN or XOAUTH2.")
    reply_cause: Fact[str | None] = fact(
        "The cause that explain gives to the reply that ended the session; none where nothing was refused."
    )
    send_as: Fact[Literal["allowed", "denied", "not_tried"]] = fact("Whether the account may send as the From address.")
    delivery: Fact[Literal["accepted", "refused", "not_tried"]] = fact("What the server said to a whole message.")
    queue_id: Fact[str | None] = fact("The id under which the server took the message.")
    port: Fact[int | None] = fact("The port that is set, or that the application takes where none is.")
    encryption: Fact[Literal["starttls", "starttls_optional", "tls", "none", "unset", "not_tried"]] = fact(
        "How the application encrypts; starttls_optional: only if the server offers it."
    )
    verification: Fact[Literal["on", "off", "unset", "not_tried"]] = fact(
        "Whether the application verifies the server's certificate; unset: the file says nothing."
    )
    min_tls: Fact[str | None] = fact("The lowest TLS version that is allowed, such as TLSv1.2; none where none is set.")
    login_form: Fact[Literal["address", "not_address", "none", "not_tried"]] = fact(
        "What the user name is: an address, something else, or nothing."
    )
    from_login: Fact[Literal["match", "mismatch", "unset", "not_tried"]] = fact(
        "Whether the From address is the login."
    )
    from_domain: Fact[Host | None] = fact("The domain of the From address, or of the login where no From is set.")
    auth_method: Fact[Literal["basic", "oauth", "none", "unset", "not_tried"]] = fact("How the application signs in.")
    app_password: Fact[Literal["yes", "no", "not_tried"]] = fact("The password has the form of an app password.")
    secrets_in_clear: Fact[tuple[str, ...]] = fact("Where secrets stand in clear: file:line.")
    recipients: Fact[Literal["internal", "external", "both", "unset"]] = fact(
        "Whom the application writes to, as told by who asked; unset where nobody said."
    )
    connections: Fact[int | None] = fact("Connections that the application may hold at once; none where it is not set.")
    settings: Fact[tuple[SubmissionSetting, ...]] = fact("Every setting that was read, with its place.")
    problems: Fact[tuple[Problem, ...]] = fact("Faults in the settings, each with a stable code.")
    basic_auth: Fact[Literal["allowed", "off_by_default", "removed", "not_used"]] = fact(
        "What Microsoft lets become of user name and password on the day of the run; not_used: OAuth, or no sign-in."
    )
    basic_auth_end: Fact[str | None] = fact(
        "The dates of the end of basic authentication for this host, in a sentence."
    )
