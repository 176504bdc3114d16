"""What another party's program uses: signs locally, sends, and verifies what it is told against checkpoints.

`Client` is for threads and `AsyncClient` for `async`; both do the same. `Replica` is a party's own verified copy of the
ledger, `sazokar.wiring.open_replica` makes one in a folder. What a node tells is believed only where it is proven.
"""

from __future__ import annotations

from sazokar.app.events import DamageFound, Event, StopHeard
from sazokar.client.replica import Replica
from sazokar.client.sockets import AsyncClient, Client

__all__ = ["AsyncClient", "Client", "DamageFound", "Event", "Replica", "StopHeard"]
