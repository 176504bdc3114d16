"""The desk's commands as one table: each is imported when it is typed, so that `sazokar --version` waits for none.

A command of the table is `(module, name)`: the whole group of that module where the name is empty, else one command.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Final

import typer
from typer.core import TyperGroup

from sazokar.doors.desk.typed_stop import GREATEST_WORD, is_near_stop

if TYPE_CHECKING:
    from typer.core import TyperCommand

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

NEAR_COMMAND: Final = 0.6
"""How like a command a word must be for a hint."""


def load(name: str) -> TyperCommand | TyperGroup:
    """Return a command of the desk, imported."""
    module, command = DESK[name]
    group = typer.main.get_group(import_module(f"sazokar.doors.desk.{module}").app)
    found: TyperCommand | TyperGroup = group.commands[command] if command else group  # type: ignore[assignment]  # its own
    return found


class DeskGroup(TyperGroup):
    """The command line's group, with the desk's commands behind its own."""

    # The parser's context is typer's own or click's, by version: what is passed on unseen is an object here.

    def list_commands(self, ctx: object) -> list[str]:
        """Return the names of all commands."""
        return [*super().list_commands(ctx), *DESK]  # type: ignore[arg-type]  # the parser's own

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Return a command by its name, or None."""
        if cmd_name in DESK:
            return load(cmd_name)
        found: TyperCommand | TyperGroup | None = super().get_command(ctx, cmd_name)  # type: ignore[arg-type, assignment]  # the parser's own
        if found is None and is_near_stop(cmd_name):
            return load("stop")  # life safety: nothing that is mistyped keeps it from sounding
        return found

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> object:  # type: ignore[override]  # typer's or click's
        """Return the command that was typed; where there is none, the hint names the nearest.

        Raises:
            UsageError: There is none.
        """
        typed = args[0] if args else ""
        if not typed.startswith("-") and self.get_command(ctx, typed) is None:
            near = get_close_matches(typed.lower()[:GREATEST_WORD], self.list_commands(ctx), 1, NEAR_COMMAND)
            ctx.fail(f"No such command {typed[:60]!r}." + (f" Did you mean {near[0]}?" if near else ""))
        return super().resolve_command(ctx, args)
