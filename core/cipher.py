"""Secrets at rest: encryption under SECRET_KEY, and the hashes by which secrets are looked up."""

import base64
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

__all__ = ["Cipher", "InvalidToken", "sha256_hex"]


def sha256_hex(text: str) -> str:
    """Return the lower-case hex SHA-256 of the text. For secrets that are random themselves."""
    return hashlib.sha256(text.encode()).hexdigest()


class Cipher:
    """Encrypt with the first key, decrypt with whichever key fits, so that keys can rotate."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        fernets = [Fernet(_derive(key)) for key in secret_keys]
        self._newest, self._fernet = fernets[0], MultiFernet(fernets)

    def encrypt(self, text: str) -> str:
        """Return the text as a Fernet token."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Return the text of a Fernet token.

        Raises:
            InvalidToken: None of the keys made it.
        """
        return self._fernet.decrypt(token.encode()).decode()

    def is_newest(self, token: str) -> bool:
        """Tell whether the first key made the token, so that it outlives the others."""
        try:
            self._newest.decrypt(token.encode())
        except InvalidToken:
            return False
        return True


def _derive(secret_key: str) -> bytes:
    """Make the 32 bytes that Fernet wants of a text of any length that is secret enough."""
    digest = hashlib.sha256(b"fluxpay/fernet/v1:" + secret_key.encode()).digest()
    return base64.urlsafe_b64encode(digest)
