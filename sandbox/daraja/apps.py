"""The Daraja apps the double knows: what credentials are checked against."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DarajaApp:
    """One registered app. With a `till` it sells on Buy Goods, without on a Paybill."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    shortcode: str
    passkey: str = field(repr=False)
    till: str | None = None
    business_name: str = "FluxPay Demo"


DEFAULT_APP = DarajaApp(
    consumer_key="fluxpay-sandbox-key",
    consumer_secret="fluxpay-sandbox-secret",  # noqa: S106 - play money, printed at start
    shortcode="174379",
    # The passkey Safaricom publishes for its own sandbox (docs/daraja.md, "STK push").
    passkey="bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919",
)
