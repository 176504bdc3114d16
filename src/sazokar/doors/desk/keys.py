"""`keys`: private keys as files, who may sign by them, and their end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from sazokar.domain.agreement import DAY_MS
from sazokar.domain.party import OfficerRole
from sazokar.domain.statement import DelegateKey, RevokeKey, RotateRoot
from sazokar.doors.desk.distant import folder_of
from sazokar.doors.desk.folder import genuine
from sazokar.doors.desk.keyring import Card, beside, card_beside, public_key, read_card, write_card
from sazokar.doors.desk.session import (
    GOOD,
    ReadingCommand,
    SigningCommand,
    StayingCommand,
    end,
    faults,
    is_encrypted,
    new_app,
    new_passphrase,
    now_ms,
    passphrase_of,
    say,
    session_of,
)
from sazokar.doors.desk.submitting import Known, submit
from sazokar.doors.desk.telling import stamp
from sazokar.doors.wording import isolated
from sazokar.errors import KeyFileError, UnreadableError
from sazokar.ledger.keyfile import read_key, write_key
from sazokar.ledger.signing import SigningKey

app = new_app("Private keys as files: make them, have them delegated, revoke and rotate them.")

GREATEST_DAYS: Final = 1830
ROLES: Final = ("officer", "delegate", "stop", "root")


@app.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new key's file; its card is FILE.pub.")],
    party: Annotated[str, typer.Option(help="For which party it is to sign.")] = "",
    watch: Annotated[str, typer.Option(help="Watch number of the officer.")] = "",
    role: Annotated[str, typer.Option(help=f"What it is to sign: {', '.join(ROLES)}.")] = "officer",
    no_passphrase: Annotated[bool, typer.Option("--no-passphrase", help="Keep it in the clear.")] = False,
    passphrase_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with the passphrase.")] = None,
) -> None:
    """Make a private key, readable by you alone, and its card. A key of role `stop` lies ready without a passphrase."""
    with faults():
        if role not in ROLES:
            raise UnreadableError(f"--role: found {role[:40]!r}; expected one of {', '.join(ROLES)}")
        if beside(file, ".pub").exists():
            raise UnreadableError(f"{file}.pub: exists already; choose another name")
        clear = no_passphrase or role == "stop"
        key = SigningKey.generate()
        write_key(file, key, None if clear else new_passphrase(file, passphrase_file))
        card = write_card(file, Card(key=key.key_id, party=party, watch=watch, role=role))
        say(f"key  {key.key_id}")
        say(f"file {file} ({'in the clear' if clear else 'encrypted'}; yours alone)")
        whom = "whoever draws up the charter" if "root" in (role, watch.lower()) else "your root, to be delegated"
        say(f"card {card} (give it to {whom})")
    end(GOOD)


@app.command(cls=ReadingCommand)
def show(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A key; without one: those of the ledger.")
    ] = None,
) -> None:
    """Show a key's card, or every key that the ledger knows."""
    with faults():
        if file is not None:
            _show_card(file)
        else:
            _show_keys(folder_of(session_of(ctx)))
    end(GOOD)


def _show_card(file: Path) -> None:
    card = read_card(file if file.suffix == ".pub" else beside(file, ".pub"))
    say(f"key   {card.key}")
    say(
        f"party {isolated(card.party) or '-'}   watch number {isolated(card.watch) or '-'}   role {isolated(card.role) or '-'}"
    )
    if file.suffix != ".pub":
        say(f"file  {file}: {'encrypted' if is_encrypted(file) else 'in the clear'}")
    say("What a card says is its holder's word; the ledger's delegation counts.")


def _show_keys(directory: Path) -> None:
    found = genuine(directory)
    state, now = found.state, now_ms()
    say(f"{'KEY':17} {'PARTY':12} {'WATCH':8} {'ROLE':9} UNTIL")
    for key, party in sorted(state.roots.items(), key=lambda item: item[1]):
        say(f"{key[:16]}… {isolated(party):12} {'-':8} {'root':9} -")
    for key, one in sorted(state.keys.items(), key=lambda item: (item[1].party, item[1].officer, item[0])):
        over = "REVOKED" if one.revoked_at is not None else "OVER" if one.until_ms <= now else stamp(one.until_ms)
        say(f"{key[:16]}… {isolated(one.party):12} {isolated(one.officer):8} {one.role:9} {over}")


