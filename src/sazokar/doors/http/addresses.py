"""Where a webhook may go: to the public network over TLS, or to this machine where that was written out; nowhere else.

A name that leads into a private network is refused at each sending, by the addresses that it leads to then, and the
connection goes to just those: nobody makes the node knock at doors behind its own walls.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Final

import httpx

from sazokar.client.line import is_loopback
from sazokar.doors.http.settings import Webhook
from sazokar.errors import UnreachableError, UnreadableError

GREATEST_ADDRESSES: Final = 4
"""Of a name that leads to more, only so many are tried."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def require_hook(hook: Webhook) -> None:
    """Pass where a webhook's address can be one.

    Raises:
        UnreadableError: It is no https address, nor http on the loopback.
    """
    try:
        url = httpx.URL(hook.url)
        good = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))
    except (httpx.InvalidURL, ValueError):
        good = False
    if not good or not url.host or url.userinfo or url.fragment:
        raise UnreadableError(
            f"webhooks.{hook.name}: found the url {hook.url[:80]!r}; expected https://…, or http://127.0.0.1…, "
            "without a user or a fragment"
        )


async def reachable(url: httpx.URL) -> list[str]:
    """Return the addresses that a webhook may be sent to.

    Raises:
        UnreachableError: The name leads nowhere, or into a network that is not public.
    """
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"{url.host}: found no address ({error})") from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    local = is_loopback(url.host)
    if not addresses or not all(is_public(one) or (local and is_loopback(one)) for one in addresses):
        raise UnreachableError(f"{url.host}: leads to an address that is not public")
    return addresses[:GREATEST_ADDRESSES]


def is_public(address: str) -> bool:
    """Return whether an address is one of the public network, also the one that is packed into it."""
    try:
        found: _Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        packed = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if packed is None and found in _NAT64:
            packed = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        found = packed or found
    return found.is_global and not found.is_multicast
