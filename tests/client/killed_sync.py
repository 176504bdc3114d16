"""A client that brings a replica up to date in small pages, to be killed by its parent at any instant.

Told: the node's address, the file of the key, the folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sazokar.client import Client, syncing
from sazokar.ledger.keyfile import read_key
from sazokar.wiring import open_replica


def main(url: str, key: Path, folder: Path) -> None:
    syncing.MOST_ENTRIES = 2  # type: ignore[misc]  # so that there are instants to be killed at
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    with Client(url, read_key(key, None), open_replica(folder)) as client:
        client.sync()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
