"""`ack`, `answer`, `recommend`, `accept`, `accept-risk`: what officers say to a notice or a conflict."""

from __future__ import annotations

from typing import Annotated

import typer

from sazokar.domain.plan.quantity import parse_duration
from sazokar.domain.statement import (
    AcceptRecommendation,
    AcceptRisk,
    Acknowledge,
    AckRung,
    AnswerConflict,
    Change,
    Recommend,
    Reply,
    ReplyContent,
)
from sazokar.doors.desk.session import SigningCommand, end, faults, new_app, session_of
from sazokar.doors.desk.submitting import Known, submit
from sazokar.errors import QuantityError, UnreadableError

app = new_app("Acknowledge and answer.")

RUNGS = ("read", "read-back", "passed-on", "confirmed")
Ref = Annotated[str, typer.Argument(metavar="REF", help="The conflict, such as C15.")]
Text = Annotated[str, typer.Option(help="HOLD: what is held; QUERY: the question; COUNTER: the change, in words.")]
Delay = Annotated[str, typer.Option(metavar="DURATION", help="A change of time, such as 25min.")]
Level = Annotated[str, typer.Option(help="A change of level, such as FL320.")]
Of = Annotated[str, typer.Option("--of", metavar="REF", help="Whose plan is to change: the notice.")]


@app.command(cls=SigningCommand)
def ack(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The notice or conflict.")],
    rung: Annotated[str, typer.Option(help=f"{', '.join(RUNGS)}.")] = "read",
    units: Annotated[list[str] | None, typer.Option(metavar="UNIT", help="Unit; once for each.")] = None,
    version: Annotated[int | None, typer.Option(help="The version that you have seen; by default the present.")] = None,
) -> None:
    """Acknowledge: you have read it, it was read back, passed on to units, or confirmed by them."""
    with faults():
        if rung not in RUNGS:
            raise UnreadableError(f"--rung: found {rung[:40]!r}; expected one of {', '.join(RUNGS)}")

        def made(known: Known) -> Acknowledge:
            return Acknowledge(
                ref=ref, version=version or known.version_of(ref), rung=AckRung(rung), units=tuple(units or ())
            )

        code = submit(session_of(ctx), made)
    end(code)


@app.command(cls=SigningCommand)
def answer(
    ctx: typer.Context,
    ref: Ref,
    reply: Annotated[str, typer.Argument(metavar="REPLY", help=f"{', '.join(Reply)}.")],
    text: Text = "",
    delay: Delay = "",
    level: Level = "",
    of: Of = "",
) -> None:
    """Answer a conflict. WILCO: agreed, will change. UNABLE: cannot. Then change the plan: notice amend."""
    with faults():
        code_word = reply.upper()
        if code_word not in list(Reply):
            raise UnreadableError(f"REPLY: found {reply[:40]!r}; expected one of {', '.join(Reply)}")
        _content(text, delay, level, of or ref)  # what is typed wrongly is told before anything is asked

        def made(known: Known) -> AnswerConflict:
            plan = of or (own_of(known, ref) if delay or level else "")
            return AnswerConflict(ref=ref, reply=Reply(code_word), content=_content(text, delay, level, plan))

        code = submit(session_of(ctx), made)
    end(code)


def own_of(known: Known, ref: str) -> str:
    """Return the notice of one's own party in a conflict; empty where there is none, or both are."""
    case = known.state.cases.get(ref) if known.state is not None else None
    mine = [name for name in (case.a, case.b) if _is_own(known, name)] if case is not None else []
    return mine[0] if len(mine) == 1 else ""


def _is_own(known: Known, ref: str) -> bool:
    notice = known.state.notices.get(ref) if known.state is not None else None
    return notice is not None and notice.party == known.party


def _content(text: str, delay: str, level: str, of: str) -> ReplyContent | None:
    if not (text or delay or level or of):
        return None
    if (delay or level) and not of:
        raise UnreadableError(
            "--of: found none beside a change, nor just one notice of yours; expected the notice that is to change"
        )
    try:
        delay_ms = parse_duration(delay) if delay else 0
    except QuantityError as error:
        raise UnreadableError(f"--delay: {error}") from error
    change = Change(ref=of, delay_ms=delay_ms, level=level) if of else None
    return ReplyContent(text=text, change=change)


@app.command(cls=SigningCommand)
def recommend(
    ctx: typer.Context,
    ref: Ref,
    text: Annotated[str, typer.Option(help="What the mediator recommends, in words.")] = "",
    delay: Delay = "",
    level: Level = "",
    of: Of = "",
) -> None:
    """Recommend, as the mediator; nothing is decided until both sides accept."""
    with faults():
        content = _content(text, delay, level, of)
        if content is None:
            raise UnreadableError("--text: found nothing that is recommended; expected words, or a change")
        code = submit(session_of(ctx), lambda known: Recommend(ref=ref, content=content))
    end(code)


@app.command(cls=SigningCommand)
def accept(
    ctx: typer.Context,
    ref: Ref,
    number: Annotated[int, typer.Option(help="Which recommendation, from 1.")] = 1,
) -> None:
    """Accept the mediator's recommendation; resolved when both sides have."""
    with faults():
        code = submit(session_of(ctx), lambda known: AcceptRecommendation(ref=ref, number=number))
    end(code)


@app.command("accept-risk", cls=SigningCommand)
def accept_risk(ctx: typer.Context, ref: Ref, reason: Annotated[str, typer.Option(help="Why.")]) -> None:
    """Accept the risk of leaving both plans as they are; resolved when both sides have."""
    with faults():
        code = submit(session_of(ctx), lambda known: AcceptRisk(ref=ref, reason=reason))
    end(code)
