"""Where a request comes from."""

import ipaddress
from typing import Annotated

from fastapi import Depends, Header, Request

from redraft.accounts.cookies import DEVICE_COOKIE
from redraft.accounts.gate import Origin

UserAgent = Annotated[str | None, Header(alias="User-Agent", include_in_schema=False)]


async def _origin(request: Request, agent: UserAgent = None) -> Origin:
    """Where a login comes from; a client without an address (a Unix socket) is one of 0.0.0.0."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        address = ipaddress.IPv4Address(0)
    # Of a socket that takes both kinds; else all of IPv4 would be one network.
    address = getattr(address, "ipv4_mapped", None) or address
    machine, network = (32, 24) if address.version == 4 else (64, 48)
    return Origin(
        device=agent[:200] if agent else None,
        address=str(ipaddress.ip_network((address, machine), strict=False)),
        network=str(ipaddress.ip_network((address, network), strict=False)),
        device_token=request.cookies.get(DEVICE_COOKIE),
    )


From = Annotated[Origin, Depends(_origin)]
