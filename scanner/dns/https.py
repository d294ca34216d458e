"""Queries over HTTPS to one resolver (RFC 8484)."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from scanner.dns.query import Query, echo_of

if TYPE_CHECKING:
    import httpx

__all__ = ["Https"]

MOST: Final = 64
"""Queries under way to a resolver at a time."""
_LONGEST: Final = 65_535
_TIMEOUT: Final = 30.0
"""Seconds; an attempt's own time is over long before."""
_TYPE: Final = "application/dns-message"


class Https:
    """A resolver at `url`, whose certificate `tls` checks. To be used in one event loop."""

    def __init__(self, url: str, tls: ssl.SSLContext) -> None:
        self._url = url
        self._tls = tls
        self._client: httpx.AsyncClient | None = None

    async def exchange(self, query: Query, *, edns: bool) -> bytes:
        """The answer's octets; none if what came answers something else. Raises OSError where none came."""
        import httpx

        try:
            async with self._opened().stream(
                "POST",
                self._url,
                content=query.wire(0, edns=edns),  # an id of 0 lets HTTP caches share answers (RFC 8484 section 4.1)
                headers={"content-type": _TYPE, "accept": _TYPE},
            ) as response:
                if response.status_code != httpx.codes.OK:
                    raise OSError(f"HTTP status {response.status_code} from {self._url}")
                wire = b""
                async for piece in response.aiter_bytes():
                    wire += piece
                    if len(wire) > _LONGEST:
                        raise OSError(f"more than a DNS message from {self._url}")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OSError(str(error) or type(error).__name__) from error
        return wire if echo_of(wire, 0, query.section) == "ours" else b""

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _opened(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                http2=True, verify=self._tls, timeout=_TIMEOUT, limits=httpx.Limits(max_connections=MOST)
            )
        return self._client
