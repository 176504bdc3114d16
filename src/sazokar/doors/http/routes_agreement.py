"""`/v1/agreement` as it is read: what is in force, the drafts on the table, and what differs from one to another."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Response, get
from litestar.params import PathParameter

from sazokar.app.shown_mechanism import (
    AgreementShown,
    DraftListed,
    DraftShown,
    agreement_shown,
    draft_listed,
    draft_shown,
)
from sazokar.app.wire import Position, Wire
from sazokar.domain.agreement_diff import Change, Kind, diff
from sazokar.domain.state import State
from sazokar.doors.agreement_words import change_lines
from sazokar.doors.http.reading import READS, Cursor, Limit, Page, listed, one, reader_of
from sazokar.doors.http.station import NodeRequest

DraftName = Annotated[
    str, PathParameter(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$", description="SHA-256 of its text.")
]


class DraftsTold(Wire, frozen=True, kw_only=True):
    """A page of drafts, by name; `next`: null where there is no more."""

    items: tuple[DraftListed, ...]
    next: str | None
    size: Position


class FieldChanged(Wire, frozen=True, kw_only=True):
    """One value of a clause that differs.

    Args:
        path: Which value: `minima.horizontal_mm`, `classes.routine`.
        stricter: Whether the second draft asks more of the parties; null: that cannot be said.
    """

    path: str
    stricter: bool | None


class ClauseChanged(Wire, frozen=True, kw_only=True):
    """What differs in one clause, or outside the clauses.

    Args:
        kind: What happened.
        number: Of the clause; empty outside the clauses.
        subject: Outside the clauses, what differs.
        fields: The values that differ.
        words: The same in words, line by line.
    """

    kind: Kind
    number: str
    subject: str
    fields: tuple[FieldChanged, ...]
    words: tuple[str, ...]


class Difference(Wire, frozen=True, kw_only=True):
    """What differs from one draft to another; nothing where both say the same."""

    before: str
    after: str
    changes: tuple[ClauseChanged, ...]


@get("/v1/agreement", operation_id="showAgreement", tags=["agreement"], responses=READS)
async def show_agreement(request: NodeRequest) -> Response[AgreementShown]:
    """Show the agreement in force, as text and as values; or that there is none, or that it is suspended."""
    reader = reader_of(request)
    return await one(
        request, reader, "agreement", lambda: agreement_shown(reader.state), lambda told: told.draft[:16] or "none"
    )


@get("/v1/agreement/drafts", operation_id="listDrafts", tags=["agreement"], responses=READS)
async def list_drafts(request: NodeRequest, cursor: Cursor = "", limit: Limit = 50) -> Response[DraftsTold]:
    """List the drafts on the table, and who has signed them."""
    reader = reader_of(request)

    def made() -> DraftsTold:
        page = Page("drafts", cursor, limit)
        items, after = page.of_refs(reader.state.drafts, lambda name: draft_listed(reader.state, name))
        return DraftsTold(items=items, next=after, size=reader.state.size)

    return await listed(request, reader, made, lambda told: (told.items, told.next))


@get("/v1/agreement/drafts/{draft:str}", operation_id="showDraft", tags=["agreement"], responses=READS)
async def show_draft(request: NodeRequest, draft: DraftName) -> Response[DraftShown]:
    """Show a draft: its text, as it is signed byte for byte, and its values."""
    reader = reader_of(request)
    return await one(request, reader, "draft", lambda: draft_shown(reader.state, draft), lambda told: told.draft[:16])


@get(
    "/v1/agreement/drafts/{before:str}/difference/{after:str}", operation_id="compareDrafts", tags=["agreement"],
    responses=READS,
)  # fmt: skip
async def compare_drafts(request: NodeRequest, before: DraftName, after: DraftName) -> Response[Difference]:
    """Tell what differs from one draft to another, clause by clause."""
    reader = reader_of(request)
    return await one(
        request, reader, "draft", lambda: _difference(reader.state, before, after), lambda told: told.before[:16]
    )


def _difference(state: State, before: str, after: str) -> Difference | None:
    drafts = [state.drafts.get(name) for name in (before, after)]
    agreements = [draft.agreement for draft in drafts if draft is not None and draft.agreement is not None]
    if len(agreements) != 2:
        return None
    changes = tuple(_changed(change) for change in diff(*agreements))
    return Difference(before=before, after=after, changes=changes)


def _changed(change: Change) -> ClauseChanged:
    fields = tuple(FieldChanged(path=field.path, stricter=field.stricter) for field in change.fields)
    return ClauseChanged(
        kind=change.kind, number=change.number, subject=change.subject, fields=fields, words=tuple(change_lines(change))
    )


ROUTES: Final = (show_agreement, list_drafts, show_draft, compare_drafts)
