"""The desk's commands as one table: each is imported when it is typed, so that `sazokar --version` waits for none.

A command of the table is `(module, name)`: the whole group of that module where the name is empty, else one command.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

import typer

from sazokar.doors.desk.near import NearGroup
from sazokar.doors.desk.typed_stop import is_near_stop

if TYPE_CHECKING:
    from typer.core import TyperCommand, TyperGroup

DESK: Final = {
    "init": ("founding", "init"),
    "charter": ("charter", ""),
    "keys": ("keys", ""),
    "agreement": ("agreements", ""),
    "roster": ("roster", ""),
    "talks": ("talks", ""),
    "notice": ("notices", ""),
    "conflicts": ("conflicts", "conflicts"),
    "ack": ("answers", "ack"),
    "answer": ("answers", "answer"),
    "recommend": ("answers", "recommend"),
    "accept": ("answers", "accept"),
    "accept-risk": ("answers", "accept-risk"),
    "incident": ("reports", "incident"),
    "ask": ("reports", "ask"),
    "stop": ("stops", ""),
    "log": ("history", "log"),
    "watch": ("watching", "watch"),
    "state": ("condition", "state"),
    "export": ("carrying", "export"),
    "import": ("carrying", "import"),
    "form": ("forms", ""),
    "cosign": ("cosigning", "cosign"),
    "bundle": ("bundling", "bundle"),
    "backup": ("keeping", "backup"),
    "restore": ("keeping", "restore"),
    "rotate": ("keeping", "rotate"),
}
"""Name of each command, with the module of this room that holds it, and its name there."""


def load(name: str) -> TyperCommand | TyperGroup:
    """Return a command of the desk, imported."""
    module, command = DESK[name]
    group = typer.main.get_group(import_module(f"sazokar.doors.desk.{module}").app)
    found: TyperCommand | TyperGroup = group.commands[command] if command else group  # type: ignore[assignment]  # its own
    return found


class DeskGroup(NearGroup):
    """The command line's group, with the desk's commands behind its own."""

    # The parser's context is typer's own or click's, by version: what is passed on unseen is an object here.

    def list_commands(self, ctx: object) -> list[str]:
        """Return the names of all commands."""
        return [*super().list_commands(ctx), *DESK]  # type: ignore[arg-type]  # the parser's own

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Return a command by its name, or None."""
        if cmd_name in DESK:
            return load(cmd_name)
        found = super().get_command(ctx, cmd_name)
        if found is None and is_near_stop(cmd_name):
            return load("stop")  # life safety: nothing that is mistyped keeps it from sounding
        return found
