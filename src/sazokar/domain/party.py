"""Who takes part: roles, and what each may do whatever an agreement says."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NewType

PartyName = NewType("PartyName", str)
KeyId = NewType("KeyId", str)
"""A key is named by its public half: 64 hexadecimal digits."""


class PartyRole(StrEnum):
    """What an organisation is to the mechanism (SZK-48)."""

    PARTY = "party"
    """Bound: signs the agreement, files, answers."""
    MEDIATOR = "mediator"
    """Carries and hosts; recommends; sees what the agreement lets it see."""
    GUARANTOR = "guarantor"
    """Vouches for the agreement; signs it where it must; files nothing."""
    OBSERVER = "observer"
    """Reads what it is shown."""
    TERRITORIAL_STATE = "territorial_state"
    """The state whose airspace or land it is, with its air-traffic control: files and answers."""
    PARTICIPANT = "participant"
    """A relief agency or a civil operator: files and answers; signs no agreement."""


class OfficerRole(StrEnum):
    """What a key may sign for its party."""

    OFFICER = "officer"
    """Notices, answers, acknowledgements, the roster, STOP."""
    DELEGATE = "delegate"
    """What an officer may, and drafts, signatures, suspension and talks."""
    STOP_ONLY = "stop"
    """STOP and its ladder, and nothing else: a key that lies ready without a passphrase."""


FILING: Final = frozenset({PartyRole.PARTY, PartyRole.TERRITORIAL_STATE, PartyRole.PARTICIPANT})
"""Roles that file notices and answer conflicts."""
