"""`init`: a ledger is founded, at one desk for a trial, or from a charter that each root signed on a machine of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from sazokar.adapters.ledger_folder import CHARTER, LEDGER
from sazokar.app.codec import read_charter, seal_founding
from sazokar.domain.party import PartyRole
from sazokar.domain.statement import Charter, Member
from sazokar.doors.desk import ceremony
from sazokar.doors.desk.folder import write_beside
from sazokar.doors.desk.keyring import Card, read_card, write_card
from sazokar.doors.desk.posted import keep_posted
from sazokar.doors.desk.session import GOOD, end, faults, new_app, new_passphrase, now_ms, passphrase_of, read_file, say
from sazokar.doors.files import require_writable, write_atomically
from sazokar.doors.roots import write_roots
from sazokar.doors.wording import isolated
from sazokar.errors import UnreadableError
from sazokar.ledger.entry import LARGEST_LEAF_BYTES, open_envelope
from sazokar.ledger.keyfile import read_key, write_key
from sazokar.ledger.note import require_name
from sazokar.ledger.signing import SigningKey

app = new_app("Found a ledger.")

GREATEST_PARTIES: Final = 50
_NAME: Final = re.compile(r"[A-Z0-9][A-Z0-9 _.-]{0,39}", re.ASCII)
_ROLES: Final = ", ".join(PartyRole)
ROOTS: Final = "roots.toml"


class Founding(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed: the mechanism's name and origin, its parties as `NAME:role`, their roots as `NAME=FILE`."""

    directory: Path
    name: str
    origin: str
    parties: tuple[str, ...]
    roots: tuple[str, ...]
    quorum: int | None
    clear: bool
    passphrase_file: Path | None


@app.command()
def init(  # each parameter is an option that a person types
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new ledger.")],
    name: Annotated[str, typer.Option(help="What the mechanism is called.")] = "",
    party: Annotated[
        list[str] | None, typer.Option(metavar="NAME:ROLE[:en=NAME…]", help=f"Who takes part; roles: {_ROLES}.")
    ] = None,
    roots: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="A root key of a party, or its card; without one a key is made."),
    ] = None,
    quorum: Annotated[
        int | None, typer.Option(help="Cosignatures that make a checkpoint final; half and more.")
    ] = None,
    origin: Annotated[str, typer.Option(help="Name of the ledger in its checkpoints; unique, no blanks.")] = "",
    draft: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the charter there for the roots to sign.")
    ] = None,
    from_: Annotated[
        list[Path] | None, typer.Option("--from", metavar="FILE", help="Found on a charter that every root has signed.")
    ] = None,
    no_passphrase: Annotated[bool, typer.Option("--no-passphrase", help="Keep new root keys in the clear.")] = False,
    passphrase_file: Annotated[Path | None, typer.Option(metavar="FILE", help="Passphrase of the root keys.")] = None,
) -> None:
    """Found a ledger in DIR: at one desk (a trial), or on a charter signed by roots that never leave their machines.

    A trial: sazokar init DIR --name "Halcyon" --party ALPHA:party --party BRAVO:party --party MED:mediator

    In earnest: init DIR --draft FILE …; each root: charter sign FILE --key ROOT; then: init DIR --from FILE…
    """
    with faults():
        typed = Founding(
            directory=directory, name=name, origin=origin, parties=tuple(party or ()), roots=tuple(roots or ()),
            quorum=quorum, clear=no_passphrase, passphrase_file=passphrase_file,
        )  # fmt: skip
        with _made_folder(directory):
            if from_:
                _found_on(directory, from_)
            elif draft is not None:
                _drafted(typed, draft)
            else:
                _found_here(typed)
    end(GOOD)


@contextmanager
def _made_folder(directory: Path) -> Iterator[None]:
    """Make the folder; where founding fails, an empty one that was made here is taken away again."""
    was_there = directory.exists()
    _require_free(directory)
    try:
        yield
    except BaseException:
        if not was_there:
            with suppress(OSError):
                directory.rmdir()
        raise


