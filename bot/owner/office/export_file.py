"""The books as a file: an Excel workbook, or CSV files in a zip, in the reader's language.

What people typed never becomes a formula: Excel cells are written as text, and in CSV a text that
a spreadsheet would calculate gets an apostrophe in front. Writing is done in a thread.
"""

import asyncio
import csv
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from io import BytesIO, TextIOWrapper
from typing import Protocol
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

from bot.words.names import LANGUAGE_NAMES
from bot.words.outcomes import owner_sentence
from bot.words.texts import Texts
from core.billing.lifecycle import PushState, SubscriptionStatus, TransactionStatus
from core.billing.periods import Frequency, Renewal
from core.models import PaymentSource, PushOrigin
from core.services.office.exports import Cell, ExportService, Sheet

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTH = 16
_CODED = frozenset({"renewal", "origin", "state", "source", "language"})


class FileKind(StrEnum):
    """What programs can read."""

    EXCEL = "xlsx"
    CSV = "zip"


class Book(Protocol):
    """A file in the making. Sheets come one after the other, and rows in their order."""

    def begin(self, title: str, headings: Sequence[str]) -> None:
        """Begin a sheet."""

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows to the sheet begun last."""

    def close(self) -> bytes:
        """End the file and return it."""


class ExcelBook:
    """A workbook that keeps its rows on disk while it grows."""

    def __init__(self) -> None:
        self._file = BytesIO()
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd hh:mm",
        }
        self._book = xlsxwriter.Workbook(self._file, options)
        self._bold = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._row = 0

    def begin(self, title: str, headings: Sequence[str]) -> None:
        """Begin a sheet; its headings stay in sight."""
        self._sheet = self._book.add_worksheet(title)
        self._sheet.set_column(0, len(headings) - 1, _WIDTH)
        self._sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            self._sheet.write_string(0, column, heading, self._bold)
        self._row = 1

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows to the sheet begun last."""
        for row in rows:
            for column, cell in enumerate(row):
                self._write(column, cell)
            self._row += 1

    def _write(self, column: int, cell: Cell) -> None:
        match cell:
            case None:
                pass
            case datetime():
                self._sheet.write_datetime(self._row, column, cell)
            case date():
                self._sheet.write_datetime(self._row, column, cell, self._day)
            case int():
                self._sheet.write_number(self._row, column, cell)
            case _:
                self._sheet.write_string(self._row, column, cell)

    def close(self) -> bytes:
        """End the file and return it."""
        self._book.close()
        return self._file.getvalue()


class CsvBook:
    """A zip with one CSV file a sheet."""

    def __init__(self) -> None:
        self._file = BytesIO()
        self._zip = ZipFile(self._file, "w", ZIP_DEFLATED)
        self._text: TextIOWrapper | None = None

    def begin(self, title: str, headings: Sequence[str]) -> None:
        """Begin a file; the mark in front tells Excel that it is UTF-8."""
        self._end()
        self._text = TextIOWrapper(
            self._zip.open(f"{title}.csv", "w"), encoding="utf-8-sig", newline=""
        )
        self.add([list(headings)])

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows to the file begun last."""
        if self._text is not None:
            csv.writer(self._text).writerows([[_as_text(cell) for cell in row] for row in rows])

    def _end(self) -> None:
        if self._text is not None:
            self._text.close()

    def close(self) -> bytes:
        """End the file and return it."""
        self._end()
        self._zip.close()
        return self._file.getvalue()


def _as_text(cell: Cell) -> str | int:
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M:%S}"
        case date():
            return cell.isoformat()
        case int():
            return cell
        case _:
            return f"'{cell}" if cell.startswith(_FORMULA) else cell


async def books_of(
    exports: ExportService, owner_id: int, texts: Texts, kind: FileKind
) -> tuple[bytes, int]:
    """Return the owner's books as a file, and how many rows it has."""
    book: Book = ExcelBook() if kind is FileKind.EXCEL else CsvBook()
    count = 0
    for sheet in Sheet:
        columns = exports.columns(sheet)
        headings = [heading(texts, column) for column in columns]
        await asyncio.to_thread(book.begin, sheet_name(texts, sheet), headings)
        async for page in exports.pages(owner_id, sheet):
            shown = [
                [_shown(texts, sheet, *pair) for pair in zip(columns, row, strict=True)]
                for row in page
            ]
            await asyncio.to_thread(book.add, shown)
            count += len(page)
    return await asyncio.to_thread(book.close), count


