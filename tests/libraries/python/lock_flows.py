"""redis-py's Lock, against the server in REDIS_URL: `lock_flows.py FLOW`."""

import os
import sys
import threading
import time

import redis
from redis.exceptions import LockError, LockNotOwnedError

client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None)


def raises(kind: type[Exception], call) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


def owners() -> None:
    mine = client.lock("lock", timeout=100)
    assert mine.acquire(blocking=False)
    assert mine.locked() and mine.owned()
    other = client.lock("lock", timeout=100)
    assert not other.acquire(blocking=False)
    raises(LockError, other.release)
    mine.release()
    raises(LockError, mine.release)
    assert client.exists("lock") == 0
    # Scripts that the server has forgotten are sent again.
    client.script_flush()
    assert mine.acquire(blocking=False)
    client.set("lock", "somebody else's")
    raises(LockNotOwnedError, mine.release)
    assert client.get("lock") == b"somebody else's"


def times() -> None:
    lock = client.lock("lock", timeout=100)
    assert lock.acquire(blocking=False)
    assert 50_000 < client.pttl("lock") <= 100_000
    assert lock.extend(100)
    assert 150_000 < client.pttl("lock") <= 200_000
    assert lock.extend(40, replace_ttl=True)
    assert 0 < client.pttl("lock") <= 40_000
    assert lock.reacquire()
    assert 50_000 < client.pttl("lock") <= 100_000
    client.delete("lock")
    raises(LockNotOwnedError, lambda: lock.extend(10))
    raises(LockNotOwnedError, lock.reacquire)


def waiting() -> None:
    held = client.lock("lock", timeout=100)
    assert held.acquire()
    began = time.monotonic()
    assert not client.lock("lock", sleep=0.01).acquire(blocking_timeout=0.2)
    assert time.monotonic() - began >= 0.1
    raises(LockError, client.lock("lock", sleep=0.01, blocking_timeout=0.1).__enter__)
    got = []

    def wait() -> None:
        with client.lock("lock", sleep=0.01, timeout=100) as lock:
            got.append(lock.owned())

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    held.release()
    for thread in threads:
        thread.join(timeout=60)
    assert got == [True] * 4
    assert client.exists("lock") == 0


if __name__ == "__main__":
    {flow.__name__: flow for flow in (owners, times, waiting)}[sys.argv[1]]()
