"""Jobs of an RQ worker. What a test has to wait for they push to lists."""

import os
import time

import redis

seen = redis.Redis.from_url(os.environ["REDIS_URL"], db=2, socket_timeout=None)


def add(a: int, b: int) -> int:
    return a + b


def fail() -> None:
    raise ValueError("no luck")


def third_time(name: str) -> int:
    tries = seen.incr(f"tries:{name}")
    if tries < 3:
        raise ValueError("not yet")
    return tries


def held(name: str) -> str:
    """Waits in its first run for a kill, and ends at once in its second."""
    if seen.rpush(f"runs:{name}", os.getpid()) == 1:
        seen.rpush(f"started:{name}", 1)
        time.sleep(600)
    return f"{name} is done"
