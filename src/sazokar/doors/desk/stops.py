"""`stop`: the life-safety cease call (SZK-27). It sounds first; all else (a key, a ledger, a disk) is asked afterwards.

Nothing typed wrongly keeps it from sounding: what is not understood is passed on as it was typed. Exit codes: 0 it
sounded and is recorded; 1 it sounded and is not recorded yet, or sounded elsewhere than in the folder that was named;
2 no folder of calls could be written, it was shown here alone. Its imports are few: a STOP does not wait for geometry.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from typer.core import TyperCommand, TyperGroup

from sazokar.adapters.alarm_spool import Call
from sazokar.adapters.ledger_folder import STOPS
from sazokar.domain.statement import CallStop, StopAction
from sazokar.doors.desk import called
from sazokar.doors.desk.session import (
    BAD,
    GOOD,
    NO,
    CallingCommand,
    ReadingCommand,
    end,
    faults,
    now_ms,
    say,
    session_of,
)
from sazokar.doors.desk.typed_stop import QUESTIONS, Typed, is_question, read_typed

ACTIONS: Final = {"cease-fire": StopAction.CEASE_FIRE, "turn-away": StopAction.TURN_AWAY, "halt": StopAction.HALT}
GREATEST_WORDS: Final = 2000
NO_UNIT: Final = "unit not given"
NO_REASON: Final = "reason not given"
WAIT_S: Final = 1.0
"""How long a STOP waits for the ledger, once it has sounded."""


_TYPED: Final = "sazokar.stop"


class StopGroup(TyperGroup):
    """Takes an action as it comes: `CEASE FIRE`, `ceasefire` and `cease_fire` are one, and nothing mistyped is an error."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # typer's or click's
        """Return what the parser goes on with, having taken a call as it is understood."""
        typed = read_typed(args)
        if typed is not None:
            ctx.meta[_TYPED] = typed
            args = list(typed.arguments)
        elif is_question(args):
            args = [QUESTIONS[args[0].lower()]]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | None:
        """Return a command by its name, however it is spelled."""
        plain = cmd_name.lower().translate({ord(mark): None for mark in " -_"})
        named = {name.replace("-", ""): name for name in self.commands}
        found = super().get_command(ctx, named.get(plain, cmd_name))  # type: ignore[arg-type]  # the parser's own
        return found if isinstance(found, TyperCommand) else None


app = typer.Typer(
    cls=StopGroup, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True,
    help="STOP: sazokar stop cease-fire|turn-away|halt PLACE. It sounds at once, without a passphrase.",
)  # fmt: skip

_ANY = {"ignore_unknown_options": True, "allow_extra_args": True}
Place = Annotated[str, typer.Argument(metavar="PLACE", help="Where, in words.")]
Unit = Annotated[str, typer.Option(help="Whose or which unit must do it.")]
Reason = Annotated[str, typer.Option(help="Why.")]
To = Annotated[str, typer.Option(metavar="PARTY", help="To whom; by default to all.")]
About = Annotated[str, typer.Option(metavar="REF", help="The notice that it is about.")]
Key = Annotated[
    str,
    typer.Option(envvar=["SAZOKAR_STOP_KEY", "SAZOKAR_KEY"], metavar="FILE", help="A key that needs no passphrase."),
]


def _caller(action: str) -> Callable[..., None]:
    """Return the command that calls for an action: all of them take the same words."""

    def call(
        ctx: typer.Context,
        place: Place = "",
        unit: Unit = "",
        reason: Reason = "",
        to: To = "",
        about: About = "",
        key: Key = "",
    ) -> None:
        _call(ctx, action, (place, unit, reason, to, about), key)

    call.__doc__ = f"Call {ACTIONS[action]}: at once, to all, without a passphrase."
    return call


for _action in ACTIONS:
    app.command(_action, cls=CallingCommand, context_settings=_ANY)(_caller(_action))


def _call(ctx: typer.Context, action: str, words: tuple[str, str, str, str, str], key: str) -> None:
    # Bytes that are no text are replaced, and keep nothing from sounding.
    place, unit, reason, to, about, extra = (
        text.encode("utf-8", "replace").decode()[:GREATEST_WORDS] for text in (*words, " ".join(ctx.args))
    )
    typed: Typed = ctx.meta.get(_TYPED) or Typed(arguments=())
    now = now_ms()
    stop = CallStop(
        action=ACTIONS[action], place=place or "place not given", unit=unit or NO_UNIT,
        reason=" ".join(part for part in (reason, extra) if part) or NO_REASON, to=to, about=about, called_ms=now,
    )  # fmt: skip
    session = session_of(ctx)
    directory = called.nearest(session.directory, key if session.node else "")
    if typed.action:
        call, why = called.in_words(typed.action, stop, now)
    else:
        call, why = called.prepared(directory, stop, Path(key) if key else None, now)
    sounded = called.sound(directory / STOPS, call)
    elsewhere = directory != session.directory and not session.node
    if elsewhere:
        _tell_elsewhere(session.directory, directory, call, sounded=sounded)
    code = _told(directory, call, why, typed, sounded=sounded, nodes=called.nodes_of(session.node))
    if typed.offline:
        for line in called.lines(called.carried(Path(typed.offline), call)):
            _tell(line)
    end(max(code, NO) if elsewhere else code)


