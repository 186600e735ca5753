"""Reads the cases that all bindings share, and compares replies with what they expect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import redis

CASES = json.loads((Path(__file__).parents[2] / "scenario.json").read_text("utf-8"))["cases"]

#: Classes that redis-py has for errors in place of their first word.
CLASSES = {
    "EXECABORT": redis.exceptions.ExecAbortError,
    "NOPERM": redis.exceptions.NoPermissionError,
    "NOSCRIPT": redis.exceptions.NoScriptError,
    "OOM": redis.exceptions.OutOfMemoryError,
    "WRONGPASS": redis.exceptions.AuthenticationError,
}


class Error:
    """An error, as a reply."""

    def __init__(self, error: Exception) -> None:
        """Keep it."""
        self.error = error

    def __repr__(self) -> str:
        """Show it."""
        return repr(self.error)


def value(word: Any, variables: dict[str, Any], directory: Path) -> Any:
    """Return what a word of the scenario stands for."""
    if isinstance(word, dict) and "hex" in word:
        return bytes.fromhex(word["hex"])
    if isinstance(word, dict) and "var" in word:
        return variables[word["var"]]
    return word.replace("{directory}", str(directory)) if isinstance(word, str) else word


def fits(reply: Any, expected: Any) -> bool:
    """Tell whether a reply is what the scenario expects."""
    if isinstance(expected, dict):
        ((kind, wanted),) = expected.items()
        return FORMS[kind](reply, wanted)
    if isinstance(expected, list):
        return (
            isinstance(reply, (list, tuple))
            and len(reply) == len(expected)
            and all(map(fits, reply, expected))
        )
    if reply is None or expected is None or isinstance(reply, (dict, list, Error)):
        return reply is expected
    return _bytes(reply) == _bytes(expected)


def _bytes(scalar: Any) -> bytes:
    return scalar if isinstance(scalar, bytes) else str(scalar).encode()


def _pairs(reply: Any) -> dict[bytes, Any]:
    items = reply.items() if isinstance(reply, dict) else zip(reply[::2], reply[1::2])
    return {_bytes(name): item for name, item in items}


def _has(reply: Any, wanted: dict[str, Any]) -> bool:
    pairs = _pairs(reply)
    return all(
        name.encode() in pairs and fits(pairs[name.encode()], item) for name, item in wanted.items()
    )


def _error(reply: Any, code: str) -> bool:
    if not isinstance(reply, Error):
        return False
    if code in CLASSES:
        return isinstance(reply.error, CLASSES[code])
    # redis-py leaves ERR out.
    return code == "ERR" or str(reply.error).startswith(code)


def _unordered(reply: Any, wanted: list[Any]) -> bool:
    return fits(sorted(reply, key=_bytes), sorted(wanted, key=_bytes))


FORMS = {
    "any": lambda reply, _: not isinstance(reply, Error),
    "error": _error,
    "has": _has,
    "hex": lambda reply, text: reply == bytes.fromhex(text),
    "near": lambda reply, number: abs(float(reply) - number) < 0.001,
    "pairs": lambda reply, wanted: len(_pairs(reply)) == len(wanted) and _has(reply, wanted),
    "size": lambda reply, size: len(reply) == size,
    "unordered": _unordered,
}
