"""Secrets at rest."""

import pytest

from core.cipher import Cipher, InvalidToken, sha256_hex

OLD, NEW = "the old secret key", "the new secret key"


def test_what_was_encrypted_can_be_read_and_does_not_show():
    cipher = Cipher([NEW])

    token = cipher.encrypt("passkey")

    assert "passkey" not in token
    assert cipher.decrypt(token) == "passkey"
    assert cipher.encrypt("passkey") != token


def test_after_a_rotation_old_secrets_are_read_and_new_ones_need_the_new_key():
    rotated = Cipher([NEW, OLD])

    assert rotated.decrypt(Cipher([OLD]).encrypt("passkey")) == "passkey"
    assert Cipher([NEW]).decrypt(rotated.encrypt("passkey")) == "passkey"
    with pytest.raises(InvalidToken):
        Cipher([OLD]).decrypt(rotated.encrypt("passkey"))


@pytest.mark.parametrize("token", ["", "nonsense", "gAAAAABm"])
def test_what_no_key_made_is_refused(token):
    with pytest.raises(InvalidToken):
        Cipher([NEW]).decrypt(token)


def test_hash_is_the_lower_case_hex_of_sha_256():
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    assert sha256_hex("abc") == expected