def _shown(texts: Texts, sheet: Sheet, column: str, cell: Cell) -> Cell:
    """Return the value as people read it: in their words, and in their zone's time."""
    _ = texts.gettext
    match cell:
        case bool():
            return _("yes") if cell else _("no")
        case datetime():
            return cell.astimezone(texts.zone).replace(tzinfo=None)
        case str():
            return _said(texts, sheet, column, cell)
        case _:
            return cell


def _said(texts: Texts, sheet: Sheet, column: str, code: str) -> str:
    if column == "status":
        return _status(texts, sheet, code)
    if column == "frequency":
        return texts.frequency(Frequency(code), 1)
    if column == "outcome":
        return _outcome(texts, code)
    return _words(texts).get(code, code) if column in _CODED else code


@cache
def _outcome(texts: Texts, code: str) -> str:
    return owner_sentence(texts, code)


def _status(texts: Texts, sheet: Sheet, value: str) -> str:
    kind = SubscriptionStatus if sheet is Sheet.SUBSCRIPTIONS else TransactionStatus
    return texts.status(kind(value)).split(" ", 1)[1]


@cache
def _words(texts: Texts) -> dict[str, str]:
    """Return the words for codes that stand in cells."""
    _ = texts.gettext
    return {
        Renewal.FIXED: _("fixed dates"),
        Renewal.ROLLING: _("from payment to payment"),
        PushOrigin.AUTOMATIC: _("FluxPay"),
        PushOrigin.PERSON: _("a person"),
        PushState.CREATED: _("not sent yet"),
        PushState.SENDING: _("being sent"),
        PushState.SENT: _("on the phone"),
        PushState.UNKNOWN: _("unknown"),
        PushState.SUCCESS: _("paid"),
        PushState.FAILED: _("not paid"),
        PushState.REJECTED: _("refused"),
        PaymentSource.STK: _("M-Pesa prompt"),
        PaymentSource.C2B: _("M-Pesa by hand"),
        PaymentSource.CASH: _("cash"),
        PaymentSource.BANK: _("bank"),
        PaymentSource.SMS: _("M-Pesa message"),
        **LANGUAGE_NAMES,
    }


def sheet_name(texts: Texts, sheet: Sheet) -> str:
    """Return a sheet's name; Excel takes 31 characters."""
    _ = texts.gettext
    return {
        Sheet.PLANS: _("Plans"),
        Sheet.CLIENTS: _("Clients"),
        Sheet.SUBSCRIPTIONS: _("Subscriptions"),
        Sheet.TRANSACTIONS: _("Transactions"),
        Sheet.PROMPTS: _("Prompts"),
        Sheet.PAYMENTS: _("Payments"),
        Sheet.ALLOCATIONS: _("Allocations"),
    }[sheet]


def heading(texts: Texts, column: str) -> str:
    """Return a column's heading."""
    return {**_of_rows(texts), **_of_money(texts), **_of_times(texts)}[column]


def _of_rows(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "id": _("Number"),
        "client_id": _("Client number"),
        "client.name": _("Client"),
        "plan_id": _("Plan number"),
        "plan.name": _("Plan"),
        "subscription_id": _("Subscription number"),
        "transaction_id": _("Transaction number"),
        "payment_id": _("Payment number"),
        "name": _("Name"),
        "phone_number": _("Phone"),
        "email": _("E-mail"),
        "language": _("Language"),
        "status": _("Status"),
        "state": _("State"),
        "outcome": _("Outcome"),
        "origin": _("Asked by"),
        "source": _("Way of payment"),
        "is_verified": _("Proved"),
        "frequency": _("How often"),
        "interval_count": _("Interval"),
        "billing_day": _("Billing day"),
        "renewal": _("Renewal"),
    }


def _of_money(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "amount_kes": _("Amount (KES)"),
        "paid_kes": _("Paid (KES)"),
        "credit_kes": _("Credit (KES)"),
        "account_reference": _("Account"),
        "description": _("Description"),
        "retry_count": _("Asked again"),
        "mpesa_receipt_no": _("M-Pesa code"),
        "receipt": _("M-Pesa code"),
        "shortcode": _("Paybill or Till"),
        "result_code": _("Safaricom's code"),
        "result_desc": _("Safaricom's words"),
        "checkout_request_id": _("Safaricom's number"),
    }


def _of_times(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "created_at": _("Made"),
        "archived_at": _("Archived"),
        "next_billing_date": _("Next bill"),
        "activated_at": _("Activated"),
        "cancelled_at": _("Cancelled"),
        "period_start": _("Period from"),
        "period_end": _("Period until"),
        "settled_at": _("Settled"),
        "sent_at": _("Sent"),
        "closed_at": _("Ended"),
        "paid_at": _("Paid"),
    }
