"""The languages: gettext for words, Babel for dates, one house format for money.

The catalogues are the .po files of locale/, compiled in memory at first use. A text that a
language lacks appears in English, which is the msgid itself.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.billing.lifecycle import SubscriptionStatus, TransactionStatus
from core.billing.money import format_kes
from core.billing.periods import Frequency

LANGUAGES = ("en", "sw")
DOMAIN = "fluxpay"
EAST_AFRICA_TIME = ZoneInfo("Africa/Nairobi")

_LOCALE_FOLDER = Path(__file__).resolve().parents[2] / "locale"
_LAST_DAY = 31  # As a billing day it means the last day of whatever month it is.
_WEEKS = {Frequency.WEEKLY: 1, Frequency.BIWEEKLY: 2}
_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.SEMIANNUAL: 6}
# English only says "th" from 4 on, and in the teens; Swahili has no such endings.
_TH_IN_SPITE_OF_THE_LAST_DIGIT = (11, 12, 13)


@dataclass(frozen=True, slots=True)
class Texts:
    """One reader's language: words, and how money, dates and states are written in it."""

    language: str
    zone: dt.tzinfo
    """The business zone, in which every instant is shown."""
    locale: Locale
    translations: GNUTranslations

    def gettext(self, msgid: str) -> str:
        """Return the text in this language."""
        return self.translations.gettext(msgid)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return the form for `n` things; the number itself is still to be put in."""
        return self.translations.ngettext(one, many, n)

    def kes(self, amount: int) -> str:
        """Return whole shillings as `KES 1,500`, in every language alike."""
        return format_kes(amount)

    def date(self, on: dt.date) -> str:
        """Return `23 November 2026`."""
        return format_date(on, "d MMMM y", locale=self.locale)

    def day(self, on: dt.date) -> str:
        """Return `Mon 23 Nov`: for lists, where the year is plain."""
        return format_date(on, "EEE d MMM", locale=self.locale)

    def moment(self, at: dt.datetime) -> str:
        """Return `23 Nov, 19:05` in the business zone."""
        return self._in_zone(at, "d MMM, HH:mm")

    def full_moment(self, at: dt.datetime) -> str:
        """Return `23 November 2026, 19:05` in the business zone: for what is kept."""
        return self._in_zone(at, "d MMMM y, HH:mm")

    def frequency(self, frequency: Frequency, interval_count: int) -> str:
        """Return `every month`, `every 2 weeks`: the interval multiplies the frequency."""
        if frequency is Frequency.DAILY:
            return self._every_days(interval_count)
        if frequency is Frequency.YEARLY:
            return self._every_years(interval_count)
        if frequency in _WEEKS:
            return self._every_weeks(_WEEKS[frequency] * interval_count)
        return self._every_months(_MONTHS[frequency] * interval_count)

    def billing_day(self, frequency: Frequency, billing_day: int | None) -> str:
        """Return `on Mondays`, `on the 5th`, `on the last day`.

        Without a day the first bill's own day serves; a daily plan has none.
        """
        _ = self.gettext
        if frequency is Frequency.DAILY:
            return self._every_days(1)
        if billing_day is None:
            return _("on the day of the first bill")
        if frequency in _WEEKS:
            return self._on_weekday(billing_day)
        if billing_day == _LAST_DAY:
            return _("on the last day")
        return self._on_the(billing_day)

    def status(self, status: SubscriptionStatus | TransactionStatus) -> str:
        """Return a sign and a word; no two states share a sign."""
        _ = self.gettext
        match status:
            case SubscriptionStatus():
                return {
                    SubscriptionStatus.PENDING_ACTIVATION: _("⏳ Pending activation"),
                    SubscriptionStatus.ACTIVE: _("✅ Active"),
                    SubscriptionStatus.PAST_DUE: _("⚠️ Past due"),
                    SubscriptionStatus.SUSPENDED: _("⛔ Suspended"),
                    SubscriptionStatus.PAUSED: _("⏸ Paused"),
                    SubscriptionStatus.CANCELLED: _("✖️ Cancelled"),
                }[status]
            case TransactionStatus():
                return {
                    TransactionStatus.PENDING: _("🕓 Pending"),
                    TransactionStatus.SUCCESS: _("💰 Paid"),
                    TransactionStatus.FAILED: _("❌ Failed"),
                    TransactionStatus.VOID: _("🚫 Void"),
                }[status]

    def _in_zone(self, at: dt.datetime, pattern: str) -> str:
        return format_datetime(at.astimezone(self.zone), pattern, locale=self.locale)

    def _every_days(self, n: int) -> str:
        return self.ngettext("every day", "every {n} days", n).format(n=n)

    def _every_weeks(self, n: int) -> str:
        return self.ngettext("every week", "every {n} weeks", n).format(n=n)

    def _every_months(self, n: int) -> str:
        return self.ngettext("every month", "every {n} months", n).format(n=n)

    def _every_years(self, n: int) -> str:
        return self.ngettext("every year", "every {n} years", n).format(n=n)

    def _on_weekday(self, weekday: int) -> str:
        _ = self.gettext
        return (
            _("on Mondays"),
            _("on Tuesdays"),
            _("on Wednesdays"),
            _("on Thursdays"),
            _("on Fridays"),
            _("on Saturdays"),
            _("on Sundays"),
        )[weekday - 1]

    def _on_the(self, day: int) -> str:
        _ = self.gettext
        last_digit = 0 if day in _TH_IN_SPITE_OF_THE_LAST_DIGIT else day % 10
        ending = {
            1: _("on the {day}st"),
            2: _("on the {day}nd"),
            3: _("on the {day}rd"),
        }.get(last_digit, _("on the {day}th"))
        return ending.format(day=day)


def texts_for(language: str, *, zone: dt.tzinfo = EAST_AFRICA_TIME) -> Texts:
    """Return the texts of a language tag such as `sw` or `sw-KE`; English for any other."""
    known = language.replace("_", "-").split("-")[0].lower()
    return _load(known if known in LANGUAGES else LANGUAGES[0], zone)


def to_client(texts: Texts, language: str | None) -> Texts:
    """Return the texts for a client; who has told no language yet is spoken to in the reader's."""
    return texts if language is None else texts_for(language, zone=texts.zone)


def catalogue_path(language: str) -> Path:
    """Return where the translators' file of a language lies."""
    return _LOCALE_FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def _load(language: str, zone: dt.tzinfo) -> Texts:
    # The territory sets day before month in English; in Swahili it changes nothing else.
    locale = Locale(language, "KE")
    return Texts(language, zone, locale, _compile(language))


@cache
def _compile(language: str) -> GNUTranslations:
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
