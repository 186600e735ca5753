"""What Redlite has beyond Redis, for clients that wait and for those of asyncio alike.

Each method returns a value from a client that waits, and an awaitable from one of asyncio.
"""

from __future__ import annotations

import inspect
import json
import os
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Union

Text = Union[str, bytes]
Client = Any


def _then(reply: Any, read: Callable[[Any], Any]) -> Any:
    """Read a reply, now or when it has come."""
    if not inspect.isawaitable(reply):
        return read(reply)

    async def later() -> Any:
        return read(await reply)

    return later()


def _text(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _map(reply: Any) -> dict[str, Any]:
    """Return a map, which RESP2 has as names and values by turns."""
    if not isinstance(reply, dict):
        reply = dict(zip(reply[::2], reply[1::2]))
    return {_text(name): value for name, value in reply.items()}


def _facts(reply: Any) -> dict[str, Any] | None:
    return None if reply is None else {name: _text(value) for name, value in _map(reply).items()}


class History:
    """The past of keys; a moment is a Unix time in milliseconds."""

    def __init__(self, client: Client) -> None:
        """Use a client."""
        self._run = client.execute_command

    def enable(
        self, key: Text | None = None, *, count: int | None = None, time_ms: int | None = None
    ) -> Any:
        """Begin the history of a key, or of all, and say how much of it is kept."""
        limits: list[Any] = []
        if count is not None:
            limits = ["RETENTION", "COUNT", count]
        elif time_ms is not None:
            limits = ["RETENTION", "TIME", time_ms]
        return self._run("HISTORY", "ENABLE", *_scope(key), *limits)

    def disable(self, key: Text | None = None) -> Any:
        """End the history of a key, or of all; what is known is kept."""
        return self._run("HISTORY", "DISABLE", *_scope(key))

    def get(self, key: Text, *, limit: int | None = None) -> Any:
        """Return what happened to a key, the latest first, as a list of dicts."""
        limits = [] if limit is None else ["LIMIT", limit]
        reply = self._run("HISTORY", "GET", key, *limits)
        return _then(reply, lambda entries: [_entry(entry) for entry in entries or []])

    def get_at(self, key: Text, moment: int) -> Any:
        """Return what a key held at a moment."""
        return self._run("HISTORY", "GETAT", key, moment)

    def at(self, moment: int, *command: Any) -> Any:
        """Run a command that only reads, as of a moment."""
        return self._run("HISTORY", "AT", moment, *command)

    def diff(self, key: Text, since: int, until: int) -> Any:
        """Return what changed in a key between two moments."""
        return self._run("HISTORY", "DIFF", key, since, until)

    def revert(self, key: Text, moment: int) -> Any:
        """Give a key what it held at a moment."""
        return self._run("HISTORY", "REVERT", key, moment)


def _scope(key: Text | None) -> list[Any]:
    return ["GLOBAL"] if key is None else ["KEY", key]


def _entry(reply: Any) -> dict[str, Any]:
    entry = _map(reply)
    return {name: value if name == "data" else _text(value) for name, value in entry.items()}


class Search:
    """Indexes over hashes, and what is found in them."""

    def __init__(self, client: Client) -> None:
        """Use a client."""
        self._run = client.execute_command

    def create(
        self, index: str, prefix: str, schema: Mapping[str, str], *, on: str = "HASH"
    ) -> Any:
        """Index the keys that begin with a prefix; a schema is fields and their types."""
        fields = [word for field, kind in schema.items() for word in (field, *kind.split())]
        return self._run("FT.CREATE", index, "ON", on, "PREFIX", 1, prefix, "SCHEMA", *fields)

    def query(self, index: str, query: str, *options: Any) -> Any:
        """Return ``{"total": n, "documents": [{"key": …, "fields": {…}}]}``."""
        return _then(self._run("FT.SEARCH", index, query, *options), _found)

    def drop(self, index: str) -> Any:
        """Remove an index; the keys stay."""
        return self._run("FT.DROPINDEX", index)


def _found(reply: Any) -> dict[str, Any]:
    if isinstance(reply, dict):
        found = _map(reply)
        documents = [_map(document) for document in found["results"]]
        pairs = [(each["id"], each.get("extra_attributes", {})) for each in documents]
        return {"total": found["total_results"], "documents": _documents(pairs)}
    return {"total": reply[0], "documents": _documents(zip(reply[1::2], reply[2::2]))}


def _documents(pairs: Any) -> list[dict[str, Any]]:
    return [{"key": _text(key), "fields": _facts(fields)} for key, fields in pairs]


class Vectors:
    """Sets of elements that are found by how near their vectors are."""

    def __init__(self, client: Client) -> None:
        """Use a client."""
        self._run = client.execute_command

    def add(
        self,
        key: Text,
        element: Text,
        vector: Sequence[float],
        attributes: Mapping[str, Any] | None = None,
    ) -> Any:
        """Add an element, or give it another vector."""
        extra = [] if attributes is None else ["SETATTR", json.dumps(attributes)]
        return self._run("VADD", key, "FP32", _packed(vector), element, *extra)

    def similar(
        self,
        key: Text,
        to: Sequence[float] | Text,
        count: int = 10,
        filter: str | None = None,
    ) -> Any:
        """Return the elements nearest to a vector or an element, each with its similarity."""
        near = ["ELE", to] if isinstance(to, (str, bytes)) else ["FP32", _packed(to)]
        extra = [] if filter is None else ["FILTER", filter]
        reply = self._run("VSIM", key, *near, "WITHSCORES", "COUNT", count, *extra)
        return _then(reply, _scored)

    def attributes(self, key: Text, element: Text) -> Any:
        """Return an element's attributes."""
        reply = self._run("VGETATTR", key, element)
        return _then(reply, lambda text: None if text is None else json.loads(text))

    def remove(self, key: Text, element: Text) -> Any:
        """Remove an element."""
        return self._run("VREM", key, element)


def _packed(vector: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(vector)}f", *vector)


def _scored(reply: Any) -> list[tuple[Any, float]]:
    pairs = reply.items() if isinstance(reply, dict) else zip(reply[::2], reply[1::2])
    return [(element, float(score)) for element, score in pairs]


class Geo:
    """Places on the earth, by their longitudes and latitudes."""

    def __init__(self, client: Client) -> None:
        """Use a client."""
        self._client = client

    def add(self, key: Text, member: Text, longitude: float, latitude: float) -> Any:
        """Add a place, or move it."""
        return self._client.geoadd(key, (longitude, latitude, member))

    def position(self, key: Text, member: Text) -> Any:
        """Return a place's longitude and latitude, or None."""
        return _then(self._client.geopos(key, member), lambda places: places[0])

    def distance(self, key: Text, one: Text, other: Text, unit: str = "m") -> Any:
        """Return how far two places are from each other, or None."""
        reply = self._client.execute_command("GEODIST", key, one, other, unit)
        return _then(reply, lambda distance: None if distance is None else float(distance))

    def search(
        self, key: Text, longitude: float, latitude: float, radius: float, unit: str = "m"
    ) -> Any:
        """Return the places within a circle, the nearest first."""
        return self._client.geosearch(
            key, longitude=longitude, latitude=latitude, radius=radius, unit=unit, sort="ASC"
        )


class Methods:
    """What a client has beside its own methods."""

    @property
    def history(self: Any) -> History:
        """The past of keys."""
        return History(self)

    @property
    def search(self: Any) -> Search:
        """Indexes over hashes."""
        return Search(self)

    @property
    def vectors(self: Any) -> Vectors:
        """Vector sets."""
        return Vectors(self)

    @property
    def geo(self: Any) -> Geo:
        """Places on the earth."""
        return Geo(self)

    @property
    def server_pid(self: Any) -> int:
        """The process of the server."""
        return int(self._redlite.handshake["pid"])

    def keyinfo(self: Any, key: Text) -> Any:
        """Return what is known of a key: type, times, version, length, bytes; None without it."""
        return _then(self.execute_command("KEYINFO", key), _facts)

    def vacuum(self: Any) -> Any:
        """Rewrite the file without what was deleted, and return its size before and after."""
        return _then(self.execute_command("VACUUM"), _facts)

    def sql(self: Any, statement: str, *values: Any) -> Any:
        """Run a query on the file, and return its rows as dicts."""
        return _then(self.execute_command("SQL", statement, *values), _rows)

    def backup(self: Any, path: str | os.PathLike[str], *, replace: bool = False) -> Any:
        """Write a copy of one moment into a file below the database's directory."""
        extra = ["REPLACE"] if replace else []
        return _then(self.execute_command("BACKUP", os.path.abspath(path), *extra), _facts)


def _rows(reply: Any) -> list[dict[str, Any]]:
    result = _map(reply)
    columns = [_text(column) for column in result["columns"]]
    return [dict(zip(columns, map(_text, row))) for row in result["rows"]]
