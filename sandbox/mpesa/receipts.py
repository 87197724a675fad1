"""M-Pesa receipt numbers: ten characters, the first three of them the date."""

from datetime import datetime

from sandbox.clock import EAT

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPACE = len(DIGITS) ** 7
_STEP = 48_271_000_003
"""Shares no factor with 36, so the 36^7 numbers are all used before one comes twice."""


def receipt_number(serial: int, *, at: datetime) -> str:
    """Return the receipt of the payment with this serial number.

    `U` is 2026, then the month as a letter from A and the day as a digit of base 32, as on
    Safaricom's own receipts; the rest differs for any two serials below 36^7.
    """
    local = at.astimezone(EAT)
    year = DIGITS[10 + (local.year - 2006) % 26]
    scrambled = serial * _STEP % _SPACE
    tail = ""
    for _ in range(7):
        scrambled, digit = divmod(scrambled, len(DIGITS))
        tail = DIGITS[digit] + tail
    return year + DIGITS[9 + local.month] + DIGITS[local.day] + tail
