"""Prints how long opening takes, and how many operations a second there are, as a line of JSON."""

import json
import sys
import tempfile
import time
from collections.abc import Callable

import redlite

COUNT = 3000
BATCHES = 20


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many a second there are."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


with tempfile.TemporaryDirectory() as directory:
    began = time.perf_counter()
    with redlite.open(f"{directory}/app.db") as db:
        db.ping()
        open_ms = (time.perf_counter() - began) * 1000

        def pipelined() -> None:
            """Send a thousand commands in one go, again and again."""
            for _ in range(BATCHES):
                pipeline = db.pipeline(transaction=False)
                for i in range(1000):
                    pipeline.get(f"key:{i}")
                pipeline.execute()

        figures = {
            "open_ms": open_ms,
            "set": rate(COUNT, lambda: [db.set(f"key:{i}", "value") for i in range(COUNT)]),
            "get": rate(COUNT, lambda: [db.get(f"key:{i}") for i in range(COUNT)]),
            "pipelined": rate(BATCHES * 1000, pipelined),
        }
    json.dump(figures, sys.stdout)
    print()
