"""The text messages M-Pesa sends to a payer."""

from datetime import datetime

from sandbox.clock import EAT
from sandbox.mpesa.prompts import Order


def format_ksh(amount_kes: int) -> str:
    """Return e.g. `Ksh1,500.00`."""
    return f"Ksh{amount_kes:,}.00"


def paid(order: Order, *, receipt: str, balance_kes: int, at: datetime) -> str:
    """Return the confirmation of a payment, in Kenya's time."""
    local = at.astimezone(EAT)
    when = f"{local.day}/{local.month}/{local:%y} at {local.hour % 12 or 12}:{local:%M %p}"
    how = (
        f"paid to {order.business}"
        if order.till
        else f"sent to {order.business} for account {order.account}"
    )
    return (
        f"{receipt} Confirmed. {format_ksh(order.amount_kes)} {how} on {when}. "
        f"New M-PESA balance is {format_ksh(balance_kes)}. Transaction cost, Ksh0.00."
    )


def too_little_money(order: Order, *, balance_kes: int) -> str:
    """Return the refusal of a payment for want of money."""
    return (
        f"Failed. You do not have enough money in your M-PESA account to pay "
        f"{format_ksh(order.amount_kes)} to {order.business}. "
        f"Your M-PESA balance is {format_ksh(balance_kes)}."
    )


def wrong_pin(order: Order) -> str:
    """Return the refusal of a payment for a wrong PIN."""
    return f"Failed. You have entered the wrong PIN. {order.business} has not been paid."
