"""The mail server of the settings: one URL, or its parts."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import unquote, urlsplit


class SmtpTls(StrEnum):
    """How the connection to the mail server is kept from being read."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_PORTS = {SmtpTls.STARTTLS: 587, SmtpTls.TLS: 465, SmtpTls.NONE: 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The mail server, and the address that e-mails come from."""

    host: str
    port: int | None
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    tls: SmtpTls


def read_smtp(url: str | None, given: Smtp) -> Smtp | None:
    """Return the mail server with all that was left out; what the URL says goes before its parts.

    None: neither names a host.
    """
    if url is not None:
        parts = urlsplit(url)
        given = replace(
            given,
            host=parts.hostname or "",
            port=parts.port or given.port,
            user=unquote(parts.username) if parts.username else given.user,
            password=unquote(parts.password) if parts.password else given.password,
            tls=SmtpTls.TLS if parts.scheme == "smtps" else given.tls,
        )
    if not given.host:
        return None
    return replace(
        given, port=given.port or _PORTS[given.tls], sender=given.sender or given.user or ""
    )


def smtp_faults(given: Mapping[str, str | None]) -> list[str]:
    """Say what keeps e-mails from going out, or from going out unread by others."""
    faults, host, user = [], given.get("smtp_host"), str(given.get("smtp_user", ""))
    if "smtp_url" in given:
        parts = urlsplit(str(given["smtp_url"]))
        host, user = parts.hostname, unquote(parts.username or user)
        if parts.scheme not in {"smtp", "smtps"} or not host:
            faults.append("SMTP_URL is not of the form smtps://user:password@host:port")
    if host and "smtp_from" not in given and "@" not in user:
        faults.append("SMTP_FROM is missing")
    is_open = str(given.get("smtp_tls", "")).lower() == SmtpTls.NONE
    if host and is_open and not is_loopback(f"smtp://{host}"):
        faults.append("SMTP_TLS=none is for a mail server on this machine alone")
    return faults


def is_loopback(url: str) -> bool:
    """Tell whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
