"""Keys, rotations, and the agreement: signed, in force, suspended, resumed; what is live is judged anew."""

from __future__ import annotations

import msgspec
import pytest

from sazokar.domain.agreement import LEVELS, Signatory
from sazokar.domain.disclosure import level_of
from sazokar.domain.finding import InForce, Overdue, Raised, Resolution, Resolved, Resumed, Suspended
from sazokar.domain.party import OfficerRole
from sazokar.domain.statement import (
    DelegateKey,
    Document,
    ProposeDraft,
    ResumeAgreement,
    RevokeKey,
    RotateNode,
    RotateRoot,
    SignAgreement,
    SuspendAgreement,
)
from tests.dialects.agreements import clause
from tests.domain.mechanism import DAY_MS, NOW_MS, Mechanism, agreed, code, disc, in_conflict, key, of, volume

SUSPENSION = clause("suspension", 'by = ["territorial_state", "ALPHA"]\nresume_needs_all = false', "8.2")


def delegation(name: str = "second", **changes: object) -> DelegateKey:
    given: dict[str, object] = {"watch_number": "W-2", "from_ms": NOW_MS, "until_ms": NOW_MS + DAY_MS, **changes}
    return DelegateKey(key=key(name), **given)  # type: ignore[arg-type] # fields of a delegation


# Keys


@pytest.mark.requirement("SZK-45")
def test_only_a_root_delegates_and_only_what_is_new_and_bounded() -> None:
    mechanism = Mechanism()
    root = "root ALPHA"
    assert code(mechanism.say("ALPHA", delegation())) == "not-a-root"
    for name in ("BRAVO", "root BRAVO", "node"):
        assert code(mechanism.say("ALPHA", delegation(name), signer=root)) == "key-known"
    for until_ms in (NOW_MS, NOW_MS - 1, NOW_MS + 5 * 366 * DAY_MS + 1):
        assert code(mechanism.say("ALPHA", delegation(until_ms=until_ms), signer=root)) == "validity"
    for number in ("W-1", " "):
        assert code(mechanism.say("ALPHA", delegation(watch_number=number), signer=root)) == "watch-number"
    assert code(mechanism.say("ALPHA", delegation(until_ms=NOW_MS + 5 * 366 * DAY_MS), signer=root)) == ""


def test_a_root_and_the_key_itself_revoke_and_no_other() -> None:
    mechanism = Mechanism()
    mechanism.say("ALPHA", delegation(), signer="root ALPHA")
    assert code(mechanism.say("ALPHA", RevokeKey(key=key("second")))) == "not-a-root"
    assert code(mechanism.say("BRAVO", RevokeKey(key=key("second")), signer="root BRAVO")) == "unknown-key"
    assert code(mechanism.say("ALPHA", RevokeKey(key=key("second")), signer="root ALPHA")) == ""
    assert code(mechanism.say("ALPHA", RevokeKey(key=key("second")), signer="root ALPHA")) == "revoked-already"
    assert code(mechanism.say("ALPHA", RevokeKey(key=key("ALPHA")))) == ""
    mechanism.say("ALPHA", delegation("third"), signer="root ALPHA")  # the number is free again


def rotation(mechanism: Mechanism, party: str, signer: str, *cosigners: str, old: str = "root ALPHA") -> str:
    statement = RotateRoot(party="ALPHA", old=key(old), new=key("new root"))
    return code(mechanism.say(party, statement, signer=signer, cosigners=tuple(map(key, cosigners))))


def test_a_root_rotates_by_the_old_and_the_new_key() -> None:
    assert rotation(Mechanism(), "ALPHA", "root ALPHA") == "unsigned-by-new"
    assert rotation(Mechanism(), "ALPHA", "root ALPHA", "new root", old="root BRAVO") == "unknown-key"
    mechanism = Mechanism()
    assert rotation(mechanism, "ALPHA", "root ALPHA", "new root") == ""
    assert key("root ALPHA") not in mechanism.state.roots and mechanism.state.roots[key("new root")] == "ALPHA"
    assert code(mechanism.say("BRAVO", delegation("root ALPHA"), signer="root BRAVO")) == "key-known"


@pytest.mark.parametrize(
    "cosigners, expected",
    [
        (("new root",), "unsigned-by-old"),
        (("new root", "root MEDIATOR"), ""),
        (("new root", "MEDIATOR", "RELIEF"), "unsigned-by-old"),  # officers' keys are no roots
        (("root MEDIATOR", "root RELIEF"), "unsigned-by-new"),
    ],
)
def test_a_lost_root_is_replaced_by_the_charter_s_quorum_of_others(cosigners: tuple[str, ...], expected: str) -> None:
    assert rotation(Mechanism(), "BRAVO", "root BRAVO", *cosigners) == expected  # the quorum is two


