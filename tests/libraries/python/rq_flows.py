"""What people do with RQ, against the server in REDIS_URL: `rq_flows.py FLOW`."""

import os
import signal
import sys
import time
from datetime import timedelta

import redis
from rq import Queue, Retry, Worker
from rq.job import JobStatus
from rq.registry import (
    FailedJobRegistry,
    FinishedJobRegistry,
    ScheduledJobRegistry,
    StartedJobRegistry,
)

import rq_jobs as jobs
from worker_process import end, python_worker

WITHIN = 150

URL = os.environ["REDIS_URL"]
# A reply may take as long as it likes: the flows have limits of their own.
connection = redis.Redis.from_url(URL, socket_timeout=None)
queue = Queue("jobs", connection=connection)


def worker(*args: str):
    """A worker with a process of its own for each job."""
    return python_worker("-m", "rq.cli", "worker", "--url", URL, "--quiet", *args, "jobs")


def outcome(job) -> object:
    """The result of a job as its stream of results tells it, or how it failed."""
    result = job.latest_result(timeout=WITHIN)
    assert result is not None, f"{job.id} has no result"
    return result.return_value if result.type == result.Type.SUCCESSFUL else result.exc_string


def runs() -> None:
    many = [queue.enqueue(jobs.add, i, i) for i in range(10)]
    first = queue.enqueue(jobs.add, 1, 1, job_id="first", at_front=True, meta={"by": "a test"})
    assert queue.get_job_ids()[0] == "first"
    after = queue.enqueue(jobs.add, 2, 2, depends_on=[*many, first])
    assert after.get_status() == JobStatus.DEFERRED
    with worker():
        assert outcome(after) == 4
        assert [outcome(job) for job in many] == [2 * i for i in range(10)]
        assert len(Worker.all(connection=connection)) == 1
    assert len(FinishedJobRegistry(queue=queue)) == 12
    assert queue.count == 0
    first.refresh()
    assert first.meta == {"by": "a test"}


def failures() -> None:
    failed = queue.enqueue(jobs.fail)
    again = queue.enqueue(jobs.third_time, "a", retry=Retry(max=2))
    canceled = queue.enqueue(jobs.add, 1, 1)
    canceled.cancel()
    with worker():
        assert "no luck" in outcome(failed)
        deadline = time.monotonic() + WITHIN
        while again.get_status() != JobStatus.FINISHED and time.monotonic() < deadline:
            again.latest_result(timeout=1)
        assert again.return_value() == 3
        registry = FailedJobRegistry(queue=queue)
        assert registry.get_job_ids() == [failed.id]
        registry.requeue(failed.id)
        while failed.id not in registry and time.monotonic() < deadline:
            failed.latest_result(timeout=1)
        assert len(failed.results()) == 2
    assert canceled.get_status() == JobStatus.CANCELED


def scheduled() -> None:
    later = queue.enqueue_in(timedelta(seconds=1), jobs.add, 1, 2)
    assert later.get_status() == JobStatus.SCHEDULED
    assert len(ScheduledJobRegistry(queue=queue)) == 1
    with worker("--with-scheduler"):
        assert outcome(later) == 3
    assert len(ScheduledJobRegistry(queue=queue)) == 0


def killed() -> None:
    waiting = queue.enqueue(jobs.held, "a", retry=Retry(max=1))
    with worker() as first:
        assert jobs.seen.blpop("started:a", WITHIN) is not None
        end(first)
    # Its process for the job is none of its group.
    os.kill(int(jobs.seen.lindex("runs:a", 0)), signal.SIGKILL)
    started = StartedJobRegistry(queue=queue)
    assert started.get_job_ids() == [waiting.id]
    # The next worker to look after the registry finds that nobody has told of the job for long.
    started.cleanup(timestamp=time.time() + 3600)
    assert started.get_job_ids() == []
    with worker():
        deadline = time.monotonic() + WITHIN
        while waiting.get_status() != JobStatus.FINISHED and time.monotonic() < deadline:
            waiting.latest_result(timeout=1)
        assert waiting.return_value() == "a is done"
    assert jobs.seen.llen("runs:a") == 2


if __name__ == "__main__":
    {flow.__name__: flow for flow in (runs, failures, scheduled, killed)}[sys.argv[1]]()