def _tell_elsewhere(named: Path, directory: Path, call: Call, *, sounded: bool) -> None:
    """Say that a call could not sound where it was meant to, and show it on this terminal."""
    for line in called.lines(f"{named} IS NO FOLDER, nobody hears it there: TELEPHONE"):
        _tell(line)
    if sounded:
        for line in called.lines(f"it sounds in {directory.absolute() / STOPS} instead"):
            _tell(line)
        _show(call)


def _told(directory: Path, call: Call, why: str, typed: Typed, *, sounded: bool, nodes: tuple[str, ...] = ()) -> int:
    """Say what was done and what was not, and return the exit code."""
    _tell("STOP SOUNDED" if sounded else "SHOWN HERE ALONE, heard by no other watch: TELEPHONE (sazokar roster show)")
    _show(call)
    for said in [f"TAKEN {each}" for each in typed.taken_as] + [f"NOT UNDERSTOOD: {x}" for x in typed.not_understood]:
        for line in called.lines(said):
            _tell(line)
    if not call.verified:
        _tell("  UNVERIFIED – CALL BACK")
    for line in called.lines(why):
        _tell(line)
    each_kept = called.posted_all(nodes, directory, call) if nodes else (called.recorded(directory, call, WAIT_S),)
    for node, kept in zip(nodes or ("",), each_kept, strict=True):
        if len(nodes) > 1:
            _tell_all(f"at {node}:")
        _tell_kept(kept, sounded=sounded)
    if not sounded:
        return BAD
    return GOOD if all(kept.ref or kept.loose for kept in each_kept) else NO


def _tell_kept(kept: called.Kept, *, sounded: bool) -> None:
    """Say what became of a call in one ledger."""
    if kept.ref:
        _tell(f"  recorded as {kept.ref}; who has heard it says: sazokar stop heard {kept.ref}")
    elif kept.loose:
        _tell("  recorded at the node, UNVERIFIED – CALL BACK; its reference: sazokar stop list")
    else:
        for text in (f"NOT RECORDED{' YET' if kept.later else ''}: {kept.why}", kept.later if sounded else ""):
            _tell_all(text)


def _tell_all(text: str) -> None:
    for line in called.lines(text):
        _tell(line)


def _show(call: Call) -> None:
    """Show a call as it was understood: its caller corrects it, and where no folder has it, this terminal alone does."""
    from sazokar.doors.desk.stop_words import stop_words

    stop = called.call_of(call.content)
    for line in stop_words(stop) if stop is not None else called.lines(call.content):
        _tell(line)


def _tell(line: str) -> None:
    """Say a line; where even that fails (a full disk behind a redirection), the STOP goes on."""
    with suppress(OSError):
        say(line)


# The ladder


Ref = Annotated[str, typer.Argument(metavar="REF", help="The STOP, such as S31.")]


def _signed(ctx: typer.Context, statement: msgspec.Struct) -> None:
    from sazokar.doors.desk.submitting import submit

    with faults():
        code = submit(session_of(ctx), lambda known: statement)  # type: ignore[arg-type, return-value]  # one of the ladder
    end(code)


def _ladder() -> None:
    """Add the commands of the ladder; they sign, and lie behind the calls, which do not have to."""
    from sazokar.domain.statement import AnswerStop, ReleaseStop, StopRung
    from sazokar.doors.desk.session import SigningCommand

    @app.command("heard", cls=SigningCommand)
    def heard(ctx: typer.Context, ref: Ref, unit: Unit = "") -> None:
        """Say that a STOP was heard."""
        _signed(ctx, AnswerStop(ref=ref, rung=StopRung.HEARD, unit=unit))

    @app.command("passed-on", cls=SigningCommand)
    def passed_on(ctx: typer.Context, ref: Ref, unit: Unit = "") -> None:
        """Say that a STOP was passed on to the unit."""
        _signed(ctx, AnswerStop(ref=ref, rung=StopRung.PASSED_ON, unit=unit))

    @app.command("ceased", cls=SigningCommand)
    def ceased(ctx: typer.Context, ref: Ref, unit: Unit = "") -> None:
        """Say that the unit has ceased."""
        _signed(ctx, AnswerStop(ref=ref, rung=StopRung.CEASED, unit=unit))

    @app.command("release", cls=SigningCommand)
    def release(ctx: typer.Context, ref: Ref, reason: Reason = "") -> None:
        """Release a STOP: its caller, or the agreed authority."""
        _signed(ctx, ReleaseStop(ref=ref, reason=reason))


_ladder()


@app.command("list", cls=ReadingCommand)
def list_(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Those that were released too.")] = False,
) -> None:
    """Show the STOPs that stand, from the ledger; and from the folder of calls what the ledger does not hold."""
    from sazokar.doors.desk.distant import folder_of
    from sazokar.doors.desk.stop_words import stop_list

    with faults():
        lines, standing = stop_list(folder_of(session_of(ctx), always=True), all_=all_)
        for line in lines:
            say(line)
    end(NO if standing else GOOD)
