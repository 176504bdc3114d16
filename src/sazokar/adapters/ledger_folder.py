"""What lies where in a ledger's folder. Opens nothing: a STOP that waits for no ledger asks here too.

DIR/ledger.sqlite   the ledger                       DIR/node.key     the node's private key
DIR/stop/           STOP calls, as they sound        DIR/watch.json   the roster, kept beside the ledger
DIR/charter.json    the signed charter; with it statements can be signed where the ledger is not
DIR/segments/       the oldest entries, where the ledger was rotated
DIR/replica.json    only where the ledger is a party's replica: whose; then no node may write it
"""

from __future__ import annotations

from typing import Final

LEDGER: Final = "ledger.sqlite"
NODE_KEY: Final = "node.key"
STOPS: Final = "stop"
WATCH: Final = "watch.json"
CHARTER: Final = "charter.json"
REPLICA: Final = "replica.json"
