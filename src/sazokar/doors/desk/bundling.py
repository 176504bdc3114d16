"""`bundle`: the proof bundle of a notice, conflict, STOP or incident, for a stranger to verify. Proves nothing by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sazokar.adapters.ledger_folder import LEDGER
from sazokar.app.opening import open_ledger
from sazokar.app.proving import bundle_of
from sazokar.doors.desk.distant import line_of
from sazokar.doors.desk.folder import party_of, require_ledger
from sazokar.doors.desk.looking import require_own
from sazokar.doors.desk.session import GOOD, NO, ReadingCommand, complain, end, faults, new_app, say, session_of
from sazokar.doors.files import require_writable, write_atomically
from sazokar.doors.wording import isolated, wrapped
from sazokar.errors import UnreadableError
from sazokar.wiring import open_log

app = new_app("Bundle.")


@app.command(cls=ReadingCommand)
def bundle(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="A notice, conflict, STOP or incident: C25.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Write the bundle there.")],
    party: Annotated[
        str | None, typer.Option("--for", metavar="PARTY", help="What this party may see; without it: everything.")
    ] = None,
) -> None:
    """Write a proof bundle: the entries that tell REF's story, with proofs and cosignatures; see: sazokar verify.

    Exit code: 0 written; 1 the ledger does not verify; 2 there is no such reference, party or ledger.
    """
    code = GOOD
    with faults():
        session = session_of(ctx)
        if session.node:
            line = line_of(session)
            require_writable(str(output), [])
            content = line.client.bundle(ref)
            require_own(line.replica.party, party or "")
            write_atomically(str(output), content)
            _say_written(output, ref, line.replica.party)
            return
        directory = session.directory
        require_ledger(directory)
        if owner := party_of(directory):
            raise UnreadableError(f"{directory}: is {owner}'s copy; its node makes the bundle: --node URL")
        require_writable(str(output), [str(directory / LEDGER)])
        log = open_log(directory, read_only=True)
        try:
            opened = open_ledger(log)
            if opened.damage is not None:
                complain(f"NOT WRITTEN: the ledger does not verify: {opened.damage}")
                code = NO
            else:
                write_atomically(str(output), bundle_of(log, opened.tree, opened.state, ref, party))
        finally:
            log.close()
        if code == GOOD:
            _say_written(output, ref, party)
    end(code)


def _say_written(output: Path, ref: str, party: str | None) -> None:
    sight = f"as {isolated(party)} may see it" if party else "everything: for whoever may see all of it"
    for line in wrapped(f"{isolated(str(output))}: the proof of {isolated(ref)}, {sight}", 0):
        say(line)
