"""Random bytes of this machine's kernel."""

from __future__ import annotations

import secrets
from typing import Final

SALT_BYTES: Final = 32


class SystemEntropy:
    """See `app.ports.Entropy`."""

    def salt(self) -> bytes:
        """Return 32 bytes that nobody can guess."""
        return secrets.token_bytes(SALT_BYTES)