def _require_free(directory: Path) -> None:
    if _has_begun(directory):
        raise UnreadableError(f"{directory}: holds a ledger already; a ledger is founded once")
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UnreadableError(f"{directory}: cannot be made a folder ({error.strerror})") from error


def _has_begun(directory: Path) -> bool:
    """Return whether a folder holds a ledger with a charter; that of a node which waits for one is empty."""
    from sazokar.wiring import open_log

    if not (directory / LEDGER).exists():
        return False
    log = open_log(directory, read_only=True)
    try:
        return log.size() > 0
    finally:
        log.close()


# The ways to found


def _found_here(typed: Founding) -> None:
    """Found at one desk: whoever sits there holds every root for a moment, so this is for trials."""
    members = [_member_of(text) for text in typed.parties]
    _require_sound(typed, members)
    given = _roots_given(typed, members)
    strangers = [name for name, card in given.items() if isinstance(card, Card)]
    if strangers:
        raise UnreadableError(
            f"--roots: of {strangers[0]} only the public key is here, and a charter is signed by every root; "
            "use --draft FILE, and have each root sign with: sazokar charter sign"
        )
    keys = {name: key for name, key in given.items() if isinstance(key, SigningKey)}
    keys |= _made_roots(typed, [member.name for member in members if member.name not in keys])
    node = _node_key(typed.directory)
    charter = _charter(typed, members, {name: key.key_id for name, key in keys.items()}, node)
    _begin(typed.directory, seal_founding(charter, list(keys.values())), node)
    say("All roots were in one hand here: good for a trial. Sides that do not trust")
    say("each other sign the charter each on a machine of its own: see --draft.")


def _drafted(typed: Founding, draft: Path) -> None:
    require_writable(str(draft), [])
    members = [_member_of(text) for text in typed.parties]
    _require_sound(typed, members)
    given = _roots_given(typed, members)
    missing = [member.name for member in members if member.name not in given]
    if missing:
        raise UnreadableError(f"--roots: none of {missing[0]}; expected {missing[0]}=FILE, the card of its root key")
    node = _node_key(typed.directory)
    roots = {name: card.key if isinstance(card, Card) else card.key_id for name, card in given.items()}
    charter = _charter(typed, members, roots, node)
    write_atomically(str(draft), ceremony.draft_bytes(charter))
    say(f"charter drafted, NOT SIGNED: {draft}")
    say("Each root reads it (sazokar charter show) and signs it (sazokar charter sign).")


def _found_on(directory: Path, files: list[Path]) -> None:
    leaf = ceremony.merged([(str(file), read_file(file, LARGEST_LEAF_BYTES)) for file in files])
    node = _node_key(directory)
    _begin(directory, leaf, node)


def keep_beside(directory: Path, leaf: bytes, charter: Charter) -> None:
    """Write the signed charter and the roots beside a ledger: to sign where it is not, and to verify what it proves."""
    write_beside(directory, CHARTER, leaf)
    write_beside(directory, ROOTS, write_roots({member.name: member.roots for member in charter.parties}))


def _begin(directory: Path, leaf: bytes, node_key: SigningKey) -> None:
    """Write the first entry of the ledger, and what is kept beside it."""
    from sazokar.app.node import Node
    from sazokar.wiring import node_over, open_log

    charter = read_charter(ceremony.complete(leaf, node_key.key_id))
    log = open_log(directory)
    try:
        node: Node = node_over(log, node_key, directory)
        node.found(leaf)
        keep_posted(directory, node.state, node.ledger)
    finally:
        log.close()
    keep_beside(directory, leaf, charter)
    say(f"FOUNDED: {isolated(charter.name)}, in {directory}")
    say(f"  ledger {open_envelope(leaf).id}")
    for member in charter.parties:
        say(f"  {isolated(member.name)}, {member.role}: root {', '.join(root[:16] for root in member.roots)}…")
    say(f"  {ROOTS} holds the root keys: give it to whoever is to verify proofs.")


