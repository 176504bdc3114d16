"""`charter show|sign|found`: a root reads what it founds, signs it on a machine of its own, and a node begins with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sazokar.doors.desk import ceremony
from sazokar.doors.desk.session import GOOD, NO, complain, end, faults, new_app, passphrase_of, read_file, say
from sazokar.doors.desk.telling import stamp
from sazokar.doors.files import write_atomically
from sazokar.doors.wording import isolated, wrapped
from sazokar.errors import DeclinedError
from sazokar.ledger.entry import LARGEST_LEAF_BYTES
from sazokar.ledger.keyfile import read_key

app = new_app("The charter on which a ledger stands: read it, and sign it with a root key.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="The charter, drafted or signed.")]


@app.command()
def show(file: File) -> None:
    """Show a charter in words, and who has signed it."""
    with faults():
        for line in _lines(str(file), read_file(file, LARGEST_LEAF_BYTES)):
            say(line)
    end(GOOD)


def _lines(file: str, content: bytes) -> list[str]:
    _, signatures, charter = ceremony.opened(file, content)
    lines = [
        f"CHARTER of {isolated(charter.name)}, drawn up {stamp(charter.created_ms)}",
        f"  its checkpoints are named {isolated(charter.origin)}",
        f"  the node: {charter.node}",
        f"  quorum: {charter.quorum} cosignatures make a checkpoint final",
        f"  without an agreement the parties see of each other's notices: {isolated(charter.interim)}",
    ]
    for member in charter.parties:
        names = "".join(f", {language}: {isolated(name)}" for language, name in member.names)
        lines += wrapped(f"{isolated(member.name)}, {member.role}{names}")
        for root in member.roots:
            lines.append(f"    {root} {'signed' if root in signatures else 'NOT SIGNED'}")
    return lines


@app.command()
def sign(
    file: File,
    key: Annotated[Path, typer.Option(envvar="SAZOKAR_KEY", metavar="FILE", help="Your root key.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there instead of over the file.")
    ] = None,
    passphrase_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with its passphrase.")] = None,
) -> None:
    """Add your root's signature to a charter; read it first: charter show."""
    with faults():
        content = read_file(file, LARGEST_LEAF_BYTES)
        signed = ceremony.signed_by(str(file), content, read_key(key, passphrase_of(key, passphrase_file)))
        write_atomically(str(output or file), signed)
        _, signatures, charter = ceremony.opened(str(file), signed)
        roots = [root for member in charter.parties for root in member.roots]
        say(f"signed: {output or file} ({len(signatures)} of {len(roots)} roots)")
    end(GOOD)


@app.command()
def found(
    file: File,
    node: Annotated[str, typer.Option(envvar="SAZOKAR_NODE", metavar="URL", help="Address of the node.")],
    operator: Annotated[
        Path | None,
        typer.Option("--operator-token", metavar="FILE", help="The operator's token, where the node is elsewhere."),
    ] = None,
) -> None:
    """Begin a node's ledger with a charter that every root has signed. Exit code 1: the node does not take it.

    The node takes it from its own machine, or with its operator's token: it knows nobody else yet.
    """
    from sazokar.client import Client

    code = GOOD
    with faults():
        content = read_file(file, LARGEST_LEAF_BYTES)
        ceremony.opened(str(file), content)
        token = read_file(operator, 8_192).decode("latin-1").strip() if operator is not None else ""
        try:
            with Client(node) as client:
                ledger = client.found(content, operator=token)
            say(f"FOUNDED: ledger {ledger}")
        except DeclinedError as error:
            complain(f"NOT FOUNDED: {error}")
            code = NO
    end(code)
