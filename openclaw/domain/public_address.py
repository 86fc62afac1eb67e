"""Which addresses and names of the internet may be fetched from. Pure.

Everything that is not plainly public is refused: this machine, the local network, what clouds keep for their own, and
whatever hides one of those inside another form of address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Names that mean this machine or its surroundings, whatever they resolve to.
_NAMES = frozenset({"localhost", "localhost.localdomain", "metadata.google.internal", "metadata"})
_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa", ".onion")
#: IPv6 forms that carry an IPv4 address in their last 32 bits.
_CARRIERS = tuple(
    map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96"))
)
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_TEREDO = ipaddress.IPv6Network("2001::/32")
#: Where clouds tell a machine its secrets. Never to be fetched from, whatever an operator allows.
METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"))
)


def is_public(address: str) -> bool:
    """Whether an address, as a resolver gives it, is one of the public internet."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast for each in (found, *_inside(found)))


def is_metadata(address: str) -> bool:
    """Whether an address is where a cloud keeps secrets."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return bool(METADATA & {found, *_inside(found)})


def _inside(address: Address) -> list[Address]:
    """The addresses that hide in another one."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    packed = address.packed
    hidden: list[bytes] = []
    if any(address in network for network in _CARRIERS):
        hidden.append(packed[-4:])
    if address in _SIX_TO_FOUR:
        hidden.append(packed[2:6])
    if address in _TEREDO:
        hidden += [packed[4:8], bytes(byte ^ 0xFF for byte in packed[-4:])]
    return [ipaddress.IPv4Address(each) for each in hidden]


def is_refused_name(host: str) -> bool:
    """Whether a host's name is refused before it is looked up."""
    name = host.rstrip(".").lower()
    if not name or name in _NAMES or name.endswith(_SUFFIXES):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        # Other ways to write an address: one number, octal or hexadecimal parts, fewer than four of them.
        last = name.rsplit(".", 1)[-1]
        return "." not in name or last.isdigit() or last.startswith("0x")
    return False


def may_connect(host: str, port: int, address: str, allowed: Collection[str]) -> bool:
    """Whether to connect to an address that a name has; ``allowed`` are private ``host`` or ``host:port`` by name."""
    if is_public(address):
        return True
    name = host.rstrip(".").lower()
    return not is_metadata(address) and bool({name, f"{name}:{port}"} & set(allowed))