def test_the_node_s_key_rotates_by_both() -> None:
    mechanism = Mechanism()
    statement = RotateNode(old=key("node"), new=key("new node"))
    assert code(mechanism.say("NODE", statement, signer="node")) == "unsigned-by-both"
    assert code(mechanism.say("ALPHA", statement, cosigners=(key("new node"),))) == "unsigned-by-both"
    assert code(mechanism.say("NODE", statement, signer="node", role=None, cosigners=(key("new node"),))) == ""
    assert mechanism.state.node == key("new node")


# The agreement


@pytest.mark.requirement("SZK-01")
def test_an_agreement_is_in_force_when_all_its_signatories_have_signed_the_same_draft() -> None:
    mechanism = Mechanism(signed=False)
    one, other = agreed(), agreed(clause("review", 'period = "90d"', "8.3"))
    for agreement in (one, other):
        mechanism.say(
            "ALPHA",
            ProposeDraft(draft=key(repr(agreement)), document=Document(text=repr(agreement), agreement=agreement)),
        )
    assert not of(mechanism.say("ALPHA", SignAgreement(draft=key(repr(one)))), InForce)
    assert not of(mechanism.say("BRAVO", SignAgreement(draft=key(repr(other)))), InForce)
    assert mechanism.state.agreement is None
    assert code(mechanism.say("ALPHA", SignAgreement(draft=key(repr(one))))) == "signed-already"
    assert code(mechanism.say("RELIEF", SignAgreement(draft=key(repr(one))))) == "no-signatory"
    assert code(mechanism.say("ALPHA", SignAgreement(draft="0" * 64))) == "unknown-draft"
    assert of(mechanism.say("BRAVO", SignAgreement(draft=key(repr(one)))), InForce)
    assert mechanism.state.agreement == one


def test_a_draft_is_named_by_its_text_and_laid_on_the_table_once() -> None:
    mechanism = Mechanism(signed=False)
    document = Document(text="text", agreement=agreed())
    assert code(mechanism.say("ALPHA", ProposeDraft(draft=key("text")))) == "no-document"
    assert code(mechanism.say("ALPHA", ProposeDraft(draft=key("other"), document=document))) == "other-text"
    officer = OfficerRole.OFFICER
    assert (
        code(mechanism.say("ALPHA", ProposeDraft(draft=key("text"), document=document), role=officer))
        == "not-a-delegate"
    )
    assert code(mechanism.say("ALPHA", ProposeDraft(draft=key("text"), document=document))) == ""
    assert code(mechanism.say("BRAVO", ProposeDraft(draft=key("text"), document=document))) == "draft-known"


def test_no_more_drafts_lie_on_the_table_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sazokar.domain.governing.GREATEST_DRAFTS", 2)
    mechanism = Mechanism()
    found = []
    for party, text in (("BRAVO", "one"), ("BRAVO", "two"), ("BRAVO", "three"), ("MEDIATOR", "four")):
        document = Document(text=text, agreement=agreed())
        found.append(code(mechanism.say(party, ProposeDraft(draft=key(text), document=document))))
    assert found == ["", "", "too-many-drafts", ""], "nobody fills the table for the others"


def test_what_stands_unseen_is_raised_when_an_agreement_comes_and_what_stands_no_more_is_resolved() -> None:
    mechanism, _, _, case = in_conflict()
    mechanism.file("RELIEF", volume(60, shape=disc(12.3)))
    wide = agreed(clause("separation", 'between = ["any", "any"]\nhorizontal = "30NM"\nvertical = "1000ft"', "4.1"))
    raised = of(mechanism.agree(wide), Raised)
    assert sorted(one.again for one in raised) == [False, False, True]
    assert mechanism.case(case).version == 2
    narrow = agreed(clause("separation", 'between = ["any", "any"]\nhorizontal = "0m"\nvertical = "0ft"', "4.1"))
    resolved = of(mechanism.agree(narrow), Resolved)
    assert {one.how for one in resolved} == {Resolution.ENDED} and len(resolved) == 2  # the third overlaps in fact


# Suspension


@pytest.mark.requirement("SZK-06")
def test_while_suspended_there_is_no_verdict_and_on_resumption_what_came_meanwhile_is_judged() -> None:
    mechanism = Mechanism()
    mechanism.file("BRAVO", volume())
    assert of(mechanism.say("ALPHA", SuspendAgreement(reason="a breach")), Suspended)
    mechanism.file("ALPHA", volume())
    assert not mechanism.state.cases and mechanism.state.judges is None
    assert not of(mechanism.say("ALPHA", ResumeAgreement()), Resumed)
    assert code(mechanism.say("ALPHA", ResumeAgreement())) == "not-suspended"
    verdict = mechanism.say("BRAVO", ResumeAgreement())
    assert of(verdict, Resumed)
    assert of(verdict, Raised)
    assert mechanism.case().is_live and mechanism.state.judges is not None


