"""Redis in one SQLite file: redis-py connected to a private Redlite server.

>>> import redlite
>>> with redlite.open("app.db") as db:
...     db.set("greeting", "hello")
True
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import redis

from ._methods import Methods
from ._server import RedliteError, acquire, release

__all__ = ["Redlite", "RedliteError", "open"]
__version__ = "0.1.0"

#: Flags of a server that are not said: a write is answered when it is committed.
DEFAULTS: Mapping[str, str] = {"appendfsync": "everysec"}


class Redlite(Methods, redis.Redis):
    """redis-py's client of a database file, with what Redlite has beside it."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        flags: Mapping[str, str] | None = None,
        **client: Any,
    ) -> None:
        """Open a file.

        :param path: The database file, or ``:memory:``.
        :param flags: Flags of the server, as ``{"cache": "256"}``; opens of one file share them.
        :param client: What ``redis.Redis`` takes, as ``decode_responses=True``.
        :raises RedliteError: If there is no server, or it does not start.
        """
        self._redlite = acquire(path, {**DEFAULTS, **(flags or {})})
        try:
            super().__init__(**{**self._redlite.connection(), **client})
        except BaseException:
            release(self._redlite)
            raise
        self._open = True

    def close(self) -> None:
        """Close the connections; the last to close a file ends its server."""
        super().close()
        if self.__dict__.pop("_open", False):
            release(self._redlite)


def open(
    path: str | os.PathLike[str],
    *,
    flags: Mapping[str, str] | None = None,
    **client: Any,
) -> Redlite:
    """Open a database file; see :class:`Redlite`."""
    return Redlite(path, flags=flags, **client)
