"""Holds the two halves of a draft together: the text that people sign, and the values that verdicts rest on."""

from __future__ import annotations

from sazokar.dialects import agreement as dialect
from sazokar.domain.agreement import Agreement
from sazokar.domain.statement import Document, ProposeDraft, Statement
from sazokar.errors import RulesError


def document_of(text: str, file: str) -> Document:
    """Return a draft's text with its values.

    Raises:
        SazokarError: The text is no agreement; all faults are told.
    """
    return Document(text=text, agreement=_read(text, file))


def require_as_written(statement: Statement) -> None:
    """Return where a draft, if the statement is one, has the values that its text says.

    Raises:
        SazokarError: The text is no agreement, or says something else than the values that came with it.
    """
    if not isinstance(statement, ProposeDraft) or statement.document is None:
        return
    if _read(statement.document.text, "the draft") != statement.document.agreement:
        raise RulesError("a draft whose values are not those of its text", "values made of the text that is signed")


def _read(text: str, file: str) -> Agreement:
    return dialect.read(text.encode(), file)