@app.command(cls=SigningCommand)
def delegate(
    ctx: typer.Context,
    card: Annotated[str, typer.Argument(metavar="CARD", help="The officer's card, or the 64 digits of the key.")],
    watch: Annotated[str, typer.Option(help="Watch number; by default the card's.")] = "",
    role: Annotated[str, typer.Option(help="officer, delegate or stop; by default the card's.")] = "",
    days: Annotated[int, typer.Option(help="How long it is valid.")] = 30,
) -> None:
    """Let a key sign for your party; signed with your root key (--key)."""
    with faults():
        given = public_key(card)
        as_role = role or given.role or "officer"
        if as_role not in list(OfficerRole):
            raise UnreadableError(f"--role: found {as_role[:40]!r}; expected one of {', '.join(OfficerRole)}")
        if not 1 <= days <= GREATEST_DAYS:
            raise UnreadableError(f"--days: found {days}; expected 1 to {GREATEST_DAYS:,}")
        if not (watch or given.watch).strip():
            raise UnreadableError("--watch: found none; expected the officer's watch number, such as B1")

        def made(known: Known) -> DelegateKey:
            if given.party and known.party and given.party != known.party:
                raise UnreadableError(
                    f"{card}: found a card of {given.party[:60]}; expected one of {known.party}, whose key signs here"
                )
            return DelegateKey(
                key=given.key, watch_number=watch or given.watch, role=OfficerRole(as_role), from_ms=known.now_ms - 1000,
                until_ms=known.now_ms + days * DAY_MS,
            )  # fmt: skip

        code = submit(session_of(ctx), made)
    end(code)


@app.command(cls=SigningCommand)
def revoke(
    ctx: typer.Context,
    card: Annotated[str, typer.Argument(metavar="CARD", help="The key's card, or its 64 digits.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Have a key sign no more, from now on; signed with your root key, or with the key itself."""
    with faults():
        given = public_key(card)
        code = submit(session_of(ctx), lambda known: RevokeKey(key=given.key, reason=reason))
    end(code)


@app.command("rotate-root", cls=SigningCommand)
def rotate_root(
    ctx: typer.Context,
    new_key: Annotated[Path, typer.Argument(metavar="NEW", help="File of the new root key; it signs too.")],
    lost: Annotated[str, typer.Option(help="The lost root's 64 digits: roots of the quorum sign instead of it.")] = "",
    of: Annotated[str, typer.Option(metavar="PARTY", help="Whose root was lost.")] = "",
    with_: Annotated[
        list[Path] | None, typer.Option("--with", metavar="FILE", help="Another root of the quorum that signs.")
    ] = None,
) -> None:
    """Put a new root key in place of yours (--key); a lost one is replaced by roots of the quorum."""
    with faults():
        session = session_of(ctx)
        more = [read_key(path, passphrase_of(path, session.passphrase_file)) for path in (new_key, *(with_ or ()))]
        old = public_key(lost).key if lost else _own_key(session.key)

        def made(known: Known) -> RotateRoot:
            return RotateRoot(party=of or known.own_party(), old=old, new=more[0].key_id)

        code = submit(session, made, more)
    end(code)


def _own_key(path: Path | None) -> str:
    if path is None:
        raise KeyFileError("no key: name your present root with --key FILE")
    card = card_beside(path)
    return card.key if card else read_key(path, passphrase_of(path, None)).key_id


@app.command("rotate-node", cls=StayingCommand)
def rotate_node(ctx: typer.Context) -> None:
    """Put a new key in place of the node's; the old file is kept as node.key.old."""
    from sazokar.doors.desk.rotation import rotate

    with faults():
        code = rotate(session_of(ctx).directory)
    end(code)