# What was typed


def _member_of(text: str) -> Member:
    name, _, rest = text.partition(":")
    role, *names = rest.split(":")
    if _NAME.fullmatch(name) is None:
        raise UnreadableError(f"--party: found the name {name[:60]!r}; expected capitals, digits and -_. (at most 40)")
    if role not in list(PartyRole):
        raise UnreadableError(f"--party: found the role {role[:60]!r} of {name}; expected one of {_ROLES}")
    known = [each.partition("=") for each in names]
    if any(not (language and sep and shown) or len(language) > 35 for language, sep, shown in known):
        raise UnreadableError(f"--party: found {text[:100]!r}; expected names as en=NAME")
    from sazokar.dialects.fields import name_of

    shown_names = tuple((language, name_of(shown, "--party")) for language, _, shown in known)
    return Member(name=name, role=PartyRole(role), roots=(), names=shown_names)


def _require_sound(typed: Founding, members: list[Member]) -> None:
    names = [member.name for member in members]
    if not typed.name.strip():
        raise UnreadableError("--name: found none; expected what the mechanism is called")
    if not 2 <= len(names) <= GREATEST_PARTIES or len(set(names)) != len(names):
        raise UnreadableError(
            f"--party: found {len(names)}; expected 2 to {GREATEST_PARTIES} parties, each once, such as ALPHA:party"
        )
    least = (len(names) + 1) // 2
    if typed.quorum is not None and not least <= typed.quorum <= len(names):
        raise UnreadableError(
            f"--quorum: found {typed.quorum}; expected {least} to {len(names)}: half of those who take part, and more"
        )


def _roots_given(typed: Founding, members: list[Member]) -> dict[str, SigningKey | Card]:
    names = {member.name for member in members}
    found: dict[str, SigningKey | Card] = {}
    for text in typed.roots:
        name, separator, file = text.partition("=")
        if not separator or name not in names:
            raise UnreadableError(f"--roots: found {text[:100]!r}; expected NAME=FILE for a party that is named")
        path = Path(file)
        if path.suffix == ".pub":
            found[name] = read_card(path)
        else:
            found[name] = read_key(path, passphrase_of(path, typed.passphrase_file))
    return found


def _made_roots(typed: Founding, names: list[str]) -> dict[str, SigningKey]:
    made: dict[str, SigningKey] = {}
    for name in names:
        path = typed.directory / f"{name.lower().replace(' ', '-')}-root.key"
        passphrase = None if typed.clear else new_passphrase(path, typed.passphrase_file)
        key = SigningKey.generate()
        write_key(path, key, passphrase)
        write_card(path, Card(key=key.key_id, party=name, role="root"))
        say(f"root key of {name}: {path}")
        say("  lock it away when officers' keys are delegated")
        made[name] = key
    return made


def _node_key(directory: Path) -> SigningKey:
    """Return the node's key, made where there is none: in the clear, since a STOP must be recorded with nobody there."""
    path = directory / "node.key"
    if path.exists():
        return read_key(path, passphrase_of(path, None, variable="SAZOKAR_NODE_PASSPHRASE"))
    key = SigningKey.generate()
    write_key(path, key, None)
    return key


def _charter(typed: Founding, members: list[Member], roots: dict[str, str], node: SigningKey) -> Charter:
    origin = (
        typed.origin or f"{re.sub(r'[^a-z0-9]+', '-', typed.name.lower()).strip('-') or 'ledger'}.{node.key_id[:12]}"
    )
    require_name(origin)
    return Charter(
        name=typed.name.strip()[:200], origin=origin, node=node.key_id,
        parties=tuple(msgspec.structs.replace(member, roots=(roots[member.name],)) for member in members),
        quorum=typed.quorum if typed.quorum is not None else len(members) // 2 + 1, created_ms=now_ms(),
    )  # fmt: skip
