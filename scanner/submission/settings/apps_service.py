"""What the files of services mean: Grafana, Alertmanager, GitLab."""

from __future__ import annotations

from rules.facts import Unknown
from scanner.submission.settings.settings import Correction, Settings, Target, truth
from scanner.submission.settings.sheet import Sheet
from scanner.submission.settings.values import Assignment, Edit, Literal, Script

__all__ = ["read_alertmanager", "read_gitlab", "read_grafana"]


def read_grafana(script: Script) -> list[Settings]:
    """Grafana's `[smtp]`: host, startTLS_policy, skip_verify, user, password, from_address."""
    text = script.text
    mine = [one for one in script.assignments() if one.path[0] == "smtp"]
    if not mine:
        return []
    last = max(text.line(one.end) for one in mine)

    def write(key: str, rendered: str) -> Edit:
        return text.insert_line(last + 1, f"{key} = {rendered}")

    sheet = Sheet(script, mine, write)
    settings = Settings(app="grafana", text=text, line=sheet.first_line)
    host_key, host = sheet.find("host")
    settings.host_and_port("host", host_key or "host", host)
    if host is None:
        settings.host = "localhost"
    settings.port = settings.port if settings.port is not None or isinstance(settings.host, Unknown) else 25
    settings.login = settings.take_text("login", *sheet.find("user"))
    settings.password = settings.take_secret(*sheet.find("password"))
    settings.sender = settings.take_text("from", *sheet.find("from_address"))
    settings.auth = "basic" if settings.login is not None else "none"
    policy = settings.take_text("encryption", *sheet.find("startTLS_policy"))
    if isinstance(policy, Unknown):
        settings.encryption = policy
    elif settings.port == 465:
        settings.encryption = "tls"
    else:
        word = (policy or "").lower()
        settings.encryption = (
            "starttls" if word == "mandatorystarttls" else "none" if word == "nostarttls" else "starttls_optional"
        )
    skip = truth(settings.take("verification", *sheet.find("skip_verify")))
    settings.verification = skip if isinstance(skip, Unknown) else "off" if skip else "on"

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host" | "port":
                name = target.host
                fixed = sheet.put((host_key or "host", f"{name}:{target.port}"))
                return Correction(tuple(Edit(e.start, e.end, e.text, "host") for e in fixed.edits), fixed.notes)
            case "encryption":
                return (
                    sheet.put(("startTLS_policy", "MandatoryStartTLS"))
                    if target.encryption == "starttls"
                    else Correction()
                )
            case "verification":
                return sheet.put(("skip_verify", False))
            case "from":
                return sheet.put(("from_address", target.sender))
        return Correction()

    settings.correct = correct
    return [settings]


def read_alertmanager(script: Script) -> list[Settings]:
    """Alertmanager: the `global` settings, and every `email_configs` that has settings of its own over them."""
    text = script.text
    shared: list[Assignment] = []
    receivers: dict[tuple[str, ...], list[Assignment]] = {}
    for one in script.assignments():
        if one.path[0] == "global" and len(one.path) >= 2 and one.path[1].startswith("smtp_"):
            shared.append(Assignment((one.path[1].removeprefix("smtp_"), *one.path[2:]), one.value, one.start, one.end))
        elif "email_configs" in one.path:
            at = one.path.index("email_configs") + 2
            if len(one.path) > at:
                receivers.setdefault(one.path[:at], []).append(Assignment(one.path[at:], one.value, one.start, one.end))
    found = []
    if shared:
        found.append(_alertmanager(script, shared, shared, "smtp_"))
        for members in receivers.values():
            for one in members:
                if one.path[-1] == "to":
                    found[0].add_recipients("to", one.value)
    for members in receivers.values():
        if any(one.path[0] in ("smarthost", "require_tls", "auth_username", "tls_config", "from") for one in members):
            own = _alertmanager(script, [*shared, *members], members, "")
            own.add_recipients("to", next((one.value for one in members if one.path[-1] == "to"), None))
            own.line = min(text.line(one.start) for one in members)
            found.append(own)
    return found