def test_a_conflict_stays_live_and_its_clock_runs_while_the_agreement_rests() -> None:
    mechanism, _, _, _ = in_conflict()
    mechanism.say("ALPHA", SuspendAgreement(reason="a breach"))
    assert mechanism.case().is_live
    assert mechanism.at(6)


def test_the_clause_says_who_may_suspend_and_whether_all_must_resume() -> None:
    mechanism = Mechanism(SUSPENSION)
    assert code(mechanism.say("BRAVO", SuspendAgreement(reason="x"))) == "may-not-suspend"
    assert code(mechanism.say("ALPHA", SuspendAgreement(reason="x"))) == ""
    assert code(mechanism.say("ALPHA", SuspendAgreement(reason="x"))) == "suspended-already"
    assert of(mechanism.say("ALPHA", ResumeAgreement()), Resumed)
    assert code(Mechanism(signed=False).say("ALPHA", SuspendAgreement(reason="x"))) == "none-in-force"


def test_a_role_in_the_clause_names_all_who_have_it() -> None:
    mechanism = Mechanism(clause("suspension", 'by = ["party"]', "8.2"))
    assert code(mechanism.say("BRAVO", SuspendAgreement(reason="x"))) == ""


def test_a_new_agreement_ends_a_suspension_and_starts_its_own_reviews() -> None:
    mechanism = Mechanism(clause("review", 'period = "2d"', "8.3"))
    mechanism.say("ALPHA", SuspendAgreement(reason="x"))
    mechanism.at(24 * 60)
    mechanism.agree(agreed(clause("review", 'period = "3d"', "8.3")))
    assert mechanism.state.judges is not None
    assert not of(mechanism.at(4 * 24 * 60 - 1), Overdue)
    assert len(of(mechanism.at(4 * 24 * 60), Overdue)) == 1


@pytest.mark.requirement("SZK-01")
def test_nobody_is_bound_by_an_agreement_that_it_is_not_asked_to_sign() -> None:
    mechanism = Mechanism()
    alone = msgspec.structs.replace(agreed(), signatories=(Signatory("BRAVO"),))
    proposal = ProposeDraft(draft=key("alone"), document=Document(text="alone", agreement=alone))
    assert code(mechanism.say("BRAVO", proposal)) == "missing-signatory"


@pytest.mark.requirement("SZK-01")
def test_a_signature_from_before_another_agreement_came_into_force_is_not_meant_any_more() -> None:
    mechanism = Mechanism()
    for text in ("old", "new"):
        document = Document(text=text, agreement=agreed())
        assert code(mechanism.say("MEDIATOR", ProposeDraft(draft=key(text), document=document))) == ""
    mechanism.say("ALPHA", SignAgreement(draft=key("old")))
    for party in ("ALPHA", "BRAVO"):
        mechanism.say(party, SignAgreement(draft=key("new")))
    assert mechanism.state.draft == key("new")
    assert not of(mechanism.say("BRAVO", SignAgreement(draft=key("old"))), InForce)
    assert mechanism.state.draft == key("new")
    assert of(mechanism.say("ALPHA", SignAgreement(draft=key("old"))), InForce)


@pytest.mark.requirement("SZK-06")
def test_no_suspension_lets_anyone_see_more() -> None:
    mechanism, _, alpha, _ = in_conflict()
    before = [level_of(mechanism.state, mechanism.state.notices[alpha], viewer)[0] for viewer in ("BRAVO", "RELIEF")]
    mechanism.say("BRAVO", SuspendAgreement(reason="to see"))
    after = [level_of(mechanism.state, mechanism.state.notices[alpha], viewer)[0] for viewer in ("BRAVO", "RELIEF")]
    for was, is_now in zip(before, after, strict=True):
        assert LEVELS.index(is_now) <= LEVELS.index(was)


def test_a_root_that_was_replaced_is_no_root_again() -> None:
    mechanism = Mechanism()
    replaced = mechanism.state.retired.set(key("spent"), "ALPHA")
    mechanism.state = msgspec.structs.replace(mechanism.state, retired=replaced)
    back = RotateRoot(party="ALPHA", old=key("root ALPHA"), new=key("spent"))
    assert code(mechanism.say("ALPHA", back, signer="root ALPHA", role=None)) == "key-known"
