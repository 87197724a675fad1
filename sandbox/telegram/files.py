"""Photos and documents that went through the chat."""

import base64
import hashlib
import mimetypes
import struct
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from sandbox.rows import Recorded, Shelf
from sandbox.telegram.errors import Json, bad_request

PHOTO_LIMIT_BYTES: Final = 10 * 1024 * 1024
UPLOAD_LIMIT_BYTES: Final = 50 * 1024 * 1024
DOWNLOAD_LIMIT_BYTES: Final = 20 * 1024 * 1024
# Telegram: width plus height at most 10,000, and no side more than 20 times the other.
_SIDES_LIMIT_PX: Final = 10_000
_RATIO_LIMIT: Final = 20
_JPEG_SIZE_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Upload:
    """A file as it came with a call."""

    name: str
    content: bytes
    mime_type: str = ""


@dataclass
class StoredFile(Recorded):
    """A file under its `file_id`; `content` is base64, so that the whole can be dumped."""

    id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    content: str
    width_px: int = 0
    height_px: int = 0

    @property
    def body(self) -> bytes:
        """Return the bytes."""
        return base64.b64decode(self.content)

    @property
    def size(self) -> int:
        """Return the length in bytes."""
        return len(self.body)

    @property
    def is_photo(self) -> bool:
        """Tell whether it was sent as a photo."""
        return self.width_px > 0

    def to_json(self) -> Json:
        """Return Telegram's `PhotoSize` or `Document`."""
        common: Json = {
            "file_id": self.id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }
        if self.is_photo:
            return common | {"width": self.width_px, "height": self.height_px}
        return common | {"file_name": self.name, "mime_type": self.mime_type}


class FileStore:
    """All files, by `file_id`."""

    def __init__(self) -> None:
        self.shelf: Shelf[str, StoredFile] = Shelf(vars)

    def load(self, state: list[dict[str, Any]]) -> None:
        """Replace all files."""
        self.shelf.replace((item["id"], StoredFile(**item)) for item in state)

    def find(self, file_id: str) -> StoredFile | None:
        """Return the file, or None."""
        return self.shelf.get(file_id)

    def find_by_path(self, path: str) -> StoredFile | None:
        """Return the file that `getFile` gave this path, or None."""
        return next((stored for stored in self.shelf.values() if stored.path == path), None)

    def add_photo(self, upload: Upload) -> StoredFile:
        """Keep a photo.

        Raises:
            Refusal: Too big, no picture, or of a shape that Telegram does not take.
        """
        size = len(upload.content)
        if size > PHOTO_LIMIT_BYTES:
            raise bad_request(
                f"file of size {size} bytes is too big for a photo; "
                f"the maximum size is {PHOTO_LIMIT_BYTES} bytes"
            )
        width, height = _picture_size(upload.content)
        if not width or not height:
            raise bad_request("IMAGE_PROCESS_FAILED")
        if width + height > _SIDES_LIMIT_PX or max(width, height) > _RATIO_LIMIT * min(
            width, height
        ):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        stored = self._stored(upload, "photos")
        stored.width_px, stored.height_px = width, height
        return stored

    def add_document(self, upload: Upload) -> StoredFile:
        """Keep a document; an empty one is refused, as Telegram does."""
        if not upload.content:
            raise bad_request("file must be non-empty")
        return self._stored(upload, "documents")

    def add_media(self, upload: Upload, folder: str) -> StoredFile:
        """Keep what a person sent otherwise, e.g. a voice message or a sticker."""
        return self._stored(upload, folder)

    def _stored(self, upload: Upload, folder: str) -> StoredFile:
        number = len(self.shelf)
        name = PurePosixPath(upload.name.replace("\\", "/")).name or "file"
        digest = hashlib.sha256(upload.content).hexdigest()
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        stored = StoredFile(
            id=f"{folder[0].upper()}gAC{number:04}{digest[:32]}",
            unique_id=f"Q{digest[:14]}",
            path=f"{folder}/file_{number}{PurePosixPath(name).suffix}",
            name=name,
            mime_type=upload.mime_type or guessed,
            content=base64.b64encode(upload.content).decode(),
        )
        self.shelf[stored.id] = stored
        return stored


def _picture_size(content: bytes) -> tuple[int, int]:
    """Return width and height in pixels, or zeros for what is no PNG, JPEG or GIF."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack(">II", content[16:24])
            return width, height
        if content.startswith((b"GIF87a", b"GIF89a")):
            width, height = struct.unpack("<HH", content[6:10])
            return width, height
        return _jpeg_size(content)
    except (struct.error, IndexError):
        return 0, 0


def _jpeg_size(content: bytes) -> tuple[int, int]:
    if not content.startswith(b"\xff\xd8"):
        return 0, 0
    index = 2
    while content[index] == 0xFF:  # noqa: PLR2004 - every segment begins so
        if content[index + 1] in _JPEG_SIZE_MARKERS:
            height, width = struct.unpack(">HH", content[index + 5 : index + 9])
            return width, height
        index += 2 + int(struct.unpack(">H", content[index + 2 : index + 4])[0])
    return 0, 0
