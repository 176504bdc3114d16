"""`sazokar serve`: a node over a folder's ledger, on a socket, until it is told to stop.

A folder without a ledger is served too: the node makes itself a key, tells it, and waits for the charter.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sazokar.adapters.clock_system import SystemClock
from sazokar.adapters.ledger_folder import LEDGER, NODE_KEY, STOPS
from sazokar.adapters.log_sqlite import SqliteLog
from sazokar.app.node import Node
from sazokar.doors.desk.folder import owned
from sazokar.doors.desk.session import say
from sazokar.doors.http.logs import begin_logging
from sazokar.doors.http.server import address_of, audiences_of, listen, serve
from sazokar.doors.http.settings import Settings, settings_of
from sazokar.doors.http.station import Station
from sazokar.errors import UnreadableError
from sazokar.ledger.keyfile import read_key, write_key
from sazokar.ledger.signing import SigningKey
from sazokar.wiring import node_over, open_log

_OF_A_FRESH_NODE: Final = frozenset({NODE_KEY, STOPS, f"{LEDGER}.lock", "serve.log", "charter.json", "node.toml"})
"""What may lie in a folder in which a node begins."""


def serve_folder(flags: Mapping[str, object], file: Path | None) -> None:
    """Serve the node of a folder until it is told to stop.

    Raises:
        SazokarError: The settings, the ledger or the address cannot be used.
    """
    settings = settings_of(flags, os.environ, file)
    begin_logging(settings.log_format)
    sock = listen(settings)
    with sock, _opened(Path(settings.directory)) as (node, log):
        port = int(sock.getsockname()[1])

        _require_parties(settings, node)

        def greet() -> None:
            for line in greeting(settings, node, address_of(settings, port)):
                say(line)

        serve(Station(node, log, SystemClock(), settings, audiences_of(settings, port)), sock, greet)


def _require_parties(settings: Settings, node: Node) -> None:
    """Pass where every webhook, mailbox and issuer is of a party of the charter.

    Raises:
        UnreadableError: One is not: it would never be told anything.
    """
    charter = node.state.charter
    if charter is None:
        return
    boxes = settings.mail.mailboxes if settings.mail is not None else ()
    named = [one.party for one in settings.webhooks] + [one.party for one in boxes]
    named += [party for issuer in settings.issuers for party in issuer.parties.values()]
    for party in named:
        if node.state.member(party) is None:
            raise UnreadableError(f"settings: found the party {party[:60]!r}; the charter has no such party")


@contextmanager
def _opened(directory: Path) -> Iterator[tuple[Node, SqliteLog]]:
    """Give the node over a folder's ledger; over a new one, where the folder holds none."""
    if (directory / LEDGER).is_file():
        with owned(directory) as (node, log):
            try:
                yield node, log
            finally:
                node.close()
        return
    try:
        directory.mkdir(mode=0o700, exist_ok=True)  # no path is made out of a typing error
        strange = [path.name for path in directory.iterdir() if path.name not in _OF_A_FRESH_NODE]
    except OSError as error:
        raise UnreadableError(f"{directory}: cannot be made a folder ({error.strerror})") from error
    if strange:
        raise UnreadableError(
            f"{directory}: holds no ledger, and {sorted(strange)[0]}; a node begins in an empty folder, or goes on in its own"
        )
    log = open_log(directory)
    try:
        yield node_over(log, _new_key(directory), directory), log
    finally:
        log.close()


def _new_key(directory: Path) -> SigningKey:
    path = directory / NODE_KEY
    passphrase = os.environ.get("SAZOKAR_NODE_PASSPHRASE")
    if path.exists():
        return read_key(path, passphrase.encode() if passphrase else None)
    key = SigningKey.generate()
    write_key(path, key, passphrase.encode() if passphrase else None)
    return key


def greeting(settings: Settings, node: Node, address: str) -> list[str]:
    """Return what is told at start: where it listens, what it is, and what to do next; at 80 columns."""
    lines = [f"LISTENING on {address}", f"  folder: {settings.directory}"]
    if node.damage is not None:
        return [
            *lines,
            f"  DAMAGED: {node.damage}",
            "  STOP, the roster and the telephone numbers work; nothing new is taken",
        ]
    charter = node.state.charter
    if charter is None:
        return [
            *lines, "  no charter yet; the key of this node, which the charter must name:", f"  {node.key}",
            "What next: draw up the charter, have every root sign it, and send it:",
            f"  sazokar init {settings.directory} --draft charter.json \\",
            "    --name NAME --party ALPHA:party … --roots ALPHA=ROOT.pub …",
            "  sazokar charter sign charter.json --key ROOT.key",
            f"  sazokar charter found charter.json --node {address}",
            "  (on this machine; from another one with --operator-token FILE)",
            "Or, to see a mechanism at work: sazokar demo --port 8471",
        ]  # fmt: skip
    return [
        *lines, f"  {charter.name}: {node.state.size} entries, parties {', '.join(m.name for m in charter.parties)}",
        "What next: an officer looks, and files:",
        f"  sazokar state --node {address} --key OFFICER.key",
        f"  sazokar notice file PLAN.toml --node {address} --key OFFICER.key",
        f"  what it offers to programs: {address}/openapi.json",
    ]  # fmt: skip
