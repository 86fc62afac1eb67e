"""Secrets in the database, sealed with a key that is not there.

The key is a file of mode 0600, made at the first use. Hosts that share a database share the key: copy the file, or put
its text into ``OPENCLAW_AUTH_KEY``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw.errors import ConfigError
from openclaw.ports.secrets import Secret
from openclaw.security.private_file import create_private

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

KEY_VARIABLE = "OPENCLAW_AUTH_KEY"


class Sealer:
    """Implements ``ports.auth_profiles.Sealer``. Thread-safe."""

    def __init__(self, key_file: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._key_file = key_file
        self._environ = environ

    def seal(self, secret: Secret) -> str:
        """The secret as it may be stored. Raises ConfigError for a key that cannot be used."""
        return self._cipher(make=True).encrypt(secret.reveal().encode()).decode("ascii")

    def open(self, sealed: str) -> Secret:
        """What was sealed. Raises ConfigError where the key is missing, or is another one."""
        from cryptography.fernet import InvalidToken

        try:
            return Secret(self._cipher(make=False).decrypt(sealed.encode("ascii")).decode())
        except InvalidToken:
            raise ConfigError(
                f"a stored credential was sealed with another key than {self._where()}; copy the key from the host "
                "that stored it, or store the credential again"
            ) from None

    def _cipher(self, *, make: bool) -> Fernet:
        from cryptography.fernet import Fernet

        try:
            return Fernet(self._key(make=make))
        except ValueError:
            raise ConfigError(f"the key in {self._where()} is none: it must be 32 bytes in URL-safe base64") from None

    def _key(self, *, make: bool) -> bytes:
        given = self._environ.get(KEY_VARIABLE)
        if given:
            return given.encode()
        try:
            mode = stat.S_IMODE(self._key_file.stat().st_mode)
            if mode & 0o077:
                raise ConfigError(f"{self._key_file} can be read by others (mode {mode:04o}): chmod 600 it")
            return self._key_file.read_bytes().strip()
        except FileNotFoundError:
            if not make:
                raise ConfigError(
                    f"a credential is stored, and {self._where()} is missing; copy the key from the host that stored it"
                ) from None
        return self._made()

    def _made(self) -> bytes:
        from cryptography.fernet import Fernet

        create_private(self._key_file, Fernet.generate_key())
        return self._key_file.read_bytes().strip()

    def _where(self) -> str:
        return KEY_VARIABLE if self._environ.get(KEY_VARIABLE) else str(self._key_file)
