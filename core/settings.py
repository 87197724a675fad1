"""The settings, read once from the environment and `.env`; the wiring hands out what is needed.

Every fault is named in one message. Nothing else reads the environment.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.setting_values import (
    DatabaseUrl,
    Hours,
    LocalTime,
    Networks,
    OptionalUrl,
    PartOfDay,
    PublicUrl,
    Secret,
    Shortcode,
    TelegramIds,
    Text,
    Url,
    Zone,
    blank_is_absent,
)
from core.smtp import Smtp, SmtpTls, is_loopback, read_smtp, smtp_faults

MIN_SECRET_LENGTH = 32
DEMO_SECRET_KEY = "demo-only-secret-key-demo-only-secret-key"  # noqa: S105 - refused outside the demo


class SettingsInvalid(Exception):
    """The settings can't be used; `faults` says of each one why."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class TelegramMode(StrEnum):
    """How updates reach us."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class Settings(BaseSettings):
    """What the operator decides. Field names are the variables' names in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        arbitrary_types_allowed=True,
    )

    database_url: DatabaseUrl = "sqlite://fluxpay.db"
    telegram_bot_token: Secret = None
    telegram_api_url: Url = "https://api.telegram.org"
    telegram_mode: TelegramMode = TelegramMode.POLLING
    public_url: PublicUrl = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    callback_networks: Networks = frozenset()
    trusted_proxies: Networks = frozenset()
    metrics_networks: Networks = frozenset()
    daraja_base_url: OptionalUrl = None
    daraja_consumer_key: Secret = None
    daraja_consumer_secret: Secret = None
    daraja_shortcode: Shortcode = None
    daraja_passkey: Secret = None
    daraja_till: Shortcode = None
    admin_ids: TelegramIds = frozenset()
    open_signup: bool = False
    secret_key: Secret = None
    secret_key_previous: Secret = None
    timezone: Zone = ZoneInfo("Africa/Nairobi")
    billing_time: LocalTime = time(8, 0)
    sociable_hours: PartOfDay = Hours(420, 1260)
    grace_days: int = Field(default=3, ge=0, le=60)
    queries_a_minute: int = Field(default=5, ge=1, le=600)
    # What Safaricom allows is agreed with each shortcode (docs/daraja.md, "Limits"); 0: no limit.
    pushes_per_second: int = Field(default=10, ge=0, le=1000)
    unknown_closes_after_hours: int = Field(default=24, ge=1, le=720)
    smtp_url: Secret = None
    smtp_host: Text = None
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    smtp_user: Text = None
    smtp_password: Secret = None
    smtp_from: Text = None
    smtp_tls: SmtpTls = SmtpTls.STARTTLS
    log_format: Annotated[str, Field(pattern="^(console|json)$")] = "console"
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"
    sandbox_port: int = Field(default=8081, ge=0, le=65535)
    sandbox_state: str = "fluxpay-sandbox.sqlite3"

    # Set by `for_demo` alone: the local Daraja stands in, no real money moves.
    _demo: bool = PrivateAttr(default=False)

    def for_demo(self, **changes: Any) -> Self:
        """Return a copy with these changes whose every message says DEMO."""
        copy = self.model_copy(update=changes)
        copy._demo = True  # noqa: SLF001 - our own copy
        return copy

    @property
    def has_telegram(self) -> bool:
        """A real Telegram is used, or another Bot API server."""
        return self.telegram_bot_token is not None

    @property
    def has_daraja(self) -> bool:
        """Somebody set something of Daraja's, so he means a Daraja other than the local one."""
        return self.has_telegram and any(
            getattr(self, name) is not None for name in type(self).model_fields if "daraja" in name
        )

    @property
    def demo(self) -> bool:
        """No real money moves, and each message says so."""
        return self._demo

    @property
    def daraja_url(self) -> str:
        """Where Daraja is: Safaricom's own sandbox unless another address is set."""
        return self.daraja_base_url or "https://sandbox.safaricom.co.ke"

    @property
    def callback_base_url(self) -> str:
        """The address under which Daraja reaches our server."""
        if self._demo or self.public_url is None:
            return f"http://127.0.0.1:{self.port}"
        return self.public_url

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys for secrets at rest: the first one encrypts, all of them decrypt."""
        if self.secret_key is None:
            return (DEMO_SECRET_KEY,)
        keys = (self.secret_key, self.secret_key_previous)
        return tuple(key.get_secret_value() for key in keys if key is not None)

    @property
    def smtp(self) -> Smtp | None:
        """The mail server, None where no e-mails are sent."""
        return read_smtp(
            _shown(self.smtp_url),
            Smtp(
                host=self.smtp_host or "",
                port=self.smtp_port,
                user=self.smtp_user,
                password=_shown(self.smtp_password),
                sender=self.smtp_from or "",
                tls=self.smtp_tls,
            ),
        )

    @property
    def grace(self) -> timedelta:
        """How long after the last retry a subscription keeps running."""
        return timedelta(days=self.grace_days)

    @property
    def unknown_closes_after(self) -> timedelta:
        """How long a prompt may stay without an answer before only a person can go on."""
        return timedelta(hours=self.unknown_closes_after_hours)

    @model_validator(mode="wrap")
    @classmethod
    def _name_every_fault(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Add to the single fields' faults those that show only when fields are seen together."""
        faults = _faults_together(data)
        try:
            settings = handler(data)
        except ValidationError as error:
            raise SettingsInvalid([*_faults(error), *faults]) from None
        if faults:
            raise SettingsInvalid(faults)
        return settings


