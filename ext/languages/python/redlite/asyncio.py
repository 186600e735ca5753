"""The same for asyncio.

>>> import redlite.asyncio
>>> async def greet() -> None:
...     async with await redlite.asyncio.open("app.db") as db:
...         await db.set("greeting", "hello")
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

import redis.asyncio

from . import DEFAULTS
from ._methods import Methods
from ._server import Server, acquire, release

__all__ = ["Redlite", "open"]


class Redlite(Methods, redis.asyncio.Redis):  # type: ignore[misc]
    """redis-py's asyncio client of a database file, with what Redlite has beside it."""

    def __init__(self, server: Server, **client: Any) -> None:
        """Use a server that is running; :func:`open` starts one."""
        self._redlite = server
        super().__init__(**{**server.connection(), **client})
        self._open = True

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close the connections; the last to close a file ends its server."""
        await super().aclose(close_connection_pool)
        if self.__dict__.pop("_open", False):
            await asyncio.to_thread(release, self._redlite)


async def open(
    path: str | os.PathLike[str],
    *,
    flags: Mapping[str, str] | None = None,
    **client: Any,
) -> Redlite:
    """Open a database file, as :func:`redlite.open` does."""
    server = await asyncio.to_thread(acquire, path, {**DEFAULTS, **(flags or {})})
    try:
        return Redlite(server, **client)
    except BaseException:
        await asyncio.to_thread(release, server)
        raise
