"""Which ways out a node has, by its settings. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable

from sazokar.doors.http.courier import Channel
from sazokar.doors.http.mail import MailChannel
from sazokar.doors.http.settings import Settings
from sazokar.doors.http.webhooks import HookChannel
from sazokar.errors import UnreadableError


def channels_of(settings: Settings, ledger: Callable[[], str]) -> list[Channel]:
    """Return the ways out that settings name.

    Args:
        settings: Of the node.
        ledger: Tells the id of the charter.

    Raises:
        UnreadableError: One of them cannot be used as it is written.
    """
    names = [hook.name for hook in settings.webhooks]
    if len(set(names)) < len(names) or any(name.startswith("mail-") for name in names):
        raise UnreadableError("webhooks: found two of one name, or one called mail-…; expected a name for each")
    found: list[Channel] = [HookChannel(hook, ledger) for hook in settings.webhooks]
    if settings.mail is not None:
        found += [MailChannel(settings.mail, box, number) for number, box in enumerate(settings.mail.mailboxes)]
    return found
