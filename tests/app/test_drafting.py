"""What parties sign as text is what they are judged by as values."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from sazokar.app.drafting import document_of, require_as_written
from sazokar.domain.plan.quantity import NAUTICAL_MILE_MM
from sazokar.domain.plan.rules import Minima
from sazokar.domain.statement import CancelNotice, Document, ProposeDraft
from sazokar.errors import RulesError, SazokarError
from tests.app.grounds import AGREEMENT, Grounds

TEXT = AGREEMENT.read_text(encoding="utf-8")


def proposal(document: Document) -> ProposeDraft:
    return ProposeDraft(draft=sha256(document.text.encode()).hexdigest(), document=document)


def test_a_draft_of_its_own_text_passes_and_so_does_what_is_no_draft() -> None:
    require_as_written(proposal(document_of(TEXT, "agreement.toml")))
    require_as_written(CancelNotice(ref="N1"))


@pytest.mark.requirement("SZK-01")
def test_values_that_the_text_does_not_say_are_refused() -> None:
    """Or else parties would sign 10 NM and be judged by one."""
    document = document_of(TEXT, "agreement.toml")
    looser = msgspec.structs.replace(document.agreement, default=Minima(NAUTICAL_MILE_MM, 0, 0))
    forged = proposal(Document(text=document.text, agreement=looser))
    with pytest.raises(RulesError, match="not those of its text"):
        require_as_written(forged)
    grounds = Grounds(agreed=False)
    size = grounds.log.size()
    with pytest.raises(RulesError):
        grounds.send("MEDIATOR", forged)
    assert grounds.log.size() == size


def test_a_text_that_is_no_agreement_is_refused_with_its_faults() -> None:
    with pytest.raises(SazokarError, match="horizontal"):
        document_of(TEXT.replace('horizontal = "10NM"', 'horizontal = "10 parsecs"'), "agreement.toml")
