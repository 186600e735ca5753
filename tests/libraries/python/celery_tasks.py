"""Tasks of a Celery worker. What a test has to wait for they push to lists of their own database."""

import os
import time

import redis
from celery import Celery, Task

URL = os.environ["REDIS_URL"]

app = Celery("tasks", broker=f"{URL}/0", backend=f"{URL}/1")
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 1},
    result_expires=60,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
)

# A reply may take as long as it likes: the flows have limits of their own.
seen = redis.Redis.from_url(f"{URL}/2", socket_timeout=None)


@app.task
def add(a: int, b: int) -> int:
    return a + b


@app.task
def total(numbers: list[int]) -> int:
    return sum(numbers)


@app.task
def fail() -> None:
    raise ValueError("no luck")


@app.task(bind=True, max_retries=3)
def third_time(self: Task, name: str) -> int:
    tries = seen.incr(f"tries:{name}")
    if tries < 3:
        raise self.retry(countdown=0.05)
    return tries


@app.task(acks_late=True, reject_on_worker_lost=True)
def held(name: str) -> str:
    """Waits in its first run for a kill, and ends at once in its second."""
    if seen.rpush(f"runs:{name}", os.getpid()) == 1:
        seen.rpush(f"started:{name}", 1)
        time.sleep(600)
    return f"{name} is done"
