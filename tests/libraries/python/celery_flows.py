"""What people do with Celery, against the server in REDIS_URL: `celery_flows.py FLOW`."""

import sys
import time
from datetime import datetime, timedelta, timezone

from celery import chain, chord, group

from celery_tasks import add, app, fail, held, seen, third_time, total
from worker_process import end, python_worker

WITHIN = 150


def worker(*args: str):
    command = ["-m", "celery", "--quiet", "-A", "celery_tasks", "worker"]
    return python_worker(*command, "--concurrency", "2", "--loglevel", "ERROR", *args)


def results() -> None:
    with worker():
        assert add.delay(2, 3).get(timeout=WITHIN) == 5
        failed = fail.delay()
        try:
            failed.get(timeout=WITHIN)
            raise AssertionError("the failure is not told")
        except ValueError as error:
            assert str(error) == "no luck"
        assert failed.state == "FAILURE"
        failed.forget()
        assert app.backend.get(app.backend.get_key_for_task(failed.id)) is None


def times() -> None:
    soon = datetime.now(timezone.utc) + timedelta(milliseconds=300)
    with worker():
        later = add.apply_async((1, 1), eta=soon)
        counted = add.apply_async((2, 2), countdown=0.2)
        assert later.get(timeout=WITHIN) == 2
        assert datetime.now(timezone.utc) >= soon
        assert counted.get(timeout=WITHIN) == 4
        assert third_time.delay("a").get(timeout=WITHIN) == 3


def canvas() -> None:
    with worker():
        assert chain(add.s(1, 2), add.s(10), add.s(100))().get(timeout=WITHIN) == 113
        numbers = group(add.s(i, i) for i in range(20))().get(timeout=WITHIN)
        assert numbers == [2 * i for i in range(20)]
        assert chord((add.s(i, 1) for i in range(10)), total.s())().get(timeout=WITHIN) == 55
        nested = chain(group(add.s(1, 1), add.s(2, 2)), total.s(), add.s(4))
        assert nested().get(timeout=WITHIN) == 10


def priorities() -> None:
    """Inspection and control go by pub/sub, lengths by LLEN over the lists of priorities."""
    with worker():
        assert add.apply_async((1, 2), priority=9).get(timeout=WITHIN) == 3
        assert add.apply_async((1, 2), queue="celery", priority=0).get(timeout=WITHIN) == 3
        pongs = app.control.ping(timeout=WITHIN, limit=1)
        assert len(pongs) == 1, pongs
        stats = app.control.inspect(timeout=WITHIN, limit=1).stats()
        assert len(stats) == 1
    # A task would go to the worker that has ended if the server had not heard of that yet.
    while seen.info("clients")["blocked_clients"] > 0:
        time.sleep(0.01)
    add.delay(1, 1)
    assert app.control.purge() == 1


def killed() -> None:
    with worker() as first:
        waiting = held.delay("a")
        assert seen.blpop("started:a", WITHIN) is not None
        end(first)
        # What is not acknowledged is given back when its time of a second is up, by a worker that looks:
        # it does so as it starts, and then not for long.
        time.sleep(1.5)
        with worker():
            assert waiting.get(timeout=WITHIN) == "a is done"
            assert seen.llen("runs:a") == 2


if __name__ == "__main__":
    {flow.__name__: flow for flow in (results, times, canvas, priorities, killed)}[sys.argv[1]]()
