"""What people send besides texts: contacts, places, stickers, voice, pictures and files."""

import base64
import binascii
from typing import Any, Final

from sandbox.telegram.acts import contact_content
from sandbox.telegram.entities import CAPTION_LIMIT, formatted
from sandbox.telegram.errors import Json, Refusal, Unplayable
from sandbox.telegram.files import StoredFile, Upload
from sandbox.telegram.model import Telegram
from sandbox.telegram.people import Person

KINDS: Final = ("contact", "location", "sticker", "voice", "photo", "document")

# A white dot: what is sent as a picture when nobody says which.
_DOT: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7b2OAAAAABJRU5ErkJggg=="
)
_STICKER_SIDE_PX: Final = 512


def attachment(telegram: Telegram, person: Person, body: Json) -> Json | None:
    """Return the content that a control request describes, None if it holds no attachment.

    Raises:
        Unplayable: It cannot be sent like this.
    """
    kind = next((name for name in KINDS if isinstance(body.get(name), dict)), None)
    if kind is None:
        return None
    given: Json = body[kind]
    match kind:
        case "contact":
            return contact_content(person, given)
        case "location":
            return {"location": _location(given)}
        case "sticker":
            return _sticker(telegram, given)
        case "voice":
            return _voice(telegram, given)
        case _:
            return _picture_or_file(telegram, kind, given)


def _location(given: Json) -> Json:
    place = {name: given.get(name) for name in ("latitude", "longitude")}
    if not all(isinstance(value, int | float) for value in place.values()):
        raise Unplayable("a location needs latitude and longitude")
    return place


def _sticker(telegram: Telegram, given: Json) -> Json:
    stored = telegram.files.add_media(Upload("sticker.webp", b"RIFF", "image/webp"), "stickers")
    look = {"width": _STICKER_SIDE_PX, "height": _STICKER_SIDE_PX, "emoji": _emoji(given)}
    kind = {"type": "regular", "is_animated": False, "is_video": False}
    return {"sticker": _file_json(stored) | kind | look}


def _emoji(given: Json) -> str:
    emoji = given.get("emoji", "👍")
    if not isinstance(emoji, str) or not emoji:
        raise Unplayable("emoji must be a text")
    return emoji


def _voice(telegram: Telegram, given: Json) -> Json:
    duration_s = given.get("durationS", 3)
    if type(duration_s) is not int or duration_s < 1:
        raise Unplayable("durationS must be a whole number from 1")
    stored = telegram.files.add_media(Upload("voice.ogg", b"OggS", "audio/ogg"), "voice")
    return {"voice": _file_json(stored) | {"duration": duration_s, "mime_type": stored.mime_type}}


def _picture_or_file(telegram: Telegram, kind: str, given: Json) -> Json:
    name = str(given.get("name") or ("picture.png" if kind == "photo" else "file.txt"))
    upload = Upload(name, _bytes(given, default=_DOT if kind == "photo" else b"Habari\n"))
    keep = telegram.files.add_photo if kind == "photo" else telegram.files.add_document
    try:
        shown = keep(upload).to_json()
        caption = _caption(given.get("caption", ""))
    except Refusal as refusal:
        raise Unplayable(refusal.description) from refusal
    return {kind: [shown] if kind == "photo" else shown} | caption


def _bytes(given: Json, *, default: bytes) -> bytes:
    if "base64" not in given:
        return default
    try:
        return base64.b64decode(str(given["base64"]), validate=True)
    except binascii.Error as error:
        raise Unplayable("base64 must be that of a file") from error


def _caption(text: Any) -> Json:
    if not isinstance(text, str):
        raise Unplayable("caption must be a text")
    content = formatted(text, [], limit=CAPTION_LIMIT)
    caption = {"caption": content["text"], "caption_entities": content["entities"]}
    return {name: value for name, value in caption.items() if value}


def _file_json(stored: StoredFile) -> Json:
    return {
        "file_id": stored.id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
    }