def _alertmanager(script: Script, members: list[Assignment], own: list[Assignment], prefix: str) -> Settings:
    text = script.text
    scalars = [one for one in own if isinstance(one.value, Literal) and len(one.path) == 1]
    first = scalars[0] if scalars else own[0]
    column = first.start - text.line_start(text.line(first.start))

    def write(key: str, rendered: str) -> Edit:
        line = max(text.line(one.end - 1) for one in (scalars or own))
        return text.insert_line(line + 1, f"{' ' * column}{prefix}{key}: {rendered}")

    sheet = Sheet(script, members, write)
    settings = Settings(app="alertmanager", text=text, line=text.line(first.start))
    key, smarthost = sheet.find("smarthost")
    settings.host_and_port("host", prefix + key, smarthost)
    settings.sender = settings.take_text("from", *sheet.find("from"))
    settings.login = settings.take_text("login", *sheet.find("auth_username"))
    settings.password = settings.take_secret(*sheet.find("auth_password"))
    if sheet.find("auth_secret")[1] is not None:
        settings.take_secret(*sheet.find("auth_secret"))
    if sheet.find("auth_password_file")[1] is not None:
        settings.take("credentials_file", *sheet.find("auth_password_file"))
    settings.auth = "basic" if settings.login is not None else "none"
    required = truth(settings.take("encryption", *sheet.find("require_tls")))
    implicit = settings.port == 465
    settings.encryption = (
        required
        if isinstance(required, Unknown)
        else "tls"
        if implicit
        else "starttls_optional"
        if required is False
        else "starttls"
    )
    skip = truth(settings.take("verification", *sheet.find("insecure_skip_verify")))
    settings.verification = skip if isinstance(skip, Unknown) else "off" if skip else "on"
    version = settings.take_text("min_tls", *sheet.find("min_version"))
    names = {"TLS10": "TLSv1", "TLS11": "TLSv1.1", "TLS12": "TLSv1.2", "TLS13": "TLSv1.3"}
    settings.min_tls = names.get(version, version) if isinstance(version, str) else version

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host" | "port":
                name = target.host
                fixed = sheet.put(("smarthost", f"{name}:{target.port}"))
                return Correction(
                    tuple(Edit(e.start, e.end, e.text, f"smarthost:{e.start}") for e in fixed.edits), fixed.notes
                )
            case "encryption":
                return sheet.put(("require_tls", True if sheet.find("require_tls")[1] is not None else None))
            case "verification":
                return sheet.put(("insecure_skip_verify", False))
            case "min_tls":
                return sheet.put(("min_version", "TLS12"))
            case "from":
                return sheet.put(("from", target.sender))
        return Correction()

    settings.correct = correct
    return settings


def read_gitlab(script: Script) -> list[Settings]:
    """GitLab's gitlab.rb: `gitlab_rails['smtp_address']` and its neighbours."""
    text = script.text
    mine = [one for one in script.assignments() if one.path[0] == "gitlab_rails" and len(one.path) > 1]
    if not any(one.path[-1] == "smtp_address" for one in mine):
        return []
    smtp = [one for one in mine if one.path[-1].startswith("smtp_")]
    last = max(text.line(one.end) for one in smtp)

    def write(key: str, rendered: str) -> Edit:
        return text.insert_line(last + 1, f"gitlab_rails['{key}'] = {rendered}")

    sheet = Sheet(script, mine, write)
    settings = Settings(app="gitlab", text=text, line=min(text.line(one.start) for one in smtp))
    settings.host = settings.take_text("host", *sheet.find("smtp_address"))
    key, port = sheet.find("smtp_port")
    settings.port = settings.take_number("port", key, port) if port is not None else 25
    settings.login = settings.take_text("login", *sheet.find("smtp_user_name"))
    settings.password = settings.take_secret(*sheet.find("smtp_password"))
    settings.sender = settings.take_text("from", *sheet.find("gitlab_email_from"))
    method = settings.take_text("auth", *sheet.find("smtp_authentication"))
    settings.auth = "oauth" if method == "xoauth2" else "basic" if settings.login is not None else "none"
    tls = truth(settings.take("encryption", *sheet.find("smtp_tls")))
    ssl = truth(settings.take("encryption", *sheet.find("smtp_ssl")))
    auto = truth(settings.take("encryption", *sheet.find("smtp_enable_starttls_auto")))
    settings.encryption = (
        "tls" if tls is True or ssl is True else "none" if auto is False else "starttls" if auto else "unset"
    )
    for said in (tls, ssl, auto):
        if isinstance(said, Unknown):
            settings.encryption = said
    mode = settings.take_text("verification", *sheet.find("smtp_openssl_verify_mode"))
    settings.verification = (
        mode if isinstance(mode, Unknown) else "off" if mode == "none" else "on" if mode else "unset"
    )

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host":
                return sheet.put(("smtp_address", target.host))
            case "port":
                return sheet.put(("smtp_port", target.port))
            case "encryption":
                implicit = target.encryption == "tls"
                has_ssl = sheet.find("smtp_ssl")[1] is not None
                has_tls = sheet.find("smtp_tls")[1] is not None
                return sheet.put(
                    ("smtp_enable_starttls_auto", not implicit),
                    ("smtp_tls", implicit if has_tls or implicit else None),
                    ("smtp_ssl", (False if implicit else implicit) if has_ssl else None),
                )
            case "verification":
                return sheet.put(("smtp_openssl_verify_mode", "peer"))
            case "from":
                return sheet.put(("gitlab_email_from", target.sender))
        return Correction()

    settings.correct = correct
    return [settings]