def _shown(value: Any) -> str | None:
    """Return a setting as it was written, a secret one too."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _faults_together(data: Mapping[str, Any]) -> list[str]:
    """Say what is wrong between the settings, each as it was written."""
    given = {name: value for name, value in data.items() if blank_is_absent(value) is not None}
    is_real = "telegram_bot_token" in given and any("daraja" in name for name in given)
    faults = _missing(given) if is_real else []
    if str(given.get("telegram_mode", "")).lower() == "webhook" and "public_url" not in given:
        faults.append("PUBLIC_URL is missing: TELEGRAM_MODE=webhook needs it")
    faults += smtp_faults(
        {name: _shown(value) for name, value in given.items() if name.startswith("smtp_")}
    )
    for name in ("secret_key", "secret_key_previous"):
        faults += _weaknesses(name, given.get(name), is_real=is_real)
    return faults


def _missing(given: Mapping[str, Any]) -> list[str]:
    """Name what a real Daraja cannot do without."""
    names = ["daraja_consumer_key", "daraja_consumer_secret", "daraja_shortcode", "daraja_passkey"]
    names.append("secret_key")
    if not is_loopback(str(given.get("daraja_base_url", ""))):
        names.append("public_url")
    return [f"{name.upper()} is missing" for name in names if name not in given]


def _weaknesses(name: str, key: Any, *, is_real: bool) -> list[str]:
    if key is None:
        return []
    text = key.get_secret_value() if isinstance(key, SecretStr) else str(key)
    faults = []
    if len(text) < MIN_SECRET_LENGTH:
        faults.append(f"{name.upper()} is shorter than {MIN_SECRET_LENGTH} characters")
    if text == DEMO_SECRET_KEY and is_real:
        faults.append(f"{name.upper()} is the demo's: make one of your own")
    return faults


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsInvalid: With every fault that was found.
    """
    return Settings()


def _faults(error: ValidationError) -> list[str]:
    """Turn pydantic's list into lines that name the variable and never show its value."""
    lines: list[str] = []
    for fault in error.errors(include_input=False, include_url=False):
        name = str(fault["loc"][0]).upper() if fault["loc"] else ""
        lines += [f"{name} {text}".strip() for text in fault["msg"].splitlines()]
    return lines
