"""A group of commands that knows near words: `list` is `show`, and a word that is no command names the nearest one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from typer.core import TyperGroup

if TYPE_CHECKING:
    import typer
    from typer.core import TyperCommand

SAME: Final = {"list": "show", "show": "list"}
"""What is one thing to whoever looks."""
NEAR_COMMAND: Final = 0.6
"""How like a command a word must be for a hint."""
GREATEST_WORD: Final = 40


class NearGroup(TyperGroup):
    """A group that understands near words, and guesses none: what is merely like a command is named, and not done."""

    # The parser's context is typer's own or click's, by version: what is passed on unseen is an object here.

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Return a command by its name, or by another that means the same; or None."""
        name = cmd_name if cmd_name in self.commands else SAME.get(cmd_name, cmd_name)
        return super().get_command(ctx, name)  # type: ignore[arg-type, return-value]  # the parser's own

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
