"""What Daraja's result codes say became of a prompt: one table, each row with its source.

Result codes come in callbacks and queries. The error codes of Daraja's HTTP answers are another
space (error_codes.py). A code counts as an end only if its sources agree that no money moved;
where they don't, or where the code belongs to another API, it is UNCLEAR: asked about again,
never guessed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.billing.outcomes import Outcome
from core.daraja.wire import read_result_code


class Source(StrEnum):
    """Who says so."""

    SAFARICOM = "Safaricom's portal"
    SEVERAL = "several third parties, or a captured payload"
    ONE = "one third party"
    DISPUTED = "sources that contradict each other"


@dataclass(frozen=True, slots=True)
class ResultCode:
    """One row of the table."""

    code: str
    outcome: Outcome
    meaning: str
    source: Source


_O, _S = Outcome, Source
_ROWS = (
    ResultCode("0", _O.PAID, "paid", _S.SAFARICOM),
    ResultCode("1", _O.NO_MONEY, "the balance, Fuliza included, is too low", _S.SAFARICOM),
    ResultCode("2", _O.AMOUNT_FAULT, "less than the minimum of KES 1", _S.SAFARICOM),
    ResultCode("3", _O.AMOUNT_FAULT, "more than one transaction may move", _S.SAFARICOM),
    ResultCode("4", _O.OVER_LIMIT, "more than the client may pay in a day", _S.SAFARICOM),
    ResultCode("8", _O.MERCHANT_FAULT, "the Paybill or Till would hold too much", _S.SAFARICOM),
    # "Same amount and client within two minutes" means that the other payment may be the one.
    ResultCode("17", _O.UNCLEAR, "a rule limits it: same amount and client", _S.DISPUTED),
    # "System busy" in a callback: nobody has proved that nothing moved.
    ResultCode("26", _O.UNCLEAR, "system busy", _S.SEVERAL),
    ResultCode("1001", _O.BUSY, "the phone has another session open", _S.SEVERAL),
    ResultCode("1019", _O.TIMED_OUT, "the transaction expired", _S.SAFARICOM),
    # Safaricom: text over 182 characters, which ours never has. Others: any failure of sending.
    ResultCode("1025", _O.UNCLEAR, "the prompt could not be sent", _S.DISPUTED),
    ResultCode("1031", _O.UNCLEAR, "listed without an agreed meaning", _S.ONE),
    # Some handsets report a prompt that nobody answered as cancelled, too.
    ResultCode("1032", _O.CANCELLED, "cancelled by the client", _S.SAFARICOM),
    ResultCode("1036", _O.UNREACHABLE, "the phone did not confirm the prompt", _S.SEVERAL),
    # With "No response from user" it is TIMED_OUT: see outcome_of.
    ResultCode("1037", _O.UNREACHABLE, "the phone can't be reached", _S.SAFARICOM),
    ResultCode("1101", _O.MERCHANT_FAULT, "the prompt's beginning is too long", _S.ONE),
    ResultCode("2001", _O.WRONG_PIN, "wrong PIN", _S.SAFARICOM),
    ResultCode("2006", _O.MERCHANT_FAULT, "the shortcode is not active", _S.SAFARICOM),
    ResultCode("2028", _O.MERCHANT_FAULT, "the product does not permit it", _S.SAFARICOM),
    ResultCode("2029", _O.MERCHANT_FAULT, "a till used as Paybill, or the reverse", _S.ONE),
    ResultCode("2040", _O.PHONE_FAULT, "not registered with M-Pesa", _S.SAFARICOM),
    # Comes from the query while the client is still typing.
    ResultCode("4999", _O.PENDING, "still under processing", _S.SEVERAL),
    ResultCode("8006", _O.PHONE_FAULT, "locked until the client calls Safaricom", _S.SAFARICOM),
    ResultCode("9999", _O.UNCLEAR, "not sent, or in progress, or cancelled", _S.DISPUTED),
    ResultCode("SFC_IC0003", _O.MERCHANT_FAULT, "no such till or Paybill", _S.SAFARICOM),
    # Codes of other APIs: on an STK push they would mean something that nobody has written down.
    ResultCode("11", _O.UNCLEAR, "B2C: the debit party is invalid", _S.ONE),
    ResultCode("15", _O.UNCLEAR, "B2C: the conversation id was used before", _S.ONE),
    ResultCode("18", _O.UNCLEAR, "B2C: the initiator's password is wrong", _S.ONE),
    ResultCode("20", _O.UNCLEAR, "B2C: the initiator is unknown", _S.DISPUTED),
    ResultCode("21", _O.UNCLEAR, "B2C: the initiator lacks the role", _S.ONE),
    ResultCode("24", _O.UNCLEAR, "B2C: fields are missing", _S.ONE),
    ResultCode("25", _O.UNCLEAR, "B2C: parameters are bad", _S.ONE),
    ResultCode("29", _O.UNCLEAR, "B2C: the command is bad", _S.ONE),
    ResultCode("R000001", _O.UNCLEAR, "Reversal: reversed already", _S.SAFARICOM),
    ResultCode("R000002", _O.UNCLEAR, "Reversal: no such transaction", _S.SAFARICOM),
    ResultCode("1012", _O.UNCLEAR, "in one unreliable list", _S.ONE),
    ResultCode("1026", _O.UNCLEAR, "in one unreliable list", _S.ONE),
    ResultCode("1050", _O.UNCLEAR, "in one unreliable list", _S.ONE),
    ResultCode("1051", _O.UNCLEAR, "in one unreliable list", _S.ONE),
)

RESULT_CODES = {row.code: row for row in _ROWS}

_PROCESSING = re.compile(r"(being|still|under)\s+process", re.IGNORECASE)
_UNANSWERED = re.compile(r"no\s+response\s+from\s+(the\s+)?user", re.IGNORECASE)


def says_processing(text: str) -> bool:
    """Tell whether a text says that the client has not answered yet."""
    return _PROCESSING.search(text) is not None


def outcome_of(code: str | int, desc: str) -> Outcome:
    """Return what became of the prompt: PAID for the integer 0 and the string "0" alone.

    The description only tells apart what one code has two meanings for.
    """
    row = RESULT_CODES.get(read_result_code(code) or "")
    outcome = row.outcome if row else Outcome.UNCLEAR
    if outcome is Outcome.UNCLEAR and says_processing(desc):
        return Outcome.PENDING
    if outcome is Outcome.UNREACHABLE and _UNANSWERED.search(desc):
        return Outcome.TIMED_OUT
    return outcome
