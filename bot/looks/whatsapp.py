"""The button that opens WhatsApp with a text ready: there the owner only presses Send."""

from urllib.parse import quote

from telegram import InlineKeyboardButton

# Nothing says how long a button's link may be; links of some 2,000 characters pass everywhere.
_LONGEST_TEXT = 1900
# Of one name, once it is in a link: an umlaut takes 6 characters there, an emoji 12.
_LONGEST_NAME = 240
_CUT = "…"


def by_whatsapp(label: str, phone_number: str, words: str) -> list[InlineKeyboardButton]:
    """Return the button in a row; an empty one where the number was deleted with the person.

    Words that are too many for a link are cut at their end.
    """
    if not phone_number:
        return []
    return [InlineKeyboardButton(label, url=f"https://wa.me/{phone_number}?text={in_link(words)}")]


def short_for_link(name: str) -> str:
    """Return a name so short that some of them, and the words around them, fit in a link."""
    return _cut(name, _LONGEST_NAME)


def in_link(words: str) -> str:
    """Return the words as they stand in a link, cut where they would make it too long."""
    return quote(_cut(words, _LONGEST_TEXT), safe="")


def _cut(text: str, limit: int) -> str:
    if len(quote(text, safe="")) <= limit:
        return text
    kept, room = "", limit - len(quote(_CUT, safe=""))
    for letter in text:
        room -= len(quote(letter, safe=""))
        if room < 0:
            break
        kept += letter
    return kept + _CUT
